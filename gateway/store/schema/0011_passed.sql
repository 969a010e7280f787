-- The lines that could not take a part or a call when it was given to another, and
-- why.
ALTER TABLE part ADD COLUMN passed TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN passed TEXT NOT NULL DEFAULT '';
