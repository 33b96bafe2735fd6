-- The engine: members, shards, mail, journals. Runs with search_path set to the installation's schema.
-- Keys sort by bytes (COLLATE "C"), as they do in every driver, whatever the database's own locale is.
CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL);

-- sessions is the application_name of the member's connections, by which an expired member's hanging ones are found.
CREATE TABLE member (
    incarnation text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    version text NOT NULL,
    sessions text NOT NULL,
    joined_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE shard (shard int PRIMARY KEY, owner text, token bigint NOT NULL);

-- seq is the order of arrival; aside is why the pump must not see it (quarantine, unknown-kind), or null.
CREATE TABLE mail (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    id uuid PRIMARY KEY,
    shard int NOT NULL,
    actor text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    due_at timestamptz NOT NULL,
    sender text,
    effect_version bigint,
    effect_token bigint,
    wants_reply boolean NOT NULL,
    trace_parent text,
    aside text
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX mail_due ON mail (shard, due_at, seq) WHERE aside IS NULL;
CREATE INDEX mail_aside ON mail (shard, actor) WHERE aside IS NOT NULL;
CREATE INDEX mail_actor ON mail (actor);

-- One row per actor that something has happened to; active while an effect is pending.
CREATE TABLE actor (actor text COLLATE "C" PRIMARY KEY, shard int NOT NULL, version bigint NOT NULL, active boolean NOT NULL) WITH (fillfactor = 80);
CREATE INDEX actor_active ON actor (shard) WHERE active;

CREATE TABLE journal (
    actor text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    at timestamptz NOT NULL,
    token bigint NOT NULL,
    cause uuid NOT NULL,
    PRIMARY KEY (actor, version)
);

CREATE TABLE snapshot (actor text COLLATE "C" PRIMARY KEY, version bigint NOT NULL, schema text NOT NULL, body text NOT NULL);

-- Also the receipt of consumed mail from outside (kind and body null), so that posting it again changes nothing.
CREATE TABLE reply (mail_id uuid PRIMARY KEY, kind text, body text, expires_at timestamptz NOT NULL);
CREATE INDEX reply_expiry ON reply (expires_at);

CREATE TABLE quarantine (
    actor text COLLATE "C" PRIMARY KEY,
    shard int NOT NULL,
    mail_id uuid NOT NULL,
    exception_type text NOT NULL,
    thrown_in text NOT NULL,
    at timestamptz NOT NULL
);

-- The guards of a group of turns. Each raises with the names of all that offend, one a line, so that the whole pipelined group is
-- rolled back and the store knows which turns to leave out: DC001 stale tokens, DC002 versions or mail that moved on, DC003 claims.

-- Locks the shards of the group, in ascending order, against a change of owner until the commit. Raises "shard:token".
CREATE FUNCTION fence(shards int[], tokens bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    stale text;
BEGIN
    PERFORM 1 FROM shard WHERE shard.shard = ANY (shards) ORDER BY shard.shard FOR SHARE;
    SELECT string_agg(held.shard || ':' || held.token, E'\n') INTO stale
    FROM unnest(shards, tokens) AS held (shard, token)
    WHERE NOT EXISTS (SELECT 1 FROM shard WHERE shard.shard = held.shard AND shard.token = held.token);
    IF stale IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DC001', MESSAGE = stale;
    END IF;
END $$;

-- Checks the version that each turn was computed on. Raises actors.
CREATE FUNCTION expect(actors text[], versions bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    moved text;
BEGIN
    SELECT string_agg(turn.actor, E'\n') INTO moved
    FROM unnest(actors, versions) AS turn (actor, version)
    LEFT JOIN actor ON actor.actor = turn.actor
    WHERE coalesce(actor.version, 0) <> turn.version;
    IF moved IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DC002', MESSAGE = moved;
    END IF;
END $$;

-- Deletes answered mail and leaves receipts for what came from outside. Raises the actors of mail that is gone: it was answered before.
CREATE FUNCTION consume(ids uuid[], actors text[], receipts_expire_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone text;
BEGIN
    WITH answered AS (
        DELETE FROM mail USING unnest(ids, actors) AS wanted (id, actor)
        WHERE mail.id = wanted.id AND mail.actor = wanted.actor
        RETURNING mail.id, mail.sender
    ), receipt AS (
        INSERT INTO reply (mail_id, expires_at) SELECT id, receipts_expire_at FROM answered WHERE sender IS NULL ON CONFLICT DO NOTHING
    )
    SELECT string_agg(DISTINCT wanted.actor, E'\n') INTO gone
    FROM unnest(ids, actors) AS wanted (id, actor)
    WHERE NOT EXISTS (SELECT 1 FROM answered WHERE answered.id = wanted.id);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DC002', MESSAGE = gone;
    END IF;
END $$;

-- Keeps mail of unknown kinds out of the pump's sight. Raises the actors of mail that is gone.
CREATE FUNCTION set_aside(ids uuid[], actors text[], reason text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    gone text;
BEGIN
    WITH kept AS (
        UPDATE mail SET aside = reason FROM unnest(ids, actors) AS wanted (id, actor)
        WHERE mail.id = wanted.id AND mail.actor = wanted.actor AND mail.aside IS NULL
        RETURNING mail.id
    )
    SELECT string_agg(DISTINCT wanted.actor, E'\n') INTO gone
    FROM unnest(ids, actors) AS wanted (id, actor)
    WHERE NOT EXISTS (SELECT 1 FROM kept WHERE kept.id = wanted.id);
    IF gone IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DC002', MESSAGE = gone;
    END IF;
END $$;
