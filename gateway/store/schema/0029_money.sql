-- What a SIM may spend, and its credit, are shared between apps too.

-- What was spent in a day or a month by the prices of the SIM, in millionths.
ALTER TABLE pace ADD COLUMN micros INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pace_app ADD COLUMN micros INTEGER NOT NULL DEFAULT 0;

-- The credit when the SIM was last topped up, and what apps have spent of it since.
ALTER TABLE balance ADD COLUMN top INTEGER NOT NULL DEFAULT 0;
UPDATE balance SET top = micros WHERE micros > 0;

CREATE TABLE credit_app (
    app    TEXT NOT NULL,
    line   INTEGER NOT NULL,
    micros INTEGER NOT NULL,
    PRIMARY KEY (app, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX credit_app_line ON credit_app (line);
