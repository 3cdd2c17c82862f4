//! Proposals about one payment, written by the gateway for the officer to sign: a refund, the settlement of a dispute.
//!
//! A form asks, and the answer is the document, not signed and kept nowhere: it has no effect until its officer has signed
//! it on the own machine and brought it to the page of proposals. So forms here only ask, and need no token.

use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, query_form};
use pages::{Html, Markup as _};
use payment::Payment;
use payment::table::State;
use rights::proposal::{actions, check_grounds};
use rights::{Action, Resource};
use serde::Deserialize;
use terms::PaymentCode;
use wire::common::Reason;
use wire::proposal::{
    DisputeSettlement, Proposal, ProposalKind, RefundGroundWord, RefundMatter, SettlementWord,
};
use xml::ToElement as _;

use super::payments::{by_address, payment};
use super::view::{answered, heading, hook, paragraph, part};
use super::visit::{Stopped, Visit};
use super::words;

/// What was typed into a form, and what is wrong with it.
#[derive(Default)]
pub(super) struct Typed {
    asked: Asked,
    errors: FormErrors,
}

/// What the forms ask.
#[derive(Default, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    ground: String,
    #[serde(default)]
    how: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    request: String,
    #[serde(default)]
    requested_on: String,
}

fn proposes(kind: ProposalKind) -> Action {
    actions(kind).0
}

/// What a proposal about a payment touches: the bank that took the money.
fn touched(payment: &Payment) -> Result<Resource, Stopped> {
    payment.paid().map(|paid| Resource::Bank(paid.bank)).ok_or(Stopped::NotFound)
}

/// The forms that make sense for a payment, to an officer who may propose what they are about.
pub(super) fn forms(visit: &Visit, payment: &Payment, typed: &Typed) -> Vec<Html> {
    let kind = match payment.state() {
        State::Paid => ProposalKind::Refund,
        State::Disputed => ProposalKind::SettleDispute,
        _ => return Vec::new(),
    };
    let may = |touched| visit.access().why(visit.member(), proposes(kind), touched).is_ok();
    if !touched(payment).is_ok_and(may) {
        return Vec::new();
    }
    let t = visit.t();
    let (title, form) = match kind {
        ProposalKind::Refund => (t.say("refund-propose"), refund_form(visit, payment.code, typed)),
        _ => (t.say("settle-propose"), settlement_form(visit, payment.code, typed)),
    };
    vec![part(title), paragraph(t.say("refund-propose-about")), typed.errors.summary(visit.language), form]
}

fn reason_input(visit: &Visit, typed: &Typed) -> Html {
    let t = visit.t();
    TextInput::new(visit.language, "reason", t.say("refund-reason"))
        .hint(t.say("refund-reason-hint"))
        .longest(Reason::LONGEST)
        .value(&typed.asked.reason)
        .error(typed.errors.of("reason"))
        .html()
}

fn refund_form(visit: &Visit, code: PaymentCode, typed: &Typed) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let grounds = RefundGroundWord::ALL.iter().map(|word| Choice::new(word.word(), words::ground(t, *word)));
    let ground = Radios::new(language, "ground", t.say("refund-ground"), grounds.collect())
        .chosen(&typed.asked.ground)
        .error(typed.errors.of("ground"));
    let request = TextInput::new(language, "request", t.say("refund-request"))
        .hint(t.say("refund-request-hint"))
        .value(&typed.asked.request)
        .error(typed.errors.of("request"));
    let requested_on = TextInput::new(language, "requested_on", t.say("refund-requested-on"))
        .hint(t.say("refund-requested-on-hint"))
        .value(&typed.asked.requested_on);
    let document = button(t.say("refund-document"), ButtonKind::Main);
    let pieces = [ground.html(), reason_input(visit, typed), request.html(), requested_on.html(), document];
    query_form("refund", &format!("/payments/{}/refund", code.digits()), pieces)
}

fn settlement_form(visit: &Visit, code: PaymentCode, typed: &Typed) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let ways = SettlementWord::ALL.iter().map(|word| Choice::new(word.word(), words::settlement(t, *word)));
    let how = Radios::new(language, "how", t.say("settle-how"), ways.collect())
        .chosen(&typed.asked.how)
        .error(typed.errors.of("how"));
    let document = button(t.say("refund-document"), ButtonKind::Main);
    let pieces = [how.html(), reason_input(visit, typed), document];
    query_form("settlement", &format!("/payments/{}/settlement", code.digits()), pieces)
}

