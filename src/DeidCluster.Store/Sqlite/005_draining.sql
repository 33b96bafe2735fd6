-- A draining member is live and keeps what it holds, but gets nothing more.
ALTER TABLE member ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;
