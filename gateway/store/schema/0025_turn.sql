-- The first code that waits of each app: apps take turns in the lane of codes.
CREATE INDEX message_turn ON message (line, app, due, id) WHERE state = 'queued' AND lane = 0;
