-- Who did what no signed document of an officer proves: closed a day, formed a register, made a run of reconciliation. Kept
-- in the transaction of what was done. `what` names it, `sealed` says who.
CREATE TABLE deed (
    id     INTEGER PRIMARY KEY,
    what   TEXT    NOT NULL UNIQUE,
    at     INTEGER NOT NULL,
    sealed BLOB    NOT NULL
) STRICT;
CREATE TRIGGER deed_stays BEFORE UPDATE ON deed
BEGIN SELECT raise(ABORT, 'deeds are append-only'); END;
CREATE TRIGGER deed_remains BEFORE DELETE ON deed
BEGIN SELECT raise(ABORT, 'deeds are append-only'); END;

-- The start page walks the payments of a day, and what waits to be redeemed is told by provider: neither may cost more as the
-- books grow. Moments follow one another, so the first two are written at their ends; the third holds all that is told, so
-- that the rows themselves, which are sealed for the most part, are not read, and nothing of a code that nobody has paid.
CREATE INDEX payment_issued ON payment (issued_at);
CREATE INDEX payment_paid ON payment (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX payment_of_provider ON payment (provider, state, service, issued_at, paid_amount)
WHERE state IN ('paid', 'bound', 'closed');
