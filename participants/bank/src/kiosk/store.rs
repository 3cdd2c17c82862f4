//! What a kiosk must not forget when its power is cut: operations with cash inside, and every note. The only
//! place in the kiosk that knows SQL.

use std::path::Path;

use ::store::columns::Fields;
use ::store::rusqlite::{Connection, OptionalExtension, params};
use ::store::{Database, Migration, Options, StoreError};
use terms::{AttemptId, Language, Moment, Tiyn};

use super::flow::{Kept, Pending, Screen};
use crate::machine::store as printer;

const MIGRATIONS: [Migration; 2] = [
    Migration { version: 1, name: "kiosk", sql: include_str!("schema/kiosk.sql") },
    Migration { version: 2, name: "printer", sql: printer::SCHEMA },
];

/// The most operations carried to the processing system at once.
const PENDING_AT_ONCE: i64 = 16;

/// The kiosk's own records.
#[derive(Clone)]
pub(super) struct Records(Database);

impl Records {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Database::open(path, &MIGRATIONS, Options::default()).map(Self)
    }

    /// The database itself, whose readiness is its process's.
    pub(super) fn database(&self) -> &Database {
        &self.0
    }

    /// Whether a slip can be printed.
    pub(super) async fn has_paper(&self) -> bool {
        printer::has_paper(&self.0).await
    }

    /// Keeps an operation as it stands.
    pub(super) async fn keep(&self, kept: Kept, now: Moment) -> Result<(), StoreError> {
        self.0.write(move |tx| save(tx, &kept, now)).await
    }

    /// Records a note and the operation it belongs to, before anything is shown of it.
    pub(super) async fn take_note(&self, kept: Kept, note: Tiyn, now: Moment) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                save(tx, &kept, now)?;
                let sql = "INSERT INTO note (attempt, tiyn, at) VALUES (?1, ?2, ?3)";
                let attempt = kept.attempt.as_str();
                tx.prepare_cached(sql)?.execute(params![attempt, note.as_i64(), now.unix_microseconds()])?;
                Ok(())
            })
            .await
    }

    /// The operation that was on the screen.
    pub(super) async fn on_screen(&self) -> Result<Option<Kept>, StoreError> {
        self.0.read(|conn| Ok(select(conn, "on_screen = 1", 1)?.pop())).await
    }

    /// Operations off the screen that the processing system has still to hear of.
    pub(super) async fn pending(&self) -> Result<Vec<Kept>, StoreError> {
        self.0
            .read(|conn| select(conn, "pending IS NOT NULL AND on_screen = 0 ORDER BY at", PENDING_AT_ONCE))
            .await
    }
}

fn save(tx: &Connection, kept: &Kept, now: Moment) -> Result<(), StoreError> {
    let screen =
        serde_json::to_string(&kept.screen).map_err(|error| StoreError::Damaged(error.to_string()))?;
    let sql = "INSERT INTO operation (attempt, language, screen, on_screen, pending, at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT (attempt) DO UPDATE SET language = excluded.language, screen = excluded.screen,
               on_screen = excluded.on_screen, pending = excluded.pending";
    tx.prepare_cached(sql)?.execute(params![
        kept.attempt.as_str(),
        kept.language.tag(),
        screen,
        kept.on_screen,
        kept.pending.map(Pending::word),
        now.unix_microseconds()
    ])?;
    Ok(())
}

fn select(conn: &Connection, condition: &'static str, most: i64) -> Result<Vec<Kept>, StoreError> {
    let sql = format!("SELECT * FROM operation WHERE {condition} LIMIT ?1");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([most])?;
    let mut operations = Vec::new();
    while let Some(row) = rows.next()? {
        let fields = Fields::of(row);
        let attempt: AttemptId = fields.parsed("attempt")?;
        let screen: Screen = serde_json::from_str(&fields.text("screen")?)
            .map_err(|error| StoreError::Damaged(format!("column screen: {error}")))?;
        operations.push(Kept {
            inserted: inserted(conn, &attempt)?,
            language: fields.text("language")?.parse::<Language>().unwrap_or_default(),
            screen,
            on_screen: fields.number::<i64>("on_screen")? != 0,
            pending: fields.maybe_parsed("pending")?,
            attempt,
        });
    }
    Ok(operations)
}

fn inserted(conn: &Connection, attempt: &AttemptId) -> Result<Tiyn, StoreError> {
    let sum: Option<i64> = conn
        .prepare_cached("SELECT sum(tiyn) FROM note WHERE attempt = ?1")?
        .query_row([attempt.as_str()], |row| row.get(0))
        .optional()?
        .flatten();
    let sum = u64::try_from(sum.unwrap_or(0)).ok().and_then(|sum| Tiyn::new(sum).ok());
    sum.ok_or_else(|| StoreError::Damaged("column tiyn".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::flow::tests::paying_for;
    use super::*;

    fn now() -> Moment {
        "2026-11-22T07:05:00+05:00".parse().unwrap()
    }

    fn fresh_path(name: &str) -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("tolem-kiosk-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        folder.join("kiosk.db")
    }

    /// The power is cut at each step with money inside: the machine comes back to that very step with every
    /// note.
    ///
    /// Meets: T5.10-11
    #[tokio::test]
    async fn a_power_cut_at_any_step_loses_no_cash_and_resumes_the_open_operation() {
        for (number, screen) in Screen::with_money(&paying_for()).into_iter().enumerate() {
            let path = fresh_path(&format!("cut-{number}"));
            let attempt: AttemptId = "0194f7a2-6c40-7d1e-8a53-2b9c61f0e7d4".parse().unwrap();
            let kept = Kept {
                pending: screen.pending(),
                screen,
                attempt,
                language: Language::Ru,
                inserted: Tiyn::tenge(2500),
                on_screen: true,
            };
            {
                let records = Records::open(&path).unwrap();
                let cash = Kept { screen: Screen::Cash(paying_for()), pending: None, ..kept.clone() };
                records.take_note(cash.clone(), Tiyn::tenge(2000), now()).await.unwrap();
                records.take_note(cash, Tiyn::tenge(500), now()).await.unwrap();
                records.keep(kept.clone(), now()).await.unwrap();
            }
            let records = Records::open(&path).unwrap();
            assert_eq!(records.on_screen().await.unwrap(), Some(kept));
        }
    }

    #[tokio::test]
    async fn only_one_operation_is_on_the_screen_and_pending_ones_off_it_are_carried_on() {
        let records = Records::open(&fresh_path("pending")).unwrap();
        let kept = |attempt: &str, on_screen| Kept {
            attempt: attempt.parse().unwrap(),
            language: Language::Kk,
            screen: Screen::Paying(paying_for()),
            inserted: Tiyn::ZERO,
            on_screen,
            pending: Some(Pending::Pay),
        };
        records.keep(kept("first", true), now()).await.unwrap();
        assert!(records.keep(kept("second", true), now()).await.is_err());
        assert!(records.pending().await.unwrap().is_empty());
        records.keep(kept("first", false), now()).await.unwrap();
        records.keep(kept("second", true), now()).await.unwrap();
        assert_eq!(records.pending().await.unwrap(), [kept("first", false)]);
    }
}
