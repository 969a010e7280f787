-- What is wrong, or was until lately, and what its owner is told of it.
CREATE TABLE trouble (
    name    TEXT PRIMARY KEY, -- such as 'modem stick'
    kind    TEXT NOT NULL,
    line    INTEGER NOT NULL, -- 0 none
    modem   TEXT NOT NULL,    -- '' none
    title   TEXT NOT NULL,
    text    TEXT NOT NULL,
    ending  TEXT NOT NULL,    -- what is said when it is over
    urgent  INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    watched INTEGER NOT NULL CHECK (watched IN (0, 1)), -- it is over when it is seen no more
    open    INTEGER NOT NULL CHECK (open IN (0, 1)),
    since   INTEGER NOT NULL,
    passes  INTEGER NOT NULL, -- the tick at which it is over by itself, 0 never
    told    INTEGER NOT NULL, -- the tick from which its last begin was told, 0 never
    tick    INTEGER NOT NULL  -- of its last begin or end
) STRICT, WITHOUT ROWID;

-- The last event that was looked at. What happened before this release is not told.
CREATE TABLE notify_cursor (
    one   INTEGER PRIMARY KEY CHECK (one = 1),
    event INTEGER NOT NULL
) STRICT;
INSERT INTO notify_cursor (one, event) SELECT 1, COALESCE(MAX(id), 0) FROM event;

-- What the owner is told, by each way.
CREATE TABLE notification (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    way      TEXT NOT NULL,
    trouble  TEXT NOT NULL, -- its name
    kind     TEXT NOT NULL,
    over     INTEGER NOT NULL CHECK (over IN (0, 1)),
    urgent   INTEGER NOT NULL CHECK (urgent IN (0, 1)),
    title    TEXT NOT NULL,
    text     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    state    TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed', 'withdrawn')),
    tries    INTEGER NOT NULL DEFAULT 0,
    cause    TEXT NOT NULL DEFAULT '',
    due      INTEGER NOT NULL, -- tick
    tick     INTEGER NOT NULL DEFAULT 0, -- at which it ended, 0 while pending
    ended_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One at a time of a trouble for each way: the newer takes the place of the older.
CREATE UNIQUE INDEX notification_pending ON notification (way, trouble) WHERE state = 'pending';
CREATE INDEX notification_delivered ON notification (way, tick) WHERE state = 'delivered';
CREATE INDEX notification_ended ON notification (tick) WHERE tick > 0;
