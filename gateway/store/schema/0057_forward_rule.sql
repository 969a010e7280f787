-- Forward rules that are made while the gateway runs; others are in the configuration. What
-- waits for one of these has # and its id as its rule.
CREATE TABLE forward_rule (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE,
    sender     TEXT NOT NULL, -- of what is passed on, '' any, here and below
    line       INTEGER NOT NULL, -- 0 any
    app        TEXT NOT NULL,
    text       TEXT NOT NULL, -- that is in it
    calls      INTEGER NOT NULL CHECK (calls IN (0, 1)), -- missed calls, too
    number     TEXT NOT NULL, -- to which it goes, '' to none, here and below
    most       INTEGER NOT NULL, -- messages to the number in 24 hours
    email      TEXT NOT NULL,
    webhook    TEXT NOT NULL,
    ntfy       TEXT NOT NULL,
    ntfy_token TEXT NOT NULL,
    made_at    INTEGER NOT NULL -- time of day
) STRICT;
