-- A part is kept as its line has decoded it, so that lines need not be GSM modems. One
-- that was stored before is still a PDU.
ALTER TABLE incoming_part ADD COLUMN kind TEXT NOT NULL DEFAULT 'pdu' CHECK (kind IN ('pdu', 'text', 'utf16', 'data'));
ALTER TABLE incoming_part ADD COLUMN body TEXT NOT NULL DEFAULT ''; -- text; octets in hexadecimal
