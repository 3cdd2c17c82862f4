//! Coming in, what there is to do, leaving.

use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{HeaderValue, SET_COOKIE};
use pages::form::{ButtonKind, button, form};
use pages::part::{Facts, Panel, Tone, link};
use pages::{CookieReach, Html, Markup as _};
use rights::{Action, Resource};
use serde::Deserialize;

use super::session::Session;
use super::view::{heading, hook, list, paragraph, part, shown};
use super::visit::{Arrival, COOKIE, Stopped};
use super::{Console, words};

/// To whom a page opens.
pub(super) enum Opens {
    /// Every officer.
    ToAll,
    /// Whoever may do this to anything; the page is narrowed to that.
    Within(Action),
    /// Whoever may do this to everything.
    ToWhole(Action),
    /// Whoever this says.
    To(fn(&Arrival) -> bool),
}

/// A page of the console, its text, and to whom it opens.
pub(super) type Page = (&'static str, &'static str, Opens);

/// The pages that stand by themselves.
pub(super) const PAGES: &[Page] = &[
    ("/search", "console-search-title", Opens::Within(super::search::SEE)),
    ("/payments", "console-payment-title", Opens::Within(super::payments::SEE)),
    ("/acknowledge", "console-acknowledge-title", Opens::Within(super::acknowledge::SEE)),
    ("/reports", "console-reports-title", Opens::Within(super::reports::SEE)),
    ("/books", "console-books-title", Opens::ToWhole(super::reports::SEE)),
    ("/registers", "console-registers-title", Opens::Within(super::reports::SEE)),
    ("/claims", "console-claims-title", Opens::To(super::claims::sees_banks)),
    ("/payouts", "console-payouts-title", Opens::Within(super::reports::SEE)),
    ("/reconciliation", "console-reconciliation-title", Opens::To(super::claims::sees_banks)),
    ("/days", "console-days-title", Opens::ToWhole(super::reports::SEE)),
    ("/redemption", "console-redemption-title", Opens::To(super::redemption::sees_providers)),
    ("/refunds", "console-refunds-title", Opens::Within(super::payments::SEE)),
    ("/readings", "console-readings-title", Opens::ToWhole(super::readings::SEE)),
    ("/anomalies", "console-anomalies-title", Opens::ToWhole(super::readings::SEE)),
    ("/groups", "console-groups-title", Opens::ToWhole(super::groups::SEE)),
    ("/proposals", "console-proposals-title", Opens::ToAll),
    ("/matrix", "console-matrix-title", Opens::ToWhole(super::groups::SEE)),
    ("/why", "console-why-title", Opens::ToAll),
    ("/keys", "console-keys-title", Opens::ToWhole(super::groups::SEE)),
];

#[derive(Deserialize)]
pub(super) struct PlainForm {
    #[serde(default)]
    csrf: String,
}

pub(super) async fn show(arrival: Arrival) -> Result<Response, Stopped> {
    if arrival.session.is_none() { Ok(sign_in_page(&arrival)) } else { start_page(&arrival).await }
}

fn sign_in_page(arrival: &Arrival) -> Response {
    let t = arrival.t();
    let body = Html::join([
        heading(t.say("console-signin-title")),
        Facts::new().fact(t.say("console-officer"), &arrival.officer.name).html(),
        paragraph(t.say("console-signin-about")),
        form(
            "sign-in",
            "/sign-in",
            &arrival.csrf(),
            [button(t.say("signin-certificate-button"), ButtonKind::Main)],
        ),
    ]);
    shown(arrival, t.say("console-signin-title"), body)
}

async fn start_page(arrival: &Arrival) -> Result<Response, Stopped> {
    let t = arrival.t();
    let access = arrival.access();
    let member = arrival.member();
    let reaches = |(.., page): &&Page| match page {
        Opens::ToAll => true,
        Opens::Within(action) => !access.reach(member, *action).is_empty(),
        Opens::ToWhole(action) => access.why(member, *action, Resource::Everything).is_ok(),
        Opens::To(is_open) => is_open(arrival),
    };
    let pages = PAGES.iter().filter(reaches);
    let pages = pages.map(|(address, title, _)| link(address, t.say(title))).collect();
    let mut pieces = vec![heading(t.say("console-start-title")), list(pages)];
    pieces.push(super::views::own(arrival).await?);
    pieces.push(super::home::parts(arrival).await?);
    pieces.push(part(t.say("console-own-rights")));
    let rights: Vec<Html> = access
        .rights_of(member)
        .map(|grant| {
            let (group, resource) = (grant.membership.group, grant.membership.resource);
            Html::text(format!(
                "{} → {} → {}",
                words::group(t, group),
                words::action(t, grant.action),
                words::resource(t, resource)
            ))
        })
        .collect();
    let count = rights.len().to_string();
    if rights.is_empty() {
        pieces.push(Panel::new(Tone::Wait, t.say("console-no-groups")).html());
    }
    pieces.push(list(rights));
    pieces.push(hook("rights", "count", &count));
    Ok(shown(arrival, t.say("console-start-title"), Html::join(pieces)))
}

pub(super) async fn sign_in(
    State(console): State<Console>,
    arrival: Arrival,
    Form(sent): Form<PlainForm>,
) -> Result<Response, Stopped> {
    arrival.check(&sent.csrf)?;
    let mut drawn = [0; 32];
    console.cx.host.draw(|entropy| entropy.fill(&mut drawn));
    let token = hex::encode(drawn);
    console.sessions.begin(
        &token,
        Session {
            officer: arrival.officer.clone(),
            certificate: arrival.certificate,
            begun_at: arrival.now,
            seen_at: arrival.now,
        },
    );
    let mut answer = Redirect::to("/").into_response();
    answer.headers_mut().append(SET_COOKIE, COOKIE.set(&token, CookieReach::Strict, None));
    Ok(answer)
}

pub(super) async fn sign_out(
    State(console): State<Console>,
    mut arrival: Arrival,
    Form(sent): Form<PlainForm>,
) -> Result<Response, Stopped> {
    arrival.check(&sent.csrf)?;
    if let Some((token, _)) = arrival.session.take() {
        console.sessions.end(&token);
    }
    let t = arrival.t();
    arrival.uri = http::Uri::from_static("/");
    let body = Html::join([
        Panel::new(Tone::Plain, t.say("signout-done")).line(t.say("signout-done-about")).html(),
        hook("result", "result", "signed-out"),
    ]);
    let mut answer = shown(&arrival, t.say("signout-done"), body);
    answer.headers_mut().append(SET_COOKIE, COOKIE.clear(CookieReach::Strict));
    // What was on the screen must not come back by the button «back».
    answer.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    arrival.peer.close_after_answer();
    Ok(answer)
}
