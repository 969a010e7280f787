-- What happened in each ten minutes (slot), by app, and in it by number, prefix, country,
-- client address and for the app itself. What happens in one app says nothing about
-- another.
CREATE TABLE guard_count (
    app      TEXT NOT NULL,
    scope    TEXT NOT NULL,
    key      TEXT NOT NULL,
    slot     INTEGER NOT NULL, -- in which codes were sent; codes that come back count in it too
    sends    INTEGER NOT NULL,
    answered INTEGER NOT NULL, -- of these, came back
    strange  INTEGER NOT NULL, -- of these, went to numbers that are not known, and did not come back
    slow     INTEGER NOT NULL, -- as strange, of those that went out although too many do not come back
    failed   INTEGER NOT NULL, -- wrong codes that were compared
    PRIMARY KEY (app, scope, key, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX guard_count_slot ON guard_count (slot);

INSERT INTO guard_count (app, scope, key, slot, sends, answered, strange, slow, failed)
    SELECT key, 'app', key, slot, sends, answered, 0, 0, failed FROM counter WHERE scope = 'app';
INSERT INTO guard_count (app, scope, key, slot, sends, answered, strange, slow, failed)
    SELECT app, 'number', recipient, asked / 600000, SUM(sends), 0, 0, 0, 0 FROM verification
    WHERE asked > 0 AND sends > 0 AND asked > (SELECT last FROM clock) - 90000000
    GROUP BY app, recipient, asked / 600000;
DROP TABLE counter;

-- Codes that have not come back, so that they can be credited to the slot in which they
-- were sent.
CREATE TABLE guard_send (
    app       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    slot      INTEGER NOT NULL,
    sends     INTEGER NOT NULL,
    strange   INTEGER NOT NULL,
    slow      INTEGER NOT NULL,
    PRIMARY KEY (app, recipient, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX guard_send_slot ON guard_send (slot);

-- Before which tick no more goes out of what is let out one by one: codes to a country,
-- to a block of numbers and for a client address where too many do not come back, starts
-- for a number with too many wrong codes, and the reserve of a known number.
CREATE TABLE guard_turn (
    app   TEXT NOT NULL,
    scope TEXT NOT NULL,
    key   TEXT NOT NULL,
    next  INTEGER NOT NULL,
    told  INTEGER NOT NULL, -- when the owner was told
    PRIMARY KEY (app, scope, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX guard_turn_next ON guard_turn (next);

-- The client addresses from which a code of an app to a number came back.
CREATE TABLE guard_client (
    app       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    client    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (app, recipient, client)
) STRICT, WITHOUT ROWID;

CREATE INDEX guard_client_at ON guard_client (at);

-- Numbers are locked no more: wrong codes are counted in guard_count.
DROP TABLE failure;

-- A rule of the guard is about one app, '' stands for all.
ALTER TABLE guard_rule ADD COLUMN app TEXT NOT NULL DEFAULT '';
DROP INDEX guard_rule_key;
CREATE UNIQUE INDEX guard_rule_key ON guard_rule (app, scope, key);

-- When a code of a verification was compared last, in milliseconds since the boot.
ALTER TABLE verification ADD COLUMN compared INTEGER NOT NULL DEFAULT 0;
