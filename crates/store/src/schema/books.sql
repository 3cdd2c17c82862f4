-- The books: postings and contracts. Days are texts (2026-11-22), accounts `name:BIN`.

-- One amount from one account to another. What it is about stands first in the key, so that all about one code is found
-- by it. `said` is sealed: what a bank said of a second sum under a code, which no column of `payment` holds.
CREATE TABLE posting (
    id     INTEGER PRIMARY KEY,
    kind   TEXT    NOT NULL,
    about  TEXT    NOT NULL,
    debit  TEXT    NOT NULL,
    credit TEXT    NOT NULL CHECK (credit <> debit),
    amount INTEGER NOT NULL CHECK (amount > 0),
    day    TEXT    NOT NULL,
    at     INTEGER NOT NULL,
    code   INTEGER,
    said   BLOB,
    UNIQUE (about, kind)
) STRICT;
-- Rows of one account and day come one after the other, in the order of their ids: what a register is read from.
CREATE INDEX posting_debit ON posting (debit, day);
CREATE INDEX posting_credit ON posting (credit, day);
CREATE TRIGGER posting_stays BEFORE UPDATE ON posting
BEGIN SELECT raise(ABORT, 'postings are append-only'); END;
CREATE TRIGGER posting_remains BEFORE DELETE ON posting
BEGIN SELECT raise(ABORT, 'postings are append-only'); END;

-- Payments of before there were books, the earliest first. A work queue, so not in the chain.
CREATE TABLE posting_backlog (
    id   INTEGER PRIMARY KEY,
    code INTEGER NOT NULL UNIQUE
) STRICT;
INSERT INTO posting_backlog (code)
SELECT code FROM payment WHERE paid_bank IS NOT NULL ORDER BY paid_received_at, code;

-- Contracts with their dates of effect. Rows are only added; which of them holds on a day is settled in `ledger`.
CREATE TABLE contract (
    id               INTEGER PRIMARY KEY,
    number           TEXT    NOT NULL,
    kind             TEXT    NOT NULL CHECK (kind IN ('national-operator', 'bank')),
    party            TEXT    NOT NULL,
    since            TEXT    NOT NULL,
    until            TEXT,
    kept_at          INTEGER NOT NULL,
    services         TEXT,
    per_payment      INTEGER,
    per_day          INTEGER,
    fee_basis_points INTEGER,
    fee_least        INTEGER,
    fee_most         INTEGER,
    reimburse_days   INTEGER,
    guarantee_days   INTEGER,
    settlement_iban  TEXT,
    CHECK (kind <> 'bank' OR (fee_basis_points IS NOT NULL AND fee_least IS NOT NULL
                              AND reimburse_days IS NOT NULL AND settlement_iban IS NOT NULL))
) STRICT;
CREATE INDEX contract_of_party ON contract (party, id);
CREATE TRIGGER contract_stays BEFORE UPDATE ON contract
BEGIN SELECT raise(ABORT, 'contracts are append-only'); END;
CREATE TRIGGER contract_remains BEFORE DELETE ON contract
BEGIN SELECT raise(ABORT, 'contracts are append-only'); END;

-- What banks with a limit a day were issued codes for. A counter, so not in the chain.
CREATE TABLE issued_sum (
    bank TEXT    NOT NULL,
    day  TEXT    NOT NULL,
    sum  INTEGER NOT NULL,
    PRIMARY KEY (bank, day)
) STRICT, WITHOUT ROWID;