fn reason(visit: &Visit, typed: &mut Typed) -> Option<Reason> {
    let reason = typed.asked.reason.trim().parse().ok();
    if reason.is_none() {
        typed.errors.add("reason", visit.t().say("refund-reason-wrong"));
    }
    reason
}

fn draft(visit: &Visit, reason: Reason, kind: ProposalKind) -> Proposal {
    let host = &visit.console.cx.host;
    Proposal {
        number: host.message_id(),
        gateway: host.bin,
        proposer: visit.officer.iin,
        proposed_at: visit.now,
        reason,
        kind,
        group_change: None,
        dispute_settlement: None,
        refund: None,
        difference_acknowledgement: None,
        contract_change: None,
    }
}

fn document(proposal: &Proposal) -> Response {
    let name = format!("attachment; filename=\"proposal-{}.xml\"", proposal.number);
    let headers = [(CONTENT_TYPE, "application/xml; charset=utf-8".to_owned()), (CONTENT_DISPOSITION, name)];
    (headers, proposal.to_xml()).into_response()
}

/// The payment with the form as it was typed, and what is wrong with it.
async fn again(visit: &Visit, code: &str, typed: &Typed) -> Result<Response, Stopped> {
    let (known, resource) = by_address(visit, code).await?;
    let t = visit.t();
    let mut pieces = vec![heading(t.say("console-payment-title"))];
    pieces.extend(payment(visit, &known, resource, typed));
    pieces.push(hook("result", "result", "wrong-input"));
    let body = Html::join(pieces);
    Ok(answered(visit, StatusCode::UNPROCESSABLE_ENTITY, t.say("console-payment-title"), body))
}

/// The payment a proposal is about, where the officer may propose it.
async fn of_payment(visit: &Visit, code: &str, kind: ProposalKind) -> Result<PaymentCode, Stopped> {
    let (known, _) = by_address(visit, code).await?;
    visit.may(proposes(kind), touched(&known.payment)?).await?;
    Ok(known.payment.code)
}

pub(super) async fn refund(
    visit: Visit,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let payment_code = of_payment(&visit, &code, ProposalKind::Refund).await?;
    let mut typed = Typed { asked, errors: FormErrors::new() };
    let (t, today) = (visit.t(), visit.now.banking_day());
    let ground = typed.asked.ground.parse::<RefundGroundWord>().ok();
    if ground.is_none() {
        typed.errors.add("ground", t.say("refund-ground-wrong"));
    }
    let reason = reason(&visit, &mut typed);
    let matter = ground.and_then(|ground| {
        let matter = matter(payment_code, ground, &typed.asked);
        let matter = matter.filter(|matter| check_grounds(matter, today).is_ok());
        if matter.is_none() {
            typed.errors.add("request", t.say("refund-request-wrong"));
        }
        matter
    });
    match (reason, matter) {
        (Some(reason), Some(matter)) => {
            let draft = draft(&visit, reason, ProposalKind::Refund);
            Ok(document(&Proposal { refund: Some(matter), ..draft }))
        }
        _ => again(&visit, &code, &typed).await,
    }
}

/// What a form asks to be given back; none where the request's number or day cannot be read.
fn matter(payment_code: PaymentCode, ground: RefundGroundWord, asked: &Asked) -> Option<RefundMatter> {
    let (number, day) = (asked.request.trim(), asked.requested_on.trim());
    let request_number = if number.is_empty() { None } else { Some(number.parse().ok()?) };
    let requested_on = if day.is_empty() { None } else { Some(day.parse().ok()?) };
    Some(RefundMatter { payment_code, ground, request_number, requested_on })
}

pub(super) async fn settlement(
    visit: Visit,
    Path(code): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Stopped> {
    let payment_code = of_payment(&visit, &code, ProposalKind::SettleDispute).await?;
    let mut typed = Typed { asked, errors: FormErrors::new() };
    let how = typed.asked.how.parse::<SettlementWord>().ok();
    if how.is_none() {
        typed.errors.add("how", visit.t().say("settle-how-wrong"));
    }
    match (reason(&visit, &mut typed), how) {
        (Some(reason), Some(settlement)) => {
            let draft = draft(&visit, reason, ProposalKind::SettleDispute);
            let settlement = DisputeSettlement { payment_code, settlement };
            Ok(document(&Proposal { dispute_settlement: Some(settlement), ..draft }))
        }
        _ => again(&visit, &code, &typed).await,
    }
}
