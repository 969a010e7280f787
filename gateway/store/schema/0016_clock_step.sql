-- Rows say at which tick they ended or came in: retention counts by this as well as
-- by the time of day, and when the clock is set it tells which times were of the old.
-- Ticks are those that guard_clock noted last, some seconds before at the most. Rows
-- from before this migration have 0.
ALTER TABLE message      ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verification ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;
ALTER TABLE call         ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;
ALTER TABLE delivery     ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;
ALTER TABLE incoming     ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;
ALTER TABLE event        ADD COLUMN tick INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER message_tick AFTER UPDATE OF state ON message
BEGIN
    UPDATE message SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;
CREATE TRIGGER verification_tick AFTER UPDATE OF state ON verification
BEGIN
    UPDATE verification SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;
CREATE TRIGGER call_tick AFTER UPDATE OF state ON call
BEGIN
    UPDATE call SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;
CREATE TRIGGER delivery_tick AFTER UPDATE OF state ON delivery
BEGIN
    UPDATE delivery SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;
CREATE TRIGGER incoming_tick AFTER INSERT ON incoming
BEGIN
    UPDATE incoming SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;
CREATE TRIGGER event_tick AFTER INSERT ON event
BEGIN
    UPDATE event SET tick = (SELECT last FROM guard_clock) WHERE id = NEW.id;
END;

ALTER TABLE guard_clock ADD COLUMN first  INTEGER NOT NULL DEFAULT 0; -- tick of this boot
ALTER TABLE guard_clock ADD COLUMN ahead_wall INTEGER NOT NULL DEFAULT 0; -- of the time of day before the time since that boot, 0 unknown
ALTER TABLE guard_clock ADD COLUMN stamped INTEGER NOT NULL DEFAULT 0; -- tick from which rows have theirs
UPDATE guard_clock SET stamped = last;

-- The last row of each table that was made before this boot.
CREATE TABLE boot_row (
    noun TEXT PRIMARY KEY,
    id   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Steps of the clock for which rows are still to be corrected: those with ids above
-- one, up to the other, and what ended before a tick.
CREATE TABLE clock_step (
    id    INTEGER PRIMARY KEY,
    noun  TEXT NOT NULL,
    delta INTEGER NOT NULL, -- milliseconds
    above INTEGER NOT NULL,
    upto  INTEGER NOT NULL,
    until INTEGER NOT NULL
) STRICT;
