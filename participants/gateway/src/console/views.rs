//! Saved views: an officer's own names for pages of the console with everything that narrows them.
//!
//! What is kept is an address of a page of ours and nothing else, so that a name leads nowhere but into the console, where
//! the page asks for the right anew each time.

use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use pages::form::{ButtonKind, TextInput, button, form, hidden};
use pages::part::{Panel, Tone, link};
use pages::{Html, Markup as _};
use serde::Deserialize;
use store::{MOST_SAVED_VIEWS, SavedView, Store as _, StoreError};
use terms::ShortText;

use super::start::PAGES;
use super::view::{answered, hook, list, part};
use super::visit::{Arrival, Stopped, Visit};

/// The longest name.
const LONGEST_NAME: usize = 60;
/// The longest address that is kept.
const LONGEST_ADDRESS: usize = 600;

/// The form under a list that keeps the page as it is.
pub(super) fn keep(visit: &Arrival, address: &str) -> Html {
    let t = visit.t();
    let name = TextInput::new(visit.language, "name", t.say("views-name")).longest(LONGEST_NAME);
    Html::join([
        part(t.say("views-keep")),
        form(
            "keep-view",
            "/views",
            &visit.csrf(),
            [name.html(), hidden("address", address), button(t.say("views-keep-button"), ButtonKind::Other)],
        ),
    ])
}

#[derive(Deserialize)]
pub(super) struct Kept {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    address: String,
}

/// Whether it is a page of the console, and nothing that a browser could take for another site.
fn is_ours(address: &str) -> bool {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_plain = query.bytes().all(|octet| octet.is_ascii_alphanumeric() || b"=&%-._~:+".contains(&octet));
    address.len() <= LONGEST_ADDRESS && is_plain && PAGES.iter().any(|(known, ..)| *known == path)
}

pub(super) async fn keep_one(visit: Visit, Form(sent): Form<Kept>) -> Result<Response, Stopped> {
    visit.check(&sent.csrf)?;
    if !is_ours(&sent.address) {
        return Err(Stopped::BadRequest);
    }
    let named = Some(sent.name.trim()).filter(|name| name.chars().count() <= LONGEST_NAME);
    let Some(name) = named.and_then(|name| name.parse::<ShortText>().ok()) else {
        return Ok(not_kept(&visit, "no-name", &visit.t().say("views-no-name").to_string()));
    };
    let view = SavedView { id: 0, owner: visit.officer.iin, name, address: sent.address, at: visit.now };
    let kept = visit.console.cx.store.transact(move |tx| tx.keep_view(&view)).await;
    match kept {
        Ok(()) => Ok(Redirect::to("/").into_response()),
        Err(StoreError::Taken) => {
            let why = visit.t().say("views-taken").with("limit", MOST_SAVED_VIEWS).to_string();
            Ok(not_kept(&visit, "taken", &why))
        }
        Err(error) => Err(error.into()),
    }
}

fn not_kept(visit: &Visit, word: &str, why: &str) -> Response {
    let t = visit.t();
    let panel = Panel::new(Tone::Bad, t.say("views-not-kept")).line(why);
    let body = Html::join([panel.html(), hook("result", "result", word)]);
    answered(visit, StatusCode::UNPROCESSABLE_ENTITY, t.say("views-not-kept"), body)
}

#[derive(Deserialize)]
pub(super) struct Forgotten {
    #[serde(default)]
    csrf: String,
    id: u64,
}

pub(super) async fn forget_one(visit: Visit, Form(sent): Form<Forgotten>) -> Result<Response, Stopped> {
    visit.check(&sent.csrf)?;
    let owner = visit.officer.iin;
    let was_there = visit.console.cx.store.transact(move |tx| tx.forget_view(owner, sent.id)).await?;
    if was_there { Ok(Redirect::to("/").into_response()) } else { Err(Stopped::NotFound) }
}

/// The officer's own, each with a button that forgets it.
pub(super) async fn own(visit: &Arrival) -> Result<Html, Stopped> {
    let owner = visit.officer.iin;
    let views = visit.console.cx.store.read(move |view| view.saved_views(owner)).await?;
    let t = visit.t();
    let count = hook("views", "count", &views.len().to_string());
    if views.is_empty() {
        return Ok(count);
    }
    let one = |view: &SavedView| {
        let label = t.say("views-forget").with("name", view.name.to_string());
        let pieces = [hidden("id", view.id), button(label, ButtonKind::Other)];
        let id = format!("forget-{}", view.id);
        Html::join([link(&view.address, &view.name), form(&id, "/views/forget", &visit.csrf(), pieces)])
    };
    Ok(Html::join([part(t.say("views-title")), list(views.iter().map(one).collect()), count]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A14
    #[test]
    fn only_pages_of_the_console_are_kept() {
        for ours in ["/claims", "/search?q=%D3%98&of=bank:500140000017", "/reports?from=2026-11-22&by=bank"] {
            assert!(is_ours(ours), "{ours}");
        }
        let long = format!("/claims?bank={}", "1".repeat(LONGEST_ADDRESS));
        for other in
            ["//evil.example", "https://evil.example", "/claims#x", "/sign-out", "/claims?a=<", "", &long]
        {
            assert!(!is_ours(other), "{other}");
        }
    }
}
