//! A payment to its columns and back: the one file that knows both. Nothing is decided here.
//!
//! Numbers and names of people, accounts and what was written by hand are sealed: `order_sealed` never changes,
//! `life_sealed` is sealed anew with every save.

use payment::{
    Attempt, AttemptKind, AttemptState, Closing, Difference, Disputed, Life, Operator, Order, Paid, Payment,
    Reversal, Ticket, table::State,
};
use rusqlite::Row;
use terms::{Iban, Party, PartyNumber, PaymentCode, Purpose, Requisites, TicketId};

use crate::columns::{Columns, Fields, code_column};
use crate::sealing::{Opened, Place, Plain, RowKey, Sealing, SearchTag};
use crate::{StoreError, Stored};

/// The tag under which payments of a recipient are found.
pub(super) fn recipient_tag(sealing: &Sealing<'_>, number: PartyNumber) -> Result<SearchTag, StoreError> {
    sealing.tag("payment.recipient", number.to_string().as_bytes())
}

/// The tag under which payments of a payer are found.
pub(super) fn payer_tag(sealing: &Sealing<'_>, number: PartyNumber) -> Result<SearchTag, StoreError> {
    sealing.tag("payment.payer", number.to_string().as_bytes())
}

pub(super) fn place(column: &'static str, code: PaymentCode) -> Place<'static> {
    Place { table: "payment", column, key: RowKey::Number(code_column(code)) }
}

/// Every column of a payment, with those of other states empty.
pub(super) fn of_payment(payment: &Payment, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let mut columns = of_life(payment, sealing)?;
    columns.code("code", payment.code);
    put_order(&mut columns, &payment.order);
    let recipient = &payment.order.recipient;
    let mut plain = Plain::new();
    plain.party(recipient);
    columns
        .octets("recipient_tag", &recipient_tag(sealing, recipient.number)?)
        .sealed("order_sealed", sealing.seal(place("order_sealed", payment.code), plain)?);
    Ok(columns)
}

/// The columns that change in the life of a payment. Code and order never do, and writing them again would cost
/// their indexes a rewrite.
pub(super) fn of_life(payment: &Payment, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let mut columns = Columns::new();
    columns.text("state", payment.state());
    put_paid(&mut columns, payment.paid());
    put_life(&mut columns, &payment.life);
    put_reversal(&mut columns, "parked", payment.parked_reversal.as_ref());
    // Most are never refused; a column without a value costs nothing.
    columns.maybe_number("refusals", Some(i64::from(payment.refusals)).filter(|times| *times > 0));
    if let Some(paid) = payment.paid() {
        let plain = plain_life(paid, &payment.life);
        columns.octets("payer_tag", &payer_tag(sealing, paid.requisites.payer.number)?);
        columns.sealed("life_sealed", sealing.seal(place("life_sealed", payment.code), plain)?);
    }
    Ok(columns)
}

pub(super) fn to_payment(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<Stored<Payment>, StoreError> {
    let fields = Fields::of(row);
    let code = fields.code("code")?;
    let mut opened = sealing.open(place("order_sealed", code), &fields.all_octets("order_sealed")?)?;
    let recipient = opened.party()?;
    opened.end()?;
    let said = fields.maybe_octets("life_sealed")?;
    let said = said.map(|sealed| Said::of(sealing.open(place("life_sealed", code), &sealed)?)).transpose()?;
    let payment = Payment {
        code,
        order: order(fields, recipient)?,
        life: life(fields, said)?,
        parked_reversal: reversal(fields, "parked")?,
        refusals: fields.maybe_number("refusals")?.unwrap_or(0),
    };
    Ok(Stored { value: payment, version: fields.number("version")? })
}

/// The columns that [`to_paid`] reads, in the order in which it reads them.
pub(super) const PAID: &str = "
    payment.life_sealed, payment.code, payment.paid_service, payment.paid_provider, payment.paid_amount,
    payment.paid_commission, payment.paid_bic, payment.paid_kbk, payment.paid_knp, payment.paid_kod, payment.paid_kbe,
    payment.paid_reference, payment.paid_at, payment.paid_channel, payment.paid_bank, payment.paid_received_at,
    payment.paid_transaction, payment.ticket_id, payment.ticket_until";

/// What a bank vouched for, of a row that is known to be paid; it takes no look at who is to receive the service.
pub(super) fn to_paid(fields: Fields<'_>, sealing: &Sealing<'_>) -> Result<Paid, StoreError> {
    let sealed = fields.maybe_borrowed("life_sealed")?.ok_or_else(|| damaged("life_sealed"))?;
    paid(fields, Said::of(sealing.open(place("life_sealed", fields.code("code")?), sealed)?)?)
}

/// What is confidential of a payment that a bank vouched for.
struct Said {
    payer: Party,
    recipient: Party,
    iban: Iban,
    purpose: Purpose,
    ticket_operator: Option<Operator>,
    closed_by: Option<Operator>,
}

fn plain_life(paid: &Paid, life: &Life) -> Plain {
    let said = &paid.requisites;
    let closed_by = match life {
        Life::Closed(_, Closing::Desk(operator, _), _) => Some(operator),
        _ => None,
    };
    let mut plain = Plain::new();
    plain.party(&said.payer).party(&said.recipient).text(said.beneficiary_iban.as_str()).text(&said.purpose);
    plain_operator(&mut plain, paid.ticket.as_ref().map(|ticket| &ticket.operator));
    plain_operator(&mut plain, closed_by);
    plain
}

impl Said {
    fn of(mut opened: Opened) -> Result<Self, StoreError> {
        let said = Self {
            payer: opened.party()?,
            recipient: opened.party()?,
            iban: opened.parsed()?,
            purpose: opened.parsed()?,
            ticket_operator: operator(&mut opened)?,
            closed_by: operator(&mut opened)?,
        };
        opened.end()?;
        Ok(said)
    }
}

fn plain_operator(plain: &mut Plain, operator: Option<&Operator>) {
    match operator {
        Some(operator) => plain.text(operator.iin).text(&operator.name).text(&operator.centre),
        None => plain.absent(),
    };
}

fn operator(opened: &mut Opened) -> Result<Option<Operator>, StoreError> {
    let Some(iin) = opened.maybe_parsed()? else { return Ok(None) };
    Ok(Some(Operator { iin, name: opened.parsed()?, centre: opened.parsed()? }))
}

fn put_order(columns: &mut Columns, order: &Order) {
    columns
        .text("service", &order.service)
        .text("provider", order.provider)
        .amount("amount", order.amount)
        .text("channel", order.channel)
        .text("issued_to", order.issued_to)
        .maybe_text("application", order.application.as_ref())
        .moment("issued_at", order.issued_at)
        .moment("valid_until", order.valid_until());
}

fn order(fields: Fields<'_>, recipient: Party) -> Result<Order, StoreError> {
    Ok(Order {
        service: fields.parsed("service")?,
        provider: fields.parsed("provider")?,
        amount: fields.amount("amount")?,
        recipient,
        channel: fields.parsed("channel")?,
        issued_to: fields.parsed("issued_to")?,
        application: fields.maybe_parsed("application")?,
        issued_at: fields.moment("issued_at")?,
    })
}

/// A bank's word is never taken back, so its columns are only ever filled, not emptied.
fn put_paid(columns: &mut Columns, paid: Option<&Paid>) {
    let Some(paid) = paid else { return };
    let said = &paid.requisites;
    columns
        .text("paid_bank", paid.bank)
        .moment("paid_received_at", paid.received_at)
        .text("paid_transaction", &paid.transaction)
        .text("paid_service", &said.service)
        .text("paid_provider", said.provider)
        .amount("paid_amount", said.amount)
        .amount("paid_commission", said.commission)
        .text("paid_bic", &said.beneficiary_bic)
        .text("paid_kbk", said.kbk)
        .text("paid_knp", said.knp)
        .text("paid_kod", said.kod)
        .text("paid_kbe", said.kbe)
        .text("paid_reference", &said.bank_reference)
        .moment("paid_at", said.paid_at)
        .text("paid_channel", said.channel);
    let ticket = paid.ticket.as_ref();
    columns
        .maybe_text("ticket_id", ticket.map(|ticket| ticket.id))
        .maybe_moment("ticket_until", ticket.map(|ticket| ticket.until));
}

fn paid(fields: Fields<'_>, said: Said) -> Result<Paid, StoreError> {
    let requisites = Requisites {
        payer: said.payer,
        recipient: said.recipient,
        service: fields.parsed("paid_service")?,
        provider: fields.parsed("paid_provider")?,
        amount: fields.amount("paid_amount")?,
        commission: fields.amount("paid_commission")?,
        beneficiary_iban: said.iban,
        beneficiary_bic: fields.parsed("paid_bic")?,
        kbk: fields.parsed("paid_kbk")?,
        knp: fields.parsed("paid_knp")?,
        kod: fields.parsed("paid_kod")?,
        kbe: fields.parsed("paid_kbe")?,
        purpose: said.purpose,
        bank_reference: fields.parsed("paid_reference")?,
        paid_at: fields.moment("paid_at")?,
        channel: fields.parsed("paid_channel")?,
    };
    Ok(Paid {
        requisites,
        bank: fields.parsed("paid_bank")?,
        received_at: fields.moment("paid_received_at")?,
        transaction: fields.parsed("paid_transaction")?,
        ticket: ticket(fields, said.ticket_operator)?,
    })
}

fn ticket(fields: Fields<'_>, operator: Option<Operator>) -> Result<Option<Ticket>, StoreError> {
    let Some(id) = fields.maybe_parsed::<TicketId>("ticket_id")? else { return Ok(None) };
    let operator = operator.ok_or_else(|| damaged("ticket_operator"))?;
    Ok(Some(Ticket { id, operator, until: fields.moment("ticket_until")? }))
}

fn damaged(column: &str) -> StoreError {
    StoreError::Damaged(format!("column {column}"))
}

fn put_life(columns: &mut Columns, life: &Life) {
    let differs_in = if let Life::Disputed(disputed) = life { Some(disputed.differs_in) } else { None };
    let bound = if let Life::Bound(_, application, at) = life { Some((application, *at)) } else { None };
    let closed = if let Life::Closed(_, closing, at) = life { Some((closing, *at)) } else { None };
    let refunded_at = if let Life::Refunded(_, at) = life { Some(*at) } else { None };
    let reversal = if let Life::Reversed(_, reversal) = life { Some(reversal) } else { None };
    let delivered = match closed {
        Some((Closing::Delivered(application), _)) => Some(application),
        _ => None,
    };
    let desk = match closed {
        Some((Closing::Desk(_, ticket), _)) => Some(*ticket),
        _ => None,
    };
    columns
        .maybe_text("differs_in", differs_in.map(difference_name))
        .maybe_text("bound_application", bound.map(|(application, _)| application))
        .maybe_moment("bound_at", bound.map(|(_, at)| at))
        .maybe_text("closed_application", delivered)
        .maybe_text("closed_ticket", desk)
        .maybe_moment("closed_at", closed.map(|(_, at)| at))
        .maybe_moment("refunded_at", refunded_at);
    put_reversal(columns, "reversal", reversal);
}

fn life(fields: Fields<'_>, said: Option<Said>) -> Result<Life, StoreError> {
    let vouched = || {
        let mut said = said.ok_or_else(|| damaged("life_sealed"))?;
        let closed_by = said.closed_by.take();
        Ok::<_, StoreError>((paid(fields, said)?, closed_by))
    };
    Ok(match fields.parsed::<State>("state")? {
        State::Issued => Life::Issued,
        State::Void => Life::Void,
        State::Paid => Life::Paid(vouched()?.0),
        State::Disputed => {
            let differs_in = named(DIFFERENCES, &fields.text("differs_in")?, "differs_in")?;
            Life::Disputed(Disputed { paid: vouched()?.0, differs_in })
        }
        State::Bound => {
            Life::Bound(vouched()?.0, fields.parsed("bound_application")?, fields.moment("bound_at")?)
        }
        State::Closed => {
            let (paid, closed_by) = vouched()?;
            Life::Closed(paid, closing(fields, closed_by)?, fields.moment("closed_at")?)
        }
        State::Reversed => {
            let reversal = reversal(fields, "reversal")?.ok_or_else(|| damaged("reversal_bank"))?;
            Life::Reversed(vouched()?.0, reversal)
        }
        State::Refunded => Life::Refunded(vouched()?.0, fields.moment("refunded_at")?),
    })
}

fn closing(fields: Fields<'_>, closed_by: Option<Operator>) -> Result<Closing, StoreError> {
    if let Some(application) = fields.maybe_parsed("closed_application")? {
        return Ok(Closing::Delivered(application));
    }
    let operator = closed_by.ok_or_else(|| damaged("closed_operator"))?;
    Ok(Closing::Desk(operator, fields.parsed("closed_ticket")?))
}

fn put_reversal(columns: &mut Columns, prefix: &str, reversal: Option<&Reversal>) {
    columns
        .maybe_text(format!("{prefix}_bank"), reversal.map(|reversal| reversal.bank))
        .maybe_text(format!("{prefix}_reference"), reversal.map(|reversal| &reversal.bank_reference))
        .maybe_number(format!("{prefix}_amount"), reversal.map(|reversal| reversal.amount.as_i64()))
        .maybe_moment(format!("{prefix}_at"), reversal.map(|reversal| reversal.reversed_at));
}

fn reversal(fields: Fields<'_>, prefix: &str) -> Result<Option<Reversal>, StoreError> {
    let Some(bank) = fields.maybe_parsed(&format!("{prefix}_bank"))? else { return Ok(None) };
    Ok(Some(Reversal {
        bank,
        bank_reference: fields.parsed(&format!("{prefix}_reference"))?,
        amount: fields.amount(&format!("{prefix}_amount"))?,
        reversed_at: fields.moment(&format!("{prefix}_at"))?,
    }))
}

const DIFFERENCES: [(&str, Difference); 9] = [
    ("amount", Difference::Amount),
    ("service", Difference::Service),
    ("recipient", Difference::Recipient),
    ("beneficiary", Difference::Beneficiary),
    ("channel", Difference::Channel),
    ("authorisation", Difference::Authorisation),
    ("bank-reference", Difference::BankReference),
    ("paid-at", Difference::PaidAt),
    ("refund-refused", Difference::RefundRefused),
];

fn difference_name(difference: Difference) -> &'static str {
    match difference {
        Difference::Amount => "amount",
        Difference::Service => "service",
        Difference::Recipient => "recipient",
        Difference::Beneficiary => "beneficiary",
        Difference::Channel => "channel",
        Difference::Authorisation => "authorisation",
        Difference::BankReference => "bank-reference",
        Difference::PaidAt => "paid-at",
        Difference::RefundRefused => "refund-refused",
    }
}

fn named<T: Copy, const N: usize>(all: [(&str, T); N], name: &str, column: &str) -> Result<T, StoreError> {
    let found = all.into_iter().find(|(known, _)| *known == name);
    found.map(|(_, value)| value).ok_or_else(|| damaged(column))
}

/// Every column of an attempt but its context, which is written once.
pub(super) fn of_attempt(attempt: &Attempt) -> Columns {
    let mut columns = Columns::new();
    columns
        .text("id", &attempt.id)
        .text("kind", kind_name(attempt.kind))
        .text("bank", attempt.bank)
        .amount("amount", attempt.amount)
        .maybe_code("code", attempt.code)
        .moment("opened_at", attempt.opened_at)
        .text("state", attempt.state.name())
        .number("tries", i64::from(attempt.tries))
        .maybe_moment("next_try_at", attempt.next_try_at)
        .maybe_text("bank_reference", attempt.bank_reference.as_ref());
    columns
}

pub(super) fn to_attempt(row: &Row<'_>, _: &Sealing<'_>) -> Result<Stored<Attempt>, StoreError> {
    let fields = Fields::of(row);
    let attempt = Attempt {
        id: fields.parsed("id")?,
        kind: named(KINDS, &fields.text("kind")?, "kind")?,
        bank: fields.parsed("bank")?,
        amount: fields.amount("amount")?,
        code: fields.maybe_code("code")?,
        opened_at: fields.moment("opened_at")?,
        state: named(AttemptState::ALL.map(|state| (state.name(), state)), &fields.text("state")?, "state")?,
        tries: fields.number("tries")?,
        next_try_at: fields.maybe_moment("next_try_at")?,
        bank_reference: fields.maybe_parsed("bank_reference")?,
    };
    Ok(Stored { value: attempt, version: fields.number("version")? })
}

const KINDS: [(&str, AttemptKind); 2] = [("card", AttemptKind::Card), ("account", AttemptKind::Account)];

fn kind_name(kind: AttemptKind) -> &'static str {
    match kind {
        AttemptKind::Card => "card",
        AttemptKind::Account => "account",
    }
}
