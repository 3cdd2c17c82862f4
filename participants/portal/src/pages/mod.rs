//! The pages: what people see and send. Each handler reads the form, asks one use case and shows the result.
//!
//! The only place of this crate that knows HTML. Hooks for machines are `<output id=… data-…>` elements, made by
//! [`hook`]; the report of the walk and the tests read them.

mod cabinet;
mod catalogue;
mod desk;
mod order;
mod sign_in;

use std::sync::Arc;

use ::pages::part::{Panel, Tone};
use ::pages::{
    HeaderPolicy, Html, LanguageSwitch, Markup, Refusal, Shell, Texts, assets, choose_language, page,
    with_remembered_language, with_security_headers, with_worded_refusals,
};
use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::{StatusCode, Uri};
use pki::TrustError;
use store::StoreError;
use terms::Language;

use crate::portal::Portal;
use crate::use_case::Failure;
use crate::visit::{App, Door};

/// Why there is no page to show.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum PageError {
    /// Nobody has logged in.
    #[error("nobody has logged in")]
    SignInNeeded,
    /// No operator has logged in.
    #[error("no operator has logged in")]
    DeskSignInNeeded,
    /// The certificate of the session is not trusted any more.
    #[error("the certificate of the session is refused: {0}")]
    CertificateRefused(TrustError),
    /// No page of this session made the form.
    #[error("the form is not of this session")]
    ForeignForm,
    /// There is no such thing for this user.
    #[error("there is no such thing")]
    NotFound,
    /// The gateway has not told the services yet.
    #[error("the services are not known yet")]
    NoCatalogue,
    /// It stands where this makes no sense.
    #[error("it is not possible at this point")]
    NotPossible,
    /// Something in the request is not what a page of ours sends.
    #[error("the request is not one of our pages'")]
    BadRequest,
    /// The user's groups do not allow it.
    #[error("the user may not do this")]
    NotAllowed,
    /// Our own failure.
    #[error("our own failure")]
    Internal,
}

impl From<StoreError> for PageError {
    fn from(error: StoreError) -> Self {
        tracing::error!(event = "store-failed", %error);
        Self::Internal
    }
}

impl From<rights::Denied> for PageError {
    fn from(_: rights::Denied) -> Self {
        Self::NotAllowed
    }
}

impl From<Failure> for PageError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound => Self::NotFound,
            Failure::NotPossible => Self::NotPossible,
            Failure::NoAnswer(error) => {
                tracing::warn!(event = "gateway-gave-no-answer", %error);
                Self::Internal
            }
            Failure::Store(error) => error.into(),
        }
    }
}

impl PageError {
    fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded | Self::DeskSignInNeeded => StatusCode::SEE_OTHER,
            Self::CertificateRefused(_) | Self::ForeignForm | Self::NotAllowed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoCatalogue => StatusCode::SERVICE_UNAVAILABLE,
            Self::NotPossible => StatusCode::CONFLICT,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word in `data-result`.
    fn word(&self) -> &'static str {
        match self {
            Self::SignInNeeded | Self::DeskSignInNeeded => "sign-in-needed",
            Self::CertificateRefused(_) => "certificate-refused",
            Self::ForeignForm => "foreign-form",
            Self::NotFound => "not-found",
            Self::NoCatalogue => "no-catalogue",
            Self::NotPossible => "not-possible",
            Self::BadRequest => "bad-request",
            Self::NotAllowed => "not-allowed",
            Self::Internal => "internal",
        }
    }

    fn text(&self, t: Texts, reference: &str) -> String {
        match self {
            Self::SignInNeeded | Self::DeskSignInNeeded => t.say("m-sess-ended").to_string(),
            Self::CertificateRefused(error) => sign_in::certificate_refused(t, error),
            Self::ForeignForm => t.say("m-form-old").to_string(),
            Self::NotFound => t.say("m-404").to_string(),
            Self::NoCatalogue => t.say("catalogue-none").to_string(),
            Self::NotPossible => t.say("m-409").to_string(),
            Self::BadRequest => t.say("m-400").to_string(),
            Self::NotAllowed => t.say("m-403").with("group", "citizen / desk-operator").to_string(),
            Self::Internal => t.say("m-500-no-payment").with("id", reference).to_string(),
        }
    }
}

impl IntoResponse for PageError {
    /// Redirects, or leaves itself for [`explain`], which knows the language.
    fn into_response(self) -> Response {
        match self {
            Self::SignInNeeded => Redirect::to("/sign-in").into_response(),
            Self::DeskSignInNeeded => Redirect::to("/desk").into_response(),
            other => {
                let mut response = other.status().into_response();
                response.extensions_mut().insert(other);
                response
            }
        }
    }
}

