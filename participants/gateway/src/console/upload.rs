//! A signed document comes in: by a form of a page, or by `tolem officer submit`.
//!
//! Both ways end in the same use case; what counts is the signature in the document, and that whoever brings it is who
//! signed it. A program's way needs no session: a certificate in the handshake, and a type of content that no form of
//! another site can send.

use axum::Json;
use axum::body::Bytes;
use axum::extract::Multipart;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use ledger::contract;
use pages::part::{Panel, Tone};
use pages::{Html, Markup as _, date_time};
use serde_json::json;

use super::proposals::bring;
use super::view::{self, answered, certificate_refused, hook};
use super::visit::{Arrival, Stopped, Visit};
use super::words;
use crate::use_case::propose::{LONGEST_DOCUMENT, NotTaken, take_document};

/// Parts that a form of ours has.
const PARTS: usize = 4;

pub(super) async fn by_form(visit: Visit, mut form: Multipart) -> Result<Response, Stopped> {
    let (mut csrf, mut document) = (None, None);
    for _ in 0..PARTS {
        let Some(part) = form.next_field().await.map_err(|_| Stopped::BadRequest)? else { break };
        match part.name() {
            Some("csrf") => csrf = Some(part.text().await.map_err(|_| Stopped::BadRequest)?),
            Some("document") => match part.bytes().await {
                Ok(octets) => document = Some(octets),
                Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                    return not_taken(&visit, &NotTaken::TooLong).await;
                }
                Err(_) => return Err(Stopped::BadRequest),
            },
            _ => {}
        }
    }
    visit.check(&csrf.unwrap_or_default())?;
    let document = document.ok_or(Stopped::BadRequest)?;
    match take_document(&visit.console.cx, document.to_vec(), &visit.officer).await {
        Ok(taken) => Ok(Redirect::to(&taken.shown_at).into_response()),
        Err(refused) => not_taken(&visit, &refused).await,
    }
}

async fn not_taken(visit: &Visit, refused: &NotTaken) -> Result<Response, Stopped> {
    if let NotTaken::Fault(fault) = refused {
        tracing::error!(event = "officer-document-failed", cause = %fault);
        return Err(Stopped::Internal);
    }
    let t = visit.t();
    let panel = Panel::new(Tone::Bad, t.say("console-not-taken")).line(why(visit, refused));
    let mut pieces = vec![panel.html()];
    if let Some(lack) = refused.lack() {
        let Stopped::Lack(asked) = visit.lacking(lack.clone()).await? else { return Err(Stopped::Internal) };
        pieces.push(view::lack(t, &asked));
    }
    pieces.push(bring(visit));
    pieces.push(hook("result", "result", refused.word()));
    Ok(answered(visit, status(refused), t.say("console-not-taken"), Html::join(pieces)))
}

