-- When a message may go at the earliest, and the hours in which it may not, such as
-- 21:00-08:00 Europe/Berlin. due follows from them, and is set anew when the clock is.
ALTER TABLE message ADD COLUMN not_before INTEGER NOT NULL DEFAULT 0; -- time of day, 0: at once
ALTER TABLE message ADD COLUMN quiet TEXT NOT NULL DEFAULT '';

CREATE INDEX message_scheduled ON message (not_before) WHERE state = 'queued' AND not_before > 0;
