//! Which language a person is answered in: `?lang=`, else the cookie, else the browser's wish, else Kazakh.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::Uri;
use http::header::{ACCEPT_LANGUAGE, HeaderMap, SET_COOKIE};
use http::request::Parts;
use terms::Language;

use crate::cookies::{CookieName, CookieReach, read_cookie};

const COOKIE: CookieName = CookieName::new("lang");
const COOKIE_SECONDS: u32 = 365 * 24 * 3600;

/// The longest `Accept-Language` looked at; browsers send a few dozen octets.
const ACCEPT_LONGEST: usize = 256;

/// The language of a request; an extractor of axum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChosenLanguage(pub Language);

impl<S: Send + Sync> FromRequestParts<S> for ChosenLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(choose_language(&parts.uri, &parts.headers)))
    }
}

/// The language of a request.
pub fn choose_language(uri: &Uri, headers: &HeaderMap) -> Language {
    asked_for(uri)
        .or_else(|| read_cookie(headers, COOKIE)?.parse().ok())
        .or_else(|| preferred(headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?))
        .unwrap_or_default()
}

fn asked_for(uri: &Uri) -> Option<Language> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix("lang=")?.parse().ok())
}

/// The first of our languages by weight, then by order: `ru-KZ,ru;q=0.9,en;q=0.5` is Russian.
fn preferred(header: &str) -> Option<Language> {
    if header.len() > ACCEPT_LONGEST {
        return None;
    }
    let mut best: Option<(u32, Language)> = None;
    for wish in header.split(',') {
        let mut parts = wish.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, thousandths);
        if let Ok(language) = primary.parse()
            && weight > best.map_or(0, |(weight, _)| weight)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// `0.8` as 800; nonsense as 0.
fn thousandths(weight: &str) -> u32 {
    let (whole, fraction) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = format!("{whole}{fraction:0<3}");
    if whole.len() == 1 && fraction.len() <= 3 { digits.parse().unwrap_or(0) } else { 0 }
}

/// Keeps a choice made by `?lang=` in a cookie for a year. The cookie tells a language and nothing else.
pub fn with_remembered_language<S>(router: Router<S>) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    router.layer(from_fn(|request: Request, next: Next| async move {
        let asked = asked_for(request.uri());
        let mut response: Response = next.run(request).await;
        if let Some(language) = asked {
            let cookie = COOKIE.set(language.tag(), CookieReach::Lax, Some(COOKIE_SECONDS));
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(uri: &str, cookie: Option<&str>, accept: Option<&str>) -> Language {
        let mut headers = HeaderMap::new();
        if let Some(cookie) = cookie {
            headers.insert(http::header::COOKIE, format!("__Host-lang={cookie}").parse().unwrap());
        }
        if let Some(accept) = accept {
            headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        }
        choose_language(&uri.parse().unwrap(), &headers)
    }

    #[test]
    fn the_address_goes_before_the_cookie_before_the_browser_before_kazakh() {
        assert_eq!(chosen("/x?a=1&lang=en", Some("ru"), Some("kk")), Language::En);
        assert_eq!(chosen("/x?lang=de", Some("ru"), Some("en")), Language::Ru);
        assert_eq!(chosen("/x", None, Some("de, en;q=0.5, ru-KZ;q=0.8")), Language::Ru);
        assert_eq!(chosen("/x", None, Some("en;q=0, de")), Language::Kk);
        assert_eq!(chosen("/x", Some("xx"), Some("q=;;;,,en;q=9999")), Language::Kk);
        assert_eq!(chosen("/x", None, None), Language::Kk);
    }
}
