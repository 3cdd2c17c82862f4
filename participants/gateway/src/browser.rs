//! Which browser a payment page belongs to: the first one that opens it (A14, A15).
//!
//! The address of a page stays in histories, and people pass addresses on; so the address alone opens nothing. The first
//! browser gets a secret of 128 bits in a cookie, the page's row gets a digest of it, and every other browser is
//! refused, before, during and after the payment. Who comes first is decided by the store ([`store::Tx::bind_page`]).
//! The digest lies in the gateway's database, so it outlives a restart of the gateway and of the card page.
//!
//! A browser is given the secret in one request and gets the page with the next one, which brings the secret back:
//! binding at the first request would let a link preview or a crawler take the page from its person. These fetch an
//! address and follow redirects, but keep no cookies, and so never come to own anything. Two redirects do this without
//! any script, and the address that stays in the browser is the page's own. Who has the address and keeps cookies may
//! still come before the person; then it is the person who is refused, sees it, and begins anew at the portal.

use aws_lc_rs::digest;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Uri, header};
use pages::{CookieName, CookieReach, choose_language, read_cookie};
use terms::{BrowserDigest, Language, OneTimeToken};

/// Keeps the digest of a browser apart from any other.
const PURPOSE: &[u8] = b"browser of a payment page, version 1\0";

/// In the query of the address that shows whether the cookie came back.
const GIVEN: &str = "given";

/// The cookie in which `pages` keeps a language that was chosen.
const LANGUAGE_COOKIE: CookieName = CookieName::new("lang");

/// What the cookie of a browser holds. The same for all pages that it opens here; the digests of two pages show that as
/// little as they show the secret.
pub(crate) struct BrowserSecret(OneTimeToken);

/// A request for a page, seen by its cookie.
pub(crate) enum Arrival {
    /// The browser keeps its secret.
    Known(BrowserSecret),
    /// It must take one more step first.
    Step(Response),
    /// It was given a secret and did not bring it back.
    KeepsNoCookies,
}

impl BrowserSecret {
    /// The one that a request brings. What is not of the form of ours is taken for none.
    pub(crate) fn of(headers: &HeaderMap, cookie: CookieName) -> Option<Self> {
        read_cookie(headers, cookie)?.parse().ok().map(Self)
    }

    /// What the page's row keeps.
    pub(crate) fn digest(&self, page: &OneTimeToken) -> BrowserDigest {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(PURPOSE);
        context.update(page.as_bytes());
        context.update(self.0.as_bytes());
        let digest = context.finish();
        BrowserDigest::from_bytes(digest.as_ref().try_into().expect("SHA-256 has 32 octets"))
    }

    /// What forms of a page are tied to, besides anything else.
    pub(crate) fn tie(&self, rest: &str) -> String {
        format!("{} {rest}", self.0)
    }
}

/// Receives a browser at a page: knows it, or gives it a secret that `draw` makes.
///
/// The cookie reaches `Lax`: the portal sends the person here, so these very requests are navigations that another
/// site began, and a `Strict` cookie would not come along with them; the person would be a stranger on each way from
/// the portal. With forms of other sites a `Lax` cookie does not come either, and ours carry their own token. It ends
/// with the browser.
pub(crate) fn arrive(
    uri: &Uri,
    headers: &HeaderMap,
    cookie: CookieName,
    page: &OneTimeToken,
    draw: impl FnOnce() -> OneTimeToken,
) -> Arrival {
    let was_given = query(uri, GIVEN).is_some();
    match (BrowserSecret::of(headers, cookie), was_given) {
        (Some(secret), false) => Arrival::Known(secret),
        (Some(_), true) => Arrival::Step(Redirect::to(&format!("/pay/{page}")).into_response()),
        (None, true) => Arrival::KeepsNoCookies,
        (None, false) => {
            let mut step = Redirect::to(&format!("/pay/{page}?{GIVEN}=1")).into_response();
            let secret = cookie.set(&draw().to_string(), CookieReach::Lax, None);
            step.headers_mut().append(header::SET_COOKIE, secret);
            Arrival::Step(step)
        }
    }
}

/// The language of a page: the one the person chose here or elsewhere; before that the one the portal opened it in.
pub(crate) fn language_of_page(uri: &Uri, headers: &HeaderMap, opened_in: Language) -> Language {
    let is_chosen = read_cookie(headers, LANGUAGE_COOKIE).is_some() || query(uri, "lang").is_some();
    if is_chosen { choose_language(uri, headers) } else { opened_in }
}

/// The value of a field of the query, as it stands there.
pub(crate) fn query<'u>(uri: &'u Uri, name: &str) -> Option<&'u str> {
    uri.query()?.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COOKIE: CookieName = CookieName::new("page");
    const PAGE: &str = "5f1d9c0a7be24c63a1f08e42d7b95c16";
    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn arrival(address: &str, cookie: Option<&str>) -> Arrival {
        let mut headers = HeaderMap::new();
        if let Some(value) = cookie {
            headers.insert(header::COOKIE, format!("__Host-page={value}").parse().unwrap());
        }
        let draw = || SECRET.parse().unwrap();
        arrive(&address.parse().unwrap(), &headers, COOKIE, &PAGE.parse().unwrap(), draw)
    }

    fn location(arrival: &Arrival) -> &str {
        let Arrival::Step(step) = arrival else { panic!("no redirect") };
        step.headers()[header::LOCATION].to_str().unwrap()
    }

    /// Defends: A15
    #[test]
    fn a_browser_is_known_by_the_secret_that_it_was_given() {
        let here = format!("/pay/{PAGE}");
        let (asked, back) = (format!("{here}?lang=ru"), format!("{here}?given=1"));
        let given = arrival(&asked, None);
        assert_eq!(location(&given), back);
        let Arrival::Step(step) = &given else { panic!("no redirect") };
        let set = step.headers()[header::SET_COOKIE].to_str().unwrap();
        assert!(set.starts_with(&format!("__Host-page={SECRET}; ")), "{set}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(set.contains(part), "{part}: {set}");
        }
        assert!(!set.contains("Max-Age") && !set.contains("Expires"), "it ends with the browser: {set}");
        assert_eq!(location(&arrival(&back, Some(SECRET))), here);
        assert!(matches!(arrival(&here, Some(SECRET)), Arrival::Known(_)));
        assert!(matches!(arrival(&back, None), Arrival::KeepsNoCookies));
        for foreign in ["", "1", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(location(&arrival(&here, Some(foreign))), back, "{foreign}");
        }
    }

    #[test]
    fn the_digest_is_of_this_browser_and_this_page() {
        let digest =
            |secret: &str, page: &str| BrowserSecret(secret.parse().unwrap()).digest(&page.parse().unwrap());
        assert_eq!(digest(SECRET, PAGE), digest(SECRET, PAGE));
        assert_ne!(digest(SECRET, PAGE), digest(PAGE, PAGE));
        assert_ne!(digest(SECRET, PAGE), digest(SECRET, SECRET));
        assert_ne!(digest(SECRET, PAGE), digest(PAGE, SECRET));
    }
}
