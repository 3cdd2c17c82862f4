-- The gateway's tables. Codes are integers, amounts tiyn, times microseconds since 1970 (UTC).
-- Columns are an index of the signed messages in `evidence`.

CREATE TABLE payment (
    code            INTEGER PRIMARY KEY,
    version         INTEGER NOT NULL DEFAULT 1,
    state           TEXT    NOT NULL,
    -- what was asked for
    service         TEXT    NOT NULL,
    provider        TEXT    NOT NULL,
    amount          INTEGER NOT NULL CHECK (amount >= 0),
    recipient_number TEXT   NOT NULL,
    recipient_name  TEXT    NOT NULL,
    channel         TEXT    NOT NULL,
    issued_to       TEXT    NOT NULL,
    application     TEXT,
    issued_at       INTEGER NOT NULL,
    valid_until     INTEGER NOT NULL,
    -- what the bank vouched for
    paid_bank       TEXT,
    paid_received_at INTEGER,
    paid_transaction TEXT,
    paid_payer_number TEXT,
    paid_payer_name TEXT,
    paid_recipient_number TEXT,
    paid_recipient_name TEXT,
    paid_service    TEXT,
    paid_provider   TEXT,
    paid_amount     INTEGER CHECK (paid_amount >= 0),
    paid_commission INTEGER CHECK (paid_commission >= 0),
    paid_iban       TEXT,
    paid_bic        TEXT,
    paid_kbk        TEXT,
    paid_knp        TEXT,
    paid_kod        TEXT,
    paid_kbe        TEXT,
    paid_purpose    TEXT,
    paid_reference  TEXT,
    paid_at         INTEGER,
    paid_channel    TEXT,
    -- a desk's permission to close
    ticket_id       TEXT,
    ticket_operator_iin TEXT,
    ticket_operator_name TEXT,
    ticket_operator_centre TEXT,
    ticket_until    INTEGER,
    -- what is known only in one state
    differs_in      TEXT,
    bound_application TEXT,
    bound_at        INTEGER,
    closed_application TEXT,
    closed_ticket   TEXT,
    closed_operator_iin TEXT,
    closed_operator_name TEXT,
    closed_operator_centre TEXT,
    closed_at       INTEGER,
    refunded_at     INTEGER,
    reversal_bank   TEXT,
    reversal_reference TEXT,
    reversal_amount INTEGER,
    reversal_at     INTEGER,
    -- a reversal that came before its notice
    parked_bank     TEXT,
    parked_reference TEXT,
    parked_amount   INTEGER,
    parked_at       INTEGER
) STRICT;
CREATE INDEX payment_to_expire ON payment (valid_until) WHERE state = 'issued';
CREATE INDEX payment_of_recipient ON payment (recipient_number, issued_at);
CREATE INDEX payment_of_application ON payment (application) WHERE application IS NOT NULL;
CREATE INDEX payment_of_binding ON payment (bound_application) WHERE bound_application IS NOT NULL;
CREATE INDEX payment_of_closing ON payment (closed_application) WHERE closed_application IS NOT NULL;
CREATE INDEX payment_in_state ON payment (state, issued_at);

-- The unique key on the code is what makes a code usable once only.
CREATE TABLE spend (
    id   INTEGER PRIMARY KEY,
    code INTEGER NOT NULL UNIQUE REFERENCES payment (code),
    how  TEXT    NOT NULL,
    at   INTEGER NOT NULL
) STRICT;

