-- Searches of the log that people have named.
CREATE TABLE bookmark (
    name    TEXT PRIMARY KEY,
    number  TEXT NOT NULL, -- that is looked for, "" any
    query   TEXT NOT NULL, -- the other conditions, as in a URL
    made_at INTEGER NOT NULL -- time of day
) STRICT;

CREATE INDEX bookmark_number ON bookmark (number);
