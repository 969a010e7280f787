-- Calls that speak. What is said of a verification is not stored: the code is
-- sealed beside it, and the sentence is that of the language.
CREATE TABLE call (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    app             TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    body            TEXT NOT NULL, -- what is said; '' with a verification or a file
    file            TEXT NOT NULL, -- what is played, '' nothing
    locale          TEXT NOT NULL,
    custom_id       TEXT NOT NULL,
    callback        TEXT NOT NULL,
    verification_id INTEGER REFERENCES verification (id),
    state           TEXT NOT NULL CHECK (state IN ('queued', 'calling', 'completed', 'hung_up', 'busy', 'no_answer', 'refused', 'no_key', 'failed', 'unknown', 'expired', 'cancelled')),
    pinned          INTEGER NOT NULL, -- the line that was asked for, 0 any
    line            INTEGER NOT NULL, -- that it took, 0 none yet
    voice           TEXT NOT NULL DEFAULT '', -- how it was spoken
    cause           TEXT NOT NULL DEFAULT '',
    tries           INTEGER NOT NULL DEFAULT 0, -- times that a modem could not dial
    due             INTEGER NOT NULL, -- uptime in milliseconds, as is deadline
    deadline        INTEGER NOT NULL,
    accepted_at     INTEGER NOT NULL,
    dialled_at      INTEGER NOT NULL DEFAULT 0,
    ended_at        INTEGER NOT NULL DEFAULT 0,
    answered        INTEGER NOT NULL DEFAULT 0,
    duration        INTEGER NOT NULL DEFAULT 0, -- milliseconds from the answer to the end
    keys            TEXT NOT NULL DEFAULT '' -- that were pressed
) STRICT;

CREATE INDEX call_open ON call (state, due) WHERE state IN ('queued', 'calling');
CREATE INDEX call_verification ON call (verification_id) WHERE verification_id IS NOT NULL;
CREATE INDEX call_ended ON call (ended_at) WHERE ended_at > 0;

ALTER TABLE attempt ADD COLUMN call_id INTEGER REFERENCES call (id);
CREATE INDEX attempt_call ON attempt (call_id) WHERE call_id IS NOT NULL;
ALTER TABLE verification ADD COLUMN brand TEXT NOT NULL DEFAULT '';

-- A call that brought nothing makes the next step of its verification due.
CREATE TRIGGER call_hopeless AFTER UPDATE OF state ON call
WHEN NEW.verification_id IS NOT NULL AND NEW.state IN ('busy', 'no_answer', 'refused', 'no_key', 'failed', 'expired')
BEGIN
    UPDATE verification SET step_due = 1 WHERE id = NEW.verification_id AND state = 'pending' AND step_due > 0;
END;

CREATE TRIGGER call_told AFTER UPDATE OF state ON call
WHEN NEW.state <> OLD.state AND NEW.state NOT IN ('queued', 'calling')
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', NEW.app, k.kind, NEW.id, NEW.ended_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = 'call.' || NEW.state AND w.app = NEW.app AND w.disabled = '';
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT 0, NEW.callback, NEW.app, 'call.' || NEW.state, NEW.id, NEW.ended_at WHERE NEW.callback <> '';
END;
