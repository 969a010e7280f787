-- The messages that begin conversations, the newest of which are looked for: those that carry
-- no code and are no bulk. An index by the bare id would not be used.
CREATE INDEX message_conversation ON message (id + 0) WHERE verification_id IS NULL AND lane < 3;
