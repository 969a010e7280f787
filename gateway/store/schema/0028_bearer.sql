-- The mode of +CGSMS (TS 27.007 10.1.21) in which data alone has carried a message of the
-- SIM; -1 where none has.
ALTER TABLE line ADD COLUMN bearer INTEGER NOT NULL DEFAULT -1;
