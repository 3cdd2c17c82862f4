//! The desk: inquiries, who read whose data, and applications accepted with a term (T7).

use std::fmt;
use std::str::FromStr;

use store::StoreError;
use store::columns::{Columns, Fields};
use store::rusqlite::{Connection, Row, params};
use terms::{
    ApplicationNumber, Channel, Iin, Moment, Party, PaymentCode, ServiceCode, ShortText, TicketId, Tiyn,
};

use super::order::{Refusal, refusal_column, refusal_of};
use super::user::Operator;
use super::{LISTED, all, execute, one};

/// Where an inquiry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum InquiryState {
    /// The gateway was asked; its answer is not known.
    Asked,
    /// The recipient is shown; document and person are to be compared (T7.11–13).
    Shown,
    /// The operator said that both agree; the last confirmation is to come.
    Compared,
    /// The gateway was asked to close; its answer is not known.
    Closing,
    /// Closed: the application is accepted (T7.14–17).
    Closed,
    /// The gateway refused.
    Refused,
    /// The operator refused: not this person.
    Declined,
}

impl InquiryState {
    const ALL: [Self; 7] = [
        Self::Asked,
        Self::Shown,
        Self::Compared,
        Self::Closing,
        Self::Closed,
        Self::Refused,
        Self::Declined,
    ];

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Shown => "shown",
            Self::Compared => "compared",
            Self::Closing => "closing",
            Self::Closed => "closed",
            Self::Refused => "refused",
            Self::Declined => "declined",
        }
    }
}

impl fmt::Display for InquiryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for InquiryState {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == s).ok_or(())
    }
}

/// What the gateway showed.
#[derive(Debug, Clone)]
pub(crate) struct Shown {
    pub(crate) ticket: TicketId,
    pub(crate) ticket_until: Moment,
    pub(crate) recipient: Party,
    pub(crate) amount: Tiyn,
    pub(crate) paid_at: Moment,
    pub(crate) channel: Channel,
}

/// One inquiry.
#[derive(Debug, Clone)]
pub(crate) struct Inquiry {
    pub(crate) id: String,
    pub(crate) form: String,
    pub(crate) operator: Operator,
    pub(crate) code: PaymentCode,
    pub(crate) service: ServiceCode,
    pub(crate) asked_at: Moment,
    pub(crate) state: InquiryState,
    pub(crate) refusal: Option<Refusal>,
    pub(crate) shown: Option<Shown>,
    /// The application accepted, or to be accepted once the gateway has closed.
    pub(crate) application: Option<ApplicationNumber>,
}

fn inquiry(row: &Row<'_>) -> Result<Inquiry, StoreError> {
    let fields = Fields::of(row);
    let shown = match fields.maybe_parsed("ticket")? {
        None => None,
        Some(ticket) => Some(Shown {
            ticket,
            ticket_until: fields.moment("ticket_until")?,
            recipient: fields.party("recipient")?,
            amount: fields.amount("amount")?,
            paid_at: fields.moment("paid_at")?,
            channel: fields.parsed("channel")?,
        }),
    };
    Ok(Inquiry {
        id: fields.text("id")?,
        form: fields.text("form")?,
        operator: Operator {
            iin: fields.parsed("operator")?,
            name: fields.parsed("operator_name")?,
            centre: fields.parsed("centre")?,
        },
        code: fields.code("payment_code")?,
        service: fields.parsed("service")?,
        asked_at: fields.moment("asked_at")?,
        state: fields.parsed("state")?,
        refusal: refusal_of(fields)?,
        shown,
        application: fields.maybe_parsed("application")?,
    })
}

pub(crate) fn insert(tx: &Connection, inquiry: &Inquiry) -> Result<(), StoreError> {
    Columns::new()
        .text("id", &inquiry.id)
        .text("form", &inquiry.form)
        .text("operator", inquiry.operator.iin)
        .text("operator_name", &inquiry.operator.name)
        .text("centre", &inquiry.operator.centre)
        .code("payment_code", inquiry.code)
        .text("service", &inquiry.service)
        .moment("asked_at", inquiry.asked_at)
        .text("state", inquiry.state)
        .insert(tx, "inquiry")
}

pub(crate) fn find(connection: &Connection, id: &str) -> Result<Option<Inquiry>, StoreError> {
    one(connection, "SELECT * FROM inquiry WHERE id = ?1", [id], inquiry)
}

pub(crate) fn find_by_form(connection: &Connection, form: &str) -> Result<Option<Inquiry>, StoreError> {
    one(connection, "SELECT * FROM inquiry WHERE form = ?1", [form], inquiry)
}

/// Closings asked before `before` whose answer is not known.
pub(crate) fn closing_since(connection: &Connection, before: Moment) -> Result<Vec<Inquiry>, StoreError> {
    let sql =
        "SELECT * FROM inquiry WHERE state = 'closing' AND compared_at < ?1 ORDER BY compared_at LIMIT ?2";
    all(connection, sql, params![before.unix_microseconds(), LISTED], inquiry)
}

/// Moves an inquiry from one state to the next; whether it stood there.
pub(crate) fn advance(
    tx: &Connection,
    id: &str,
    from: InquiryState,
    to: InquiryState,
) -> Result<bool, StoreError> {
    let sql = "UPDATE inquiry SET state = ?3 WHERE id = ?1 AND state = ?2";
    Ok(execute(tx, sql, params![id, from.word(), to.word()])? == 1)
}

