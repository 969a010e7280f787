-- What a dialect keeps with a message or a verification beside the caller's own id,
-- which had to carry it before: its id of the request, and what it gives back.
ALTER TABLE message ADD COLUMN origin_request TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN origin_note    TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN origin_request TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN origin_note    TEXT NOT NULL DEFAULT '';
ALTER TABLE verification ADD COLUMN length INTEGER NOT NULL DEFAULT 6; -- of the code

UPDATE message SET origin_request = substr(custom_id, 11), custom_id = '' WHERE custom_id LIKE '99digital:%';
UPDATE verification SET origin_request = substr(custom_id, 11), custom_id = '' WHERE custom_id LIKE '99digital:%';
UPDATE message SET origin_request = substr(custom_id, 7, 36), custom_id = substr(custom_id, 44) WHERE custom_id LIKE 'smscx:%';

CREATE INDEX message_origin ON message (origin_request, app) WHERE origin_request <> '';
