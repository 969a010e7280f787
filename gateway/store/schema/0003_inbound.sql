-- A message that came in, whole or not yet.
CREATE TABLE incoming (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    line        INTEGER NOT NULL,
    sender      TEXT NOT NULL,
    named       INTEGER NOT NULL, -- 1: the sender is a name, to which nobody can answer
    kind        TEXT NOT NULL CHECK (kind IN ('text', 'data', 'mms', 'indication', 'undecodable')),
    body        TEXT NOT NULL, -- text; data in hexadecimal
    class       INTEGER NOT NULL, -- 0 to 3, -1 none
    pid         INTEGER NOT NULL, -- TP-PID
    reference   INTEGER NOT NULL, -- of the concatenation
    wide        INTEGER NOT NULL, -- 1: it has 16 bits
    parts       INTEGER NOT NULL,
    have        INTEGER NOT NULL,
    replaces    INTEGER NOT NULL DEFAULT 0, -- id of the message that the sender meant to replace
    pdu         TEXT NOT NULL DEFAULT '', -- where it could not be decoded, or only after a repair
    repair      TEXT NOT NULL DEFAULT '', -- what was wrong with it
    sent_at     INTEGER NOT NULL, -- as the centre says, 0 unusable
    sent_offset INTEGER NOT NULL, -- of the centre's clock, in minutes east of UTC
    received_at INTEGER NOT NULL, -- of the first part
    last_at     INTEGER NOT NULL, -- of the last part
    gap_due     INTEGER NOT NULL DEFAULT 0, -- when it is shown though parts are missing; 0: never, or done
    change      INTEGER NOT NULL DEFAULT 0 -- when it was last shown, in the order of all; 0 not yet
) STRICT;

CREATE UNIQUE INDEX incoming_shown ON incoming (change) WHERE change > 0;
CREATE INDEX incoming_open ON incoming (line, sender, reference, parts) WHERE have < parts;
CREATE INDEX incoming_gap ON incoming (gap_due) WHERE gap_due > 0;
CREATE INDEX incoming_received ON incoming (received_at);

-- Numbers what is shown. It never goes back, so that who follows misses nothing.
CREATE TABLE incoming_change (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    last INTEGER NOT NULL
) STRICT;

INSERT INTO incoming_change (one, last) VALUES (1, 0);

-- The parts of a message that is not whole yet.
CREATE TABLE incoming_part (
    incoming_id INTEGER NOT NULL REFERENCES incoming (id),
    seq         INTEGER NOT NULL,
    pdu         TEXT NOT NULL,
    PRIMARY KEY (incoming_id, seq)
) STRICT, WITHOUT ROWID;

-- What has been taken from the SIMs, so that what comes again is known: after a
-- power cut between the commit and the deletion, or from the network.
CREATE TABLE incoming_seen (
    hash BLOB PRIMARY KEY, -- SHA-256 of the line and the PDU
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX incoming_seen_at ON incoming_seen (at);