fn status(refused: &NotTaken) -> StatusCode {
    match refused {
        NotTaken::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        NotTaken::Document(_)
        | NotTaken::Parts
        | NotTaken::NoGroupChange(_)
        | NotTaken::NoRequest(_)
        | NotTaken::RequestedBefore(_)
        | NotTaken::OtherWords => StatusCode::UNPROCESSABLE_ENTITY,
        NotTaken::ContractPast | NotTaken::ContractParty | NotTaken::ContractService(_) => {
            StatusCode::BAD_REQUEST
        }
        NotTaken::NoSuchProposal
        | NotTaken::NoSuchPayment
        | NotTaken::NoSuchDifference
        | NotTaken::NoSuchRegister => StatusCode::NOT_FOUND,
        NotTaken::TooManyOpen(_) => StatusCode::TOO_MANY_REQUESTS,
        NotTaken::DifferenceKnown
        | NotTaken::ProposedAlready(_)
        | NotTaken::RegisterAnswered
        | NotTaken::Contract(_)
        | NotTaken::ContractAccount(_)
        | NotTaken::NumberTaken
        | NotTaken::NoChange(_)
        | NotTaken::NotDisputed
        | NotTaken::NotRefundable(_)
        | NotTaken::NotExpired(_)
        | NotTaken::Undecided(rights::proposal::Undecided::Over(_)) => StatusCode::CONFLICT,
        NotTaken::Fault(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::FORBIDDEN,
    }
}

/// The reason in words. Every reason has its own, so that nobody guesses what to mend.
fn why(visit: &Visit, refused: &NotTaken) -> String {
    use rights::proposal::Undecided;
    let t = visit.t();
    let text = match refused {
        NotTaken::TooLong => return t.say("not-taken-too-long").with("limit", LONGEST_DOCUMENT).to_string(),
        NotTaken::Document(_) => t.say("not-taken-document"),
        NotTaken::Certificate(error) => return certificate_refused(t, error),
        NotTaken::OtherPerson => t.say("not-taken-other-person"),
        NotTaken::OtherGateway => t.say("not-taken-other-gateway"),
        NotTaken::Time(_) => t.say("not-taken-time"),
        NotTaken::Parts | NotTaken::NoGroupChange(_) => t.say("not-taken-parts"),
        NotTaken::NumberTaken => t.say("not-taken-number"),
        NotTaken::NoSuchProposal => t.say("not-taken-no-proposal"),
        NotTaken::OtherWords => t.say("not-taken-other-words"),
        NotTaken::FirstCertificate(_) => t.say("not-taken-first-certificate"),
        NotTaken::Lack(_) | NotTaken::Undecided(Undecided::Decider(_)) => t.say("console-no-right"),
        NotTaken::Undecided(Undecided::Over(state)) => {
            return t.say("not-taken-over").with("state", words::state(t, *state)).to_string();
        }
        NotTaken::Undecided(Undecided::SamePerson) => t.say("not-taken-same-person"),
        NotTaken::Undecided(Undecided::NotTheProposer) => t.say("not-taken-not-proposer"),
        NotTaken::Undecided(Undecided::Proposer(_)) => t.say("not-taken-first-right"),
        NotTaken::NoChange(rights::NoChange::TooFewAdministrators) => t.say("not-taken-administrators"),
        NotTaken::NoChange(_) => t.say("not-taken-no-change"),
        NotTaken::NotDisputed => t.say("not-taken-not-disputed"),
        NotTaken::NoSuchPayment => t.say("payment-not-found"),
        NotTaken::NotRefundable(_) => {
            return t.say(&format!("not-refundable-{}", refused.word())).to_string();
        }
        NotTaken::NoRequest(_) => t.say("not-taken-no-request"),
        NotTaken::RequestedBefore(paid) => {
            return t.say("not-taken-requested-before").with("day", paid.to_string()).to_string();
        }
        NotTaken::NotExpired(until) => {
            let until = date_time(visit.language, *until);
            return t.say("not-taken-not-expired").with("until", until).to_string();
        }
        NotTaken::NoSuchDifference => t.say("not-taken-no-difference"),
        NotTaken::DifferenceKnown => t.say("not-taken-difference-known"),
        NotTaken::ContractPast => t.say("not-taken-contract-past"),
        NotTaken::ContractParty => t.say("not-taken-contract-party"),
        NotTaken::ContractAccount(number) => {
            return t.say("not-taken-contract-account").with("number", number.to_string()).to_string();
        }
        NotTaken::Contract(contract::NotTaken::Same) => t.say("not-taken-contract-same"),
        NotTaken::Contract(contract::NotTaken::Number(number)) => {
            return t.say("not-taken-contract-number").with("number", number.to_string()).to_string();
        }
        NotTaken::Contract(contract::NotTaken::Since { number, since }) => {
            let text = t.say("not-taken-contract-since").with("number", number.to_string());
            return text.with("day", since.to_string()).to_string();
        }
        NotTaken::ContractService(service) => {
            return t.say("not-taken-contract-service").with("service", service.to_string()).to_string();
        }
        NotTaken::NoSuchRegister => t.say("not-taken-no-register"),
        NotTaken::RegisterAnswered => t.say("not-taken-register-answered"),
        NotTaken::ProposedAlready(number) => {
            return t.say("not-taken-proposed").with("number", number.to_string()).to_string();
        }
        NotTaken::TooManyOpen(open) => {
            return t.say("not-taken-too-many").with("open", open.to_string()).to_string();
        }
        NotTaken::Fault(_) => t.say("m-409"),
    };
    text.to_string()
}

pub(super) async fn by_program(
    arrival: Arrival,
    headers: HeaderMap,
    octets: Bytes,
) -> Result<Response, Stopped> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !content_type.starts_with("application/xml") {
        return Err(Stopped::BadRequest);
    }
    Ok(match take_document(&arrival.console.cx, octets.to_vec(), &arrival.officer).await {
        Ok(taken) => {
            let answer = json!({ "number": taken.number.to_string(), "state": taken.state });
            (StatusCode::OK, Json(answer)).into_response()
        }
        Err(refused) => {
            let groups =
                refused.lack().map(|lack| lack.groups.iter().map(|group| group.name()).collect::<Vec<_>>());
            let answer = json!({ "error": refused.word(), "detail": refused.to_string(), "groups": groups });
            let mut answer = (status(&refused), Json(answer)).into_response();
            // It has its words; the framework of pages must not put others in their place.
            answer.headers_mut().insert(http::header::CONTENT_LANGUAGE, http::HeaderValue::from_static("en"));
            answer
        }
    })
}
