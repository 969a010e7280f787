-- What the operator last said of the credit of a SIM.
CREATE TABLE balance (
    line   INTEGER PRIMARY KEY,
    text   TEXT NOT NULL,    -- as the network says it
    micros INTEGER,          -- millionths of its currency; NULL where no amount was found
    low    INTEGER NOT NULL, -- 1: it is below the mark, and its owner was told
    asked  INTEGER NOT NULL  -- when, in milliseconds of Unix time
) STRICT;
