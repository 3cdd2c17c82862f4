-- Who did what no signed document of an officer proves: closed a day, formed a register, made a run of reconciliation. Kept
-- in the transaction of what was done. `what` names it, `sealed` says who.
CREATE TABLE deed (
    id     INTEGER PRIMARY KEY,
    what   TEXT    NOT NULL UNIQUE,
    at     INTEGER NOT NULL,
    sealed BLOB    NOT NULL
) STRICT;
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed
BEGIN SELECT raise(ABORT, 'deeds are append-only'); END;
CREATE TRIGGER deed_remains BEFORE DELETE ON deed
BEGIN SELECT raise(ABORT, 'deeds are append-only'); END;
