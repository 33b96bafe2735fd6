-- The engine: members, shards, mail, journals. Times are UTC, ISO 8601 with seven digits, so that text order is time order.
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE member (
    incarnation TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    joined_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE shard (shard INTEGER PRIMARY KEY, owner TEXT, token INTEGER NOT NULL);

-- seq is the order of arrival; aside is why the pump must not see it (quarantine, unknown-kind), or null.
CREATE TABLE mail (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    shard INTEGER NOT NULL,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    due_at TEXT NOT NULL,
    sender TEXT,
    effect_version INTEGER,
    effect_token INTEGER,
    wants_reply INTEGER NOT NULL,
    trace_parent TEXT,
    aside TEXT
);
CREATE INDEX mail_due ON mail (due_at, seq, shard) WHERE aside IS NULL;
CREATE INDEX mail_aside ON mail (shard, actor) WHERE aside IS NOT NULL;

-- One row per actor that something has happened to; active while an effect is pending.
CREATE TABLE actor (actor TEXT PRIMARY KEY, shard INTEGER NOT NULL, version INTEGER NOT NULL, active INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX actor_active ON actor (shard) WHERE active = 1;

CREATE TABLE journal (
    actor TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    token INTEGER NOT NULL,
    cause TEXT NOT NULL,
    PRIMARY KEY (actor, version)
);

CREATE TABLE snapshot (actor TEXT PRIMARY KEY, version INTEGER NOT NULL, schema TEXT NOT NULL, body TEXT NOT NULL);

-- Also the receipt of consumed mail from outside (kind and body null), so that posting it again changes nothing.
CREATE TABLE reply (mail_id TEXT PRIMARY KEY, kind TEXT, body TEXT, expires_at TEXT NOT NULL);
CREATE INDEX reply_expiry ON reply (expires_at);

CREATE TABLE quarantine (
    actor TEXT PRIMARY KEY,
    shard INTEGER NOT NULL,
    mail_id TEXT NOT NULL,
    exception_type TEXT NOT NULL,
    thrown_in TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
