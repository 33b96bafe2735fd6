-- Urgent mail is read before all other.
ALTER TABLE mail ADD COLUMN urgent INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mail_urgent ON mail (due_at, seq, shard) WHERE aside IS NULL AND urgent = 1;
