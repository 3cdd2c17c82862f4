//! The registry's tables, and how an older registry becomes a present one.

use rusqlite::{Connection, TransactionBehavior};

/// One statement each for a new registry, of the first form; the steps after it are the same for new and old.
const FIRST: &str = "
    CREATE TABLE IF NOT EXISTS certificate (
        serial     TEXT PRIMARY KEY,
        profile    TEXT NOT NULL,
        subject    TEXT NOT NULL,
        not_before INTEGER NOT NULL,
        not_after  INTEGER NOT NULL,
        issued_at  INTEGER NOT NULL,
        der        BLOB NOT NULL,
        revoked_at INTEGER,
        reason     TEXT,
        CHECK ((revoked_at IS NULL) = (reason IS NULL))
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS revoked ON certificate (revoked_at) WHERE revoked_at IS NOT NULL;
    CREATE TABLE IF NOT EXISTS list (
        number        INTEGER PRIMARY KEY,
        this_update   INTEGER NOT NULL,
        next_update   INTEGER NOT NULL,
        revoked_count INTEGER NOT NULL,
        der           BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER IF NOT EXISTS certificate_stays BEFORE DELETE ON certificate
        BEGIN SELECT RAISE(ABORT, 'an issued certificate stays in the registry'); END;
";

/// Several issuing keys, suspensions and deltas. A list says which events it knows; while every revocation was for
/// good, the number of its entries was the number of the last event.
const SECOND: &str = "
    CREATE TABLE issuer (
        id          INTEGER PRIMARY KEY,
        hierarchy   TEXT NOT NULL,
        name        TEXT NOT NULL UNIQUE,
        certificate BLOB NOT NULL,
        link        BLOB,
        made_at     INTEGER NOT NULL
    ) STRICT;
    ALTER TABLE certificate ADD COLUMN issuer INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE event (
        id     INTEGER PRIMARY KEY,
        issuer INTEGER NOT NULL,
        serial TEXT NOT NULL,
        at     INTEGER NOT NULL,
        reason TEXT
    ) STRICT;
    CREATE INDEX event_of_issuer ON event (issuer, id);
    INSERT INTO event (issuer, serial, at, reason)
        SELECT issuer, serial, revoked_at, reason FROM certificate WHERE revoked_at IS NOT NULL
        ORDER BY revoked_at, serial;
    ALTER TABLE list RENAME TO first_list;
    CREATE TABLE list (
        issuer      INTEGER NOT NULL,
        number      INTEGER NOT NULL,
        base        INTEGER,
        this_update INTEGER NOT NULL,
        next_update INTEGER NOT NULL,
        last_event  INTEGER NOT NULL,
        der         BLOB NOT NULL,
        PRIMARY KEY (issuer, number)
    ) STRICT;
    INSERT INTO list (issuer, number, this_update, next_update, last_event, der)
        SELECT 1, number, this_update, next_update, revoked_count, der FROM first_list;
    DROP TRIGGER IF EXISTS list_stays;
    DROP TRIGGER IF EXISTS list_does_not_change;
    DROP TABLE first_list;
    DROP TRIGGER IF EXISTS revocation_is_for_good;
    CREATE TRIGGER revocation_is_for_good BEFORE UPDATE ON certificate
        WHEN OLD.revoked_at IS NOT NULL AND OLD.reason <> 'certificate-hold'
        BEGIN SELECT RAISE(ABORT, 'a revocation is for good'); END;
    CREATE TRIGGER list_stays BEFORE DELETE ON list
        BEGIN SELECT RAISE(ABORT, 'a list stays in the registry'); END;
    CREATE TRIGGER list_does_not_change BEFORE UPDATE ON list
        BEGIN SELECT RAISE(ABORT, 'a list does not change'); END;
    CREATE TRIGGER event_stays BEFORE DELETE ON event
        BEGIN SELECT RAISE(ABORT, 'an event stays in the registry'); END;
    CREATE TRIGGER event_does_not_change BEFORE UPDATE ON event
        BEGIN SELECT RAISE(ABORT, 'an event does not change'); END;
    CREATE TRIGGER issuer_stays BEFORE DELETE ON issuer
        BEGIN SELECT RAISE(ABORT, 'an issuing key stays in the registry'); END;
";

const PRESENT: i64 = 2;

/// Makes or migrates the tables, once, also where two processes open the registry at the same time.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> rusqlite::Result<()> {
    let version =
        |connection: &Connection| connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0));
    if version(connection)? >= PRESENT {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if version(&transaction)? < PRESENT {
        transaction.execute_batch(FIRST)?;
        transaction.execute_batch(SECOND)?;
        transaction.pragma_update(None, "user_version", PRESENT)?;
    }
    transaction.commit()
}
