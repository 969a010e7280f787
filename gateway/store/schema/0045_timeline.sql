-- What has happened to a message on its way, beside its states.
ALTER TABLE message ADD COLUMN edited_at INTEGER NOT NULL DEFAULT 0; -- the last time
ALTER TABLE message ADD COLUMN hold_at INTEGER NOT NULL DEFAULT 0;   -- it was put aside the last time, until
ALTER TABLE message ADD COLUMN hold_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN hold_why TEXT NOT NULL DEFAULT '';
ALTER TABLE part ADD COLUMN sent_at INTEGER NOT NULL DEFAULT 0; -- the network took it; ended_at is that of its report then

-- Tries of a part that did not send it, and after which it was tried again. What is the
-- same again is counted.
CREATE TABLE part_try (
    message_id   INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    n            INTEGER NOT NULL, -- from 1
    line         INTEGER NOT NULL,
    modem        TEXT NOT NULL,
    cause        TEXT NOT NULL,
    passed       TEXT NOT NULL,
    times        INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL, -- the first time
    ended_at     INTEGER NOT NULL, -- the last time
    again_at     INTEGER NOT NULL,
    PRIMARY KEY (message_id, seq, n)
) STRICT, WITHOUT ROWID;
