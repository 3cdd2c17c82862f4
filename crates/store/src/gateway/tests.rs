//! Upgrades of a gateway's database that are stopped wherever they can be: nothing of it is lost, and the next start
//! finishes them. An older program does not open what a newer one has upgraded.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::{EmbeddedStore, MIGRATIONS};
use crate::{Database, Options, StoreError};

const DATABASE: &str = "STORE_UPGRADE_DATABASE";
/// The last version before there were books; what came after rewrites and fills tables.
const OLD: u32 = 7;
const PAYMENTS: i64 = 300;

/// A folder of one test, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("store-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A database of before there were books, whole in one file: payments, a third of them granted back, and messages.
fn old(folder: &Folder) -> PathBuf {
    let path = folder.0.join("old.db");
    let steps: Vec<_> = MIGRATIONS.into_iter().filter(|step| step.version <= OLD).collect();
    drop(Database::open(&path, &steps, Options::default()).unwrap());
    let file = Connection::open(&path).unwrap();
    let fill = format!(
        "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {PAYMENTS})
         INSERT INTO payment (code, state, service, provider, amount, channel, issued_to, issued_at, valid_until,
                              recipient_tag, order_sealed, paid_bank, paid_received_at, paid_amount)
         SELECT n, iif(n % 3 = 0, 'refunded', 'paid'), 'P1.04', '500240000137', 172500, 'cash', '500440002014', n, n,
                randomblob(32), randomblob(200), '500440002014', n, 172500 FROM number;
         INSERT INTO evidence (about, kind, crl_number, at, sealed)
         SELECT code, 'NotifyPayment in', 1, code, randomblob(3000) FROM payment;
         PRAGMA wal_checkpoint(TRUNCATE);"
    );
    file.execute_batch(&fill).unwrap();
    path
}

fn copy(from: &Path, to: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", to.display()));
    }
    std::fs::copy(from, to).unwrap();
}

fn count(path: &Path, of: &str) -> i64 {
    let file = Connection::open(path).unwrap();
    file.query_row(&format!("SELECT count(*) FROM {of}"), [], |row| row.get(0)).unwrap()
}

/// Everything of before is there, octet for octet.
fn assert_nothing_lost(path: &Path, old: &Path) {
    let file = Connection::open(path).unwrap();
    let is_whole: String = file.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(is_whole, "ok");
    file.execute("ATTACH ? AS old", [old.display().to_string()]).unwrap();
    let kept = "SELECT (SELECT count(*) FROM main.payment JOIN old.payment AS before USING (code)
                        WHERE payment.order_sealed = before.order_sealed AND payment.state = before.state)
                     + (SELECT count(*) FROM main.evidence JOIN old.evidence AS before USING (id)
                        WHERE evidence.sealed = before.sealed)";
    assert_eq!(file.query_row(kept, [], |row| row.get::<_, i64>(0)).unwrap(), 2 * PAYMENTS);
}

/// The upgrade is finished: what it fills is filled once.
fn assert_finished(path: &Path) {
    EmbeddedStore::migrate(path).unwrap();
    assert_eq!(count(path, "refinery_schema_history"), i64::try_from(MIGRATIONS.len()).unwrap());
    assert_eq!(count(path, "posting_backlog"), PAYMENTS);
    assert_eq!(count(path, "refund_backlog"), PAYMENTS / 3);
}

/// The disk is full at every page that the upgrade takes, one after the other.
///
/// Defends: A30, A33
#[test]
fn an_upgrade_that_finds_no_room_at_any_page_loses_nothing_and_is_finished_when_there_is_some() {
    let folder = Folder::new("upgrade-room");
    let old = old(&folder);
    let before: u32 =
        Connection::open(&old).unwrap().query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
    let path = folder.0.join("new.db");
    let mut stopped = 0;
    for pages in before.. {
        copy(&old, &path);
        match Database::open(&path, &MIGRATIONS, Options { max_pages: Some(pages), ..Options::default() }) {
            Ok(_) => break,
            Err(error) => assert!(matches!(error, StoreError::Schema(_) | StoreError::DiskFull), "{error}"),
        }
        stopped += 1;
        assert_nothing_lost(&path, &old);
        assert_finished(&path);
        assert_nothing_lost(&path, &old);
    }
    assert!(stopped > 10, "the upgrade was stopped {stopped} times only");
}

/// Killed with `kill -9` at moments that are spread over the whole upgrade.
///
/// Defends: A33
#[test]
fn an_upgrade_that_is_killed_loses_nothing_and_is_finished_at_the_next_start() {
    const ROUNDS: u32 = 16;
    let folder = Folder::new("upgrade-kill");
    let old = old(&folder);
    let path = folder.0.join("new.db");
    let upgrade = |kill_after: Option<Duration>| {
        copy(&old, &path);
        let begun = Instant::now();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "gateway::tests::a_child_that_upgrades_until_it_is_killed", "--ignored"])
            .env(DATABASE, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        if let Some(moment) = kill_after {
            std::thread::sleep(moment);
            // It may have come to its end already.
            let _ = child.kill();
        }
        let is_done = child.wait().unwrap().success();
        (is_done, begun.elapsed())
    };
    let (is_done, whole) = upgrade(None);
    assert!(is_done);
    let mut killed = 0;
    for round in 0..ROUNDS {
        let (is_done, _) = upgrade(Some(whole * round / ROUNDS));
        killed += u32::from(!is_done);
        assert_nothing_lost(&path, &old);
        assert_finished(&path);
        assert_nothing_lost(&path, &old);
    }
    assert!(killed > ROUNDS / 4, "the upgrade was killed {killed} times only");
}

#[test]
#[ignore = "the child process of the test above"]
fn a_child_that_upgrades_until_it_is_killed() {
    if let Ok(path) = std::env::var(DATABASE) {
        EmbeddedStore::migrate(Path::new(&path)).unwrap();
    }
}

/// A program that was put back to an earlier version would write rows without what the later one needs.
///
/// Defends: A33
#[test]
fn an_older_program_does_not_open_what_a_newer_one_has_upgraded() {
    let folder = Folder::new("upgrade-back");
    let path = old(&folder);
    assert_finished(&path);
    for steps in 1..MIGRATIONS.len() {
        let opened = Database::open(&path, &MIGRATIONS[..steps], Options::default());
        assert!(matches!(opened, Err(StoreError::Schema(_))), "with {steps} steps");
    }
    assert_finished(&path);
}
