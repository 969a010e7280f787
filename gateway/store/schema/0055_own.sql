-- What the gateway itself has sent gets names that no key has: an app named owner, canary or
-- forward was taken for it. Where there is such an app, nothing tells the two apart but the
-- requests, and what was sent stays with the app.
UPDATE api_key SET app = 'app ' || app WHERE app IN ('@owner', '@canary', '@forward');

UPDATE idempotency SET app = '@' || app WHERE (app, route) IN (('owner', 'notify'), ('forward', 'forward'));

UPDATE message SET app = '@' || app WHERE app IN ('owner', 'canary', 'forward') AND app NOT IN (SELECT app FROM api_key);
UPDATE change SET app = '@' || app WHERE app IN ('owner', 'canary', 'forward') AND app NOT IN (SELECT app FROM api_key);
UPDATE pace_app SET app = '@' || app WHERE app IN ('owner', 'canary', 'forward') AND app NOT IN (SELECT app FROM api_key);
UPDATE credit_app SET app = '@' || app WHERE app IN ('owner', 'canary', 'forward') AND app NOT IN (SELECT app FROM api_key);
