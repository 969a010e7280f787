-- When each app has sent a code to a number last, when that has answered last, and how
-- many codes it has not answered since. sent and answered are ticks.
CREATE TABLE guard_number (
    app        TEXT NOT NULL,
    recipient  TEXT NOT NULL,
    sent       INTEGER NOT NULL,
    answered   INTEGER NOT NULL, -- 0 never
    unanswered INTEGER NOT NULL,
    PRIMARY KEY (app, recipient)
) STRICT, WITHOUT ROWID;

-- For retention.
CREATE INDEX guard_number_stranger ON guard_number (sent) WHERE answered = 0;
CREATE INDEX guard_number_known ON guard_number (answered) WHERE answered > 0;

-- A verification has noted the tick of its start, and times of day that may have been
-- set meanwhile: none lives longer than a day.
INSERT INTO guard_number (app, recipient, sent, answered, unanswered)
    SELECT v.app, v.recipient, MAX(v.asked),
        COALESCE(MAX(CASE WHEN v.state = 'verified' THEN v.asked +
            CASE WHEN v.ended_at BETWEEN v.created_at AND v.created_at + 86400000 THEN v.ended_at - v.created_at ELSE 0 END END), 0),
        SUM(CASE WHEN v.state <> 'verified' AND v.id > COALESCE(a.id, 0) THEN v.sends ELSE 0 END)
    FROM verification v LEFT JOIN (SELECT app, recipient, MAX(id) AS id FROM verification WHERE state = 'verified'
        GROUP BY app, recipient) a ON a.app = v.app AND a.recipient = v.recipient
    WHERE v.asked > 0 AND v.sends > 0
    GROUP BY v.app, v.recipient;

-- Time goes on from the last tick that anything has noted; and the clock is not the
-- guard's alone.
UPDATE guard_clock SET last = (SELECT MAX(tick) FROM (
    SELECT last AS tick FROM guard_clock UNION ALL SELECT slot * 600000 FROM counter UNION ALL SELECT last FROM failure));
ALTER TABLE guard_clock RENAME TO clock;
