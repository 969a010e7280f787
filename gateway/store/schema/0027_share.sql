-- What a SIM may send is shared between the apps that send by it.

-- How much of a day or a month of a line each app has taken.
CREATE TABLE pace_app (
    app        TEXT NOT NULL,
    line       INTEGER NOT NULL,
    period     TEXT NOT NULL CHECK (period IN ('day', 'month')),
    parts      INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (app, line, period)
) STRICT, WITHOUT ROWID;

CREATE INDEX pace_app_period ON pace_app (line, period);

-- At which tick an app last had something to send by a line, by any of them where that
-- is 0; of the last 24 hours.
CREATE TABLE pace_sender (
    app  TEXT NOT NULL,
    line INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (app, line)
) STRICT, WITHOUT ROWID;

CREATE INDEX pace_sender_last ON pace_sender (last);
