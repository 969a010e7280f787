-- Numbers that were forgotten, so that the restore of an older backup removes them again.
CREATE TABLE forgotten (
    hash TEXT NOT NULL, -- HMAC-SHA-256 of the number, in hexadecimal; its key is in no database
    at   INTEGER NOT NULL,
    PRIMARY KEY (hash, at)
) STRICT, WITHOUT ROWID;
