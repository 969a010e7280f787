-- What came in: messages, whole or not yet, and calls that nobody took. Beside the number
-- of the sender stands how the network wrote it, and every PDU is kept.
CREATE TABLE incoming_part_kept (
    incoming_id INTEGER NOT NULL,
    seq         INTEGER NOT NULL,
    pdu         TEXT NOT NULL,
    kind        TEXT NOT NULL,
    body        TEXT NOT NULL
) STRICT;
INSERT INTO incoming_part_kept (incoming_id, seq, pdu, kind, body) SELECT incoming_id, seq, pdu, kind, body FROM incoming_part;
DELETE FROM incoming_part;

CREATE TABLE incoming_next (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    app         TEXT NOT NULL, -- that it belongs to, '' none
    abroad      INTEGER NOT NULL CHECK (abroad IN (0, 1)), -- the SMSC that it came by is of another country than its sender
    line        INTEGER NOT NULL,
    sender      TEXT NOT NULL,
    sender_raw  TEXT NOT NULL, -- as the network wrote it
    named       INTEGER NOT NULL, -- 1: the sender is a name, to which nobody can answer
    kind        TEXT NOT NULL CHECK (kind IN ('text', 'data', 'mms', 'indication', 'undecodable', 'call')),
    unread      INTEGER NOT NULL CHECK (unread IN (0, 1)),
    body        TEXT NOT NULL, -- text; data in hexadecimal
    class       INTEGER NOT NULL, -- 0 to 3, -1 none
    pid         INTEGER NOT NULL, -- TP-PID
    reference   INTEGER NOT NULL, -- of the concatenation
    wide        INTEGER NOT NULL, -- 1: it has 16 bits
    parts       INTEGER NOT NULL,
    have        INTEGER NOT NULL,
    replaces    INTEGER NOT NULL, -- id of the message that the sender meant to replace
    pdu         TEXT NOT NULL, -- of a message in one part, as it came
    repair      TEXT NOT NULL, -- what was wrong with it
    sent_at     INTEGER NOT NULL, -- as the SMSC says, 0 unusable
    sent_offset INTEGER NOT NULL, -- of the clock of the SMSC, in minutes east of UTC
    received_at INTEGER NOT NULL, -- of the first part
    last_at     INTEGER NOT NULL, -- of the last part
    gap_due     INTEGER NOT NULL, -- when it is looked at though parts are missing; 0: never, or done
    gap_end     INTEGER NOT NULL, -- when it is shown whatever is missing
    change      INTEGER NOT NULL, -- when it was last shown, in the order of all; 0 not yet
    tick        INTEGER NOT NULL
) STRICT;

INSERT INTO incoming_next (id, app, abroad, line, sender, sender_raw, named, kind, unread, body, class, pid, reference, wide, parts, have,
        replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick)
    SELECT id, app, abroad, line, sender, sender, named, kind, change = 0, body, class, pid, reference, wide, parts, have,
        replaces, pdu, repair, sent_at, sent_offset, received_at, last_at, gap_due, gap_end, change, tick FROM incoming;

-- Ids of messages that are deleted are not given again.
DELETE FROM sqlite_sequence WHERE name = 'incoming_next';
INSERT INTO sqlite_sequence (name, seq) SELECT 'incoming_next', seq FROM sqlite_sequence WHERE name = 'incoming';

DROP TABLE incoming;
ALTER TABLE incoming_next RENAME TO incoming;

INSERT INTO incoming_part (incoming_id, seq, pdu, kind, body) SELECT incoming_id, seq, pdu, kind, body FROM incoming_part_kept;
DROP TABLE incoming_part_kept;

CREATE UNIQUE INDEX incoming_shown ON incoming (change) WHERE change > 0;
CREATE INDEX incoming_open ON incoming (line, sender_raw, reference, parts) WHERE have < parts;
CREATE INDEX incoming_gap ON incoming (gap_due) WHERE gap_due > 0;
CREATE INDEX incoming_received ON incoming (received_at);
CREATE INDEX incoming_sender ON incoming (sender, id);
CREATE INDEX incoming_app ON incoming (app, id);
CREATE INDEX incoming_unread ON incoming (sender, id) WHERE unread = 1;
