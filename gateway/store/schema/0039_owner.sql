-- The app that a message that came in belongs to, '' for none: those see it that may read all.
ALTER TABLE incoming ADD COLUMN app TEXT NOT NULL DEFAULT '';

CREATE INDEX incoming_app ON incoming (app, id);

-- There were no owners before: keys and webhooks get what they got.
UPDATE api_key SET scopes = scopes || ' inbox.all' WHERE ' ' || scopes || ' ' LIKE '% inbox %';

ALTER TABLE webhook ADD COLUMN all_incoming INTEGER NOT NULL DEFAULT 0 CHECK (all_incoming IN (0, 1));
UPDATE webhook SET all_incoming = 1 WHERE id IN (SELECT webhook_id FROM webhook_kind WHERE kind IN ('message.received', 'message.amended'));
