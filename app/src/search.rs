//! `tolem payment search`: looking for payments on the operator's own machine.

use std::os::unix::fs::MetadataExt as _;

use anyhow::{Context as _, anyhow};
use gateway::search::{Question, search_payments};
use payment::Payment;
use rights::{Permitted, SystemJob};
use serde_json::json;
use store::{PartyRole, Scope, Search, SearchCursor, Wanted};
use terms::{BankingDay, Moment, PartyNumber, tenge};

use crate::cli::SearchArguments;
use crate::exit::Failure;
use crate::inspect::open;
use crate::output;

/// Who works on this machine.
pub(crate) fn local_user() -> Result<u32, Failure> {
    // The owner of the process's own folder is the user it runs as, whatever the environment says.
    Ok(std::fs::metadata("/proc/self").context("asking who runs this")?.uid())
}

/// The same, as notes of reads name him.
pub(crate) fn local_reader() -> Result<String, Failure> {
    Ok(format!("local user {}", local_user()?))
}

pub(crate) async fn run(arguments: SearchArguments, json: bool) -> Result<(), Failure> {
    let question = Question {
        search: Search {
            wanted: wanted(&arguments),
            scope: Scope::Everything,
            state: arguments.state,
            issued: period(&arguments)?,
        },
        within: arguments.within.resource(),
        after: arguments.after,
        limit: arguments.limit.into(),
        reader: local_reader()?,
        reason: arguments.reason.to_string(),
    };
    let cx = open(&arguments.config)?;
    let question = Permitted::system(question, SystemJob("payment-search"));
    let found = search_payments(&cx, &question).await.map_err(anyhow::Error::new)?;
    for payment in &found.payments {
        print(payment, json);
    }
    let next =
        found.next.map(|next| format!("{}-{}", next.issued_at.unix_microseconds(), next.code.digits()));
    let totals = found.totals;
    let object = json!({
        "found": totals.count,
        "priced": tenge(totals.priced),
        "paid_count": totals.paid_count,
        "paid": tenge(totals.paid),
        "shown": found.payments.len(),
        "next": next,
    });
    output::one(json, &object, || {
        let next = next.as_ref().map_or_else(String::new, |next| format!("; the next page: --after {next}"));
        format!(
            "{} shown of {} found, priced {} ₸; {} paid, {} ₸{next}",
            found.payments.len(),
            totals.count,
            tenge(totals.priced),
            totals.paid_count,
            tenge(totals.paid)
        )
    });
    Ok(())
}

/// What is looked for; at most one of them is given.
fn wanted(arguments: &SearchArguments) -> Wanted {
    let party = |number: Option<PartyNumber>, role| number.map(|number| Wanted::Party(number, role));
    let application = || arguments.application.clone().map(Wanted::Application);
    let reference = || arguments.reference.clone().map(|reference| Wanted::Reference(None, reference));
    let code = arguments.code.map(Wanted::Code);
    code.or_else(|| party(arguments.person, PartyRole::Either))
        .or_else(|| party(arguments.recipient, PartyRole::Recipient))
        .or_else(|| party(arguments.payer, PartyRole::Payer))
        .or_else(application)
        .or_else(reference)
        .unwrap_or(Wanted::Any)
}

fn period(arguments: &SearchArguments) -> Result<Option<(Moment, Moment)>, Failure> {
    let (from, until) = (arguments.from, arguments.until);
    if from.is_none() && until.is_none() {
        return Ok(None);
    }
    if let (Some(from), Some(until)) = (from, until) {
        in_order(from, until)?;
    }
    let beginning = || Moment::from_unix_microseconds(i64::MIN);
    let end = || Moment::from_unix_microseconds(i64::MAX);
    Ok(Some((
        from.map_or_else(beginning, BankingDay::begins_at),
        until.map_or_else(end, BankingDay::ends_at),
    )))
}

/// Days that were given the wrong way round are a mistake of whoever typed them.
pub(crate) fn in_order(from: BankingDay, until: BankingDay) -> Result<(), Failure> {
    if from <= until {
        return Ok(());
    }
    Err(Failure::usage(anyhow!("--from {from} is later than the last day, {until}")))
}

/// A place among what is found, as the page before said it.
pub(crate) fn cursor(text: &str) -> Result<SearchCursor, &'static str> {
    let wrong = || "it is not what the page before said";
    let (at, code) = text.rsplit_once('-').ok_or_else(wrong)?;
    let at: i64 = at.parse().map_err(|_| wrong())?;
    let code = code.parse().map_err(|_| wrong())?;
    Ok(SearchCursor { issued_at: Moment::from_unix_microseconds(at), code })
}

fn print(payment: &Payment, json: bool) {
    let paid = payment.paid();
    let object = json!({
        "code": payment.code.digits(),
        "state": payment.state().name(),
        "service": payment.order.service.to_string(),
        "provider": payment.order.provider.to_string(),
        "amount": payment.order.amount.to_string(),
        "channel": payment.order.channel.name(),
        "issued_to": payment.order.issued_to.to_string(),
        "issued_at": payment.order.issued_at.to_string(),
        "application": payment.order.application.as_ref().map(ToString::to_string),
        "recipient": payment.order.recipient.number.to_string(),
        "payer": paid.map(|paid| paid.requisites.payer.number.to_string()),
        "bank": paid.map(|paid| paid.bank.to_string()),
        "bank_reference": paid.map(|paid| paid.requisites.bank_reference.to_string()),
        "paid": paid.map(|paid| paid.requisites.amount.to_string()),
        "paid_at": paid.map(|paid| paid.requisites.paid_at.to_string()),
    });
    output::one(json, &object, || {
        format!(
            "{}  {:<9} {:>14} ₸  {:<8} {}  for {}",
            payment.code,
            payment.state().name(),
            payment.order.amount.to_string(),
            payment.order.service,
            payment.order.issued_at,
            payment.order.recipient.number
        )
    });
}
