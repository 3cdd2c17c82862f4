//! One request of a browser: its door, its language, and who it is, if anybody.
//!
//! A session is bound to what it began with: the door, the certificate, the public access point. The certificate of
//! such a session is looked up in the national CA's list on every request, so that a revocation bites in the middle
//! of a session. The store keeps only the digest of what a cookie carries.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use http::request::Parts;
use http::{StatusCode, Uri};
use pages::{
    CookieName, CookieReach, Html, LanguageSwitch, Shell, SignedIn, Texts, choose_language, page, read_cookie,
};
use pki::Purpose;
use rights::{Group, Session};
use store::StoreError;
use terms::{Language, Moment, Party};
use transport::Peer;

use crate::pages::PageError;
use crate::portal::Portal;
use crate::store::user::{self, KeptSession, Operator, SessionKind};

const SESSION: CookieName = CookieName::new("portal");
const CERTIFICATE_SESSION: CookieName = CookieName::new("portal-certificate");
const DESK_SESSION: CookieName = CookieName::new("portal-desk");
/// Ties the forms shown before log-in to one browser.
const BROWSER: CookieName = CookieName::new("portal-browser");
const ACCESS_POINT: CookieName = CookieName::new("portal-access-point");

/// A session nobody uses for so long is over.
pub(crate) const IDLE_SECONDS: i64 = 30 * 60;
/// The same at a public access point, where the next person is waiting.
pub(crate) const ACCESS_POINT_IDLE_SECONDS: i64 = 5 * 60;
/// However busy, a session ends after this.
pub(crate) const LONGEST_SESSION_SECONDS: i64 = 12 * 3600;
/// How often the time of the last use is written down.
const TOUCHED_EVERY_SECONDS: i64 = 20;

/// By which listener a browser came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Door {
    /// No certificate is asked for.
    Open,
    /// A certificate is shown in the handshake.
    Certificate,
}

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) portal: Arc<Portal>,
    pub(crate) door: Door,
}

/// Who has logged in.
#[derive(Debug, Clone)]
pub(crate) struct User {
    /// The person and what the person may do.
    pub(crate) session: Session,
    /// For whom the person acts.
    pub(crate) party: Party,
    /// The operator, at the desk.
    pub(crate) operator: Option<Operator>,
    digest: [u8; 32],
}

/// One request.
pub(crate) struct Visit {
    pub(crate) portal: Arc<Portal>,
    pub(crate) language: Language,
    pub(crate) door: Door,
    pub(crate) peer: Peer,
    pub(crate) uri: Uri,
    /// Whether this is a public access point.
    pub(crate) public_access: bool,
    /// Whether the browser has logged in by certificate at the other door.
    pub(crate) belongs_at_certificate_door: bool,
    user: Option<User>,
    /// What form tokens are made from.
    seed: String,
    is_new_browser: bool,
}

/// What one page shows.
pub(crate) struct View {
    pub(crate) title: String,
    pub(crate) state: Option<String>,
    pub(crate) invalid: bool,
    pub(crate) status: StatusCode,
    /// Where the language switch leads, where that is not the address asked for.
    pub(crate) at: Option<Uri>,
    /// The form by which the language is switched, so that what was typed is not lost.
    pub(crate) form: Option<&'static str>,
    pub(crate) body: Html,
}

impl View {
    pub(crate) fn new(title: impl ToString, body: Html) -> Self {
        Self {
            title: title.to_string(),
            state: None,
            invalid: false,
            status: StatusCode::OK,
            at: None,
            form: None,
            body,
        }
    }

    pub(crate) fn state(mut self, state: impl ToString) -> Self {
        self.state = Some(state.to_string());
        self
    }

    pub(crate) fn switched_by(mut self, form: &'static str) -> Self {
        self.form = Some(form);
        self
    }

    /// A form shown again with what is wrong; `at` is the page that shows it when asked for.
    pub(crate) fn invalid(mut self, at: String) -> Self {
        self.invalid = true;
        self.status = StatusCode::UNPROCESSABLE_ENTITY;
        self.at = at.parse().ok();
        self
    }
}

fn digest_of(token: &str) -> [u8; 32] {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 octets")
}

