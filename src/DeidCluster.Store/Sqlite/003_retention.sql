-- Retention: since when a study is finished and may be retired, when it was, and what is left of it.
ALTER TABLE study ADD COLUMN finished_at TEXT;
ALTER TABLE study ADD COLUMN retired_at TEXT;
UPDATE study SET finished_at = updated_at WHERE status IN ('Delivered', 'Rejected', 'NotFound', 'Cancelled');
CREATE INDEX study_finished ON study (project, finished_at, study_id) WHERE finished_at IS NOT NULL;

-- One row per study that was retired; its journal begins at version. The hashes of what was delivered stand in the event at that version.
CREATE TABLE tombstone (
    study_id TEXT PRIMARY KEY,
    project TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    retired_at TEXT NOT NULL,
    rule TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    events INTEGER NOT NULL,
    instances INTEGER NOT NULL,
    subject_key TEXT,
    configuration TEXT,
    archive_file TEXT,
    archive_sha256 TEXT
) WITHOUT ROWID;
CREATE INDEX tombstone_project ON tombstone (project);
