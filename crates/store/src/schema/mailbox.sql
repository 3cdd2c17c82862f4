-- What was received and how it was answered: unique for ever on signer and message id.
CREATE TABLE received (
    id           INTEGER PRIMARY KEY,
    signer       TEXT    NOT NULL,
    message_id   BLOB    NOT NULL,
    content_hash BLOB    NOT NULL,
    answer       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    UNIQUE (signer, message_id)
) STRICT;

-- What others must learn. A row is never deleted; acknowledged_at says that the peer has it.
CREATE TABLE outbox (
    id              BLOB    PRIMARY KEY,
    recipient       TEXT    NOT NULL,
    operation       TEXT    NOT NULL,
    body            TEXT    NOT NULL,
    about           TEXT,
    created_at      INTEGER NOT NULL,
    next_try_at     INTEGER NOT NULL,
    tries           INTEGER NOT NULL DEFAULT 0,
    last_error      TEXT,
    acknowledged_at INTEGER,
    acknowledgement BLOB
) STRICT;
CREATE INDEX outbox_waiting ON outbox (recipient, next_try_at) WHERE acknowledged_at IS NULL;
CREATE INDEX outbox_about ON outbox (about) WHERE about IS NOT NULL;
