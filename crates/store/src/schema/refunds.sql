-- What two officers granted back to payers, and what the banks have said to it.

-- How often the bank would not give the money back; empty where it never was asked to, or gave it.
ALTER TABLE payment ADD COLUMN refusals INTEGER;

-- One row for each payment, so that its money goes back once. Where the bank refused, officers may grant it again: then
-- `message` is another one. `reference` is the operation that took the money; no column says where else it could go.
CREATE TABLE refund (
    code           INTEGER PRIMARY KEY,
    version        INTEGER NOT NULL DEFAULT 1,
    bank           TEXT    NOT NULL,
    reference      TEXT    NOT NULL,
    amount         INTEGER NOT NULL CHECK (amount > 0),
    ground         TEXT    NOT NULL CHECK (ground IN ('payer-request', 'erroneous', 'expired', 'dispute')),
    proposal       TEXT    NOT NULL UNIQUE,
    message        TEXT    NOT NULL UNIQUE,
    grants         INTEGER NOT NULL CHECK (grants > 0),
    granted_at     INTEGER NOT NULL,
    state          TEXT    NOT NULL CHECK (state IN ('granted', 'asked', 'given-back', 'refused')),
    answered_at    INTEGER,
    back_reference TEXT,
    refunded_at    INTEGER CHECK (state <> 'given-back' OR refunded_at IS NOT NULL),
    reason         TEXT    CHECK (state <> 'refused' OR reason IS NOT NULL)
) STRICT;
CREATE INDEX refund_of_time ON refund (granted_at, code);
CREATE INDEX refund_open ON refund (granted_at, code) WHERE state IN ('granted', 'asked');
CREATE INDEX refund_given_back ON refund (refunded_at) WHERE state = 'given-back';
CREATE TRIGGER refund_stays_where_it_goes BEFORE UPDATE ON refund
WHEN OLD.code <> NEW.code OR OLD.bank <> NEW.bank OR OLD.reference <> NEW.reference OR OLD.amount <> NEW.amount
BEGIN SELECT raise(ABORT, 'a refund goes where the money came from'); END;
CREATE TRIGGER refund_is_over BEFORE UPDATE ON refund WHEN OLD.state = 'given-back'
BEGIN SELECT raise(ABORT, 'money is given back once'); END;
CREATE TRIGGER refund_remains BEFORE DELETE ON refund
BEGIN SELECT raise(ABORT, 'a refund is never deleted'); END;

-- What was granted back before banks were told of it. A work queue, so not in the chain.
CREATE TABLE refund_backlog (
    code INTEGER PRIMARY KEY
) STRICT;
INSERT INTO refund_backlog SELECT code FROM payment WHERE state = 'refunded' AND paid_amount > 0;
