//! The embedded database by itself: migrations, the full disk, backup and restore, files.

use std::time::Duration;

use store::rusqlite::{Connection, Transaction};
use store::{Database, Migration, Options, Store, StoreError};

use crate::samples::{Folder, codes, open_at, open_store, paid_payment, verify_head};

const COUNTER: Migration = Migration {
    version: 1,
    name: "counter",
    sql: "CREATE TABLE counter (id INTEGER PRIMARY KEY, filling BLOB NOT NULL) STRICT;",
};

fn add(octets: usize) -> impl FnMut(&Transaction<'_>) -> Result<i64, StoreError> + Send {
    move |tx| {
        tx.execute("INSERT INTO counter (filling) VALUES (zeroblob(?))", [i64::try_from(octets).unwrap()])?;
        Ok(tx.last_insert_rowid())
    }
}

fn rows(conn: &Connection) -> Result<i64, StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM counter", [], |row| row.get(0))?)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_migration_is_refused() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    drop(Database::open(&path, &[COUNTER], Options::default()).unwrap());
    let changed = Migration { sql: "CREATE TABLE counter (id INTEGER PRIMARY KEY) STRICT;", ..COUNTER };
    assert!(matches!(Database::open(&path, &[changed], Options::default()), Err(StoreError::Schema(_))));
    let next = Migration { version: 2, name: "more", sql: "CREATE TABLE more (id INTEGER PRIMARY KEY);" };
    let database = Database::open(&path, &[COUNTER, next], Options::default()).unwrap();
    assert_eq!(database.read(rows).await, Ok(0));
}

/// How many pages the tables of a gateway take before anything is in them.
fn pages_when_empty() -> u32 {
    let folder = Folder::new();
    let path = folder.file("gateway.db");
    drop(open_at(&path, Options::default()));
    let file = store::rusqlite::Connection::open(path).unwrap();
    file.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap()
}

