//! A citizen's browser as far as the walkthroughs need one: cookies, forms, redirects.
//!
//! For `tolem walk` and tests only. No participant uses it: a participant never goes to an address that
//! came from a peer. It knows no scripts, frames or images, and of cookies only host, path and deletion.
//! Source: RFC 6265 and the Fetch standard, in outline.

use bytes::Bytes;
use cookie::Cookie;
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, HeaderName, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use url::{Url, form_urlencoded};

use crate::client::{Answer, CallError, HttpClient};
use crate::limits::ClientLimits;
use crate::tls::{Identity, TlsRoots, TlsSetupError};

/// Redirects followed in a row.
const MAX_REDIRECTS: usize = 10;
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FORM: HeaderValue = HeaderValue::from_static("application/x-www-form-urlencoded");

/// Why no page came.
#[derive(Debug, thiserror::Error)]
pub enum BrowseError {
    /// The address is no address, or not https.
    #[error("{0:?} is not an address")]
    Address(String),
    /// The exchange failed.
    #[error("{url}: {source}")]
    Call {
        /// Which page was asked for.
        url: String,
        /// What went wrong.
        source: CallError,
    },
    /// A redirect says no usable place to go.
    #[error("{0} redirects nowhere")]
    Nowhere(String),
    /// More redirects in a row than any walk needs.
    #[error("{0}: too many redirects")]
    TooManyRedirects(String),
}

/// A page, after redirects.
#[derive(Debug, Clone)]
pub struct Page {
    /// The status of the last answer.
    pub status: StatusCode,
    /// The header fields of the last answer.
    pub headers: HeaderMap,
    /// The body as text; octets that are not UTF-8 are replaced.
    pub body: String,
    /// The body as it came, for downloads.
    pub octets: Bytes,
    /// Where the page was in the end.
    pub url: String,
    /// The addresses that redirected on the way, in order.
    pub redirected_from: Vec<String>,
}

/// A browser with its cookies and the page it is on.
#[derive(Debug)]
pub struct Browser {
    client: HttpClient,
    cookies: Vec<StoredCookie>,
    language: HeaderValue,
    current: Option<Url>,
}

#[derive(Debug)]
struct StoredCookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// One request that a page, a form or a redirect leads to.
struct Visit {
    method: Method,
    url: Url,
    form: Option<String>,
}

impl Browser {
    /// A browser without cookies, that trusts the national CA and shows `identity` where it has one.
    ///
    /// # Errors
    /// Where the TLS side is not usable.
    pub fn new(identity: Option<&Identity>, roots: &TlsRoots) -> Result<Self, TlsSetupError> {
        let client = HttpClient::new(identity, roots, ClientLimits::default())?;
        let language = HeaderValue::from_static("kk");
        Ok(Self { client, cookies: Vec::new(), language, current: None })
    }

    /// Prefers pages in this language (`kk`, `ru`, `en`).
    pub fn prefer(&mut self, language: terms::Language) {
        self.language = HeaderValue::from_static(language.tag());
    }

    /// Goes to an address, which may be relative to the present page.
    ///
    /// # Errors
    /// Where no page came; a page with an error status is a page.
    pub async fn get(&mut self, address: &str) -> Result<Page, BrowseError> {
        let url = self.resolve(address)?;
        self.visit(Visit { method: Method::GET, url, form: None }).await
    }

    /// Submits a form to an address, which may be relative to the present page.
    ///
    /// # Errors
    /// As [`Browser::get`].
    pub async fn post_form(&mut self, address: &str, fields: &[(&str, &str)]) -> Result<Page, BrowseError> {
        let url = self.resolve(address)?;
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.visit(Visit { method: Method::POST, url, form: Some(form) }).await
    }

    /// The value of a cookie that would be sent to this address.
    pub fn cookie(&self, address: &str, name: &str) -> Option<&str> {
        let url = Url::parse(address).ok()?;
        self.cookies
            .iter()
            .find(|cookie| cookie.name == name && cookie.goes_to(&url))
            .map(|cookie| cookie.value.as_str())
    }

    fn resolve(&self, address: &str) -> Result<Url, BrowseError> {
        let url = match &self.current {
            Some(current) => current.join(address),
            None => Url::parse(address),
        };
        url.ok().filter(|url| url.scheme() == "https").ok_or_else(|| BrowseError::Address(address.to_owned()))
    }

    async fn visit(&mut self, mut visit: Visit) -> Result<Page, BrowseError> {
        let mut redirected_from = Vec::new();
        loop {
            let answer = self.ask(&visit).await?;
            self.store_cookies(&visit.url, &answer.headers);
            if !is_redirect(answer.status) {
                self.current = Some(visit.url.clone());
                return Ok(page(answer, &visit.url, redirected_from));
            }
            redirected_from.push(visit.url.to_string());
            if redirected_from.len() > MAX_REDIRECTS {
                return Err(BrowseError::TooManyRedirects(visit.url.into()));
            }
            visit = visit.redirected(&answer)?;
        }
    }

