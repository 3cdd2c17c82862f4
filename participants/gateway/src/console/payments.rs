//! One payment by its code: where it stands, what happened, every message with its signer, and the message itself.
//!
//! Whoever may read payments sees those within the own reach; of any other nothing is said, not even that it is there.
//! People's data is masked on the page. A message is shown as it arrived to whoever may read personal data, and that is
//! written down (A13); to anybody else with everything masked that is not known to be harmless.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use files::table::{Cell, Column, Table};
use http::header::CONTENT_TYPE;
use pages::form::{ButtonKind, TextInput, button, query_form};
use pages::part::{DataTable, Facts, link, payment_code};
use pages::{Html, Markup as _, channel_name, date_time, has_text, money};
use payment::Payment;
use pki::{Certificate, Purpose};
use rights::{Action, Resource};
use serde::Deserialize;
use store::{EvidenceRecord, ReadSubject};
use terms::{Bin, PaymentCode};
use xml::{Limits, with_tree};

use super::export::{self, FileKind};
use super::masking;
use super::propose::{self, Typed};
use super::view::{heading, hook, paragraph, part, shown};
use super::visit::{Arrival, Stopped, Visit};
use crate::show::{self, Shown};
use crate::use_case::card_page::masked;

/// What opens the page.
pub(super) const SEE: Action = Action("ReadPayment");
/// What opens messages as they arrived.
const PERSONAL: Action = Action("ReadPersonalData");
/// A code with spaces between its groups.
const LONGEST_CODE: usize = 19;

#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    code: String,
}

/// Within what the officer's groups reach a payment; none where they do not.
fn within(visit: &Arrival, payment: &Payment) -> Option<Resource> {
    let bank = payment.paid().map(|paid| paid.bank);
    let is_its_own = |resource: &Resource| match *resource {
        Resource::Everything => true,
        Resource::Bank(bin) => bank.unwrap_or(payment.order.issued_to) == bin,
        Resource::Provider(bin) => payment.order.provider == bin,
    };
    visit.access().reach(visit.member(), SEE).into_iter().find(is_its_own)
}

/// Some of the officer's rights must open payments at all.
async fn may_read_some(visit: &Visit) -> Result<(), Stopped> {
    if visit.access().reach(visit.member(), SEE).is_empty() {
        visit.may(SEE, Resource::Everything).await?;
    }
    Ok(())
}

async fn found(visit: &Visit, code: PaymentCode) -> Result<Option<(Shown, Resource)>, Stopped> {
    may_read_some(visit).await?;
    let known = show::show(&visit.console.cx, code).await?;
    Ok(known.and_then(|known| within(visit, &known.payment).map(|resource| (known, resource))))
}

/// A payment by the code in an address, or nothing at all.
pub(super) async fn by_address(visit: &Visit, code: &str) -> Result<(Shown, Resource), Stopped> {
    let code = code.parse().map_err(|_| Stopped::NotFound)?;
    found(visit, code).await?.ok_or(Stopped::NotFound)
}

pub(super) async fn show(visit: Visit, Query(asked): Query<Asked>) -> Result<Response, Stopped> {
    may_read_some(&visit).await?;
    let t = visit.t();
    let typed: String = asked.code.chars().filter(|c| !c.is_whitespace()).collect();
    let code = (!typed.is_empty()).then(|| typed.parse::<PaymentCode>());
    let error = matches!(code, Some(Err(_))).then(|| t.say("payment-code-wrong").to_string());
    let input = TextInput::new(visit.language, "code", t.say("payment-code"))
        .longest(LONGEST_CODE)
        .value(&asked.code)
        .error(error.as_deref());
    let mut pieces = vec![
        heading(t.say("console-payment-title")),
        paragraph(t.say("payment-find")),
        query_form(
            "find-payment",
            "/payments",
            [input.html(), button(t.say("report-show"), ButtonKind::Main)],
        ),
    ];
    if let Some(Ok(code)) = code {
        match found(&visit, code).await? {
            Some((known, resource)) => {
                pieces.extend(payment(&visit, &known, resource, &Typed::default()));
            }
            None => {
                pieces.push(paragraph(t.say("payment-not-found")));
                pieces.push(hook("payment", "state", "not-found"));
            }
        }
    }
    Ok(shown(&visit, t.say("console-payment-title"), Html::join(pieces)))
}