pub(crate) fn show(tx: &Connection, id: &str, shown: &Shown) -> Result<(), StoreError> {
    let sql = "UPDATE inquiry SET ticket = ?2, ticket_until = ?3, recipient_number = ?4, recipient_name = ?5,
                   amount = ?6, paid_at = ?7, channel = ?8 WHERE id = ?1";
    let values = params![
        id,
        shown.ticket.to_string(),
        shown.ticket_until.unix_microseconds(),
        shown.recipient.number.to_string(),
        shown.recipient.name.as_str(),
        shown.amount.as_i64(),
        shown.paid_at.unix_microseconds(),
        shown.channel.name(),
    ];
    execute(tx, sql, values)?;
    Ok(())
}

pub(crate) fn set_refusal(
    tx: &Connection,
    id: &str,
    refusal: &Refusal,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE inquiry SET refusal = ?2, ended_at = ?3 WHERE id = ?1";
    execute(tx, sql, params![id, refusal_column(refusal), now.unix_microseconds()])?;
    Ok(())
}

pub(crate) fn set_compared(tx: &Connection, id: &str, now: Moment) -> Result<(), StoreError> {
    execute(tx, "UPDATE inquiry SET compared_at = ?2 WHERE id = ?1", params![id, now.unix_microseconds()])?;
    Ok(())
}

pub(crate) fn set_application(
    tx: &Connection,
    id: &str,
    application: &ApplicationNumber,
) -> Result<(), StoreError> {
    execute(tx, "UPDATE inquiry SET application = ?2 WHERE id = ?1", params![id, application.as_str()])?;
    Ok(())
}

/// One look at personal data.
#[derive(Debug, Clone)]
pub struct DeskReading {
    /// When.
    pub at: Moment,
    /// Which operator.
    pub operator: Iin,
    /// At which service centre.
    pub centre: ShortText,
    /// Under which inquiry.
    pub inquiry: String,
    /// Whose data.
    pub person: String,
    /// Why.
    pub reason: String,
}

pub(crate) fn record_reading(tx: &Connection, reading: &DeskReading) -> Result<(), StoreError> {
    Columns::new()
        .moment("at", reading.at)
        .text("operator", reading.operator)
        .text("centre", &reading.centre)
        .text("inquiry", &reading.inquiry)
        .text("person", &reading.person)
        .text("reason", &reading.reason)
        .insert(tx, "read_log")
}

/// The latest looks at personal data, the newest first.
pub(crate) fn readings(connection: &Connection) -> Result<Vec<DeskReading>, StoreError> {
    all(connection, "SELECT * FROM read_log ORDER BY id DESC LIMIT ?1", [LISTED], |row| {
        let fields = Fields::of(row);
        Ok(DeskReading {
            at: fields.moment("at")?,
            operator: fields.parsed("operator")?,
            centre: fields.parsed("centre")?,
            inquiry: fields.text("inquiry")?,
            person: fields.text("person")?,
            reason: fields.text("reason")?,
        })
    })
}

/// An application accepted at the desk.
#[derive(Debug, Clone)]
pub(crate) struct DeskApplication {
    pub(crate) application: ApplicationNumber,
    pub(crate) inquiry: String,
    pub(crate) service: ServiceCode,
    pub(crate) recipient: Party,
    pub(crate) centre: ShortText,
    pub(crate) operator: Iin,
    pub(crate) accepted_at: Moment,
    /// The term: when the service is to be ready.
    pub(crate) due_at: Moment,
    pub(crate) issued_at: Option<Moment>,
}

fn desk_application(row: &Row<'_>) -> Result<DeskApplication, StoreError> {
    let fields = Fields::of(row);
    Ok(DeskApplication {
        application: fields.parsed("application")?,
        inquiry: fields.text("inquiry")?,
        service: fields.parsed("service")?,
        recipient: fields.party("recipient")?,
        centre: fields.parsed("centre")?,
        operator: fields.parsed("operator")?,
        accepted_at: fields.moment("accepted_at")?,
        due_at: fields.moment("due_at")?,
        issued_at: fields.maybe_moment("issued_at")?,
    })
}

pub(crate) fn accept(tx: &Connection, application: &DeskApplication) -> Result<(), StoreError> {
    Columns::new()
        .text("application", &application.application)
        .text("inquiry", &application.inquiry)
        .text("service", &application.service)
        .party("recipient", &application.recipient)
        .text("centre", &application.centre)
        .text("operator", application.operator)
        .moment("accepted_at", application.accepted_at)
        .moment("due_at", application.due_at)
        .insert(tx, "desk_application")
}

/// The applications of a service centre, those still to be issued first.
pub(crate) fn applications(
    connection: &Connection,
    centre: &ShortText,
) -> Result<Vec<DeskApplication>, StoreError> {
    let sql = "SELECT * FROM desk_application WHERE centre = ?1
               ORDER BY issued_at IS NOT NULL, due_at LIMIT ?2";
    all(connection, sql, params![centre.as_str(), LISTED], desk_application)
}

/// Marks an application of this centre as issued; a second time changes nothing.
pub(crate) fn issue(
    tx: &Connection,
    application: &ApplicationNumber,
    operator: &Operator,
    now: Moment,
) -> Result<(), StoreError> {
    let sql = "UPDATE desk_application SET issued_at = ?3, issued_by = ?4
               WHERE application = ?1 AND centre = ?2 AND issued_at IS NULL";
    let values = params![
        application.as_str(),
        operator.centre.as_str(),
        now.unix_microseconds(),
        operator.iin.to_string()
    ];
    execute(tx, sql, values)?;
    Ok(())
}
