-- The messages that owners look for: those that did not arrive. Few have such a state, and
-- each gets it once.
CREATE INDEX message_troubled ON message (state, id) WHERE state IN ('failed', 'undelivered', 'unknown', 'expired', 'cancelled');