/// All that is shown of a payment; `typed` is what stands in the forms below it.
pub(super) fn payment(visit: &Visit, known: &Shown, resource: Resource, typed: &Typed) -> Vec<Html> {
    let t = visit.t();
    let code = known.payment.code;
    let folder = |list: &str| format!("/payments/{}/{list}", code.digits());
    let (timeline, messages) = (timeline(visit, known), messages(visit, known));
    let mut with_links = DataTable::new(&messages.title).wide();
    for column in &messages.columns {
        with_links = with_links.column(&column.title);
    }
    with_links = with_links.column(t.say("payment-xml"));
    for (place, row) in messages.rows.iter().enumerate() {
        let address = format!("{}/{}", folder("xml"), place + 1);
        let label = format!("{} {}", t.say("payment-xml"), place + 1);
        let cells = row.iter().map(|cell| Html::text(cell.shown(visit.language)));
        with_links.row(cells.chain([link(&address, label)]));
    }
    let mut pieces = vec![
        payment_code(visit.language, code),
        facts(visit, &known.payment).html(),
        super::refunds::facts(visit, known),
        part(&timeline.title),
        export::shown(&timeline, &timeline.title),
        export::links(visit, resource, &folder("timeline"), ""),
        part(&messages.title),
        with_links.html(),
    ];
    if visit.access().why(visit.member(), PERSONAL, resource).is_err() {
        pieces.push(paragraph(t.say("payment-masked")));
    }
    pieces.push(export::links(visit, resource, &folder("messages"), ""));
    pieces.extend(propose::forms(visit, &known.payment, typed));
    pieces.push(hook("payment", "state", known.payment.state().name()));
    pieces.push(hook("messages", "count", &known.evidence.len().to_string()));
    pieces
}

fn facts(visit: &Visit, payment: &Payment) -> Facts {
    let (t, language) = (visit.t(), visit.language);
    let cx = &visit.console.cx;
    let order = &payment.order;
    let state = t.say(&format!("payment-state-{}", payment.state().name())).to_string();
    let service = cx.catalogue.find(&order.service);
    let name = service.map(|known| known.name.get(language).to_owned()).unwrap_or_default();
    let mut facts = Facts::new()
        .fact(t.say("payment-state"), state)
        .fact(t.say("report-by-service"), format!("{name} ({})", order.service))
        .fact(t.say("report-by-provider"), cx.name_of(order.provider, language))
        .fact(t.say("report-by-method"), channel_name(language, order.channel))
        .fact(t.say("payment-amount"), money(language, order.amount))
        .fact(t.say("payment-recipient"), masked(&order.recipient))
        .fact(t.say("payment-issued-at"), date_time(language, order.issued_at));
    if let Some(paid) = payment.paid() {
        facts = facts
            .fact(t.say("report-sum"), money(language, paid.requisites.amount))
            .fact(t.say("payment-payer"), masked(&paid.requisites.payer))
            .fact(t.say("payment-bank"), cx.name_of(paid.bank, language))
            .fact(t.say("payment-reference"), &paid.requisites.bank_reference)
            .fact(t.say("payment-transaction"), &paid.transaction)
            .fact(t.say("payment-paid-at"), date_time(language, paid.requisites.paid_at))
            .fact(t.say("payment-received-at"), date_time(language, paid.received_at));
    }
    facts
}

fn table(visit: &Visit, known: &Shown, name: &str, title: &str, columns: Vec<Column>) -> Table {
    let t = visit.t();
    Table {
        stem: format!("{name}-{}", known.payment.code.digits()),
        title: t.say(title).to_string(),
        language: visit.language,
        about: vec![(t.say("word-payment-code").to_string(), known.payment.code.to_string())],
        formed_at: visit.now,
        columns,
        rows: Vec::new(),
        total: None,
    }
}

