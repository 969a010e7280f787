-- Numbers that get no messages of an app, '' of any, since somebody has said so. What was
-- undone is kept for a while, to show what was asked for and when.
CREATE TABLE optout (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    app       TEXT NOT NULL,
    number    TEXT NOT NULL, -- or, where it was forgotten, # and its keyed hash
    origin    TEXT NOT NULL CHECK (origin IN ('message', 'owner', 'app')),
    word      TEXT NOT NULL, -- that was written, '' where nothing was
    line      INTEGER NOT NULL, -- that it came in by, 0 none
    made_at   INTEGER NOT NULL,
    undone_at INTEGER NOT NULL, -- 0 while it holds
    UNIQUE (number, app)
) STRICT;

CREATE INDEX optout_undone ON optout (undone_at) WHERE undone_at > 0;

-- Numbers that were told that they get no more messages, or are about to be.
CREATE TABLE optout_answer (
    number TEXT PRIMARY KEY,
    app    TEXT NOT NULL,
    line   INTEGER NOT NULL,
    locale TEXT NOT NULL, -- of the word that was written, '' where many languages have it
    due    INTEGER NOT NULL CHECK (due IN (0, 1)), -- it has not been sent yet
    tick   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX optout_answer_due ON optout_answer (number) WHERE due;
CREATE INDEX optout_answer_tick ON optout_answer (tick);
