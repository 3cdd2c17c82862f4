-- What a claim came to, what the bank answered word for word, and when it paid.
ALTER TABLE claim ADD COLUMN content        BLOB;
ALTER TABLE claim ADD COLUMN returned_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN returned_total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN fee            INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN accepted       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN accepted_fee   INTEGER NOT NULL DEFAULT 0;
ALTER TABLE claim ADD COLUMN said           BLOB;
ALTER TABLE claim ADD COLUMN reference      TEXT;
ALTER TABLE claim ADD COLUMN reimbursed_at  INTEGER;
CREATE INDEX claim_waiting ON claim (at) WHERE accepted > 0 AND reimbursed_at IS NULL;

-- What claims have taken: each payment once, and its return once.
CREATE TABLE claimed (
    operation INTEGER NOT NULL REFERENCES operation (id),
    kind      TEXT    NOT NULL,
    claim     TEXT    NOT NULL REFERENCES claim (number),
    PRIMARY KEY (operation, kind)
) STRICT, WITHOUT ROWID;

-- Payouts the gateway operator ordered, by their number for ever.
CREATE TABLE payout (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    number           TEXT    NOT NULL UNIQUE,
    content          BLOB    NOT NULL,
    amount           INTEGER NOT NULL,
    beneficiary_name TEXT    NOT NULL,
    beneficiary_iban TEXT    NOT NULL,
    beneficiary_bic  TEXT    NOT NULL,
    kbk              TEXT    NOT NULL,
    knp              TEXT    NOT NULL,
    kod              TEXT    NOT NULL,
    kbe              TEXT    NOT NULL,
    purpose          TEXT    NOT NULL,
    ordered_at       INTEGER NOT NULL,
    refusal          TEXT,
    reference        TEXT    UNIQUE,
    executed_at      INTEGER
) STRICT;

-- Entries about a claim or a payout: each is booked once.
ALTER TABLE posting ADD COLUMN document TEXT;
CREATE UNIQUE INDEX posting_document ON posting (document, kind, ledger) WHERE document IS NOT NULL;

-- What a day's register is read by.
CREATE INDEX operation_settled ON operation (settled_at) WHERE reference IS NOT NULL;
CREATE INDEX operation_given_back ON operation (given_back_at) WHERE given_back_at IS NOT NULL;
