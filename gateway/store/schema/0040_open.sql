-- A rule may open a country.
CREATE TABLE guard_rule_next (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL CHECK (kind IN ('block', 'safe', 'open')),
    scope    TEXT NOT NULL CHECK (scope IN ('number', 'prefix', 'country', 'app', 'client')),
    key      TEXT NOT NULL,
    reason   TEXT NOT NULL,
    origin   TEXT NOT NULL CHECK (origin IN ('operator', 'guard')),
    until    INTEGER NOT NULL, -- tick, 0 for good
    made_at  INTEGER NOT NULL,
    app      TEXT NOT NULL DEFAULT '' -- whose codes it is about, '' all
) STRICT;

INSERT INTO guard_rule_next (id, kind, scope, key, reason, origin, until, made_at, app)
    SELECT id, kind, scope, key, reason, origin, until, made_at, app FROM guard_rule;
DROP TABLE guard_rule;
ALTER TABLE guard_rule_next RENAME TO guard_rule;
CREATE UNIQUE INDEX guard_rule_key ON guard_rule (app, scope, key);
