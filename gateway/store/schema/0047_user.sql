-- Who may open the pages.
CREATE TABLE account (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT NOT NULL UNIQUE, -- in small letters
    role       TEXT NOT NULL CHECK (role IN ('viewer', 'operator', 'owner')),
    password   TEXT NOT NULL DEFAULT '', -- its argon2id hash, '' until the person has chosen one
    created_at INTEGER NOT NULL,
    tick       INTEGER NOT NULL
) STRICT;

-- A browser in which somebody is logged in.
CREATE TABLE session (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    hash       BLOB NOT NULL UNIQUE,   -- SHA-256 of the secret in its cookie
    account    INTEGER NOT NULL REFERENCES account (id),
    address    TEXT NOT NULL,          -- from which somebody logged in
    agent      TEXT NOT NULL,          -- what the browser calls itself
    stay       INTEGER NOT NULL CHECK (stay IN (0, 1)), -- it does not end for being idle
    created_at INTEGER NOT NULL,
    used_at    INTEGER NOT NULL,
    tick       INTEGER NOT NULL,       -- of its begin
    used       INTEGER NOT NULL,       -- tick of its last use
    proved     INTEGER NOT NULL        -- tick at which the password was given last
) STRICT;
CREATE INDEX session_account ON session (account);

-- Who did what on the pages.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    account TEXT NOT NULL, -- name of who did it, '' nobody who is known
    address TEXT NOT NULL, -- from where
    action  TEXT NOT NULL,
    detail  TEXT NOT NULL,
    tick    INTEGER NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
