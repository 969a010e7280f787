-- Dialects look messages up by the caller's own id.
CREATE INDEX message_custom ON message (custom_id, app) WHERE custom_id <> '';
