//! Orders, the agencies' work and the mailbox in SQLite. The only place here that knows SQL.

use std::path::Path;

use store::columns::{Columns, Fields};
use store::rusqlite::{Connection, OptionalExtension, Row, params};
use store::{Database, Migration, Options, StoreError, mailbox};
use terms::{ApplicationNumber, Bin, Moment, Party, PartyNumber, ServiceCode};

use crate::agency::Mode;

const MIGRATIONS: [Migration; 2] =
    [mailbox::MIGRATION, Migration { version: 2, name: "bus", sql: include_str!("schema/bus.sql") }];

/// One order as it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The order's number.
    pub application: ApplicationNumber,
    /// Who paid (T6.15).
    pub payer: PartyNumber,
    /// Who receives the service.
    pub recipient: Party,
    /// What is ordered.
    pub service: ServiceCode,
    /// By which portal.
    pub ordered_by: Bin,
    /// When it was taken.
    pub taken_at: Moment,
    /// When the result is expected.
    pub expected_by: Moment,
}

impl Order {
    /// Whether another order of the same number asks for the same thing.
    pub(crate) fn asks_the_same(&self, other: &Self) -> bool {
        (&self.payer, &self.recipient, &self.service, self.ordered_by)
            == (&other.payer, &other.recipient, &other.service, other.ordered_by)
    }
}

/// How an order ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Moment,
    /// `delivered`, or why not.
    pub outcome: String,
}

pub(crate) fn open(path: &Path) -> Result<Database, StoreError> {
    Database::open(path, &MIGRATIONS, Options::default())
}

fn order(row: &Row<'_>) -> Result<Order, StoreError> {
    let fields = Fields::of(row);
    Ok(Order {
        application: fields.parsed("application")?,
        payer: fields.parsed("payer_number")?,
        recipient: fields.party("recipient")?,
        service: fields.parsed("service")?,
        ordered_by: fields.parsed("ordered_by")?,
        taken_at: fields.moment("taken_at")?,
        expected_by: fields.moment("expected_by")?,
    })
}

/// Reads at most one row.
fn one<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl store::rusqlite::Params,
    read: impl Fn(&Row<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    rows.next()?.map(read).transpose()
}

pub(crate) fn find(
    connection: &Connection,
    application: &ApplicationNumber,
) -> Result<Option<Order>, StoreError> {
    one(connection, "SELECT * FROM service_order WHERE application = ?1", [application.as_str()], order)
}

/// How the order ended; none while it is under way.
pub(crate) fn ended(
    connection: &Connection,
    application: &ApplicationNumber,
) -> Result<Option<Ended>, StoreError> {
    let sql = "SELECT ended_at, outcome FROM service_order WHERE application = ?1 AND ended_at IS NOT NULL";
    one(connection, sql, [application.as_str()], |row| {
        let fields = Fields::of(row);
        Ok(Ended { at: fields.moment("ended_at")?, outcome: fields.text("outcome")? })
    })
}

/// Keeps an order and gives it to the agency's system.
pub(crate) fn take(tx: &Connection, order: &Order, due_at: Moment) -> Result<(), StoreError> {
    Columns::new()
        .text("application", &order.application)
        .text("payer_number", order.payer)
        .party("recipient", &order.recipient)
        .text("service", &order.service)
        .text("ordered_by", order.ordered_by)
        .moment("taken_at", order.taken_at)
        .moment("expected_by", order.expected_by)
        .insert(tx, "service_order")?;
    Columns::new().text("application", &order.application).moment("due_at", due_at).insert(tx, "agency_work")
}

/// The orders whose time with the agency's system has come, the longest due first.
pub(crate) fn due(connection: &Connection, now: Moment, most: u32) -> Result<Vec<Order>, StoreError> {
    let sql = "SELECT service_order.* FROM agency_work JOIN service_order USING (application)
               WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![now.unix_microseconds(), most])?;
    let mut orders = Vec::new();
    while let Some(row) = rows.next()? {
        orders.push(order(row)?);
    }
    Ok(orders)
}

/// Ends an order once; whether this call was the one.
pub(crate) fn end(
    tx: &Connection,
    application: &ApplicationNumber,
    ended: &Ended,
) -> Result<bool, StoreError> {
    let removed = tx
        .prepare_cached("DELETE FROM agency_work WHERE application = ?1")?
        .execute([application.as_str()])?;
    let sql = "UPDATE service_order SET ended_at = ?2, outcome = ?3 WHERE application = ?1";
    tx.prepare_cached(sql)?.execute(params![
        application.as_str(),
        ended.at.unix_microseconds(),
        ended.outcome
    ])?;
    Ok(removed == 1)
}

/// How the agency's system behaves for a service.
pub(crate) fn mode(connection: &Connection, service: &ServiceCode) -> Result<Mode, StoreError> {
    let word: Option<String> = connection
        .prepare_cached("SELECT mode FROM agency_mode WHERE service = ?1")?
        .query_row([service.as_str()], |row| row.get(0))
        .optional()?;
    let damaged = |_| StoreError::Damaged("column mode".to_owned());
    word.map_or(Ok(Mode::Normal), |word| word.parse().map_err(damaged))
}

/// The services that agencies' systems render, in the order of their codes.
pub(crate) fn rendered(connection: &Connection) -> Result<Vec<ServiceCode>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT service FROM agency_mode ORDER BY service")?;
    let mut rows = statement.query([])?;
    let mut services = Vec::new();
    while let Some(row) = rows.next()? {
        services.push(Fields::of(row).parsed("service")?);
    }
    Ok(services)
}

/// Sets how the agency's system behaves from now on.
pub(crate) fn set_mode(tx: &Connection, service: &ServiceCode, mode: Mode) -> Result<(), StoreError> {
    let sql = "INSERT INTO agency_mode (service, mode) VALUES (?1, ?2)
               ON CONFLICT (service) DO UPDATE SET mode = excluded.mode";
    tx.prepare_cached(sql)?.execute(params![service.as_str(), mode.word()])?;
    Ok(())
}

/// Begins with these services and modes: a mode that was set before stays, and a service that is rendered no more is
/// forgotten.
pub(crate) fn begin_modes(tx: &Connection, modes: &[(ServiceCode, Mode)]) -> Result<(), StoreError> {
    for service in rendered(tx)? {
        if !modes.iter().any(|(rendered, _)| *rendered == service) {
            tx.prepare_cached("DELETE FROM agency_mode WHERE service = ?1")?.execute([service.as_str()])?;
        }
    }
    let sql = "INSERT INTO agency_mode (service, mode) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    let mut statement = tx.prepare_cached(sql)?;
    for (service, mode) in modes {
        statement.execute(params![service.as_str(), mode.word()])?;
    }
    Ok(())
}
