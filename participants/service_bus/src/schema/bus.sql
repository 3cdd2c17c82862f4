-- Orders as the portal gave them. A row is never changed but for its end.
CREATE TABLE service_order (
    application      TEXT    PRIMARY KEY,
    payer_number     TEXT    NOT NULL,
    recipient_number TEXT    NOT NULL,
    recipient_name   TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    ordered_by       TEXT    NOT NULL,
    taken_at         INTEGER NOT NULL,
    expected_by      INTEGER NOT NULL,
    ended_at         INTEGER,
    outcome          TEXT
) STRICT;

-- The agencies' systems: what waits to be rendered there.
CREATE TABLE agency_work (
    application TEXT    PRIMARY KEY REFERENCES service_order (application),
    due_at      INTEGER NOT NULL
) STRICT;
CREATE INDEX agency_work_due ON agency_work (due_at);

-- How each agency's system behaves now.
CREATE TABLE agency_mode (
    service TEXT PRIMARY KEY,
    mode    TEXT NOT NULL
) STRICT;
