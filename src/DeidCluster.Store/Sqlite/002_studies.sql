-- The index and the ledger. Columns whose name begins with id_ identify a person.
CREATE TABLE study (
    study_id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    step TEXT,
    priority INTEGER NOT NULL,
    archive TEXT,
    wants_permit INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at TEXT,
    located INTEGER NOT NULL,
    fetched INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    anonymized INTEGER NOT NULL,
    verified INTEGER NOT NULL,
    delivered INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    held INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    reason TEXT,
    duplicate_of TEXT,
    requested_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    id_mrn TEXT,
    id_accession_number TEXT,
    id_study_uid TEXT,
    id_procedure TEXT
);
CREATE INDEX study_newest ON study (requested_at, study_id);
CREATE INDEX study_admission ON study (project, priority DESC, requested_at) WHERE status = 'Queued';
CREATE INDEX study_permit ON study (archive, priority DESC, requested_at) WHERE wants_permit = 1;
CREATE INDEX study_status ON study (project, status);
CREATE INDEX study_mrn ON study (id_mrn) WHERE id_mrn IS NOT NULL;
CREATE INDEX study_accession ON study (id_accession_number) WHERE id_accession_number IS NOT NULL;
CREATE INDEX study_uid ON study (id_study_uid) WHERE id_study_uid IS NOT NULL;
CREATE INDEX study_procedure ON study (id_procedure) WHERE id_procedure IS NOT NULL;

CREATE TABLE instance (
    study_id TEXT NOT NULL,
    id_study_uid TEXT NOT NULL,
    id_sop_instance_uid TEXT NOT NULL,
    id_series_uid TEXT NOT NULL,
    sop_class_uid TEXT,
    modality TEXT,
    archive TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    raw_bytes INTEGER NOT NULL,
    raw_digest TEXT,
    new_sop_instance_uid TEXT,
    new_series_uid TEXT,
    new_study_uid TEXT,
    out_bytes INTEGER NOT NULL,
    out_digest TEXT,
    PRIMARY KEY (study_id, id_study_uid, id_sop_instance_uid)
) WITHOUT ROWID;
CREATE INDEX instance_source_study ON instance (id_study_uid);

CREATE TABLE claim (project TEXT NOT NULL, id_study_uid TEXT NOT NULL, study_id TEXT NOT NULL, PRIMARY KEY (project, id_study_uid)) WITHOUT ROWID;
CREATE INDEX claim_study ON claim (study_id);

CREATE TABLE linkage (
    study_id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    id_procedure TEXT,
    id_mrn TEXT,
    id_accession_number TEXT,
    id_study_uid TEXT,
    participant_id TEXT,
    pseudonym TEXT NOT NULL,
    new_study_uids TEXT NOT NULL,
    at TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX linkage_project ON linkage (project, at);

CREATE TABLE project (
    project TEXT PRIMARY KEY,
    paused INTEGER NOT NULL,
    in_flight INTEGER NOT NULL,
    in_flight_max INTEGER NOT NULL,
    reason TEXT,
    updated_at TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE archive (
    archive TEXT PRIMARY KEY,
    permits_granted INTEGER NOT NULL,
    permits_max INTEGER NOT NULL,
    breaker TEXT NOT NULL,
    reason TEXT,
    updated_at TEXT NOT NULL
) WITHOUT ROWID;

-- First write wins, for ever.
CREATE TABLE identity (
    project TEXT NOT NULL,
    subject_key TEXT NOT NULL,
    key_id TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    shift_days INTEGER NOT NULL,
    PRIMARY KEY (project, subject_key)
) WITHOUT ROWID;
