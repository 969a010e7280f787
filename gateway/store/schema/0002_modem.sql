-- What was done for modems that had gone silent, and what worked, so that it is
-- tried first the next time.
CREATE TABLE recovery (
    modem  TEXT NOT NULL, -- IMEI, or port:… where none is known
    step   TEXT NOT NULL,
    tried  INTEGER NOT NULL,
    worked INTEGER NOT NULL,
    day    INTEGER NOT NULL, -- of the last, in days of Unix time
    today  INTEGER NOT NULL, -- how often on that day
    PRIMARY KEY (modem, step)
) STRICT, WITHOUT ROWID;

-- The message centre that the SIM had when it was last used, for when it is lost.
ALTER TABLE line ADD COLUMN smsc TEXT NOT NULL DEFAULT '';
