-- What the owner wants to become of what is held, as he said it when he restored: the next
-- start does it. '' until he says so.
ALTER TABLE held ADD COLUMN wish TEXT NOT NULL DEFAULT '' CHECK (wish IN ('', 'release', 'drop'));
