-- gap_due counts in milliseconds since the boot that table boot names, and no
-- longer by the time of day, which a Pi learns only a while after its start.
ALTER TABLE incoming ADD COLUMN gap_end INTEGER NOT NULL DEFAULT 0; -- when it is shown whatever is missing, counted so too

-- What waited by the time of day is shown as it is, and amended as ever.
UPDATE incoming SET gap_due = 1 WHERE gap_due > 0;
