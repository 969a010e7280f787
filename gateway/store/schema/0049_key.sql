-- What the owner says of a key: from where it works, until when, and how much it may send.
ALTER TABLE api_key ADD COLUMN networks TEXT NOT NULL DEFAULT ''; -- with blanks between them; none: from anywhere
ALTER TABLE api_key ADD COLUMN expires_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN per_minute INTEGER NOT NULL DEFAULT 0; -- 0: no limit, here and below
ALTER TABLE api_key ADD COLUMN per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN per_month INTEGER NOT NULL DEFAULT 0;
ALTER TABLE api_key ADD COLUMN cost_day INTEGER NOT NULL DEFAULT 0; -- millionths
ALTER TABLE api_key ADD COLUMN cost_month INTEGER NOT NULL DEFAULT 0;

-- What a key with limits has sent in the present minute, day and month.
CREATE TABLE key_use (
    key_id   TEXT NOT NULL,
    period   TEXT NOT NULL CHECK (period IN ('minute', 'day', 'month')),
    since    INTEGER NOT NULL, -- of the period: a tick for a minute, else the time of day
    messages INTEGER NOT NULL,
    cost     INTEGER NOT NULL,
    PRIMARY KEY (key_id, period)
) STRICT, WITHOUT ROWID;
