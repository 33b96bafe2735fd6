-- Urgent mail is read before all other.
ALTER TABLE mail ADD COLUMN urgent boolean NOT NULL DEFAULT false;
CREATE INDEX mail_urgent ON mail (shard, due_at, seq) WHERE urgent AND aside IS NULL;
