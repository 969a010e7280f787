-- What has changed its state, for those who follow it: webhooks, and others later. Each
-- reads on from the last change that it has seen.
CREATE TABLE change (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL, -- the table of the subject, or what it is
    subject    INTEGER NOT NULL,
    app        TEXT NOT NULL, -- that the subject belongs to, '' none
    from_state TEXT NOT NULL, -- '' for what is new
    to_state   TEXT NOT NULL,
    at         INTEGER NOT NULL,
    tick       INTEGER NOT NULL
) STRICT;

-- Deliveries are made of changes, and no longer by triggers.
DROP TRIGGER verification_told;
DROP TRIGGER message_told;
DROP TRIGGER incoming_told;
DROP TRIGGER incoming_shown_told;
DROP TRIGGER contact_new_told;
DROP TRIGGER contact_told;
DROP TRIGGER call_told;

-- Nor is the next step of a verification made due by a trigger.
DROP TRIGGER message_hopeless;

-- The last change of which all deliveries are made.
CREATE TABLE webhook_cursor (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    change INTEGER NOT NULL
) STRICT;
INSERT INTO webhook_cursor (one, change) VALUES (1, 0);

ALTER TABLE webhook  ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- the last change that it does not get
ALTER TABLE delivery ADD COLUMN content TEXT NOT NULL DEFAULT ''; -- what is delivered of the subject, from the first try on
