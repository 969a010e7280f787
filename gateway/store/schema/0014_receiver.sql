-- Deliveries take turns by app and by the origin of their URL. The origin is empty
-- until it is known, which is before the transaction ends that made the delivery.
ALTER TABLE delivery ADD COLUMN origin TEXT NOT NULL DEFAULT ''; -- scheme, host and port
ALTER TABLE delivery ADD COLUMN since INTEGER NOT NULL DEFAULT 0; -- tick from which it has been pending

DROP INDEX delivery_pending;
CREATE INDEX delivery_pending ON delivery (app, origin, due, id, webhook_id) WHERE state = 'pending';
CREATE INDEX delivery_new ON delivery (id) WHERE state = 'pending' AND origin = '';
