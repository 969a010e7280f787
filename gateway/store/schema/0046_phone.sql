-- How many units the line that took a message makes of it, where that is not one for each
-- part: a phone is given a text whole.
ALTER TABLE message ADD COLUMN units INTEGER NOT NULL DEFAULT 0 CHECK (units >= 0);

-- A report may name the unit that it is about.
ALTER TABLE early_report ADD COLUMN message_id INTEGER NOT NULL DEFAULT 0;
ALTER TABLE early_report ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;

-- A phone that is a line.
CREATE TABLE phone (
    name   TEXT PRIMARY KEY, -- of the line
    device TEXT NOT NULL,    -- that it names itself by
    since  INTEGER NOT NULL  -- when it was first seen; what had come in before is not taken
) STRICT;

-- What a phone was given, until it has said for good what became of it.
CREATE TABLE phone_message (
    id      TEXT PRIMARY KEY, -- by which the phone knows it
    name    TEXT NOT NULL,    -- of the line
    device  TEXT NOT NULL,
    message INTEGER NOT NULL,
    seq     INTEGER NOT NULL,
    at      INTEGER NOT NULL  -- the tick at which it was given
) STRICT;
CREATE INDEX phone_message_at ON phone_message (name, at);
