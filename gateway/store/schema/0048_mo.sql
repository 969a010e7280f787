-- A verification whose person sends a text with a token to us. The token is found by its
-- MAC, also once it is used; what opens it is gone then.
ALTER TABLE verification ADD COLUMN token        BLOB;                              -- MAC; NULL: no text is waited for
ALTER TABLE verification ADD COLUMN sealed_token BLOB;                              -- NULL once ended
ALTER TABLE verification ADD COLUMN receiver     TEXT NOT NULL DEFAULT '';          -- our number that it is sent to
ALTER TABLE verification ADD COLUMN heard        INTEGER NOT NULL DEFAULT 0 CHECK (heard IN (0, 1)); -- the text has come
ALTER TABLE verification ADD COLUMN refused      INTEGER NOT NULL DEFAULT 0;        -- texts with the token that changed nothing
ALTER TABLE verification ADD COLUMN client       TEXT NOT NULL DEFAULT '';          -- address of the person, until it ends

CREATE UNIQUE INDEX verification_token ON verification (token) WHERE token IS NOT NULL;
CREATE INDEX verification_awaits ON verification (app, client) WHERE state = 'pending' AND token IS NOT NULL;

-- Whether the SMSC that a message came by is of another country than its sender.
ALTER TABLE incoming ADD COLUMN abroad INTEGER NOT NULL DEFAULT 0 CHECK (abroad IN (0, 1));
