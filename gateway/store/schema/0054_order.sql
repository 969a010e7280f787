-- What came in from one sender is delivered in its order: the sender, '' where there is no
-- order to keep.
ALTER TABLE delivery ADD COLUMN sender TEXT NOT NULL DEFAULT '';

CREATE INDEX delivery_sender ON delivery (sender, webhook_id, app, origin, due) WHERE state = 'pending' AND sender <> '';
