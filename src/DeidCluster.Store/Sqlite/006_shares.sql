-- The share of a project in each archive, beside the other projects.
ALTER TABLE project ADD COLUMN share INTEGER NOT NULL DEFAULT 1;
