//! Cookies: bound to the host, to TLS and to requests of this site, never readable by script.

use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use http::header::{COOKIE, HeaderMap, HeaderValue};

/// The longest `Cookie` header looked at; a longer one is taken for none.
const COOKIE_HEADER_LONGEST: usize = 8 * 1024;

/// From where a cookie comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CookieReach {
    /// From this site's own pages only: sessions of desks and consoles.
    Strict,
    /// Also on following a link from another site, never on its forms: sessions that a person returns to
    /// from the gateway's or a bank's page.
    Lax,
}

/// The name of a cookie.
///
/// Browsers keep cookies by host and not by port, so where several participants share a host, as in the
/// demonstration, a name must tell whose it is: `portal-session`, not `session`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CookieName(&'static str);

impl CookieName {
    /// A name of letters, digits and hyphens, without the prefix `__Host-`, which is added here.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    fn whole(self) -> String {
        // Browsers accept this prefix only with Secure, with Path=/ and without Domain.
        format!("__Host-{}", self.0)
    }

    /// The header value that sets the cookie, for `seconds`, or until the browser closes.
    pub fn set(self, value: &str, reach: CookieReach, seconds: Option<u32>) -> HeaderValue {
        let mut cookie =
            Cookie::build((self.whole(), value.to_owned())).path("/").secure(true).http_only(true).same_site(
                match reach {
                    CookieReach::Strict => SameSite::Strict,
                    CookieReach::Lax => SameSite::Lax,
                },
            );
        if let Some(seconds) = seconds {
            cookie = cookie.max_age(Duration::seconds(i64::from(seconds)));
        }
        // Encoding makes any value a legal header: none can break out into a header of its own.
        HeaderValue::from_str(&cookie.build().encoded().to_string()).expect("an encoded cookie is ASCII")
    }

    /// The header value that takes the cookie away.
    pub fn clear(self, reach: CookieReach) -> HeaderValue {
        self.set("", reach, Some(0))
    }
}

/// The value of a cookie, if the browser sent it.
pub fn read_cookie(headers: &HeaderMap, name: CookieName) -> Option<String> {
    let whole = name.whole();
    headers
        .get_all(COOKIE)
        .iter()
        .filter(|header| header.len() <= COOKIE_HEADER_LONGEST)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| Cookie::split_parse_encoded(header.to_owned()))
        .filter_map(Result::ok)
        .find(|cookie| cookie.name() == whole)
        .map(|cookie| cookie.value().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: CookieName = CookieName::new("portal-session");

    /// Defends: A15
    #[test]
    fn a_session_cookie_stays_on_its_host_over_tls_and_away_from_script() {
        let set = SESSION.set("abc", CookieReach::Strict, None);
        let set = set.to_str().unwrap();
        assert!(set.starts_with("__Host-portal-session=abc; "), "{set}");
        for part in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/"] {
            assert!(set.contains(part), "{part}");
        }
        assert!(!set.contains("Domain"));
    }

    #[test]
    fn a_cookie_is_read_back_and_cannot_carry_a_header() {
        let set = SESSION.set("a; b\r\nX: y", CookieReach::Lax, Some(60));
        assert!(!set.to_str().unwrap().contains("\r\n"));
        let sent = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, format!("x=1; {sent}").parse().unwrap());
        assert_eq!(read_cookie(&headers, SESSION).as_deref(), Some("a; b\r\nX: y"));
        assert_eq!(read_cookie(&headers, CookieName::new("other")), None);
    }
}
