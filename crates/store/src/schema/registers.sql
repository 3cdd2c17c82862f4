-- Registers as they were formed, and what comparing them with banks' registers and statements has found.

-- One revision of a register. Its rows are in `posting`, those up to `up_to`: with the head that is kept here they make the
-- same octets for ever. Only how far it has come changes.
CREATE TABLE register (
    id          INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL DEFAULT 1,
    party       TEXT    NOT NULL,
    name_kk     TEXT    NOT NULL,
    name_ru     TEXT    NOT NULL,
    name_en     TEXT    NOT NULL,
    day         TEXT    NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision > 0),
    up_to       INTEGER NOT NULL,
    additions   INTEGER NOT NULL,
    added       INTEGER NOT NULL,
    deductions  INTEGER NOT NULL,
    deducted    INTEGER NOT NULL,
    sha256      BLOB    NOT NULL,
    manifest    BLOB    NOT NULL,
    formed_at   INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('formed', 'sent', 'acknowledged', 'refused')),
    message     TEXT    UNIQUE,
    answered_at INTEGER,
    answer      TEXT,
    UNIQUE (party, day, revision)
) STRICT;
CREATE INDEX register_day ON register (day, id);
CREATE TRIGGER register_stays BEFORE UPDATE ON register
WHEN OLD.party <> NEW.party OR OLD.day <> NEW.day OR OLD.revision <> NEW.revision OR OLD.up_to <> NEW.up_to
    OR OLD.additions <> NEW.additions OR OLD.added <> NEW.added OR OLD.deductions <> NEW.deductions
    OR OLD.deducted <> NEW.deducted OR OLD.sha256 <> NEW.sha256 OR OLD.manifest <> NEW.manifest
    OR OLD.formed_at <> NEW.formed_at OR OLD.name_kk <> NEW.name_kk OR OLD.name_ru <> NEW.name_ru
    OR OLD.name_en <> NEW.name_en
BEGIN SELECT raise(ABORT, 'a register is corrected by a new revision'); END;
CREATE TRIGGER register_remains BEFORE DELETE ON register
BEGIN SELECT raise(ABORT, 'a register is never deleted'); END;

-- One run of a comparison. Every run is kept; the newest of a bank and day is the one that counts.
CREATE TABLE reconciliation (
    id        INTEGER PRIMARY KEY,
    bank      TEXT    NOT NULL,
    day       TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    source    BLOB    NOT NULL,
    agreed    INTEGER NOT NULL,
    waiting   INTEGER NOT NULL,
    differing INTEGER NOT NULL
) STRICT;
CREATE INDEX reconciliation_of ON reconciliation (bank, day, id);
CREATE TRIGGER reconciliation_stays BEFORE UPDATE ON reconciliation
BEGIN SELECT raise(ABORT, 'reconciliations are append-only'); END;
CREATE TRIGGER reconciliation_remains BEFORE DELETE ON reconciliation
BEGIN SELECT raise(ABORT, 'reconciliations are append-only'); END;

-- What a run has found that is not agreed.
CREATE TABLE difference (
    id             INTEGER PRIMARY KEY,
    reconciliation INTEGER NOT NULL,
    code           INTEGER,
    reference      TEXT    NOT NULL,
    is_deduction   INTEGER NOT NULL CHECK (is_deduction IN (0, 1)),
    heap           TEXT    NOT NULL CHECK (heap IN ('waiting', 'differing')),
    side           TEXT    NOT NULL CHECK (side IN ('notice', 'register', 'statement')),
    field          TEXT    NOT NULL,
    ours           TEXT    NOT NULL,
    theirs         TEXT    NOT NULL,
    until          INTEGER
) STRICT;
CREATE INDEX difference_of ON difference (reconciliation, id);
CREATE TRIGGER difference_stays BEFORE UPDATE ON difference
BEGIN SELECT raise(ABORT, 'differences are append-only'); END;
CREATE TRIGGER difference_remains BEFORE DELETE ON difference
BEGIN SELECT raise(ABORT, 'differences are append-only'); END;

-- That two officers took a difference for known: by which proposal, and when.
CREATE TABLE difference_settled (
    id         INTEGER PRIMARY KEY,
    difference INTEGER NOT NULL UNIQUE,
    proposal   TEXT    NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
CREATE TRIGGER difference_settled_stays BEFORE UPDATE ON difference_settled
BEGIN SELECT raise(ABORT, 'settlements are append-only'); END;
CREATE TRIGGER difference_settled_remains BEFORE DELETE ON difference_settled
BEGIN SELECT raise(ABORT, 'settlements are append-only'); END;
