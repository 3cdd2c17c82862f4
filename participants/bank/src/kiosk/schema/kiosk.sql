-- Operations from the moment cash may go in. At most one is on the screen.
CREATE TABLE operation (
    attempt   TEXT    PRIMARY KEY,
    language  TEXT    NOT NULL,
    screen    TEXT    NOT NULL,
    on_screen INTEGER NOT NULL,
    -- What the processing system has still to be asked: 'pay', 'return' or nothing.
    pending   TEXT,
    at        INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX operation_on_screen ON operation (on_screen) WHERE on_screen = 1;
CREATE INDEX operation_pending ON operation (at) WHERE pending IS NOT NULL;

-- Every note, written before the screen acknowledges it. Rows are never changed or deleted.
CREATE TABLE note (
    id      INTEGER PRIMARY KEY,
    attempt TEXT    NOT NULL REFERENCES operation (attempt),
    tiyn    INTEGER NOT NULL,
    at      INTEGER NOT NULL
) STRICT;
CREATE INDEX note_attempt ON note (attempt);
