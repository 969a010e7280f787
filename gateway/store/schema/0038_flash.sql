-- A message of class 0 (TS 23.038 4): a phone shows it at once, and need not keep it.
ALTER TABLE message ADD COLUMN flash INTEGER NOT NULL DEFAULT 0 CHECK (flash IN (0, 1));
