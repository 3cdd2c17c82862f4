-- One row per commit group that kept records: the Merkle root over them, chained and signed.
CREATE TABLE chain_group (
    sequence  INTEGER PRIMARY KEY,
    previous  BLOB    NOT NULL,
    root      BLOB    NOT NULL,
    count     INTEGER NOT NULL,
    head      BLOB    NOT NULL,
    signed_at INTEGER NOT NULL,
    signature BLOB    NOT NULL,
    key_id    TEXT    NOT NULL
) STRICT;

-- Which rows of which append-only tables belong to a group. A record's leaf is found by its place in the
-- spans, so its path is computed anew where it is needed instead of being kept with every record.
CREATE TABLE chain_span (
    sequence   INTEGER NOT NULL REFERENCES chain_group (sequence) DEFERRABLE INITIALLY DEFERRED,
    table_name TEXT    NOT NULL,
    first_id   INTEGER NOT NULL,
    last_id    INTEGER NOT NULL,
    PRIMARY KEY (sequence, table_name)
) STRICT;
CREATE UNIQUE INDEX chain_span_last ON chain_span (table_name, last_id);

-- The digest of every version of every row that may change, so that the rows themselves are covered.
CREATE TABLE snapshot (
    id         INTEGER PRIMARY KEY,
    table_name TEXT    NOT NULL,
    row_key    ANY     NOT NULL,
    version    INTEGER NOT NULL,
    digest     BLOB    NOT NULL,
    UNIQUE (table_name, row_key, version)
) STRICT;

CREATE TRIGGER chain_group_stays BEFORE UPDATE ON chain_group
BEGIN SELECT raise(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_group_remains BEFORE DELETE ON chain_group
BEGIN SELECT raise(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_span_stays BEFORE UPDATE ON chain_span
BEGIN SELECT raise(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER chain_span_remains BEFORE DELETE ON chain_span
BEGIN SELECT raise(ABORT, 'the chain is append-only'); END;
CREATE TRIGGER snapshot_stays BEFORE UPDATE ON snapshot
BEGIN SELECT raise(ABORT, 'snapshots are append-only'); END;
CREATE TRIGGER snapshot_remains BEFORE DELETE ON snapshot
BEGIN SELECT raise(ABORT, 'snapshots are append-only'); END;
