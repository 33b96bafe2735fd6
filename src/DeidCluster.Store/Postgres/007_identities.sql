-- Pseudonyms of a prefix and a number: the last number of each project, and that of each subject.
CREATE TABLE identity_counter (
    project text COLLATE "C" PRIMARY KEY,
    last_number bigint NOT NULL
);
ALTER TABLE identity ADD COLUMN number bigint;
