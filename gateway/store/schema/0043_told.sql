-- What was delivered about a message or code is shown with it.
CREATE INDEX delivery_subject ON delivery (subject, id);
