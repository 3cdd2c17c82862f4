-- Clients: IIN or BIN; those with a login have the internet bank.
CREATE TABLE client (
    number        TEXT PRIMARY KEY,
    name          TEXT NOT NULL,
    login         TEXT UNIQUE,
    password_hash TEXT
) STRICT;

-- Accounts. The balance is the sum of the account's postings, kept beside them so that it can never go below zero.
CREATE TABLE account (
    iban    TEXT    PRIMARY KEY,
    owner   TEXT    NOT NULL REFERENCES client (number),
    balance INTEGER NOT NULL CHECK (balance >= 0),
    is_open INTEGER NOT NULL,
    conduct TEXT    NOT NULL
) STRICT;
CREATE INDEX account_owner ON account (owner);

-- Cards, recognised by keyed digests: no card number has a column anywhere.
CREATE TABLE card (
    digest     BLOB    PRIMARY KEY,
    pin_digest BLOB    NOT NULL,
    masked     TEXT    NOT NULL,
    account    TEXT    NOT NULL REFERENCES account (iban),
    meaning    TEXT    NOT NULL,
    wrong_pins INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One attempt to take money, for ever: the same attempt is answered, never charged anew.
CREATE TABLE operation (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    version          INTEGER NOT NULL DEFAULT 0,
    origin           TEXT    NOT NULL,
    attempt          TEXT    NOT NULL,
    content          BLOB    NOT NULL,
    channel          TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    amount           INTEGER NOT NULL,
    commission       INTEGER NOT NULL,
    payer_number     TEXT    NOT NULL,
    payer_name       TEXT    NOT NULL,
    recipient_number TEXT    NOT NULL,
    recipient_name   TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    source_shown     TEXT    NOT NULL,
    inserted         INTEGER,
    opened_at        INTEGER NOT NULL,
    code             INTEGER,
    provider         TEXT,
    beneficiary_iban TEXT,
    beneficiary_bic  TEXT,
    kbk              TEXT,
    knp              TEXT,
    kbe              TEXT,
    purpose          TEXT,
    stage            TEXT    NOT NULL,
    reference        TEXT    UNIQUE,
    settled_at       INTEGER,
    refusal          TEXT,
    card_refusal     TEXT,
    given_back_as    TEXT,
    given_back_at    INTEGER,
    UNIQUE (origin, attempt)
) STRICT;
CREATE INDEX operation_code ON operation (code) WHERE code IS NOT NULL;
CREATE INDEX operation_payer ON operation (payer_number, id);
CREATE INDEX operation_opened ON operation (id) WHERE stage = 'opened';

-- Attempts that were asked about before they came. The answer then, «never seen», is final.
CREATE TABLE blocked_attempt (
    origin  TEXT    NOT NULL,
    attempt TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (origin, attempt)
) STRICT, WITHOUT ROWID;

-- Double entry: the postings of one operation and kind add up to nothing.
CREATE TABLE posting (
    id        INTEGER PRIMARY KEY,
    operation INTEGER REFERENCES operation (id),
    kind      TEXT    NOT NULL,
    ledger    TEXT    NOT NULL,
    tiyn      INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    UNIQUE (operation, kind, ledger)
) STRICT;
CREATE INDEX posting_ledger ON posting (ledger);

-- Cash that bought nothing, until its owner claims it.
CREATE TABLE cash_claim (
    number    TEXT    PRIMARY KEY,
    terminal  TEXT    NOT NULL,
    attempt   TEXT    NOT NULL,
    amount    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    UNIQUE (terminal, attempt)
) STRICT;

-- What the gateway operator handed over (cl. 10) and claimed (cl. 23).
CREATE TABLE register (
    id       INTEGER PRIMARY KEY,
    day      TEXT    NOT NULL,
    provider TEXT,
    count    INTEGER NOT NULL,
    total    INTEGER NOT NULL,
    document BLOB    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;
CREATE TABLE claim (
    number TEXT    PRIMARY KEY,
    day    TEXT    NOT NULL,
    count  INTEGER NOT NULL,
    total  INTEGER NOT NULL,
    answer TEXT    NOT NULL,
    reason TEXT,
    at     INTEGER NOT NULL
) STRICT;

-- The signed orders of the gateway by which accounts were debited and refunds made.
CREATE TABLE evidence (
    id          INTEGER PRIMARY KEY,
    operation   TEXT    NOT NULL,
    octets      BLOB    NOT NULL,
    certificate BLOB    NOT NULL,
    crl_number  INTEGER NOT NULL,
    received_at INTEGER NOT NULL
) STRICT;

-- Sessions of the internet bank, by the digest of their cookie.
CREATE TABLE session (
    digest  BLOB    PRIMARY KEY,
    client  TEXT    NOT NULL REFERENCES client (number),
    used_at INTEGER NOT NULL
) STRICT;