/// Puts words to an error in the language of the request.
async fn explain(State(app): State<App>, request: Request, next: Next) -> Response {
    let (uri, language) = (request.uri().clone(), choose_language(request.uri(), request.headers()));
    let response = next.run(request).await;
    let Some(error) = response.extensions().get::<PageError>().cloned() else { return response };
    let t = Texts(language);
    let reference = app.portal.host.message_id().to_string();
    if matches!(error, PageError::Internal) {
        tracing::error!(event = "page-failed", path = uri.path(), reference);
    }
    problem(&app, language, &uri, error.status(), error.word(), &error.text(t, &reference))
}

/// A page that says one thing.
fn problem(app: &App, language: Language, uri: &Uri, status: StatusCode, word: &str, text: &str) -> Response {
    let t = Texts(language);
    let body = Html::join([
        Panel::new(Tone::Bad, text).html(),
        hook("result", "result", word, ""),
        ::pages::part::link("/", t.say("to-main-page")),
    ]);
    let title = t.say("error-prefix").to_string();
    page(&Shell {
        language,
        title: title.trim_end_matches(':'),
        service: &t.say("site-portal").to_string(),
        state: None,
        invalid: false,
        switch: LanguageSwitch::Links(uri),
        signed_in: None,
        help: None,
        demonstration: app.portal.settings.demonstration,
        status,
        body,
    })
}

#[derive(Template)]
#[template(path = "hook.html")]
struct HookTemplate<'a> {
    id: &'a str,
    name: &'a str,
    value: &'a str,
    text: &'a str,
}

/// A value for machines, with the words for people beside it.
pub(crate) fn hook(id: &str, name: &str, value: impl ToString, text: impl ToString) -> Html {
    let (value, text) = (value.to_string(), text.to_string());
    rendered(&HookTemplate { id, name, value: &value, text: &text })
}

#[derive(Template)]
#[template(source = "<h1>{{ text }}</h1>", ext = "html")]
struct HeadingTemplate<'a> {
    text: &'a str,
}

/// The heading of a page that has no panel.
pub(crate) fn heading(text: impl ToString) -> Html {
    rendered(&HeadingTemplate { text: &text.to_string() })
}

#[derive(Template)]
#[template(source = "<p>{{ piece }}</p>", ext = "html")]
struct ParagraphTemplate {
    piece: Html,
}

/// A paragraph of text.
pub(crate) fn paragraph(text: impl ToString) -> Html {
    rendered(&ParagraphTemplate { piece: Html::text(text.to_string()) })
}

/// A paragraph around a link.
pub(crate) fn paragraph_of(piece: Html) -> Html {
    rendered(&ParagraphTemplate { piece })
}

/// The templates of this crate only write strings, which does not fail.
fn rendered(template: &impl Template) -> Html {
    Html::render(template).expect("writing a string does not fail")
}

/// All pages, for one door.
pub(crate) fn router(portal: Arc<Portal>, door: Door) -> Router {
    let policy = portal
        .settings
        .payment_page_origins
        .iter()
        .chain([&portal.settings.certificate_url])
        .fold(HeaderPolicy::strict(), |policy, origin| policy.form_to(origin));
    let app = App { portal, door };
    let router = Router::new()
        .route("/", get(catalogue::show))
        .route("/elsewhere", get(catalogue::elsewhere))
        .route("/sign-in", get(sign_in::show).post(sign_in::by_password))
        .route("/sign-in/certificate", get(sign_in::show_certificate).post(sign_in::by_certificate))
        .route("/register", post(sign_in::register))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/pod", get(sign_in::access_point))
        .route("/order", get(order::form).post(order::make))
        .route("/orders/{application}", get(order::show))
        .route("/orders/{application}/return", get(order::come_back))
        .route("/orders/{application}/pay", post(order::pay))
        .route("/orders/{application}/code", get(order::code_form).post(order::use_code))
        .route("/orders/{application}/order", post(order::order_service))
        .route("/orders/{application}/again", post(order::again))
        .route("/orders/{application}/document", get(order::document))
        .route("/cabinet", get(cabinet::show))
        .route("/code", get(cabinet::find_code))
        .route("/desk", get(desk::show))
        .route("/desk/sign-in", post(desk::sign_in))
        .route("/desk/sign-out", post(sign_in::sign_out))
        .route("/desk/inquiries", post(desk::inquire))
        .route("/desk/inquiries/{id}", get(desk::inquiry))
        .route("/desk/inquiries/{id}/compare", post(desk::compare))
        .route("/desk/inquiries/{id}/confirm", get(desk::confirm))
        .route("/desk/inquiries/{id}/close", post(desk::close))
        .route("/desk/inquiries/{id}/refuse", post(desk::refuse))
        .route("/desk/applications", get(desk::applications))
        .route("/desk/applications/{application}/issued", post(desk::issued))
        .layer(from_fn_with_state(app.clone(), explain))
        .with_state(app.clone())
        .merge(assets());
    let router = with_worded_refusals(router, move |refusal| {
        let Refusal { status, language, uri } = *refusal;
        problem(&app, language, uri, status, refusal.word(), &refusal.text().to_string())
    });
    with_security_headers(with_remembered_language(router), &policy)
}
