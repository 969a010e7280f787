-- A database that was restored from a backup: what waited in it is held until its owner
-- says whether it goes.
CREATE TABLE held (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    at  INTEGER NOT NULL
) STRICT;
