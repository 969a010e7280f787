-- What a line may send, and what has been noticed of it. begun, next and
-- probe_due are milliseconds since the boot that stands beside them.

-- The day and the month that are being counted for a line.
CREATE TABLE pace (
    line       INTEGER NOT NULL,
    period     TEXT NOT NULL CHECK (period IN ('day', 'month')),
    label      TEXT NOT NULL, -- 2026-11-21 or 2026-11, of the local time of day
    boot       TEXT NOT NULL,
    begun      INTEGER NOT NULL,
    parts      INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (line, period)
) STRICT, WITHOUT ROWID;

-- To whom a line has written in them.
CREATE TABLE pace_recipient (
    recipient TEXT NOT NULL,
    line      INTEGER NOT NULL,
    period    TEXT NOT NULL,
    PRIMARY KEY (recipient, line, period)
) STRICT, WITHOUT ROWID;

CREATE INDEX pace_recipient_period ON pace_recipient (line, period);

-- When a line may send again after its last part.
CREATE TABLE pace_rest (
    line INTEGER PRIMARY KEY,
    boot TEXT NOT NULL,
    next INTEGER NOT NULL
) STRICT;

-- Recipients whose messages were refused, since the line last sent one, in a
-- way that tells of a block.
CREATE TABLE refusal (
    line      INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (line, recipient)
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
    line          INTEGER PRIMARY KEY,
    kind          TEXT NOT NULL CHECK (kind IN ('refused', 'silent')),
    text          TEXT NOT NULL,
    since_at      INTEGER NOT NULL,
    probes        INTEGER NOT NULL DEFAULT 0,
    boot          TEXT NOT NULL,
    probe_due     INTEGER NOT NULL,
    probe_message INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Messages up to this one are not held against the line any more.
ALTER TABLE line ADD COLUMN forgiven INTEGER NOT NULL DEFAULT 0;

-- The SIM that was last in a modem, by the name of the modem.
CREATE TABLE modem_line (
    modem TEXT PRIMARY KEY,
    line  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The line whose budget a message has been counted in, 0 none; and the due time
-- that a message has once it need not wait for a budget, 0 where it does not.
ALTER TABLE message ADD COLUMN charged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
CREATE INDEX message_held ON message (held) WHERE held > 0 AND state = 'queued';

CREATE TABLE event (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at    INTEGER NOT NULL,
    kind  TEXT NOT NULL,
    line  INTEGER NOT NULL, -- 0 none
    modem TEXT NOT NULL,    -- '' none
    text  TEXT NOT NULL
) STRICT;

CREATE INDEX event_kind ON event (kind, id);
