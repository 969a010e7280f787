-- What is known of the number of a verification: it is looked up once, when the
-- verification is started. '' where that was before this migration.
ALTER TABLE verification ADD COLUMN region   TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN kind     TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN unlisted INTEGER NOT NULL DEFAULT 0 CHECK (unlisted IN (0, 1));

-- Ticks are written with the state, or with the row.
DROP TRIGGER message_tick;
DROP TRIGGER verification_tick;
DROP TRIGGER call_tick;
DROP TRIGGER delivery_tick;
DROP TRIGGER incoming_tick;
DROP TRIGGER event_tick;

-- The codes to a number that have not come back lie with the number: an array with slot,
-- sends, strange and slow (as in guard_count) for each slot in which they were sent.
ALTER TABLE guard_number ADD COLUMN open TEXT NOT NULL DEFAULT '[]';
UPDATE guard_number SET open = (SELECT json_group_array(json_array(s.slot, s.sends, s.strange, s.slow))
    FROM guard_send s WHERE s.app = guard_number.app AND s.recipient = guard_number.recipient);
DROP TABLE guard_send;
