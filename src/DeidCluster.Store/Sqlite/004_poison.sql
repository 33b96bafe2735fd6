-- Mail whose handling threw each time (aside = 'poison' in mail), why, and what somebody decided about it. Rows stay as the record of that.
CREATE TABLE poison (
    mail_id TEXT PRIMARY KEY,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    exception_type TEXT NOT NULL,
    thrown_in TEXT NOT NULL,
    trace TEXT NOT NULL,
    tries INTEGER NOT NULL,
    at TEXT NOT NULL,
    dropped INTEGER,
    decided_by TEXT,
    decided_why TEXT,
    decided_at TEXT
) WITHOUT ROWID;
CREATE INDEX poison_open ON poison (at) WHERE dropped IS NULL;
