-- A report that waits for its part says in words what became of it, and no longer in
-- the numbers of a GSM network. Those that wait now are of the last ten minutes.
CREATE TABLE new_early_report (
    id        INTEGER PRIMARY KEY,
    line      INTEGER NOT NULL,
    mr        INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
    text      TEXT NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

INSERT INTO new_early_report (id, line, mr, recipient, delivered, text, at)
    SELECT id, line, mr, recipient, status < 32, 'not delivered (status ' || printf('%02X', status) || ')', at FROM early_report;

DROP TABLE early_report;
ALTER TABLE new_early_report RENAME TO early_report;
CREATE INDEX early_report_match ON early_report (line, mr);
CREATE INDEX early_report_at ON early_report (at);