fn timeline(visit: &Visit, known: &Shown) -> Table {
    let t = visit.t();
    let columns = vec![
        Column::new("at", t.say("payment-at")),
        Column::new("event", t.say("payment-event")),
        Column::new("actor", t.say("payment-actor")),
        Column::new("detail", t.say("payment-detail")),
    ];
    let mut table = table(visit, known, "timeline", "payment-timeline", columns);
    table.rows = known
        .timeline
        .iter()
        .map(|entry| {
            let id = format!("event-{}", entry.event);
            let event = if has_text(&id) { t.say(&id).to_string() } else { entry.event.clone() };
            let actor = entry.actor.parse::<Bin>().map_or_else(
                |_| masking::people_in(&entry.actor),
                |bin| visit.console.cx.name_of(bin, visit.language),
            );
            let detail = masking::people_in(&entry.detail);
            vec![Cell::Moment(entry.at), Cell::Text(event), Cell::Text(actor), Cell::Text(detail)]
        })
        .collect();
    table
}

/// Every message that proves the payment, with its signer and whether the certificate was good when it arrived.
fn messages(visit: &Visit, known: &Shown) -> Table {
    let t = visit.t();
    let columns = vec![
        Column::new("at", t.say("payment-at")),
        Column::new("message", t.say("payment-message")),
        Column::new("signer", t.say("payment-signer")),
        Column::new("certificate", t.say("payment-certificate")),
        Column::new("clock_skew_seconds", t.say("payment-clock")),
    ];
    let mut table = table(visit, known, "messages", "payment-messages", columns);
    table.rows = known
        .evidence
        .iter()
        .map(|record| {
            let (signer, standing) = signer(visit, record);
            let skew = masking::said_to_be_made_at(&record.octets)
                .map_or(Cell::Nothing, |made| Cell::Number(record.at.seconds_since(made)));
            vec![
                Cell::Moment(record.at),
                Cell::Text(record.kind.clone()),
                Cell::Text(signer),
                Cell::Text(standing),
                skew,
            ]
        })
        .collect();
    table
}

/// Who signed, and how the certificate stood then: what was asked when the message arrived is kept with it; that the
/// national CA had issued it for then is asked again.
fn signer(visit: &Visit, record: &EvidenceRecord) -> (String, String) {
    let t = visit.t();
    let Ok(certificate) = Certificate::from_der(&record.certificate) else {
        return (String::new(), t.say("payment-not-good").to_string());
    };
    let organisation = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    let name = organisation.map_or_else(
        || masking::people_in(&certificate.subject().common_name),
        |bin| format!("{}, {bin}", visit.console.cx.name_of(bin, visit.language)),
    );
    let trust = &visit.console.cx.host.trust;
    let standing = match trust.check_without_revocation(&certificate, Purpose::MessageSigning, record.at) {
        Err(error) => format!("{}: {error}", t.say("payment-not-good")),
        Ok(()) => match &record.checked_by {
            Some(by) => format!("{}: {by}", t.say("payment-good")),
            None => t.say("payment-own").to_string(),
        },
    };
    (name, standing)
}

pub(super) async fn file(
    visit: Visit,
    Path((code, list, name)): Path<(String, String, String)>,
) -> Result<Response, Stopped> {
    let kind = FileKind::of_name(&name)?;
    let (known, resource) = by_address(&visit, &code).await?;
    let table = match list.as_str() {
        "timeline" => timeline(&visit, &known),
        "messages" => messages(&visit, &known),
        _ => return Err(Stopped::NotFound),
    };
    export::file(&visit, resource, kind, &table).await
}

/// One message: as it arrived to whoever may read personal data, masked to anybody else.
pub(super) async fn message(
    visit: Visit,
    Path((code, place)): Path<(String, usize)>,
) -> Result<Response, Stopped> {
    let (known, resource) = by_address(&visit, &code).await?;
    let record = place.checked_sub(1).and_then(|place| known.evidence.get(place));
    let record = record.ok_or(Stopped::NotFound)?;
    let octets = if visit.access().why(visit.member(), PERSONAL, resource).is_ok() {
        let subject = ReadSubject::Payment(known.payment.code);
        visit.note_of(vec![subject], "a signed message", "a payment's message").await?;
        record.octets.clone()
    } else {
        let masked = with_tree(&record.octets, &Limits::MESSAGE, masking::masked_document);
        masked.unwrap_or_default().into_bytes()
    };
    // Plain text: a browser shows it as it is and runs nothing of it.
    Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], octets).into_response())
}
