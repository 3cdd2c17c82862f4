//! What the console's pages have in common: the shell, its menu, what stopped a request in words, hooks for machines.

use askama::Template;
use axum::response::Response;
use http::{StatusCode, Uri};
use pages::part::{Facts, Panel, Tone, link};
use pages::{Html, LanguageSwitch, Markup as _, Refusal, Shell, SignedIn, Texts, on_date, page, say};
use pki::TrustError;
use terms::Language;

use super::Console;
use super::visit::{Arrival, Asked, Stopped};
use super::words;

#[derive(Template)]
#[template(source = r#"<output id="{{ id }}" data-{{ name }}="{{ value }}"></output>"#, ext = "html")]
struct Hook<'a> {
    id: &'a str,
    name: &'a str,
    value: &'a str,
}

/// A value for machines that read the page.
pub(crate) fn hook(id: &str, name: &str, value: &str) -> Html {
    rendered(&Hook { id, name, value })
}

#[derive(Template)]
#[template(source = "<h1>{{ text }}</h1>", ext = "html")]
struct Heading<'a> {
    text: &'a str,
}

/// The heading of a page that has no panel.
pub(crate) fn heading(text: impl ToString) -> Html {
    rendered(&Heading { text: &text.to_string() })
}

#[derive(Template)]
#[template(source = "<h2>{{ text }}</h2>", ext = "html")]
struct Part<'a> {
    text: &'a str,
}

/// The heading of a part of a page.
pub(crate) fn part(text: impl ToString) -> Html {
    rendered(&Part { text: &text.to_string() })
}

#[derive(Template)]
#[template(source = "<p>{{ piece }}</p>", ext = "html")]
struct Paragraph {
    piece: Html,
}

/// A paragraph of text.
pub(crate) fn paragraph(text: impl ToString) -> Html {
    paragraph_of(Html::text(text.to_string()))
}

/// A paragraph around something.
pub(crate) fn paragraph_of(piece: Html) -> Html {
    rendered(&Paragraph { piece })
}

#[derive(Template)]
#[template(source = "<ul>{% for item in items %}<li>{{ item }}</li>{% endfor %}</ul>", ext = "html")]
struct List {
    items: Vec<Html>,
}

/// A list of things.
pub(crate) fn list(items: Vec<Html>) -> Html {
    if items.is_empty() { Html::default() } else { rendered(&List { items }) }
}

/// The templates of this crate only write strings, which does not fail.
fn rendered(template: &impl Template) -> Html {
    Html::render(template).unwrap_or_default()
}

/// A page of the console.
pub(crate) fn shown(arrival: &Arrival, title: impl ToString, body: Html) -> Response {
    answered(arrival, StatusCode::OK, title, body)
}

/// The same with another status.
pub(crate) fn answered(arrival: &Arrival, status: StatusCode, title: impl ToString, body: Html) -> Response {
    let t = arrival.t();
    let is_at_start = arrival.uri.path() == "/";
    let way_back = if is_at_start { Html::default() } else { paragraph_of(link("/", t.say("to-main-page"))) };
    let signed_in = arrival.session.is_some().then(|| SignedIn {
        name: arrival.officer.name.to_string(),
        sign_out: "/sign-out".to_owned(),
        csrf: arrival.csrf(),
    });
    whole(arrival.language, &arrival.uri, status, &title.to_string(), signed_in, Html::join([body, way_back]))
}

fn whole(
    language: Language,
    uri: &Uri,
    status: StatusCode,
    title: &str,
    signed_in: Option<SignedIn>,
    body: Html,
) -> Response {
    page(&Shell {
        language,
        title,
        service: &say(language, "site-gateway-console").to_string(),
        state: None,
        invalid: false,
        switch: LanguageSwitch::Links(uri),
        signed_in,
        help: None,
        demonstration: true,
        status,
        body,
    })
}

