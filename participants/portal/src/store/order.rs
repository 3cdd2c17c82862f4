//! Orders and the documents they end in.

use store::StoreError;
use store::columns::{Columns, Fields, code_column};
use store::rusqlite::{Connection, Row, params};
use terms::{
    ApplicationNumber, Channel, Iin, Language, Moment, Party, PartyNumber, PaymentCode, ServiceCode, Tiyn,
    Trilingual,
};

use super::{LISTED, all, execute, one};
use crate::order::{Event, State};

/// How an order is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// At the gateway's page, by card or from an account.
    Here(Channel),
    /// Paid before: the user holds a code.
    Prepaid,
}

impl Way {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Here(channel) => channel.name(),
            Self::Prepaid => "prepaid",
        }
    }

    fn of(word: &str) -> Option<Self> {
        if word == "prepaid" { Some(Self::Prepaid) } else { word.parse().ok().map(Self::Here) }
    }
}

/// One order.
#[derive(Debug, Clone)]
pub(crate) struct Order {
    pub(crate) application: ApplicationNumber,
    /// The form that made it.
    pub(crate) form: String,
    /// Whose cabinet it stands in.
    pub(crate) owner: PartyNumber,
    /// Who pressed the button.
    pub(crate) made_by: Iin,
    pub(crate) service: ServiceCode,
    pub(crate) amount: Tiyn,
    pub(crate) recipient: Party,
    pub(crate) payer: Party,
    pub(crate) way: Way,
    pub(crate) state: State,
    pub(crate) payment_code: Option<PaymentCode>,
    /// Until when the code can be paid.
    pub(crate) code_until: Option<Moment>,
    /// Whether the gateway told of a payment under this very order.
    pub(crate) paid_here: bool,
    /// The last refusal: its code, and its text in three languages.
    pub(crate) refusal: Option<Refusal>,
    pub(crate) made_at: Moment,
    pub(crate) changed_at: Moment,
}

/// A refusal as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code of the gateway's fault, or of ours.
    pub(crate) code: String,
    /// In three languages.
    pub(crate) text: Trilingual,
}

/// Parts one text from the next; no text of the catalogue has it.
const PART: char = '\u{1f}';

impl Refusal {
    fn column(&self) -> String {
        [
            self.code.as_str(),
            self.text.get(Language::Kk),
            self.text.get(Language::Ru),
            self.text.get(Language::En),
        ]
        .map(|part| part.replace(PART, " "))
        .join(&PART.to_string())
    }

    fn of(column: &str) -> Option<Self> {
        let mut parts = column.split(PART);
        let code = parts.next()?.to_owned();
        Some(Self { code, text: Trilingual::new(parts.next()?, parts.next()?, parts.next()?) })
    }
}

pub(super) fn refusal_of(fields: Fields<'_>) -> Result<Option<Refusal>, StoreError> {
    let damaged = || StoreError::Damaged("column refusal".to_owned());
    fields.maybe_text("refusal")?.map(|column| Refusal::of(&column).ok_or_else(damaged)).transpose()
}

pub(super) fn refusal_column(refusal: &Refusal) -> String {
    refusal.column()
}

fn order(row: &Row<'_>) -> Result<Order, StoreError> {
    let fields = Fields::of(row);
    let way = Way::of(&fields.text("way")?).ok_or_else(|| StoreError::Damaged("column way".to_owned()))?;
    Ok(Order {
        application: fields.parsed("application")?,
        form: fields.text("form")?,
        owner: fields.parsed("owner")?,
        made_by: fields.parsed("made_by")?,
        service: fields.parsed("service")?,
        amount: fields.amount("amount")?,
        recipient: fields.party("recipient")?,
        payer: fields.party("payer")?,
        way,
        state: fields.parsed("state")?,
        payment_code: fields.maybe_code("payment_code")?,
        code_until: fields.maybe_moment("code_until")?,
        paid_here: fields.number::<i64>("paid_here")? != 0,
        refusal: refusal_of(fields)?,
        made_at: fields.moment("made_at")?,
        changed_at: fields.moment("changed_at")?,
    })
}

pub(crate) fn insert(tx: &Connection, order: &Order) -> Result<(), StoreError> {
    Columns::new()
        .text("application", &order.application)
        .text("form", &order.form)
        .text("owner", order.owner)
        .text("made_by", order.made_by)
        .text("service", &order.service)
        .amount("amount", order.amount)
        .party("recipient", &order.recipient)
        .party("payer", &order.payer)
        .text("way", order.way.word())
        .text("state", order.state)
        .maybe_code("payment_code", order.payment_code)
        .maybe_moment("code_until", order.code_until)
        .number("paid_here", i64::from(order.paid_here))
        .moment("made_at", order.made_at)
        .moment("changed_at", order.changed_at)
        .insert(tx, "service_order")
}

pub(crate) fn find(
    connection: &Connection,
    application: &ApplicationNumber,
) -> Result<Option<Order>, StoreError> {
    one(connection, "SELECT * FROM service_order WHERE application = ?1", [application.as_str()], order)
}

/// The order that this form made, if it was sent before.
pub(crate) fn find_by_form(connection: &Connection, form: &str) -> Result<Option<Order>, StoreError> {
    one(connection, "SELECT * FROM service_order WHERE form = ?1", [form], order)
}

