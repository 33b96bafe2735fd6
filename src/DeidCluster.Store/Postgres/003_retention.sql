-- Retention: since when a study is finished and may be retired, when it was, and what is left of it.
ALTER TABLE study ADD COLUMN finished_at timestamptz;
ALTER TABLE study ADD COLUMN retired_at timestamptz;
UPDATE study SET finished_at = updated_at WHERE status IN ('Delivered', 'Rejected', 'NotFound', 'Cancelled');
CREATE INDEX study_finished ON study (project, finished_at, study_id) WHERE finished_at IS NOT NULL;

-- One row per study that was retired; its journal begins at version. The hashes of what was delivered stand in the event at that version.
CREATE TABLE tombstone (
    study_id text COLLATE "C" PRIMARY KEY,
    project text COLLATE "C" NOT NULL,
    status text NOT NULL,
    version bigint NOT NULL,
    retired_at timestamptz NOT NULL,
    rule text NOT NULL,
    confirmed int NOT NULL,
    events bigint NOT NULL,
    instances int NOT NULL,
    subject_key text,
    configuration text,
    archive_file text,
    archive_sha256 text
);
CREATE INDEX tombstone_project ON tombstone (project);