impl FromRequestParts<App> for Visit {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let peer: Peer = parts.extensions.get().cloned().ok_or(PageError::Internal)?;
        let (headers, portal) = (&parts.headers, app.portal.clone());
        let at_desk = parts.uri.path() == "/desk" || parts.uri.path().starts_with("/desk/");
        let access_point =
            portal.settings.public_access_point || read_cookie(headers, ACCESS_POINT).is_some();
        let found = match session_cookie(headers, app.door, at_desk) {
            Some(token) => {
                find_user(&portal, app.door, &peer, &token, access_point).await?.map(|user| (token, user))
            }
            None => None,
        };
        let has_user = found.is_some();
        let public_access = access_point || found.as_ref().is_some_and(|(_, (_, public))| *public);
        let browser = read_cookie(headers, BROWSER);
        let (seed, user, is_new_browser) = match (found, browser) {
            (Some((token, (user, _))), _) => (token, Some(user), false),
            (None, Some(browser)) => (browser, None, false),
            (None, None) => (hex::encode(portal.chance::<16>()), None, true),
        };
        Ok(Self {
            language: choose_language(&parts.uri, headers),
            door: app.door,
            peer,
            uri: parts.uri.clone(),
            public_access,
            belongs_at_certificate_door: app.door == Door::Open
                && !has_user
                && read_cookie(headers, CERTIFICATE_SESSION).is_some(),
            user,
            seed,
            is_new_browser,
            portal,
        })
    }
}

fn session_cookie(headers: &HeaderMap, door: Door, at_desk: bool) -> Option<String> {
    match (door, at_desk) {
        (Door::Certificate, true) => read_cookie(headers, DESK_SESSION),
        (Door::Open, true) => None,
        (Door::Certificate, false) => {
            read_cookie(headers, CERTIFICATE_SESSION).or_else(|| read_cookie(headers, SESSION))
        }
        (Door::Open, false) => read_cookie(headers, SESSION),
    }
}

/// Whose session a token is, if it still is one; and whether it began at a public access point.
async fn find_user(
    portal: &Portal,
    door: Door,
    peer: &Peer,
    token: &str,
    access_point: bool,
) -> Result<Option<(User, bool)>, PageError> {
    let digest = digest_of(token);
    let kept = portal.database.read(move |connection| user::find_session(connection, &digest)).await?;
    let Some(kept) = kept else { return Ok(None) };
    let now = portal.host.now();
    if is_over(&kept, now) || (access_point && !kept.public_access) {
        portal.database.write(move |tx| user::end_session(tx, &digest)).await?;
        return Ok(None);
    }
    if let Some(fingerprint) = kept.certificate {
        if door != Door::Certificate || !shows(peer, fingerprint) {
            return Ok(None);
        }
        if let Some(certificate) = &peer.certificate
            && let Err(error) =
                portal.host.check_by_all_sources(certificate, Purpose::PersonAuthentication, now).await
        {
            tracing::warn!(event = "session-certificate-refused", connection = %peer.connection, %error);
            peer.close_after_answer();
            return Err(PageError::CertificateRefused(error));
        }
    }
    if now.seconds_since(kept.seen_at) > TOUCHED_EVERY_SECONDS {
        portal.database.write(move |tx| user::touch_session(tx, &digest, now)).await?;
    }
    Ok(Some((user_of(&kept, digest), kept.public_access)))
}

fn is_over(kept: &KeptSession, now: Moment) -> bool {
    let idle = if kept.public_access { ACCESS_POINT_IDLE_SECONDS } else { IDLE_SECONDS };
    now.seconds_since(kept.seen_at) > idle || now.seconds_since(kept.begun_at) > LONGEST_SESSION_SECONDS
}

fn shows(peer: &Peer, fingerprint: [u8; 32]) -> bool {
    peer.certificate.as_ref().is_some_and(|certificate| certificate.sha256() == fingerprint)
}

fn user_of(kept: &KeptSession, digest: [u8; 32]) -> User {
    let group = match kept.kind {
        SessionKind::Password | SessionKind::Certificate => Group::Citizen,
        SessionKind::Desk => Group::DeskOperator,
    };
    let operator =
        kept.centre.clone().map(|centre| Operator { iin: kept.iin, name: kept.name.clone(), centre });
    User {
        session: Session { iin: kept.iin, name: kept.name.clone(), groups: vec![group] },
        party: kept.party(),
        operator,
        digest,
    }
}

impl Visit {
    pub(crate) fn t(&self) -> Texts {
        Texts(self.language)
    }

