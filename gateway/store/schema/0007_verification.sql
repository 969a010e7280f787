-- What a verification needs to go on by itself: its workflow, and the text that
-- its messages carry. step_due, resend_due and begun are milliseconds since the
-- boot; asked is a tick, see guard_clock.
ALTER TABLE verification ADD COLUMN workflow   TEXT NOT NULL DEFAULT 'sms';
ALTER TABLE verification ADD COLUMN step       INTEGER NOT NULL DEFAULT 0; -- that was begun last, from 0
ALTER TABLE verification ADD COLUMN step_due   INTEGER NOT NULL DEFAULT 0; -- when the next is looked at, 0 never
ALTER TABLE verification ADD COLUMN ladder     INTEGER NOT NULL DEFAULT 0; -- sends in a row, those before a fresh start too
ALTER TABLE verification ADD COLUMN resend_due INTEGER NOT NULL DEFAULT 0; -- when it may be asked for again
ALTER TABLE verification ADD COLUMN begun      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verification ADD COLUMN asked      INTEGER NOT NULL DEFAULT 0;
ALTER TABLE verification ADD COLUMN lifetime   INTEGER NOT NULL DEFAULT 0; -- milliseconds
ALTER TABLE verification ADD COLUMN body       TEXT NOT NULL DEFAULT '';   -- U+001A stands for the code
ALTER TABLE verification ADD COLUMN parts      INTEGER NOT NULL DEFAULT 1;
ALTER TABLE verification ADD COLUMN pinned     INTEGER NOT NULL DEFAULT 0; -- the line that was asked for, 0 any
ALTER TABLE verification ADD COLUMN locale     TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN custom_id  TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN callback   TEXT NOT NULL DEFAULT '';

CREATE INDEX verification_step ON verification (step_due) WHERE state = 'pending' AND step_due > 0;

-- An attempt need not have a message: a call has none, nor has what could not
-- be tried at all, which then has its own state.
CREATE TABLE attempt_next (
    verification_id INTEGER NOT NULL REFERENCES verification (id),
    n               INTEGER NOT NULL,
    step            INTEGER NOT NULL,
    channel         TEXT NOT NULL CHECK (channel IN ('sms', 'voice', 'mo')),
    message_id      INTEGER REFERENCES message (id),
    state           TEXT NOT NULL, -- where there is no message
    reason          TEXT NOT NULL, -- why this one was made
    cause           TEXT NOT NULL, -- of its failure, where there is no message
    at              INTEGER NOT NULL,
    up              INTEGER NOT NULL, -- the same moment in milliseconds since the boot
    PRIMARY KEY (verification_id, n)
) STRICT, WITHOUT ROWID;

INSERT INTO attempt_next (verification_id, n, step, channel, message_id, state, reason, cause, at, up)
    SELECT verification_id, n, 0, channel, message_id, '', reason, '', at, 0 FROM attempt;
DROP TABLE attempt;
ALTER TABLE attempt_next RENAME TO attempt;
CREATE INDEX attempt_message ON attempt (message_id) WHERE message_id IS NOT NULL;

-- A message that will not arrive makes the next step of its verification due,
-- whoever finds it out: a modem, a status report, or the time.
CREATE TRIGGER message_hopeless AFTER UPDATE OF state ON message
WHEN NEW.verification_id IS NOT NULL AND NEW.state IN ('failed', 'undelivered', 'expired')
BEGIN
    UPDATE verification SET step_due = 1 WHERE id = NEW.verification_id AND state = 'pending' AND step_due > 0;
END;

-- The time of limits: milliseconds that this gateway has been running on a
-- machine that was switched on. It goes on after a boot where it stood, so that
-- neither a boot nor a clock that is set ends a lock or empties a counter.
CREATE TABLE guard_clock (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    boot TEXT NOT NULL,
    ahead INTEGER NOT NULL, -- of the time since that boot
    last INTEGER NOT NULL   -- tick that was noted last
) STRICT;

INSERT INTO guard_clock (one, boot, ahead, last) VALUES (1, '', 0, 0);

-- What happened in each ten minutes (slot), by number, prefix, country, app and
-- client address.
CREATE TABLE counter (
    scope    TEXT NOT NULL,
    key      TEXT NOT NULL,
    slot     INTEGER NOT NULL,
    sends    INTEGER NOT NULL,
    answered INTEGER NOT NULL, -- sends whose code came back
    failed   INTEGER NOT NULL, -- checks
    PRIMARY KEY (scope, key, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX counter_slot ON counter (slot);

-- Wrong codes in a row for a number and a purpose, across all verifications.
CREATE TABLE failure (
    app       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    purpose   TEXT NOT NULL,
    failed    INTEGER NOT NULL,
    locks     INTEGER NOT NULL, -- each is twice as long as the one before
    locked    INTEGER NOT NULL, -- until this tick
    last      INTEGER NOT NULL, -- tick of the last one
    PRIMARY KEY (app, recipient, purpose)
) STRICT, WITHOUT ROWID;

CREATE INDEX failure_last ON failure (last);

-- What is blocked, and what is safe from every limit.
CREATE TABLE guard_rule (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL CHECK (kind IN ('block', 'safe')),
    scope    TEXT NOT NULL CHECK (scope IN ('number', 'prefix', 'country', 'app', 'client')),
    key      TEXT NOT NULL,
    reason   TEXT NOT NULL,
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'guard')),
    until    INTEGER NOT NULL, -- tick, 0 for good
    made_at  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX guard_rule_key ON guard_rule (scope, key);

-- What was refused, or would have been, and why.
CREATE TABLE refusal_note (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    app       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reason    TEXT NOT NULL,
    text      TEXT NOT NULL,
    shadow    INTEGER NOT NULL, -- 1: it was let through
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX refusal_note_recipient ON refusal_note (recipient, id);

-- Requests that were answered, so that the same one gets the same answer.
CREATE TABLE idempotency (
    app         TEXT NOT NULL,
    route       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint BLOB NOT NULL, -- SHA-256 of the body
    result      TEXT NOT NULL, -- id of what it made
    at          INTEGER NOT NULL, -- tick
    PRIMARY KEY (app, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_at ON idempotency (at);
