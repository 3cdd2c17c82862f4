//! One request of an officer's browser: the certificate it shows, checked anew each time, its session, its language.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use http::header::HeaderMap;
use http::request::Parts;
use http::{StatusCode, Uri};
use pages::{CookieName, Texts, choose_language, read_cookie};
use pki::{Purpose, TrustError};
use rights::{Access, Action, Lack, Officer, Permitted, Resource};
use store::{Deed, ReadNote, ReadSubject, Store as _, StoreError};
use terms::{Language, Moment, PartyNumber, ShortText};
use transport::Peer;

use super::Console;
use super::masking::people_in;
use super::session::Session;
use crate::cx::named;

/// The console's cookie.
pub(crate) const COOKIE: CookieName = CookieName::new("gateway-console");

/// What stops a request, to be put into words by `explain`.
#[derive(Debug, Clone)]
pub(crate) enum Stopped {
    /// There is no session: the start page leads to one.
    SignInNeeded,
    /// The connection shows no certificate.
    NoCertificate,
    /// The certificate is not trusted now.
    Certificate(TrustError),
    /// It names no person.
    NobodyNamed,
    /// No group of the officer allows it; with the names of those who can change that.
    Lack(Box<Asked>),
    /// No page of this session made the form.
    ForeignForm,
    /// There is no such thing.
    NotFound,
    /// The request is none of our pages'.
    BadRequest,
    /// Our own failure.
    Internal,
}

/// A missing right and whom to ask for it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) lack: Lack,
    pub(crate) proposers: Vec<ShortText>,
    pub(crate) approvers: Vec<ShortText>,
}

impl From<StoreError> for Stopped {
    fn from(error: StoreError) -> Self {
        tracing::error!(event = "store-failed", %error);
        Self::Internal
    }
}

