-- Confidential data is kept sealed from here on. Nothing converts what was kept in the clear: copies of it in backups
-- and in free pages of the file would stay. Such a database is refused; the name of the constraint is what the
-- operator reads.
CREATE TABLE unsealed (
    rows INTEGER NOT NULL,
    CONSTRAINT "this database was kept unencrypted by an earlier version: move it away and start with a new one"
        CHECK (rows = 0)
) STRICT;
INSERT INTO unsealed
SELECT (SELECT count(*) FROM payment) + (SELECT count(*) FROM attempt) + (SELECT count(*) FROM payment_page)
     + (SELECT count(*) FROM receipt) + (SELECT count(*) FROM evidence) + (SELECT count(*) FROM journal)
     + (SELECT count(*) FROM read_note) + (SELECT count(*) FROM failure)
     + (SELECT count(*) FROM received) + (SELECT count(*) FROM outbox);
DROP TABLE unsealed;

-- Keys, each wrapped for a certificate. The newest data key seals, the earlier ones open what they sealed.
CREATE TABLE data_key (
    number      INTEGER PRIMARY KEY,
    version     INTEGER NOT NULL DEFAULT 1,
    id          BLOB    NOT NULL UNIQUE,
    use         TEXT    NOT NULL CHECK (use IN ('data', 'search')),
    wrapped     BLOB    NOT NULL,
    certificate BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    wrapped_at  INTEGER NOT NULL,
    retired_at  INTEGER
) STRICT;
CREATE UNIQUE INDEX data_key_of_search ON data_key (use) WHERE use = 'search';
CREATE UNIQUE INDEX data_key_current ON data_key (use) WHERE use = 'data' AND retired_at IS NULL;
CREATE TRIGGER data_key_remains BEFORE DELETE ON data_key
BEGIN SELECT raise(ABORT, 'a data key is never deleted'); END;

-- How much each key has sealed. A counter, so not in the chain.
CREATE TABLE data_key_use (
    id      BLOB    PRIMARY KEY,
    records INTEGER NOT NULL,
    octets  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Our own signing certificates: public, and needed to verify the chain by whoever holds no key.
CREATE TABLE own_certificate (
    id          INTEGER PRIMARY KEY,
    certificate BLOB    NOT NULL,
    crl_number  INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
CREATE TRIGGER own_certificate_stays BEFORE UPDATE ON own_certificate
BEGIN SELECT raise(ABORT, 'certificates are append-only'); END;
CREATE TRIGGER own_certificate_remains BEFORE DELETE ON own_certificate
BEGIN SELECT raise(ABORT, 'certificates are append-only'); END;

-- `order_sealed` holds number and name of the recipient; `recipient_tag` finds them.
DROP INDEX payment_of_recipient;
ALTER TABLE payment DROP COLUMN recipient_number;
ALTER TABLE payment DROP COLUMN recipient_name;
ALTER TABLE payment ADD COLUMN recipient_tag BLOB NOT NULL DEFAULT x'';
ALTER TABLE payment ADD COLUMN order_sealed BLOB NOT NULL DEFAULT x'';
CREATE INDEX payment_of_recipient ON payment (recipient_tag, issued_at);

-- `life_sealed` holds what the bank said of payer, recipient, account and purpose, and the operators.
ALTER TABLE payment DROP COLUMN paid_payer_number;
ALTER TABLE payment DROP COLUMN paid_payer_name;
ALTER TABLE payment DROP COLUMN paid_recipient_number;
ALTER TABLE payment DROP COLUMN paid_recipient_name;
ALTER TABLE payment DROP COLUMN paid_iban;
ALTER TABLE payment DROP COLUMN paid_purpose;
ALTER TABLE payment DROP COLUMN ticket_operator_iin;
ALTER TABLE payment DROP COLUMN ticket_operator_name;
ALTER TABLE payment DROP COLUMN ticket_operator_centre;
ALTER TABLE payment DROP COLUMN closed_operator_iin;
ALTER TABLE payment DROP COLUMN closed_operator_name;
ALTER TABLE payment DROP COLUMN closed_operator_centre;
ALTER TABLE payment ADD COLUMN life_sealed BLOB;

ALTER TABLE attempt DROP COLUMN context;
ALTER TABLE attempt ADD COLUMN context BLOB;

ALTER TABLE payment_page DROP COLUMN recipient_number;
ALTER TABLE payment_page DROP COLUMN recipient_name;
ALTER TABLE payment_page DROP COLUMN payer_number;
ALTER TABLE payment_page DROP COLUMN payer_name;
ALTER TABLE payment_page ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';

ALTER TABLE receipt DROP COLUMN signed;
ALTER TABLE receipt DROP COLUMN pdf;
ALTER TABLE receipt ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';

-- The digest of a message is sealed with it: with the other columns known, what it is of can be guessed.
DROP INDEX evidence_kind;
ALTER TABLE evidence DROP COLUMN octets;
ALTER TABLE evidence DROP COLUMN certificate;
ALTER TABLE evidence DROP COLUMN content_hash;
ALTER TABLE evidence ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';

ALTER TABLE journal DROP COLUMN actor;
ALTER TABLE journal DROP COLUMN detail;
ALTER TABLE journal ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';

DROP INDEX read_note_about_party;
ALTER TABLE read_note DROP COLUMN actor;
ALTER TABLE read_note DROP COLUMN about_party;
ALTER TABLE read_note DROP COLUMN fields;
ALTER TABLE read_note DROP COLUMN reason;
ALTER TABLE read_note ADD COLUMN sealed BLOB NOT NULL DEFAULT x'';

DROP INDEX failure_key;
ALTER TABLE failure DROP COLUMN key;
ALTER TABLE failure ADD COLUMN key BLOB NOT NULL DEFAULT x'';
CREATE INDEX failure_key ON failure (key, at);

-- The mailbox's texts become octets. `content_hash` is a keyed hash.
ALTER TABLE received DROP COLUMN answer;
ALTER TABLE received ADD COLUMN answer BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox DROP COLUMN body;
ALTER TABLE outbox DROP COLUMN last_error;
ALTER TABLE outbox ADD COLUMN body BLOB NOT NULL DEFAULT x'';
ALTER TABLE outbox ADD COLUMN last_error BLOB;
