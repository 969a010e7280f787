-- What became of the last parts that lines were given, as far as it tells whether the
-- SIM is blocked: those that nobody can tell of, those that were sent, and those that
-- were reported on.
CREATE TABLE line_outcome (
    message   INTEGER NOT NULL,
    seq       INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    outcome   TEXT NOT NULL CHECK (outcome IN ('unknown', 'sent', 'reported')),
    tick      INTEGER NOT NULL, -- when it was known, 0 before this table
    PRIMARY KEY (message, seq)
) STRICT, WITHOUT ROWID;

INSERT INTO line_outcome (message, seq, line, recipient, outcome, tick)
    SELECT p.message_id, p.seq, p.line, m.recipient, CASE p.state WHEN 'sent' THEN 'sent' WHEN 'unknown' THEN 'unknown' ELSE 'reported' END, 0
    FROM part p JOIN message m ON m.id = p.message_id
    WHERE p.message_id > (SELECT COALESCE(MAX(id), 0) FROM message) - 2000 AND p.state IN ('sent', 'unknown', 'delivered', 'undelivered');