-- Which code each operation of a bank pays for: one operation pays for one code.
CREATE TABLE bank_operation (
    bank      TEXT NOT NULL,
    reference TEXT NOT NULL,
    code      INTEGER NOT NULL,
    PRIMARY KEY (bank, reference)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempt (
    id             TEXT    PRIMARY KEY,
    version        INTEGER NOT NULL DEFAULT 1,
    kind           TEXT    NOT NULL,
    bank           TEXT    NOT NULL,
    amount         INTEGER NOT NULL CHECK (amount >= 0),
    code           INTEGER,
    opened_at      INTEGER NOT NULL,
    state          TEXT    NOT NULL,
    tries          INTEGER NOT NULL,
    next_try_at    INTEGER,
    bank_reference TEXT,
    context        TEXT
) STRICT;
CREATE INDEX attempt_of_code ON attempt (code) WHERE code IS NOT NULL;
CREATE INDEX attempt_due ON attempt (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX attempt_open ON attempt (opened_at) WHERE state IN ('asked', 'unknown');

CREATE TABLE payment_page (
    token_digest     BLOB    PRIMARY KEY,
    version          INTEGER NOT NULL DEFAULT 1,
    channel          TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    provider         TEXT    NOT NULL,
    amount           INTEGER NOT NULL CHECK (amount >= 0),
    recipient_number TEXT    NOT NULL,
    recipient_name   TEXT    NOT NULL,
    payer_number     TEXT    NOT NULL,
    payer_name       TEXT    NOT NULL,
    application      TEXT,
    language         TEXT    NOT NULL,
    portal           TEXT    NOT NULL,
    opened_at        INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    state            TEXT    NOT NULL,
    attempt          TEXT,
    code             INTEGER
) STRICT;
CREATE INDEX payment_page_of_attempt ON payment_page (attempt) WHERE attempt IS NOT NULL;

CREATE TABLE receipt (
    id           INTEGER PRIMARY KEY,
    code         INTEGER NOT NULL UNIQUE REFERENCES payment (code),
    token_digest BLOB    NOT NULL UNIQUE,
    signed       BLOB    NOT NULL,
    pdf          BLOB,
    made_at      INTEGER NOT NULL
) STRICT;

CREATE TABLE evidence (
    id           INTEGER PRIMARY KEY,
    about        INTEGER,
    kind         TEXT    NOT NULL,
    octets       BLOB    NOT NULL,
    certificate  BLOB    NOT NULL,
    crl_number   INTEGER NOT NULL,
    at           INTEGER NOT NULL,
    content_hash BLOB    NOT NULL
) STRICT;
CREATE INDEX evidence_about ON evidence (about) WHERE about IS NOT NULL;
CREATE INDEX evidence_kind ON evidence (kind) WHERE about IS NULL;

CREATE TABLE journal (
    id     INTEGER PRIMARY KEY,
    about  INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    event  TEXT    NOT NULL,
    actor  TEXT    NOT NULL,
    detail TEXT    NOT NULL
) STRICT;
CREATE INDEX journal_about ON journal (about);

-- Who read whose personal data, and what for.
CREATE TABLE read_note (
    id            INTEGER PRIMARY KEY,
    at            INTEGER NOT NULL,
    actor         TEXT    NOT NULL,
    about_payment INTEGER,
    about_party   TEXT,
    fields        TEXT    NOT NULL,
    reason        TEXT    NOT NULL
) STRICT;
CREATE INDEX read_note_about_payment ON read_note (about_payment) WHERE about_payment IS NOT NULL;
CREATE INDEX read_note_about_party ON read_note (about_party) WHERE about_party IS NOT NULL;

-- The registry: the newest row of a key holds, the earlier ones say what held before.
CREATE TABLE participant (
    id          INTEGER PRIMARY KEY,
    bin         TEXT    NOT NULL,
    name_kk     TEXT    NOT NULL,
    name_ru     TEXT    NOT NULL,
    name_en     TEXT    NOT NULL,
    groups      TEXT    NOT NULL,
    endpoints   TEXT    NOT NULL,
    return_url  TEXT,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER
) STRICT;
CREATE INDEX participant_bin ON participant (bin, id);

CREATE TABLE service (
    id               INTEGER PRIMARY KEY,
    code             TEXT    NOT NULL,
    name_kk          TEXT    NOT NULL,
    name_ru          TEXT    NOT NULL,
    name_en          TEXT    NOT NULL,
    provider         TEXT    NOT NULL,
    provider_name_kk TEXT    NOT NULL,
    provider_name_ru TEXT    NOT NULL,
    provider_name_en TEXT    NOT NULL,
    price            INTEGER NOT NULL CHECK (price >= 0),
    iban             TEXT    NOT NULL,
    bic              TEXT    NOT NULL,
    kbk              TEXT    NOT NULL,
    knp              TEXT    NOT NULL,
    kod              TEXT    NOT NULL,
    kbe              TEXT    NOT NULL,
    purpose          TEXT    NOT NULL,
    e_service        INTEGER NOT NULL,
    valid_from       INTEGER NOT NULL,
    valid_until      INTEGER
) STRICT;
CREATE INDEX service_code ON service (code, id);

-- Counters: budgets of guesses and quotas of codes. Not evidence, so not in the chain.
CREATE TABLE failure (
    id  INTEGER PRIMARY KEY,
    key TEXT    NOT NULL,
    at  INTEGER NOT NULL
) STRICT;
CREATE INDEX failure_key ON failure (key, at);
CREATE INDEX failure_at ON failure (at);

CREATE TABLE quota (
    participant TEXT    NOT NULL,
    window      INTEGER NOT NULL,
    used        INTEGER NOT NULL,
    PRIMARY KEY (participant, window)
) STRICT;

CREATE TRIGGER received_stays BEFORE UPDATE ON received
BEGIN SELECT raise(ABORT, 'answers are append-only'); END;
CREATE TRIGGER received_remains BEFORE DELETE ON received
BEGIN SELECT raise(ABORT, 'answers are append-only'); END;
CREATE TRIGGER spend_stays BEFORE UPDATE ON spend
BEGIN SELECT raise(ABORT, 'the spend log is append-only'); END;
CREATE TRIGGER spend_remains BEFORE DELETE ON spend
BEGIN SELECT raise(ABORT, 'the spend log is append-only'); END;
CREATE TRIGGER receipt_stays BEFORE UPDATE ON receipt
BEGIN SELECT raise(ABORT, 'receipts are append-only'); END;
CREATE TRIGGER receipt_remains BEFORE DELETE ON receipt
BEGIN SELECT raise(ABORT, 'receipts are append-only'); END;
CREATE TRIGGER evidence_stays BEFORE UPDATE ON evidence
BEGIN SELECT raise(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_remains BEFORE DELETE ON evidence
BEGIN SELECT raise(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_remains BEFORE DELETE ON journal
BEGIN SELECT raise(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER read_note_stays BEFORE UPDATE ON read_note
BEGIN SELECT raise(ABORT, 'notes of reads are append-only'); END;
CREATE TRIGGER read_note_remains BEFORE DELETE ON read_note
BEGIN SELECT raise(ABORT, 'notes of reads are append-only'); END;
CREATE TRIGGER participant_stays BEFORE UPDATE ON participant
BEGIN SELECT raise(ABORT, 'the registry is append-only'); END;
CREATE TRIGGER participant_remains BEFORE DELETE ON participant
BEGIN SELECT raise(ABORT, 'the registry is append-only'); END;
CREATE TRIGGER service_stays BEFORE UPDATE ON service
BEGIN SELECT raise(ABORT, 'the registry is append-only'); END;
CREATE TRIGGER service_remains BEFORE DELETE ON service
BEGIN SELECT raise(ABORT, 'the registry is append-only'); END;
CREATE TRIGGER payment_remains BEFORE DELETE ON payment
BEGIN SELECT raise(ABORT, 'a payment is never deleted'); END;
