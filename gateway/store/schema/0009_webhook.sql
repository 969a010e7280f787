-- Who is told of what happens. A webhook is of one app; what no app owns, such as
-- a message that comes in, is told to all that ask for it.
CREATE TABLE webhook (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    app          TEXT NOT NULL,
    url          TEXT NOT NULL,
    format       TEXT NOT NULL,
    secret       TEXT NOT NULL, -- whsec_ and base64
    former       TEXT NOT NULL DEFAULT '', -- the secret before, which signs too
    former_until INTEGER NOT NULL DEFAULT 0, -- tick
    disabled     TEXT NOT NULL DEFAULT '', -- why it is told no more, '' it is
    made_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_kind (
    kind       TEXT NOT NULL,
    webhook_id INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    PRIMARY KEY (kind, webhook_id)
) STRICT, WITHOUT ROWID;

-- What is to be told. A row names its subject, a verification or a message or
-- whatever the kind says; what is told of it is written when it is sent.
CREATE TABLE delivery (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id INTEGER NOT NULL, -- 0: it goes to callback
    callback   TEXT NOT NULL,
    app        TEXT NOT NULL,
    kind       TEXT NOT NULL,
    subject    INTEGER NOT NULL,
    at         INTEGER NOT NULL, -- when it happened
    state      TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
    due        INTEGER NOT NULL DEFAULT 0, -- tick
    tries      INTEGER NOT NULL DEFAULT 0,
    cause      TEXT NOT NULL DEFAULT '', -- of the last failure
    ended_at   INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX delivery_pending ON delivery (webhook_id, callback, due) WHERE state = 'pending';
CREATE INDEX delivery_ended ON delivery (ended_at) WHERE ended_at > 0;

-- What is known of a number beside the messages to and from it.
CREATE TABLE contact (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    app        TEXT NOT NULL,
    number     TEXT NOT NULL,
    tag        TEXT NOT NULL,
    changed_at INTEGER NOT NULL,
    UNIQUE (app, number)
) STRICT;

ALTER TABLE message ADD COLUMN callback TEXT NOT NULL DEFAULT '';

-- Deliveries come from triggers, so that whoever ends a verification or a message
-- tells of it, in the transaction in which it does.
CREATE TRIGGER verification_told AFTER UPDATE OF state ON verification WHEN NEW.state <> OLD.state
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', NEW.app, k.kind, NEW.id, NEW.ended_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = 'verification.' || NEW.state AND w.app = NEW.app AND w.disabled = '';
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT 0, NEW.callback, NEW.app, 'verification.' || NEW.state, NEW.id, NEW.ended_at WHERE NEW.callback <> '';
END;

CREATE TRIGGER message_told AFTER UPDATE OF state ON message
WHEN NEW.state <> OLD.state AND NEW.state NOT IN ('queued', 'sending')
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', NEW.app, k.kind, NEW.id, CASE NEW.ended_at
            WHEN 0 THEN (SELECT COALESCE(MAX(submitted_at), NEW.accepted_at) FROM part WHERE message_id = NEW.id) ELSE NEW.ended_at END
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = 'message.' || NEW.state AND w.app = NEW.app AND w.disabled = '';
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT 0, NEW.callback, NEW.app, 'message.' || NEW.state, NEW.id, CASE NEW.ended_at
            WHEN 0 THEN (SELECT COALESCE(MAX(submitted_at), NEW.accepted_at) FROM part WHERE message_id = NEW.id) ELSE NEW.ended_at END
        WHERE NEW.callback <> '';
END;

CREATE TRIGGER incoming_told AFTER INSERT ON incoming WHEN NEW.change > 0
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', w.app, k.kind, NEW.id, NEW.last_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id WHERE k.kind = 'message.received' AND w.disabled = '';
END;

-- A message that was shown with gaps and is amended is told of as that.
CREATE TRIGGER incoming_shown_told AFTER UPDATE OF change ON incoming WHEN NEW.change <> OLD.change AND NEW.change > 0
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', w.app, k.kind, NEW.id, NEW.last_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = CASE OLD.change WHEN 0 THEN 'message.received' ELSE 'message.amended' END AND w.disabled = '';
END;

CREATE TRIGGER contact_new_told AFTER INSERT ON contact
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', NEW.app, k.kind, NEW.id, NEW.changed_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = 'contact.tagged' AND w.app = NEW.app AND w.disabled = '';
END;

CREATE TRIGGER contact_told AFTER UPDATE OF tag ON contact WHEN NEW.tag <> OLD.tag
BEGIN
    INSERT INTO delivery (webhook_id, callback, app, kind, subject, at)
        SELECT k.webhook_id, '', NEW.app, k.kind, NEW.id, NEW.changed_at
        FROM webhook_kind k JOIN webhook w ON w.id = k.webhook_id
        WHERE k.kind = 'contact.tagged' AND w.app = NEW.app AND w.disabled = '';
END;