impl Stopped {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::SignInNeeded => StatusCode::SEE_OTHER,
            Self::NoCertificate
            | Self::Certificate(_)
            | Self::NobodyNamed
            | Self::Lack(_)
            | Self::ForeignForm => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The word in `data-result`.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::SignInNeeded => "sign-in-needed",
            Self::NoCertificate => "no-certificate",
            Self::Certificate(_) => "certificate-refused",
            Self::NobodyNamed => "nobody-named",
            Self::Lack(_) => "not-allowed",
            Self::ForeignForm => "foreign-form",
            Self::NotFound => "not-found",
            Self::BadRequest => "bad-request",
            Self::Internal => "internal",
        }
    }
}

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        if matches!(self, Self::SignInNeeded) {
            return Redirect::to("/").into_response();
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Whoever shows a certificate of a person that counts now, with a session or without.
pub(crate) struct Arrival {
    pub(crate) console: Console,
    pub(crate) language: Language,
    pub(crate) uri: Uri,
    pub(crate) peer: Peer,
    pub(crate) officer: Officer,
    pub(crate) certificate: [u8; 32],
    pub(crate) session: Option<(String, Session)>,
    pub(crate) now: Moment,
}

impl FromRequestParts<Console> for Arrival {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Stopped> {
        let peer: Peer = parts.extensions.get().cloned().ok_or(Stopped::Internal)?;
        let host = &console.cx.host;
        let now = host.now();
        let certificate = peer.certificate.as_ref().ok_or(Stopped::NoCertificate)?;
        // TLS looked at chain and dates when the connection began; the lists are looked at now, each time (A8).
        if let Err(error) = host.check_by_all_sources(certificate, Purpose::PersonAuthentication, now).await {
            peer.close_after_answer();
            return Err(Stopped::Certificate(error));
        }
        let subject = certificate.subject();
        let iin = subject.person.as_ref().and_then(|iin| iin.checked().ok());
        let name = subject.common_name.parse().ok();
        let (iin, name) = iin.zip(name).ok_or(Stopped::NobodyNamed)?;
        let fingerprint = certificate.sha256();
        let session = session_of(console, &parts.headers, fingerprint, now);
        Ok(Self {
            console: console.clone(),
            language: choose_language(&parts.uri, &parts.headers),
            uri: parts.uri.clone(),
            officer: Officer { iin, name },
            certificate: fingerprint,
            session,
            peer,
            now,
        })
    }
}

fn session_of(
    console: &Console,
    headers: &HeaderMap,
    certificate: [u8; 32],
    now: Moment,
) -> Option<(String, Session)> {
    let token = read_cookie(headers, COOKIE)?;
    let session = console.sessions.find(&token, certificate, now)?;
    Some((token, session))
}

/// The same with a session: an officer at work.
pub(crate) struct Visit(Arrival);

impl FromRequestParts<Console> for Visit {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Stopped> {
        let arrival = Arrival::from_request_parts(parts, console).await?;
        if arrival.session.is_none() { Err(Stopped::SignInNeeded) } else { Ok(Self(arrival)) }
    }
}

impl std::ops::Deref for Visit {
    type Target = Arrival;
    fn deref(&self) -> &Arrival {
        &self.0
    }
}

impl Arrival {
    pub(crate) fn t(&self) -> Texts {
        Texts(self.language)
    }

    /// The officer as access knows one.
    pub(crate) fn member(&self) -> PartyNumber {
        PartyNumber::Person(self.officer.iin)
    }

    /// What is in force now.
    pub(crate) fn access(&self) -> std::sync::Arc<Access> {
        self.console.cx.access.now()
    }

    /// What form tokens are made from: the session, or before it the certificate, which no other site knows the token of.
    fn seed(&self) -> Vec<u8> {
        match &self.session {
            Some((token, _)) => token.as_bytes().to_vec(),
            None => self.certificate.to_vec(),
        }
    }

    /// The token of this visit's forms.
    pub(crate) fn csrf(&self) -> String {
        self.console.csrf.token(&self.seed())
    }

    /// Checks a form's token.
    pub(crate) fn check(&self, token: &str) -> Result<(), Stopped> {
        self.console.csrf.check(&self.seed(), token).map_err(|_| Stopped::ForeignForm)
    }

    /// A command of the officer's, permitted by the access in force.
    ///
    /// # Errors
    /// [`Stopped::Lack`] with whom to ask.
    pub(super) async fn permitted<T>(
        &self,
        command: T,
        action: Action,
        touched: Resource,
    ) -> Result<Permitted<T>, Stopped> {
        match Permitted::officer(command, action, touched, &self.officer, &self.access()) {
            Ok(permitted) => Ok(permitted),
            Err(lack) => Err(self.lacking(*lack).await?),
        }
    }

    /// Who did something, for a page: numbers of people are masked.
    ///
    /// # Errors
    /// Those of the store.
    pub(super) async fn doer(&self, of: Deed) -> Result<String, Stopped> {
        let by = self.console.cx.store.read(move |view| view.doer(&of)).await?;
        Ok(by.map_or_else(|| self.t().say("done-by-unknown").to_string(), |by| people_in(&by)))
    }

    /// Says in the log who does what no document of an officer's proves; the number is masked there as everywhere.
    pub(super) fn acts(&self, action: Action, about: &str) {
        tracing::info!(event = "officer-acted", action = action.0, about, officer = %self.officer.iin.masked());
    }

    /// Whether the officer may do something to something; where not, whom to ask.
    pub(crate) async fn may(&self, action: Action, touched: Resource) -> Result<(), Stopped> {
        match self.access().why(self.member(), action, touched) {
            Ok(_) => Ok(()),
            Err(lack) => Err(self.lacking(*lack).await?),
        }
    }

    /// Within what the officer looks: what is typed, or the first that the own groups reach.
    ///
    /// # Errors
    /// Where they do not reach it, or nothing at all.
    pub(crate) async fn within(&self, action: Action, typed: &str) -> Result<Resource, Stopped> {
        let of = match typed {
            "" => {
                let reach = self.access().reach(self.member(), action);
                reach.first().copied().unwrap_or(Resource::Everything)
            }
            text => text.parse().map_err(|_| Stopped::BadRequest)?,
        };
        self.may(action, of).await?;
        Ok(of)
    }

    /// Whether the officer may do something to something, without the answer whom to ask.
    pub(crate) fn can(&self, action: Action, touched: Resource) -> bool {
        self.access().why(self.member(), action, touched).is_ok()
    }

    /// A missing right with the names of those who can give it.
    pub(crate) async fn lacking(&self, lack: Lack) -> Result<Stopped, Stopped> {
        tracing::warn!(event = "console-refused", action = %lack.action, resource = %lack.resource);
        let officers = self.officers().await?;
        let name = |member: &PartyNumber| {
            officers
                .iter()
                .find(|known| PartyNumber::Person(known.iin) == *member)
                .map(|known| known.name.clone())
        };
        let proposers: Vec<_> = lack.proposers.iter().filter_map(name).collect();
        let approvers: Vec<_> = lack.approvers.iter().filter_map(name).collect();
        let shown = lack.proposers.iter().chain(&lack.approvers).copied().collect();
        self.note(shown, "name", "whom to ask for a right").await?;
        Ok(Stopped::Lack(Box::new(Asked { lack, proposers, approvers })))
    }

    /// All officers by name.
    pub(crate) async fn officers(&self) -> Result<Vec<store::OfficerRow>, Stopped> {
        Ok(self.console.cx.store.read(|view| view.officers()).await?)
    }

    /// Writes down that the officer was shown personal data of these people, each once.
    pub(crate) async fn note(
        &self,
        mut people: Vec<PartyNumber>,
        fields: &'static str,
        reason: &'static str,
    ) -> Result<(), Stopped> {
        people.sort();
        people.dedup();
        // Numbers of organisations are public, and one's own are no reading.
        people.retain(|number| matches!(number, PartyNumber::Person(iin) if *iin != self.officer.iin));
        self.note_of(people.into_iter().map(ReadSubject::Party).collect(), fields, reason).await
    }

    /// Writes down that the officer was shown personal data of these.
    pub(crate) async fn note_of(
        &self,
        subjects: Vec<ReadSubject>,
        fields: &'static str,
        reason: &'static str,
    ) -> Result<(), Stopped> {
        if subjects.is_empty() {
            return Ok(());
        }
        let (actor, at) = (named(&self.officer), self.now);
        let noted = self.console.cx.store.transact(move |tx| {
            for subject in &subjects {
                tx.note_read(&ReadNote {
                    at,
                    actor: actor.clone(),
                    subject: *subject,
                    fields: fields.to_owned(),
                    reason: reason.to_owned(),
                })?;
            }
            Ok::<_, StoreError>(())
        });
        Ok(noted.await?)
    }
}
