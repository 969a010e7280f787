-- A call says what a reference stands for, of whoever queued it: of a verification its
-- uuid. What follows from its end is decided there too, and by no trigger.
DROP TRIGGER call_hopeless;
DROP INDEX call_queue;
DROP INDEX call_verification;
ALTER TABLE call ADD COLUMN ref TEXT; -- NULL: it says a text, or plays a file
UPDATE call SET ref = (SELECT uuid FROM verification WHERE id = verification_id) WHERE verification_id IS NOT NULL;
ALTER TABLE call DROP COLUMN verification_id;

-- The queue: what has a reference first, in the order in which it was accepted.
CREATE INDEX call_queue ON call (pinned, (ref IS NULL), id) WHERE state = 'queued';
CREATE INDEX call_ref ON call (ref) WHERE ref IS NOT NULL;
