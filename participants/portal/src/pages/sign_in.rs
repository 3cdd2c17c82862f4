//! Coming in and leaving (T1.1–3, T6.1–3, T6.19), and the public access point.

use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use pages::form::{ButtonKind, FormErrors, TextInput, button, form, hidden};
use pages::part::{Panel, Tone, button_link, link};
use pages::{Html, Markup, Texts, on_date, written};
use pki::TrustError;
use serde::Deserialize;
use terms::{Iin, Language, NumberError, ServiceCode};

use super::{PageError, heading, hook, paragraph, paragraph_of};
use crate::password::{self, NotLoggedIn};
use crate::use_case::sign_in::{self, NotByCertificate};
use crate::visit::{Door, View, Visit, access_point_cookie};

/// The service somebody wanted before being asked to log in. Nothing else leads on after log-in.
#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    service: String,
}

fn next_page(wanted: &str) -> String {
    match wanted.parse::<ServiceCode>() {
        Ok(service) => format!("/order?service={service}"),
        Err(_) => "/cabinet".to_owned(),
    }
}

pub(super) async fn show(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    sign_in_page(&visit, &wanted.service, "", &FormErrors::new())
}

fn sign_in_page(visit: &Visit, wanted: &str, iin: &str, errors: &FormErrors) -> Response {
    let (t, language) = (visit.t(), visit.language);
    let mut number = TextInput::new(language, "iin", t.say("label-iin")).numeric(12).error(errors.of("iin"));
    let mut secret = TextInput::new(language, "password", t.say("signin-password"))
        .password()
        .longest(password::LONGEST)
        .error(errors.of("password"));
    if visit.public_access {
        // Nothing may be left behind for the next person.
        secret = secret.autocomplete("off");
    } else {
        number = number.autocomplete("username").value(iin);
    }
    let fields = [
        hidden("service", wanted),
        number.html(),
        secret.html(),
        button(t.say("signin-button"), ButtonKind::Main),
    ];
    let mut pieces = vec![errors.summary(language), heading(t.say("signin-title"))];
    if visit.public_access {
        pieces.push(paragraph(t.say("signin-access-point")));
        pieces.push(hook("access-point", "on", "yes", ""));
    } else {
        let certificate = format!("/sign-in/certificate?service={wanted}");
        pieces.push(paragraph_of(button_link(&certificate, t.say("signin-by-certificate"))));
        pieces.push(paragraph(t.say("signin-by-certificate-about")));
    }
    pieces.push(form("sign-in", "/sign-in", &visit.csrf(), fields));
    let view = View::new(t.say("signin-title"), Html::join(pieces));
    visit.show(&if errors.is_empty() { view } else { view.invalid("/sign-in".to_owned()) })
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    csrf: String,
    #[serde(default)]
    iin: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    service: String,
}

pub(super) async fn by_password(visit: Visit, Form(sent): Form<PasswordForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let t = visit.t();
    let mut errors = FormErrors::new();
    let iin = match sent.iin.parse::<Iin>() {
        Ok(iin) => iin,
        Err(error) => {
            errors.add("iin", wrong_number(t, error));
            return Ok(sign_in_page(&visit, &sent.service, &sent.iin, &errors));
        }
    };
    match password::log_in(&visit.portal, iin, sent.password, visit.peer.address.ip()).await {
        Ok(person) => {
            let session = sign_in::session_by_password(&visit.portal, person, visit.public_access);
            let answer = Redirect::to(&next_page(&sent.service)).into_response();
            Ok(visit.begin_session(session, answer).await?)
        }
        Err(NotLoggedIn::Wrong) => {
            errors.add("password", t.say("m-sign-6"));
            Ok(sign_in_page(&visit, &sent.service, &sent.iin, &errors))
        }
        Err(NotLoggedIn::Locked { until }) => {
            let after = written::after(visit.language, until, visit.portal.host.now());
            errors.add("password", t.say("m-sign-7").with("after", after));
            Ok(sign_in_page(&visit, &sent.service, &sent.iin, &errors))
        }
        Err(NotLoggedIn::Store(error)) => Err(error.into()),
    }
}

/// What is wrong with a number of a person or an organisation, in words.
pub(super) fn wrong_number(t: Texts, error: NumberError) -> String {
    match error {
        NumberError::Length(count) => t.say("m-iin-1").with("count", count).to_string(),
        NumberError::NotDigits => t.say("m-iin-4").to_string(),
        NumberError::Check | NumberError::Kind => t.say("m-iin-2").to_string(),
    }
}

pub(super) async fn show_certificate(visit: Visit, Query(wanted): Query<Wanted>) -> Response {
    if visit.door == Door::Open {
        // The other door asks for the certificate in its handshake.
        let wanted = wanted.service.parse::<ServiceCode>().map_or_else(|_| String::new(), |s| s.to_string());
        let origin = &visit.portal.settings.certificate_url;
        return Redirect::to(&format!("{origin}/sign-in/certificate?service={wanted}")).into_response();
    }
    let t = visit.t();
    let fields =
        [hidden("service", &wanted.service), button(t.say("signin-certificate-button"), ButtonKind::Main)];
    let body = Html::join([
        heading(t.say("signin-by-certificate")),
        paragraph(t.say("signin-by-certificate-about")),
        form("sign-in-certificate", "/sign-in/certificate", &visit.csrf(), fields),
    ]);
    visit.show(&View::new(t.say("signin-title"), body))
}

