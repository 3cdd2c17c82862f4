//! Security headers, put on every answer that people's browsers get.

use axum::Router;
use axum::extract::State;
use axum::middleware::map_response_with_state;
use axum::response::Response;
use http::HeaderName;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, REFERRER_POLICY,
    STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};

/// What may differ between participants.
#[derive(Debug, Clone, Default)]
pub struct HeaderPolicy {
    form_origins: Vec<String>,
}

impl HeaderPolicy {
    /// Forms go to this site only.
    pub fn strict() -> Self {
        Self::default()
    }

    /// Forms, and the redirects that answer them, may also lead to this origin: `https://127.0.0.1:8081`.
    ///
    /// Anything but scheme, host and port would loosen the policy and is left out.
    #[must_use]
    pub fn form_to(mut self, origin: &str) -> Self {
        let host = origin.strip_prefix("https://").unwrap_or_default();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | '-' | '[' | ']');
        if !host.is_empty() && host.chars().all(allowed) {
            self.form_origins.push(origin.to_owned());
        }
        self
    }

    fn content_security_policy(&self) -> HeaderValue {
        let origins: String = self.form_origins.iter().map(|origin| format!(" {origin}")).collect();
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'{origins}; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        HeaderValue::from_str(&policy).expect("origins are ASCII")
    }
}

const FIXED: [(HeaderName, &str); 8] = [
    (STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    ),
    // Says what frame-ancestors says to browsers that do not know it.
    (X_FRAME_OPTIONS, "DENY"),
];

/// Puts the security headers around a router. What is not marked as a lasting asset is never stored by a
/// browser or a proxy.
pub fn with_security_headers<S>(router: Router<S>, policy: &HeaderPolicy) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let csp = policy.content_security_policy();
    router.layer(map_response_with_state(
        csp,
        |State(csp): State<HeaderValue>, mut response: Response| async move {
            protect(response.headers_mut(), csp);
            response
        },
    ))
}

fn protect(headers: &mut HeaderMap, content_security_policy: HeaderValue) {
    headers.insert(CONTENT_SECURITY_POLICY, content_security_policy);
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use http::Request;
    use tower::ServiceExt;

    async fn headers_of(path: &str) -> HeaderMap {
        let policy =
            HeaderPolicy::strict().form_to("https://127.0.0.1:8081").form_to("https://x; script-src *");
        let router = Router::new().route("/", get(|| async { "page" })).merge(crate::assets());
        let router = with_security_headers(router, &policy);
        let request = Request::get(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().headers().clone()
    }

    /// Defends: A15
    /// Defends: A16
    #[tokio::test]
    async fn a_page_can_run_no_script_be_framed_by_nobody_and_is_stored_nowhere() {
        let headers = headers_of("/").await;
        assert_eq!(
            headers[CONTENT_SECURITY_POLICY],
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self' https://127.0.0.1:8081; \
             frame-ancestors 'none'; base-uri 'none'"
        );
        assert_eq!(headers[CACHE_CONTROL], "no-store");
        for (name, value) in FIXED {
            assert_eq!(headers[name], value);
        }
    }

    #[tokio::test]
    async fn the_style_sheet_may_be_kept_but_is_asked_about() {
        let headers = headers_of(crate::STYLE_PATH).await;
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        assert!(headers.contains_key("etag"));
    }
}