    /// One of three texts that the catalogue of pages does not have.
    pub(crate) fn of<'a>(&self, kk: &'a str, ru: &'a str, en: &'a str) -> &'a str {
        match self.language {
            Language::Kk => kk,
            Language::Ru => ru,
            Language::En => en,
        }
    }

    /// The citizen or the organisation's employee who has logged in.
    pub(crate) fn citizen(&self) -> Result<&User, PageError> {
        self.user.as_ref().filter(|user| user.operator.is_none()).ok_or(PageError::SignInNeeded)
    }

    /// The operator who has logged in.
    pub(crate) fn operator(&self) -> Result<(&User, &Operator), PageError> {
        let user = self.user.as_ref().ok_or(PageError::DeskSignInNeeded)?;
        Ok((user, user.operator.as_ref().ok_or(PageError::DeskSignInNeeded)?))
    }

    pub(crate) fn csrf(&self) -> String {
        self.portal.csrf.token(self.seed.as_bytes())
    }

    /// Refuses a form that no page of this session made.
    pub(crate) fn check(&self, token: &str) -> Result<(), PageError> {
        self.portal.csrf.check(self.seed.as_bytes(), token).map_err(|_| PageError::ForeignForm)
    }

    /// A fresh name for a form, so that a form sent twice does one thing.
    pub(crate) fn form_name(&self) -> String {
        hex::encode(self.portal.chance::<16>())
    }

    /// The page as an answer.
    pub(crate) fn show(&self, view: &View) -> Response {
        let t = self.t();
        let at_desk = self.user.as_ref().is_some_and(|user| user.operator.is_some());
        let site = match (at_desk, self.public_access) {
            (true, _) => t.say("site-desk"),
            (false, true) => t.say("site-access-point"),
            (false, false) => t.say("site-portal"),
        };
        let mut response = page(&Shell {
            language: self.language,
            title: &view.title,
            service: &site.to_string(),
            state: view.state.as_deref(),
            invalid: view.invalid,
            switch: match view.form {
                Some(form) => LanguageSwitch::Form(form),
                None => LanguageSwitch::Links(view.at.as_ref().unwrap_or(&self.uri)),
            },
            signed_in: self.user.as_ref().map(|user| SignedIn {
                name: shown_name(user),
                sign_out: if at_desk { "/desk/sign-out" } else { "/sign-out" }.to_owned(),
                csrf: self.csrf(),
            }),
            help: None,
            demonstration: self.portal.settings.demonstration,
            status: view.status,
            body: view.body.clone(),
        });
        if self.is_new_browser {
            let cookie = BROWSER.set(&self.seed, CookieReach::Lax, None);
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// Begins a session and returns the answer with its cookie. The token is always a fresh one.
    pub(crate) async fn begin_session(
        &self,
        session: KeptSession,
        mut response: Response,
    ) -> Result<Response, StoreError> {
        let token = hex::encode(self.portal.chance::<32>());
        let digest = digest_of(&token);
        let (name, reach) = cookie_of(session.kind);
        self.portal.database.write(move |tx| user::begin_session(tx, &digest, &session)).await?;
        response.headers_mut().append(SET_COOKIE, name.set(&token, reach, None));
        Ok(response)
    }

    /// Ends the session: in the store, in the browser, and on the wire (T6.19).
    pub(crate) async fn end_session(&self, mut response: Response) -> Result<Response, StoreError> {
        if let Some(user) = &self.user {
            let digest = user.digest;
            self.portal.database.write(move |tx| user::end_session(tx, &digest)).await?;
        }
        let headers = response.headers_mut();
        for kind in [SessionKind::Password, SessionKind::Certificate, SessionKind::Desk] {
            let (name, reach) = cookie_of(kind);
            headers.append(SET_COOKIE, name.clear(reach));
        }
        headers.append(SET_COOKIE, BROWSER.clear(CookieReach::Lax));
        // What was on the screen must not come back by the button «back».
        headers.insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
        self.peer.close_after_answer();
        Ok(response)
    }

    /// The same visit without its user, to show the page after leaving.
    pub(crate) fn left(self) -> Self {
        Self { user: None, is_new_browser: false, ..self }
    }
}

fn shown_name(user: &User) -> String {
    match (&user.operator, user.party.name == user.session.name) {
        (Some(operator), _) => format!("{}, {}", operator.name, operator.centre),
        (None, true) => user.session.name.to_string(),
        (None, false) => format!("{} ({})", user.session.name, user.party.name),
    }
}

fn cookie_of(kind: SessionKind) -> (CookieName, CookieReach) {
    match kind {
        // People come back to these from the gateway's pages.
        SessionKind::Password => (SESSION, CookieReach::Lax),
        SessionKind::Certificate => (CERTIFICATE_SESSION, CookieReach::Lax),
        SessionKind::Desk => (DESK_SESSION, CookieReach::Strict),
    }
}

/// The cookie that makes this browser one of a public access point until it is closed.
pub(crate) fn access_point_cookie() -> HeaderValue {
    ACCESS_POINT.set("1", CookieReach::Lax, None)
}
