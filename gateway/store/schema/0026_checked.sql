-- Who compares the code of a verification: we, the app (as the owner says), or nobody
-- knows yet.
ALTER TABLE verification ADD COLUMN checked TEXT NOT NULL DEFAULT 'here' CHECK (checked IN ('here', 'elsewhere', 'unproven'));

-- The apps that have had codes checked here, and those whose owner was told that they
-- have not.
CREATE TABLE guard_checker (
    app     TEXT PRIMARY KEY,
    checked INTEGER NOT NULL,
    told    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO guard_checker (app, checked, told) SELECT DISTINCT app, 1, 0 FROM verification WHERE tries > 0;