/// At whatever write the disk fills up, everything acknowledged stays and nothing else is claimed.
///
/// Defends: A30
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let empty = pages_when_empty();
    for pages in (empty + 12..empty + 52).step_by(3) {
        let folder = Folder::new();
        let path = folder.file("gateway.db");
        let store = open_at(&path, Options { max_pages: Some(pages), ..Options::default() });
        let mut kept = Vec::new();
        for batch in codes(u64::from(pages), 2000).chunks(40) {
            let writes = batch.iter().map(|code| {
                let (store, code) = (store.clone(), *code);
                tokio::spawn(async move {
                    (code, store.transact(move |tx| tx.insert_payment(&paid_payment(code))).await)
                })
            });
            let mut full = false;
            for write in writes.collect::<Vec<_>>() {
                match write.await.unwrap() {
                    (code, Ok(())) => kept.push(code),
                    (_, Err(StoreError::DiskFull | StoreError::GroupLost)) => full = true,
                    (_, Err(other)) => panic!("{other}"),
                }
            }
            if full {
                break;
            }
        }
        assert!(!kept.is_empty() && kept.len() < 2000, "{} kept at {pages} pages", kept.len());
        drop(store);

        let store = open_at(&path, Options::default());
        let count = kept.len();
        let found = store
            .read(move |view| {
                kept.iter().try_fold(0, |sum, code| {
                    Ok::<_, StoreError>(sum + usize::from(view.payment(*code)?.is_some()))
                })
            })
            .await;
        assert_eq!(found, Ok(count));
        let report = store.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
        // Beside the payments, the keys of searches and of data.
        assert_eq!(report.rows, count as u64 + 2);
        // With room again, work goes on.
        let more = codes(1, 1)[0];
        store
            .transact(move |tx| tx.insert_payment(&paid_payment(more)))
            .await
            .unwrap_or_else(|error: StoreError| panic!("{error}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reserve_is_real_and_can_be_given_up() {
    let folder = Folder::new();
    let path = folder.file("a.db");
    let options = || Options { reserve_octets: 100_000, ..Options::default() };
    let database = Database::open(&path, &[COUNTER], options()).unwrap();
    assert_eq!(std::fs::metadata(folder.file("a.db.reserve")).unwrap().len(), 100_000);
    assert!(database.is_reserve_kept());
    database.release_reserve().unwrap();
    database.release_reserve().unwrap();
    assert!(!folder.file("a.db.reserve").exists() && !database.is_reserve_kept());
    database.keep_reserve().unwrap();
    assert!(folder.file("a.db.reserve").exists() && database.is_reserve_kept());
    database.release_reserve().unwrap();
    drop(database);
    drop(Database::open(&path, &[COUNTER], options()).unwrap());
    assert!(folder.file("a.db.reserve").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_writing_restores_one_consistent_state() {
    let (store, folder) = open_store();
    let writer = {
        let store = store.clone();
        tokio::spawn(async move {
            for code in codes(21, 400) {
                let write = store.transact(move |tx| tx.insert_payment(&paid_payment(code)));
                write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
            }
        })
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    let copy = folder.file("backup.db");
    store.database().backup(&copy, "test").await.unwrap();
    assert!(matches!(store.database().backup(&copy, "test").await, Err(StoreError::Exists(_))));
    let head = store.evidence().head().await.unwrap().unwrap();
    writer.await.unwrap();

    assert!(matches!(Database::restore(&copy, store.database().path(), "test"), Err(StoreError::Exists(_))));
    let restored = folder.file("restored.db");
    Database::restore(&copy, &restored, "test").unwrap();
    let restored = open_at(&restored, Options::default());
    let report = restored.evidence().verify_chain(verify_head, Vec::new()).await.unwrap();
    assert!(report.groups > 0 && report.groups <= head.sequence);
    assert_eq!(report.rows, report.records);
    let code = codes(22, 1)[0];
    let write = restored.transact(move |tx| tx.insert_payment(&paid_payment(code)));
    write.await.unwrap_or_else(|error: StoreError| panic!("{error}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_backup_is_not_restored() {
    let folder = Folder::new();
    let database = Database::open(&folder.file("a.db"), &[COUNTER], Options::default()).unwrap();
    for _ in 0..20 {
        database.write(add(4000)).await.unwrap();
    }
    let copy = folder.file("copy.db");
    database.backup(&copy, "test").await.unwrap();
    let whole = std::fs::read(&copy).unwrap();
    let restore = |octets: &[u8], owner: &str| {
        std::fs::write(&copy, octets).unwrap();
        let restored = Database::restore(&copy, &folder.file("b.db"), owner);
        assert_eq!(folder.file("b.db").exists(), restored.is_ok());
        assert!(!folder.file("b.db.partial").exists());
        restored
    };
    // One bit anywhere: in the header, in content that SQLite has no reason to doubt, in the owner's name, in the digest.
    let places = [0, whole.len() / 2, whole.len() - 80, whole.len() - 68, whole.len() - 2];
    for place in places.into_iter().chain((0..whole.len()).step_by(4999)) {
        let mut octets = whole.clone();
        octets[place] ^= 1;
        assert!(matches!(restore(&octets, "test"), Err(StoreError::Damaged(_))), "octet {place}");
    }
    for length in [0, 1, whole.len() / 2, whole.len() - 1] {
        assert!(matches!(restore(&whole[..length], "test"), Err(StoreError::Damaged(_))), "{length} octets");
    }
    // A database that is no backup, and the backup of somebody else.
    let end = whole.len() - "\ntolem-backup 1 test ".len() - 65;
    assert!(matches!(restore(&whole[..end], "test"), Err(StoreError::Damaged(_))));
    assert!(matches!(restore(&whole, "another"), Err(StoreError::OthersBackup { .. })));
    restore(&whole, "test").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_one_state_and_survive_a_panic() {
    let folder = Folder::new();
    let database = Database::open(&folder.file("a.db"), &[COUNTER], Options::default()).unwrap();
    database.write(add(1)).await.unwrap();
    for _ in 0..20 {
        let panicked: Result<(), StoreError> = database.read(|_| panic!("as a defect would")).await;
        assert_eq!(panicked, Err(StoreError::Panicked));
    }
    let other = database.clone();
    let seen = database
        .read(move |conn| {
            let before = rows(conn)?;
            let write = tokio::runtime::Handle::current().block_on(other.write(add(1)));
            write?;
            Ok::<_, StoreError>((before, rows(conn)?))
        })
        .await;
    assert_eq!(seen, Ok((1, 1)));
    let refused: Result<usize, StoreError> = database
        .read(|conn| Ok(conn.execute("INSERT INTO counter (filling) VALUES (zeroblob(1))", [])?))
        .await;
    assert!(refused.is_err());
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (store, folder) = open_store();
    store.database().backup(&folder.file("copy.db"), "test").await.unwrap();
    for name in ["gateway.db", "gateway.db-wal", "copy.db"] {
        let mode = std::fs::metadata(folder.file(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}