pub(crate) fn of_owner(connection: &Connection, owner: PartyNumber) -> Result<Vec<Order>, StoreError> {
    let sql = "SELECT * FROM service_order WHERE owner = ?1 ORDER BY made_at DESC LIMIT ?2";
    all(connection, sql, params![owner.to_string(), LISTED], order)
}

/// The order that a code is used for.
pub(crate) fn using(connection: &Connection, code: PaymentCode) -> Result<Option<Order>, StoreError> {
    let sql =
        "SELECT * FROM service_order WHERE payment_code = ?1 AND state IN ('ordered', 'delivered') LIMIT 1";
    one(connection, sql, [code_column(code)], order)
}

/// Orders whose binding was asked before `before` and has no known answer.
pub(crate) fn binding_since(connection: &Connection, before: Moment) -> Result<Vec<Order>, StoreError> {
    let sql = "SELECT * FROM service_order WHERE state = 'binding' AND changed_at < ?1
               ORDER BY changed_at LIMIT ?2";
    all(connection, sql, params![before.unix_microseconds(), LISTED], order)
}

/// Moves an order by the table of states; `None` where the table refuses, and nothing changes.
pub(crate) fn advance(
    tx: &Connection,
    order: &Order,
    event: Event,
    now: Moment,
) -> Result<Option<State>, StoreError> {
    let Ok(state) = order.state.after(event) else { return Ok(None) };
    let sql = "UPDATE service_order SET state = ?2, changed_at = ?3 WHERE application = ?1 AND state = ?4";
    let values =
        params![order.application.as_str(), state.word(), now.unix_microseconds(), order.state.word()];
    if execute(tx, sql, values)? == 1 { Ok(Some(state)) } else { Err(StoreError::Conflict) }
}

pub(crate) fn set_code(
    tx: &Connection,
    application: &ApplicationNumber,
    code: Option<PaymentCode>,
    until: Option<Moment>,
) -> Result<(), StoreError> {
    let sql = "UPDATE service_order SET payment_code = ?2, code_until = ?3 WHERE application = ?1";
    let values = params![application.as_str(), code.map(code_column), until.map(Moment::unix_microseconds)];
    execute(tx, sql, values)?;
    Ok(())
}

pub(crate) fn set_paid_here(tx: &Connection, application: &ApplicationNumber) -> Result<(), StoreError> {
    execute(tx, "UPDATE service_order SET paid_here = 1 WHERE application = ?1", [application.as_str()])?;
    Ok(())
}

/// Who paid, as the gateway says it: the order carries that number on (T6.15).
pub(crate) fn set_payer(
    tx: &Connection,
    application: &ApplicationNumber,
    payer: &Party,
) -> Result<(), StoreError> {
    let sql = "UPDATE service_order SET payer_number = ?2, payer_name = ?3 WHERE application = ?1";
    execute(tx, sql, params![application.as_str(), payer.number.to_string(), payer.name.as_str()])?;
    Ok(())
}

pub(crate) fn set_refusal(
    tx: &Connection,
    application: &ApplicationNumber,
    refusal: Option<&Refusal>,
) -> Result<(), StoreError> {
    let sql = "UPDATE service_order SET refusal = ?2 WHERE application = ?1";
    execute(tx, sql, params![application.as_str(), refusal.map(Refusal::column)])?;
    Ok(())
}

/// Whether a message about this matter still waits in the outbox.
pub(crate) fn is_untold(connection: &Connection, about: &str, operation: &str) -> Result<bool, StoreError> {
    let sql = "SELECT count(*) AS waiting FROM outbox
               WHERE about = ?1 AND operation = ?2 AND acknowledged_at IS NULL";
    let waiting = one(connection, sql, [about, operation], |row| Fields::of(row).number::<i64>("waiting"))?;
    Ok(waiting.unwrap_or(0) > 0)
}

/// A document in the cabinet.
#[derive(Clone)]
pub(crate) struct Document {
    pub(crate) file_name: String,
    pub(crate) octets: Vec<u8>,
    pub(crate) delivered_at: Moment,
}

pub(crate) fn keep_document(
    tx: &Connection,
    application: &ApplicationNumber,
    document: &Document,
) -> Result<(), StoreError> {
    Columns::new()
        .text("application", application)
        .text("file_name", &document.file_name)
        .octets("octets", &document.octets)
        .moment("delivered_at", document.delivered_at)
        .insert(tx, "document")
}

pub(crate) fn find_document(
    connection: &Connection,
    application: &ApplicationNumber,
) -> Result<Option<Document>, StoreError> {
    one(connection, "SELECT * FROM document WHERE application = ?1", [application.as_str()], |row| {
        let fields = Fields::of(row);
        Ok(Document {
            file_name: fields.text("file_name")?,
            octets: fields.all_octets("octets")?,
            delivered_at: fields.moment("delivered_at")?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_survives_its_column() {
        let refusal = Refusal { code: "TLM-CODE-0007".to_owned(), text: Trilingual::new("а", "б", "c") };
        assert_eq!(Refusal::of(&refusal.column()), Some(refusal));
        assert_eq!(Refusal::of("one part"), None);
    }
}
