-- What people ask for: lists of one app, one number, one line, one webhook. Each is
-- read from the newest on.
CREATE INDEX message_app ON message (app, id);
CREATE INDEX message_recipient ON message (recipient, id);
CREATE INDEX verification_recipient ON verification (recipient, id);
CREATE INDEX call_app ON call (app, id);
CREATE INDEX call_recipient ON call (recipient, id);
CREATE INDEX incoming_sender ON incoming (sender, id);
CREATE INDEX incoming_line ON incoming (line, id);
CREATE INDEX delivery_webhook ON delivery (webhook_id, id);
CREATE INDEX event_line ON event (line, id);

-- What a start looks for.
CREATE INDEX part_sending ON part (message_id, seq) WHERE state = 'sending';
CREATE INDEX call_calling ON call (id) WHERE state = 'calling';

-- Calls that wait, those with codes first; and those that are too late.
DROP INDEX call_open;
CREATE INDEX call_queue ON call (pinned, (verification_id IS NULL), due, id) WHERE state = 'queued';
CREATE INDEX call_deadline ON call (deadline) WHERE state = 'queued';

-- What retention and the owner look for.
CREATE INDEX failure_recipient ON failure (recipient);
CREATE INDEX reference_used ON reference (used_at);
CREATE INDEX early_report_at ON early_report (at);
CREATE INDEX event_at ON event (at);
