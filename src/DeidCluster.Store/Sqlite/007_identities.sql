-- Pseudonyms of a prefix and a number: the last number of each project, and that of each subject.
CREATE TABLE identity_counter (
    project TEXT PRIMARY KEY,
    last_number INTEGER NOT NULL
) WITHOUT ROWID;
ALTER TABLE identity ADD COLUMN number INTEGER;
