-- Several verifications for an app, a number and a purpose can be pending: each of
-- them knows its own code.
DROP INDEX verification_open;
CREATE INDEX verification_open ON verification (app, recipient, purpose, id) WHERE state = 'pending';
