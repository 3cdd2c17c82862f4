-- Users of the portal: persons, with or without a password, and organisations (cl. 2(9)).
CREATE TABLE person (
    iin           TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL,
    password_hash TEXT,
    registered_at INTEGER NOT NULL
) STRICT;
CREATE TABLE organisation (
    bin           TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL,
    registered_at INTEGER NOT NULL
) STRICT;

-- Operators of service centres.
CREATE TABLE operator (
    iin    TEXT PRIMARY KEY,
    name   TEXT NOT NULL,
    centre TEXT NOT NULL
) STRICT;

-- Sessions, by the digest of what the cookie carries.
CREATE TABLE session (
    digest            BLOB    PRIMARY KEY,
    kind              TEXT    NOT NULL,
    iin               TEXT    NOT NULL,
    name              TEXT    NOT NULL,
    organisation_bin  TEXT,
    organisation_name TEXT,
    centre            TEXT,
    certificate       BLOB,
    public_access     INTEGER NOT NULL,
    begun_at          INTEGER NOT NULL,
    seen_at           INTEGER NOT NULL
) STRICT;

-- Failed log-ins by number, and by the address they came from, for the limits of tries.
CREATE TABLE failed_log_in (
    id     INTEGER PRIMARY KEY,
    number TEXT    NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX failed_log_in_number ON failed_log_in (number, at);

-- Orders. `form` names the form that made one, so that a form sent twice makes one order.
CREATE TABLE service_order (
    application      TEXT    PRIMARY KEY,
    form             TEXT    NOT NULL UNIQUE,
    owner            TEXT    NOT NULL,
    made_by          TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    amount           INTEGER NOT NULL,
    recipient_number TEXT    NOT NULL,
    recipient_name   TEXT    NOT NULL,
    payer_number     TEXT    NOT NULL,
    payer_name       TEXT    NOT NULL,
    way              TEXT    NOT NULL,
    state            TEXT    NOT NULL,
    payment_code     INTEGER,
    code_until       INTEGER,
    paid_here        INTEGER NOT NULL DEFAULT 0,
    refusal          TEXT,
    made_at          INTEGER NOT NULL,
    changed_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX service_order_owner ON service_order (owner, made_at);
CREATE INDEX service_order_code ON service_order (payment_code) WHERE payment_code IS NOT NULL;

-- What the gateway was or is about to be asked: written before it is sent, so that after a crash the very same
-- message can be repeated.
CREATE TABLE intent (
    message_id BLOB    PRIMARY KEY,
    about      TEXT    NOT NULL,
    operation  TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    asked_at   INTEGER NOT NULL,
    settled_at INTEGER,
    answer     TEXT
) STRICT;
CREATE INDEX intent_open ON intent (about, operation) WHERE settled_at IS NULL;

-- Payments the gateway told of.
CREATE TABLE payment (
    payment_code     INTEGER PRIMARY KEY,
    application      TEXT,
    service          TEXT    NOT NULL,
    recipient_number TEXT    NOT NULL,
    recipient_name   TEXT    NOT NULL,
    payer_number     TEXT    NOT NULL,
    payer_name       TEXT    NOT NULL,
    amount           INTEGER NOT NULL,
    paid_at          INTEGER NOT NULL,
    channel          TEXT    NOT NULL,
    transaction_number TEXT  NOT NULL,
    bank_reference   TEXT    NOT NULL,
    receipt_url      TEXT    NOT NULL,
    event            TEXT    NOT NULL,
    used_for         TEXT,
    notified_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX payment_recipient ON payment (recipient_number, paid_at);
CREATE INDEX payment_payer ON payment (payer_number, paid_at);

-- Documents in the cabinet.
CREATE TABLE document (
    application  TEXT    PRIMARY KEY REFERENCES service_order (application),
    file_name    TEXT    NOT NULL,
    octets       BLOB    NOT NULL,
    delivered_at INTEGER NOT NULL
) STRICT;

-- What operators looked up and how it ended (T7).
CREATE TABLE inquiry (
    id               TEXT    PRIMARY KEY,
    form             TEXT    NOT NULL UNIQUE,
    operator         TEXT    NOT NULL,
    operator_name    TEXT    NOT NULL,
    centre           TEXT    NOT NULL,
    payment_code     INTEGER NOT NULL,
    service          TEXT    NOT NULL,
    asked_at         INTEGER NOT NULL,
    state            TEXT    NOT NULL,
    refusal          TEXT,
    ticket           TEXT,
    ticket_until     INTEGER,
    recipient_number TEXT,
    recipient_name   TEXT,
    amount           INTEGER,
    paid_at          INTEGER,
    channel          TEXT,
    compared_at      INTEGER,
    application      TEXT    UNIQUE,
    ended_at         INTEGER
) STRICT;
CREATE INDEX inquiry_operator ON inquiry (operator, asked_at);

-- Who read whose personal data at the desk, when and why.
CREATE TABLE read_log (
    id       INTEGER PRIMARY KEY,
    at       INTEGER NOT NULL,
    operator TEXT    NOT NULL,
    centre   TEXT    NOT NULL,
    inquiry  TEXT    NOT NULL,
    person   TEXT    NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;

-- Applications (заявления) accepted at a desk with a term (T7.17).
CREATE TABLE desk_application (
    application    TEXT    PRIMARY KEY,
    inquiry        TEXT    NOT NULL UNIQUE REFERENCES inquiry (id),
    service        TEXT    NOT NULL,
    recipient_number TEXT  NOT NULL,
    recipient_name TEXT    NOT NULL,
    centre         TEXT    NOT NULL,
    operator       TEXT    NOT NULL,
    accepted_at    INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    issued_at      INTEGER,
    issued_by      TEXT
) STRICT;

-- Secrets of the portal's own, kept so that pages shown before a restart still work after it.
CREATE TABLE secret (
    name   TEXT PRIMARY KEY,
    octets BLOB NOT NULL
) STRICT;
