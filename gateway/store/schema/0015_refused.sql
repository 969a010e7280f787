-- The last codes that were refused, or would have been, and why: 500 places that
-- are used over and over.
CREATE TABLE refused (
    place     INTEGER PRIMARY KEY, -- number modulo 500
    number    INTEGER NOT NULL, -- grows with time
    app       TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reason    TEXT NOT NULL,
    text      TEXT NOT NULL,
    shadow    INTEGER NOT NULL CHECK (shadow IN (0, 1)), -- it was let through
    at        INTEGER NOT NULL
) STRICT;

INSERT INTO refused (place, number, app, recipient, reason, text, shadow, at)
    SELECT id % 500, id, app, recipient, reason, text, shadow <> 0, at FROM refusal_note
    WHERE id > (SELECT MAX(id) FROM refusal_note) - 500;

DROP TABLE refusal_note;
