-- What came in and is to be passed on, by each way of each rule.
CREATE TABLE forward (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    rule        TEXT NOT NULL, -- its name
    way         TEXT NOT NULL,
    incoming_id INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    tries       INTEGER NOT NULL DEFAULT 0,
    cause       TEXT NOT NULL DEFAULT '', -- of the last failure
    at          INTEGER NOT NULL,
    due         INTEGER NOT NULL, -- tick
    tick        INTEGER NOT NULL DEFAULT 0 -- at which it ended, 0 while pending
) STRICT;

CREATE INDEX forward_pending ON forward (rule, way, id) WHERE state = 'pending';
CREATE INDEX forward_delivered ON forward (rule, way, tick) WHERE state = 'delivered';
CREATE INDEX forward_ended ON forward (tick) WHERE tick > 0;
