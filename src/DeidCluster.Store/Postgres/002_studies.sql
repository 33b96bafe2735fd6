-- The index and the ledger. Columns whose name begins with id_ identify a person.
CREATE TABLE study (
    study_id text COLLATE "C" PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    status text COLLATE "C" NOT NULL,
    step text,
    priority int NOT NULL,
    archive text COLLATE "C",
    wants_permit boolean NOT NULL,
    attempts int NOT NULL,
    due_at timestamptz,
    located int NOT NULL,
    fetched int NOT NULL,
    rejected int NOT NULL,
    anonymized int NOT NULL,
    verified int NOT NULL,
    delivered int NOT NULL,
    confirmed int NOT NULL,
    held int NOT NULL,
    bytes bigint NOT NULL,
    reason text,
    duplicate_of text,
    requested_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    id_mrn text COLLATE "C",
    id_accession_number text COLLATE "C",
    id_study_uid text COLLATE "C",
    id_procedure text COLLATE "C"
) WITH (fillfactor = 80);
CREATE INDEX study_newest ON study (requested_at, study_id);
CREATE INDEX study_admission ON study (project, priority DESC, requested_at, study_id) WHERE status = 'Queued';
CREATE INDEX study_permit ON study (archive, priority DESC, requested_at, study_id) WHERE wants_permit;
CREATE INDEX study_status ON study (project, status);
CREATE INDEX study_mrn ON study (id_mrn) WHERE id_mrn IS NOT NULL;
CREATE INDEX study_accession ON study (id_accession_number) WHERE id_accession_number IS NOT NULL;
CREATE INDEX study_uid ON study (id_study_uid) WHERE id_study_uid IS NOT NULL;
CREATE INDEX study_procedure ON study (id_procedure) WHERE id_procedure IS NOT NULL;

CREATE TABLE instance (
    study_id text COLLATE "C" NOT NULL,
    id_study_uid text COLLATE "C" NOT NULL,
    id_sop_instance_uid text COLLATE "C" NOT NULL,
    id_series_uid text COLLATE "C" NOT NULL,
    sop_class_uid text,
    modality text,
    archive text NOT NULL,
    state text NOT NULL,
    reason text,
    raw_bytes bigint NOT NULL,
    raw_digest text,
    new_sop_instance_uid text,
    new_series_uid text,
    new_study_uid text,
    out_bytes bigint NOT NULL,
    out_digest text,
    PRIMARY KEY (study_id, id_study_uid, id_sop_instance_uid)
) WITH (fillfactor = 80);
CREATE INDEX instance_source_study ON instance (id_study_uid);

CREATE TABLE claim (
    project text COLLATE "C" NOT NULL,
    id_study_uid text COLLATE "C" NOT NULL,
    study_id text COLLATE "C" NOT NULL,
    PRIMARY KEY (project, id_study_uid)
);
CREATE INDEX claim_study ON claim (study_id);

-- Claims source studies for the turns of actors. Raises the actors whose claim another study has.
CREATE FUNCTION make_claims(projects text[], study_uids text[], study_ids text[], actors text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    taken text;
BEGIN
    INSERT INTO claim (project, id_study_uid, study_id)
    SELECT project, id_study_uid, study_id
    FROM unnest(projects, study_uids, study_ids) WITH ORDINALITY AS wanted (project, id_study_uid, study_id, place)
    ORDER BY place
    ON CONFLICT DO NOTHING;
    SELECT string_agg(DISTINCT wanted.actor, E'\n') INTO taken
    FROM unnest(projects, study_uids, study_ids, actors) AS wanted (project, id_study_uid, study_id, actor)
    WHERE NOT EXISTS (
        SELECT 1 FROM claim
        WHERE claim.project = wanted.project AND claim.id_study_uid = wanted.id_study_uid AND claim.study_id = wanted.study_id);
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'DC003', MESSAGE = taken;
    END IF;
END $$;

CREATE TABLE linkage (
    study_id text COLLATE "C" PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    id_procedure text,
    id_mrn text,
    id_accession_number text,
    id_study_uid text,
    participant_id text,
    pseudonym text NOT NULL,
    new_study_uids text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX linkage_project ON linkage (project, at);

CREATE TABLE project (
    project text COLLATE "C" PRIMARY KEY,
    paused boolean NOT NULL,
    in_flight int NOT NULL,
    in_flight_max int NOT NULL,
    reason text,
    updated_at timestamptz NOT NULL
);

CREATE TABLE archive (
    archive text COLLATE "C" PRIMARY KEY,
    permits_granted int NOT NULL,
    permits_max int NOT NULL,
    breaker text NOT NULL,
    reason text,
    updated_at timestamptz NOT NULL
);

-- First write wins, for ever.
CREATE TABLE identity (
    project text COLLATE "C" NOT NULL,
    subject_key text COLLATE "C" NOT NULL,
    key_id text NOT NULL,
    pseudonym text NOT NULL,
    shift_days int NOT NULL,
    PRIMARY KEY (project, subject_key)
);
