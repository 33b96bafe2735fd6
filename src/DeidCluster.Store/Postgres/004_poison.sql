-- Mail whose handling threw each time (aside = 'poison' in mail), why, and what somebody decided about it. Rows stay as the record of that.
CREATE TABLE poison (
    mail_id uuid PRIMARY KEY,
    actor text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    exception_type text NOT NULL,
    thrown_in text NOT NULL,
    trace text NOT NULL,
    tries int NOT NULL,
    at timestamptz NOT NULL,
    dropped boolean,
    decided_by text,
    decided_why text,
    decided_at timestamptz
);
CREATE INDEX poison_open ON poison (at) WHERE dropped IS NULL;
