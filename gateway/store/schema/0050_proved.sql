-- The number of a SIM that a message from it to that number has come back to it by.
ALTER TABLE line ADD COLUMN proved TEXT NOT NULL DEFAULT '';
