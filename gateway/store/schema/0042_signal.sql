-- The strength of the radio signal of each SIM over time.
CREATE TABLE signal (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    line INTEGER NOT NULL REFERENCES line (id),
    at   INTEGER NOT NULL, -- time of day
    dbm  INTEGER NOT NULL,
    tick INTEGER NOT NULL
) STRICT;

CREATE INDEX signal_line ON signal (line, id);
CREATE INDEX signal_at ON signal (at);