#[derive(Deserialize)]
pub(super) struct PlainForm {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) service: String,
}

pub(super) async fn by_certificate(visit: Visit, Form(sent): Form<PlainForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let certificate = visit.peer.certificate.as_ref();
    let session = match sign_in::named_by(&visit.portal, certificate, visit.public_access).await {
        Ok(named) => sign_in::session_by_certificate(&visit.portal, named).await,
        Err(refused) => Err(refused),
    };
    match session {
        Ok(session) => {
            let answer = Redirect::to(&next_page(&sent.service)).into_response();
            Ok(visit.begin_session(session, answer).await?)
        }
        Err(refused) => refuse(&visit, refused),
    }
}

/// Says why a certificate lets nobody in. A certificate that is not trusted ends the connection too.
pub(super) fn refuse(visit: &Visit, refused: NotByCertificate) -> Result<Response, PageError> {
    let t = visit.t();
    let (word, text) = match &refused {
        NotByCertificate::Store(error) => return Err(error.clone().into()),
        NotByCertificate::PublicAccessPoint => ("access-point", t.say("signin-access-point").to_string()),
        NotByCertificate::None => ("no-certificate", t.say("m-sign-8").to_string()),
        NotByCertificate::NotTrusted(error) => {
            visit.peer.close_after_answer();
            ("certificate-refused", certificate_refused(t, error))
        }
        NotByCertificate::NobodyNamed => ("nobody-named", t.say("m-sign-5").to_string()),
        NotByCertificate::NotRegistered => ("not-registered", not_registered(visit).to_owned()),
        NotByCertificate::NoOperator => {
            ("no-operator", t.say("m-403").with("group", "desk-operator").to_string())
        }
    };
    let mut pieces = vec![Panel::new(Tone::Bad, text).html(), hook("result", "result", word, "")];
    if matches!(refused, NotByCertificate::NotRegistered) {
        let label = visit.of("Тіркелу", "Зарегистрироваться", "Register");
        pieces.push(form("register", "/register", &visit.csrf(), [button(label, ButtonKind::Main)]));
    }
    let mut view = View::new(t.say("signin-title"), Html::join(pieces));
    view.status = StatusCode::FORBIDDEN;
    view.at = "/sign-in".parse().ok();
    Ok(visit.show(&view))
}

fn not_registered(visit: &Visit) -> &'static str {
    visit.of(
        "Бұл сертификаттың иесі порталда тіркелмеген. Тіркелу үшін сертификаттың өзі жеткілікті.",
        "Владелец этого сертификата не зарегистрирован на портале. Для регистрации достаточно самого сертификата.",
        "The owner of this certificate is not registered at the portal. The certificate is enough to register.",
    )
}

/// Why a certificate is not trusted, in words.
pub(super) fn certificate_refused(t: Texts, error: &TrustError) -> String {
    let language: Language = t.language();
    match error {
        TrustError::Expired { not_after } => {
            t.say("m-sign-2").with("on", on_date(language, *not_after)).to_string()
        }
        TrustError::Revoked { since, .. } => {
            t.say("m-sign-3").with("on", on_date(language, *since)).to_string()
        }
        TrustError::CrlMissing | TrustError::CrlStale { .. } | TrustError::OcspMissing => {
            t.say("m-sign-4").to_string()
        }
        TrustError::WrongUsage
        | TrustError::WrongPolicy
        | TrustError::KeyNotPinned
        | TrustError::Malformed
        | TrustError::NotYetValid { .. } => t.say("m-sign-5").to_string(),
        TrustError::UnknownIssuer | TrustError::UnknownToOcsp => t.say("m-sign-10").to_string(),
    }
}

pub(super) async fn register(visit: Visit, Form(sent): Form<PlainForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let certificate = visit.peer.certificate.as_ref();
    let named = match sign_in::named_by(&visit.portal, certificate, visit.public_access).await {
        Ok(named) => named,
        Err(refused) => return refuse(&visit, refused),
    };
    sign_in::register(&visit.portal, named.clone()).await?;
    match sign_in::session_by_certificate(&visit.portal, named).await {
        Ok(session) => Ok(visit.begin_session(session, Redirect::to("/cabinet").into_response()).await?),
        Err(refused) => refuse(&visit, refused),
    }
}

pub(super) async fn sign_out(visit: Visit, Form(sent): Form<PlainForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let t = visit.t();
    let body = Html::join([
        Panel::new(Tone::Plain, t.say("signout-done")).line(t.say("signout-done-about")).html(),
        hook("result", "result", "signed-out", ""),
        paragraph_of(link("/", t.say("to-main-page"))),
    ]);
    let mut view = View::new(t.say("signout-done"), body);
    view.at = "/".parse().ok();
    let ended = visit.end_session(axum::response::Response::default()).await?;
    let mut answer = visit.left().show(&view);
    answer.headers_mut().extend(ended.headers().clone());
    Ok(answer)
}

/// Makes this browser one of a public access point until it is closed.
pub(super) async fn access_point() -> Response {
    let mut answer = Redirect::to("/sign-in").into_response();
    answer.headers_mut().append(SET_COOKIE, access_point_cookie());
    answer
}