    async fn ask(&self, visit: &Visit) -> Result<Answer, BrowseError> {
        let url = visit.url.to_string();
        let mut target = visit.url.clone();
        target.set_fragment(None);
        let body = Bytes::from(visit.form.clone().unwrap_or_default());
        let mut request = Request::builder().method(visit.method.clone()).uri(target.as_str()).body(body);
        if let Ok(request) = &mut request {
            self.set_headers(visit, request.headers_mut());
        }
        let request = request.map_err(|_| BrowseError::Address(url.clone()))?;
        self.client.send(request).await.map_err(|source| BrowseError::Call { url, source })
    }

    fn set_headers(&self, visit: &Visit, headers: &mut HeaderMap) {
        headers.insert(ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"));
        headers.insert(ACCEPT_LANGUAGE, self.language.clone());
        headers.insert(SEC_FETCH_SITE, HeaderValue::from_static(self.site_of(&visit.url)));
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|cookie| cookie.goes_to(&visit.url))
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        if let Some(value) = HeaderValue::try_from(cookies.join("; ")).ok().filter(|_| !cookies.is_empty()) {
            headers.insert(COOKIE, value);
        }
        if visit.form.is_some() {
            headers.insert(CONTENT_TYPE, FORM);
            // Browsers send the origin of the page the form is on with each POST; servers check it.
            let origin = self.current.as_ref().unwrap_or(&visit.url).origin().ascii_serialization();
            if let Ok(value) = HeaderValue::try_from(origin) {
                headers.insert(ORIGIN, value);
            }
        }
    }

    /// How the target relates to the present page. A site is a host, whatever the port.
    fn site_of(&self, target: &Url) -> &'static str {
        match &self.current {
            None => "none",
            Some(current) if current.origin() == target.origin() => "same-origin",
            Some(current) if current.host() == target.host() => "same-site",
            Some(_) => "cross-site",
        }
    }

    fn store_cookies(&mut self, url: &Url, headers: &HeaderMap) {
        for field in headers.get_all(SET_COOKIE) {
            let Some(cookie) = field.to_str().ok().and_then(|text| Cookie::parse(text).ok()) else {
                continue;
            };
            let stored = StoredCookie::new(&cookie, url);
            self.cookies.retain(|other| !other.is_same_as(&stored));
            if !is_deletion(&cookie) {
                self.cookies.push(stored);
            }
        }
    }
}

impl Visit {
    /// Where the answer sends the browser: after a POST usually by GET.
    fn redirected(self, answer: &Answer) -> Result<Self, BrowseError> {
        let location = answer.headers.get(LOCATION).and_then(|location| location.to_str().ok());
        let target = location
            .and_then(|location| self.url.join(location).ok())
            .filter(|target| target.scheme() == "https")
            .ok_or_else(|| BrowseError::Nowhere(self.url.to_string()))?;
        Ok(match answer.status {
            StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => Self { url: target, ..self },
            _ => Self { method: Method::GET, url: target, form: None },
        })
    }
}

impl StoredCookie {
    /// Cookies belong to a host, not to a port; a `Domain` is ignored, as ours are for one host.
    fn new(cookie: &Cookie<'_>, url: &Url) -> Self {
        let directory = url.path().rsplit_once('/').map_or("/", |(directory, _)| directory);
        let path = cookie.path().filter(|path| path.starts_with('/')).unwrap_or(directory);
        Self {
            host: url.host_str().unwrap_or_default().to_owned(),
            path: path.trim_end_matches('/').to_owned(),
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
        }
    }

    fn goes_to(&self, url: &Url) -> bool {
        let below = url.path().strip_prefix(&self.path);
        url.host_str() == Some(&self.host)
            && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    fn is_same_as(&self, other: &Self) -> bool {
        (&self.host, &self.path, &self.name) == (&other.host, &other.path, &other.name)
    }
}

/// Servers delete a cookie by an age of nothing, or by an expiry at the epoch.
fn is_deletion(cookie: &Cookie<'_>) -> bool {
    let no_age = cookie.max_age().is_some_and(|age| age.whole_seconds() <= 0);
    no_age || cookie.expires_datetime().is_some_and(|expiry| expiry.unix_timestamp() <= 0)
}

fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

fn page(answer: Answer, url: &Url, redirected_from: Vec<String>) -> Page {
    Page {
        status: answer.status,
        headers: answer.headers,
        body: String::from_utf8_lossy(&answer.body).into_owned(),
        octets: answer.body,
        url: url.to_string(),
        redirected_from,
    }
}
