-- From the claim to the payout: what is claimed from banks, what they pay, what providers and payers get, how a day closes.

-- A claim to a bank, and what it says to it. `accepted` is what it will pay; none before its answer.
CREATE TABLE claim (
    number     TEXT    PRIMARY KEY,
    version    INTEGER NOT NULL DEFAULT 1,
    bank       TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    additions  INTEGER NOT NULL,
    added      INTEGER NOT NULL,
    deductions INTEGER NOT NULL,
    deducted   INTEGER NOT NULL,
    fee        INTEGER NOT NULL CHECK (fee >= 0),
    due        INTEGER NOT NULL CHECK (due > 0),
    due_on     TEXT    NOT NULL,
    standing   TEXT    NOT NULL CHECK (standing IN ('sent', 'accepted', 'part', 'disputed')),
    accepted   INTEGER,
    reason     TEXT,
    reimbursed INTEGER NOT NULL CHECK (reimbursed >= 0 AND reimbursed <= due),
    formed_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX claim_of_day ON claim (day, number);
CREATE INDEX claim_open ON claim (bank, day) WHERE reimbursed < due;
CREATE TRIGGER claim_remains BEFORE DELETE ON claim
BEGIN SELECT raise(ABORT, 'a claim is never deleted'); END;

-- Which claim takes a posting: its key is what makes every posting claimed once only.
CREATE TABLE claim_item (
    id      INTEGER PRIMARY KEY,
    posting INTEGER NOT NULL UNIQUE REFERENCES posting (id),
    claim   TEXT    NOT NULL REFERENCES claim (number)
) STRICT;
CREATE INDEX claim_item_of ON claim_item (claim, posting);
CREATE TRIGGER claim_item_stays BEFORE UPDATE ON claim_item
BEGIN SELECT raise(ABORT, 'items of claims are append-only'); END;
CREATE TRIGGER claim_item_remains BEFORE DELETE ON claim_item
BEGIN SELECT raise(ABORT, 'items of claims are append-only'); END;

-- What a bank disputes of a claim, by its own answer.
CREATE TABLE claim_dispute (
    id         INTEGER PRIMARY KEY,
    claim      TEXT    NOT NULL REFERENCES claim (number),
    reference  TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    own_amount INTEGER,
    UNIQUE (claim, reference, kind)
) STRICT;
CREATE TRIGGER claim_dispute_stays BEFORE UPDATE ON claim_dispute
BEGIN SELECT raise(ABORT, 'disputes of claims are append-only'); END;
CREATE TRIGGER claim_dispute_remains BEFORE DELETE ON claim_dispute
BEGIN SELECT raise(ABORT, 'disputes of claims are append-only'); END;

CREATE TABLE payout (
    number        TEXT    PRIMARY KEY,
    version       INTEGER NOT NULL DEFAULT 1,
    bank          TEXT    NOT NULL,
    provider      TEXT    NOT NULL,
    iban          TEXT    NOT NULL,
    bic           TEXT    NOT NULL,
    kbk           TEXT    NOT NULL,
    knp           TEXT    NOT NULL,
    kod           TEXT    NOT NULL,
    kbe           TEXT    NOT NULL,
    amount        INTEGER NOT NULL CHECK (amount > 0),
    day           TEXT    NOT NULL,
    is_guaranteed INTEGER NOT NULL CHECK (is_guaranteed IN (0, 1)),
    progress      TEXT    NOT NULL CHECK (progress IN ('ordered', 'executed', 'refused', 'confirmed')),
    executed_at   INTEGER,
    reason        TEXT,
    tries         INTEGER NOT NULL,
    asked_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX payout_of_day ON payout (day, number);
CREATE INDEX payout_open ON payout (bank, number) WHERE progress <> 'confirmed';
CREATE TRIGGER payout_remains BEFORE DELETE ON payout
BEGIN SELECT raise(ABORT, 'a payout is never deleted'); END;

-- Which payout takes a posting: paid out once only.
CREATE TABLE payout_item (
    id      INTEGER PRIMARY KEY,
    posting INTEGER NOT NULL UNIQUE REFERENCES posting (id),
    payout  TEXT    NOT NULL REFERENCES payout (number)
) STRICT;
CREATE INDEX payout_item_of ON payout_item (payout, posting);
CREATE TRIGGER payout_item_stays BEFORE UPDATE ON payout_item
BEGIN SELECT raise(ABORT, 'items of payouts are append-only'); END;
CREATE TRIGGER payout_item_remains BEFORE DELETE ON payout_item
BEGIN SELECT raise(ABORT, 'items of payouts are append-only'); END;

-- Statements of the operator's accounts as they came; `sealed` is the document with the bank's signature.
CREATE TABLE statement (
    id          INTEGER PRIMARY KEY,
    bank        TEXT    NOT NULL,
    day         TEXT    NOT NULL,
    page        INTEGER NOT NULL,
    is_final    INTEGER NOT NULL CHECK (is_final IN (0, 1)),
    digest      BLOB    NOT NULL UNIQUE,
    opening     INTEGER NOT NULL,
    closing     INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,
    sealed      BLOB    NOT NULL
) STRICT;
CREATE INDEX statement_of_day ON statement (bank, day);
CREATE TRIGGER statement_stays BEFORE UPDATE ON statement
BEGIN SELECT raise(ABORT, 'statements are append-only'); END;
CREATE TRIGGER statement_remains BEFORE DELETE ON statement
BEGIN SELECT raise(ABORT, 'statements are append-only'); END;

-- An entry counts once, whatever file brings it. `matched` is the claim or payout it was taken for. `sealed` is the text
-- that came with it: whoever pays by mistake may have put a name there.
CREATE TABLE statement_entry (
    id        INTEGER PRIMARY KEY,
    statement INTEGER NOT NULL REFERENCES statement (id),
    bank      TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    is_credit INTEGER NOT NULL CHECK (is_credit IN (0, 1)),
    amount    INTEGER NOT NULL CHECK (amount > 0),
    booked    TEXT    NOT NULL,
    matched   TEXT,
    sealed    BLOB    NOT NULL,
    UNIQUE (bank, reference, is_credit)
) STRICT;
CREATE INDEX statement_entry_of ON statement_entry (statement);
CREATE INDEX statement_entry_unmatched ON statement_entry (booked) WHERE matched IS NULL;
CREATE TRIGGER statement_entry_stays BEFORE UPDATE ON statement_entry
BEGIN SELECT raise(ABORT, 'entries of statements are append-only'); END;
CREATE TRIGGER statement_entry_remains BEFORE DELETE ON statement_entry
BEGIN SELECT raise(ABORT, 'entries of statements are append-only'); END;

-- Revisions of the closing of a day, as signed documents.
CREATE TABLE closing (
    id       INTEGER PRIMARY KEY,
    day      TEXT    NOT NULL,
    revision INTEGER NOT NULL,
    document BLOB    NOT NULL,
    agrees   INTEGER NOT NULL CHECK (agrees IN (0, 1)),
    at       INTEGER NOT NULL,
    UNIQUE (day, revision)
) STRICT;
CREATE TRIGGER closing_stays BEFORE UPDATE ON closing
BEGIN SELECT raise(ABORT, 'closings are append-only'); END;
CREATE TRIGGER closing_remains BEFORE DELETE ON closing
BEGIN SELECT raise(ABORT, 'closings are append-only'); END;

-- What no claim and no payout has taken yet. Work queues, so not in the chain: a row too much here is stopped by the keys
-- of the items, one too few shows in the closing of its day.
CREATE TABLE unclaimed (
    account TEXT    NOT NULL,
    posting INTEGER NOT NULL,
    PRIMARY KEY (account, posting)
) STRICT, WITHOUT ROWID;
CREATE TABLE unpaid (
    posting INTEGER PRIMARY KEY
) STRICT;
CREATE TRIGGER posting_unclaimed AFTER INSERT ON posting
WHEN NEW.code IS NOT NULL AND (NEW.debit LIKE 'bank-receivable:%' OR NEW.credit LIKE 'bank-receivable:%')
BEGIN
    INSERT OR IGNORE INTO unclaimed VALUES (iif(NEW.debit LIKE 'bank-receivable:%', NEW.debit, NEW.credit), NEW.id);
END;
CREATE TRIGGER posting_unpaid AFTER INSERT ON posting
WHEN NEW.code IS NOT NULL AND (NEW.debit LIKE 'provider-payable:%' OR NEW.credit LIKE 'provider-payable:%')
BEGIN
    INSERT OR IGNORE INTO unpaid VALUES (NEW.id);
END;
CREATE TRIGGER claim_item_taken AFTER INSERT ON claim_item
BEGIN
    DELETE FROM unclaimed WHERE posting = NEW.posting
        AND account = (SELECT iif(debit LIKE 'bank-receivable:%', debit, credit) FROM posting WHERE id = NEW.posting);
END;
CREATE TRIGGER payout_item_taken AFTER INSERT ON payout_item
BEGIN
    DELETE FROM unpaid WHERE posting = NEW.posting;
END;
INSERT INTO unclaimed
SELECT iif(debit LIKE 'bank-receivable:%', debit, credit), id FROM posting
WHERE code IS NOT NULL AND (debit LIKE 'bank-receivable:%' OR credit LIKE 'bank-receivable:%');
INSERT INTO unpaid
SELECT id FROM posting
WHERE code IS NOT NULL AND (debit LIKE 'provider-payable:%' OR credit LIKE 'provider-payable:%');