/// What stopped a request, in words.
pub(crate) fn stopped(console: &Console, language: Language, uri: &Uri, stopped: &Stopped) -> Response {
    let t = Texts(language);
    let panel = |text: String| Panel::new(Tone::Bad, text);
    let mut more = Html::default();
    let panel = match stopped {
        Stopped::SignInNeeded => panel(t.say("m-sess-ended").to_string()),
        Stopped::NoCertificate => panel(t.say("m-sign-9").to_string()),
        Stopped::Certificate(error) => panel(certificate_refused(t, error)),
        Stopped::NobodyNamed => panel(t.say("m-sign-5").to_string()),
        Stopped::Lack(asked) => {
            more = lack(t, asked);
            panel(t.say("console-no-right").to_string())
                .line(t.say("console-no-right-about").with("action", words::action(t, asked.lack.action)))
        }
        Stopped::ForeignForm => panel(t.say("m-form-old").to_string()),
        Stopped::NotFound => panel(t.say("m-404").to_string()),
        Stopped::BadRequest => panel(t.say("m-400").to_string()),
        Stopped::Internal => {
            let reference = console.cx.host.message_id().to_string();
            tracing::error!(event = "console-page-failed", path = uri.path(), reference);
            panel(t.say("m-500-no-payment").with("id", reference).to_string())
        }
    };
    let result = hook("result", "result", stopped.word());
    let body = Html::join([panel.html(), more, result, paragraph_of(link("/", t.say("to-main-page")))]);
    let title = t.say("error-prefix").to_string();
    whole(language, uri, stopped.status(), title.trim_end_matches(':'), None, body)
}

/// Which group is missing, and who can give it: the answer to «why not?».
pub(crate) fn lack(t: Texts, asked: &Asked) -> Html {
    let lack = &asked.lack;
    let groups: Vec<String> = lack.groups.iter().map(|group| words::group(t, *group)).collect();
    let or_nobody = |names: Vec<String>| {
        if names.is_empty() { t.say("console-nobody").to_string() } else { names.join(", ") }
    };
    let names = |names: &[terms::ShortText]| or_nobody(names.iter().map(ToString::to_string).collect());
    let mut facts = Facts::new()
        .fact(t.say("console-action"), words::action(t, lack.action))
        .fact(t.say("console-resource"), words::resource(t, lack.resource))
        .fact(t.say("console-groups-needed"), or_nobody(groups));
    if !lack.elsewhere.is_empty() {
        let elsewhere = lack.elsewhere.iter().map(|one| words::resource(t, one.resource));
        facts = facts.fact(t.say("console-allowed-elsewhere"), elsewhere.collect::<Vec<_>>().join(", "));
    }
    let facts = facts
        .fact(t.say("console-who-proposes"), names(&asked.proposers))
        .fact(t.say("console-who-approves"), names(&asked.approvers));
    let needed = lack.groups.iter().map(|group| group.name()).collect::<Vec<_>>().join(" ");
    Html::join([facts.html(), hook("groups-needed", "groups", &needed)])
}

/// A refusal that no page made.
pub(crate) fn refused(refusal: &Refusal<'_>) -> Response {
    let title = say(refusal.language, "error-prefix").to_string();
    let panel = Panel::new(Tone::Bad, refusal.text());
    let body = Html::join([panel.html(), hook("result", "result", refusal.word())]);
    whole(refusal.language, refusal.uri, refusal.status, title.trim_end_matches(':'), None, body)
}

/// Why a certificate is not trusted. Nothing is said of passwords: there are none here.
pub(crate) fn certificate_refused(t: Texts, error: &TrustError) -> String {
    let language = t.language();
    match error {
        TrustError::Expired { not_after } => {
            t.say("console-certificate-expired").with("on", on_date(language, *not_after)).to_string()
        }
        TrustError::Revoked { since, .. } => {
            t.say("console-certificate-revoked").with("on", on_date(language, *since)).to_string()
        }
        TrustError::CrlMissing | TrustError::CrlStale { .. } | TrustError::OcspMissing => {
            t.say("console-certificate-unknown").to_string()
        }
        TrustError::WrongUsage
        | TrustError::WrongPolicy
        | TrustError::KeyNotPinned
        | TrustError::Malformed
        | TrustError::NotYetValid { .. } => t.say("console-certificate-use").to_string(),
        TrustError::UnknownIssuer | TrustError::UnknownToOcsp => {
            t.say("console-certificate-issuer").to_string()
        }
    }
}
