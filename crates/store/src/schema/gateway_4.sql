-- By what a signer's certificate was found not revoked when the message arrived: lists, deltas, OCSP, in words.
ALTER TABLE evidence ADD COLUMN checked_by TEXT;

-- Time stamps over heads of the chain. Outside the chain: a stamp proves itself, and one inside would ask for the next.
CREATE TABLE chain_stamp (
    sequence   INTEGER PRIMARY KEY,
    head       BLOB    NOT NULL,
    stamped_at INTEGER NOT NULL,
    token      BLOB    NOT NULL
) STRICT;
CREATE TRIGGER chain_stamp_stays BEFORE UPDATE ON chain_stamp
BEGIN SELECT raise(ABORT, 'time stamps are append-only'); END;
CREATE TRIGGER chain_stamp_remains BEFORE DELETE ON chain_stamp
BEGIN SELECT raise(ABORT, 'time stamps are append-only'); END;
