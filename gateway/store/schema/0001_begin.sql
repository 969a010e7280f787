-- Wall times (…_at) are milliseconds of Unix time, 0 where there is none yet.
-- due and deadline are milliseconds since the boot that table boot names.

CREATE TABLE boot (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    id       TEXT NOT NULL, -- boot id of the machine
    code_key TEXT NOT NULL  -- fingerprint of the key that seals codes
) STRICT;

CREATE TABLE api_key (
    id           TEXT PRIMARY KEY,
    app          TEXT NOT NULL,
    hash         BLOB NOT NULL, -- SHA-256 of the token
    scopes       TEXT NOT NULL, -- separated by blanks
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL DEFAULT 0,
    revoked_at   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A line is a SIM, in whatever modem it is.
CREATE TABLE line (
    id      INTEGER PRIMARY KEY,
    iccid   TEXT NOT NULL UNIQUE,
    imsi    TEXT NOT NULL,
    msisdn  TEXT NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;

-- PINs that were tried and not accepted, so that none is ever tried twice.
CREATE TABLE pin_try (
    sim    TEXT NOT NULL, -- ICCID
    digest TEXT NOT NULL, -- of the PIN
    tries  INTEGER NOT NULL, -- left before this one
    PRIMARY KEY (sim, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE verification (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       TEXT NOT NULL UNIQUE,
    app        TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    purpose    TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'verified', 'expired', 'exhausted', 'cancelled')),
    mac        BLOB, -- of the code; NULL once ended
    sealed     BLOB, -- the code, encrypted; NULL once ended
    tries      INTEGER NOT NULL DEFAULT 0, -- codes compared
    max_tries  INTEGER NOT NULL,
    sends      INTEGER NOT NULL DEFAULT 0,
    deadline   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL, -- for people; deadline decides
    ended_at   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One open verification for an app, a number and a purpose.
CREATE UNIQUE INDEX verification_open ON verification (app, recipient, purpose) WHERE state = 'pending';
CREATE INDEX verification_latest ON verification (app, recipient, purpose, id);
CREATE INDEX verification_deadline ON verification (deadline) WHERE state = 'pending';
CREATE INDEX verification_ended ON verification (ended_at) WHERE ended_at > 0;

CREATE TABLE message (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    app             TEXT NOT NULL,
    recipient       TEXT NOT NULL,
    body            TEXT NOT NULL, -- U+001A stands where a code belongs
    custom_id       TEXT NOT NULL,
    verification_id INTEGER REFERENCES verification (id),
    lane            INTEGER NOT NULL, -- 0 codes, 1 all else
    state           TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown', 'expired', 'cancelled')),
    pinned          INTEGER NOT NULL, -- the line that was asked for, 0 any
    line            INTEGER NOT NULL, -- the line it must take or took, 0 any
    avoid           INTEGER NOT NULL DEFAULT 0, -- the line that could not
    reference       INTEGER NOT NULL, -- of the concatenation
    parts           INTEGER NOT NULL,
    next_part       INTEGER NOT NULL DEFAULT 1,
    tries           INTEGER NOT NULL DEFAULT 0, -- failed hand-overs of the next part
    cause           TEXT NOT NULL DEFAULT '',
    due             INTEGER NOT NULL,
    deadline        INTEGER NOT NULL,
    accepted_at     INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL, -- for people, and to rebuild deadline after a boot
    ended_at        INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX message_queue ON message (line, lane, due, id) WHERE state = 'queued';
CREATE INDEX message_deadline ON message (deadline) WHERE state = 'queued';
CREATE INDEX message_verification ON message (verification_id) WHERE verification_id IS NOT NULL;
CREATE INDEX message_ended ON message (ended_at) WHERE ended_at > 0;

-- A part has its row from the moment that a modem is given it; before, it is queued.
CREATE TABLE part (
    message_id   INTEGER NOT NULL REFERENCES message (id),
    seq          INTEGER NOT NULL,
    state        TEXT NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown', 'expired', 'cancelled')),
    line         INTEGER NOT NULL,
    modem        TEXT NOT NULL,
    mr           INTEGER NOT NULL DEFAULT -1, -- TP-MR, -1 unknown
    cause        TEXT NOT NULL DEFAULT '',
    submitted_at INTEGER NOT NULL,
    ended_at     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message_id, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX part_open ON part (line, mr) WHERE state IN ('sending', 'sent', 'unknown');

-- The sends of a verification, in order.
CREATE TABLE attempt (
    verification_id INTEGER NOT NULL REFERENCES verification (id),
    n               INTEGER NOT NULL,
    channel         TEXT NOT NULL CHECK (channel IN ('sms', 'voice')),
    message_id      INTEGER NOT NULL REFERENCES message (id),
    reason          TEXT NOT NULL, -- why this one was made
    at              INTEGER NOT NULL,
    PRIMARY KEY (verification_id, n)
) STRICT, WITHOUT ROWID;

-- The last concatenation reference used towards a recipient (TS 23.040 9.2.3.24.1).
CREATE TABLE reference (
    recipient TEXT PRIMARY KEY,
    last      INTEGER NOT NULL,
    used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Status reports that came before the reference they speak of was known.
CREATE TABLE early_report (
    id        INTEGER PRIMARY KEY,
    line      INTEGER NOT NULL,
    mr        INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    status    INTEGER NOT NULL, -- TP-ST
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX early_report_match ON early_report (line, mr);
