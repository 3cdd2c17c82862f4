//! Words for refusals that no page made: an address that leads nowhere, a form that lacks a field, a method that an
//! address does not know. The web framework answers them with an empty body or an English line of its own.
//!
//! Which refusal has which words stands here; how a site looks, its own function says. What a page of ours refused
//! has its words already, and is told from the rest by its `Content-Language`, which [`crate::page`] always sets.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_TYPE};
use http::{StatusCode, Uri};
use terms::Language;

use crate::language::choose_language;
use crate::text::{Text, say};

/// A refusal that has no words yet.
#[derive(Debug, Clone, Copy)]
pub struct Refusal<'a> {
    /// The status, from 400 to 499.
    pub status: StatusCode,
    /// The language of the request.
    pub language: Language,
    /// What was asked for.
    pub uri: &'a Uri,
}

impl Refusal<'_> {
    /// The id of the words for it, a text without variables. None speaks of money: nobody has looked.
    pub fn text_id(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "m-404",
            StatusCode::METHOD_NOT_ALLOWED => "m-405",
            StatusCode::PAYLOAD_TOO_LARGE => "m-413",
            _ => "m-400",
        }
    }

    /// The words, in the language of the request.
    pub fn text(&self) -> Text<'static> {
        say(self.language, self.text_id())
    }

    /// The same in one word, for machines that read the page.
    pub fn word(&self) -> &'static str {
        match self.status {
            StatusCode::NOT_FOUND => "not-found",
            StatusCode::METHOD_NOT_ALLOWED => "wrong-method",
            StatusCode::PAYLOAD_TOO_LARGE => "too-large",
            _ => "bad-request",
        }
    }
}

/// Puts a page of the site in the place of every refusal of the router that no page made. Status and header fields,
/// such as `Allow`, stay. What is merged in later is not covered; an address that leads nowhere is, also when this
/// router becomes a part of another, so it is the router's only fallback.
pub fn with_worded_refusals<S, F>(router: Router<S>, site: F) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    F: Fn(&Refusal<'_>) -> Response + Clone + Send + Sync + 'static,
{
    let router = router.fallback(|| async { StatusCode::NOT_FOUND });
    router.layer(from_fn(move |request: Request, next: Next| {
        let site = site.clone();
        async move {
            let (uri, language) = (request.uri().clone(), choose_language(request.uri(), request.headers()));
            let response = next.run(request).await;
            let status = response.status();
            if !status.is_client_error() || response.headers().contains_key(CONTENT_LANGUAGE) {
                return response;
            }
            let page = site(&Refusal { status, language, uri: &uri });
            worded(response, page, status)
        }
    }))
}

fn worded(refusal: Response, mut page: Response, status: StatusCode) -> Response {
    for (name, value) in refusal.headers() {
        if name != CONTENT_TYPE && name != CONTENT_LENGTH {
            page.headers_mut().append(name, value.clone());
        }
    }
    *page.status_mut() = status;
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Html, LanguageSwitch, Shell, page};
    use axum::body::Body;
    use axum::extract::Form;
    use axum::routing::post;
    use http::header::{ACCEPT_LANGUAGE, ALLOW};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    #[derive(serde::Deserialize)]
    struct Field {
        #[serde(rename = "csrf")]
        _csrf: String,
    }

    fn shown(status: StatusCode, language: Language, uri: &Uri, text: &str) -> Response {
        page(&Shell {
            language,
            title: "title",
            service: "site",
            state: None,
            invalid: false,
            switch: LanguageSwitch::Links(uri),
            signed_in: None,
            help: None,
            demonstration: false,
            status,
            body: Html::text(text),
        })
    }

    async fn answer(method: &str, path: &str, form: Option<&'static str>) -> (Response<()>, String) {
        let own = |uri: Uri| async move { shown(StatusCode::CONFLICT, Language::Kk, &uri, "our own words") };
        let router = Router::new()
            .route("/form", post(|_: Form<Field>| async { "taken" }))
            .route("/own", axum::routing::get(own));
        let router: Router = with_worded_refusals(router, |refusal| {
            // A site that forgets the status does not turn a refusal into a success.
            shown(StatusCode::OK, refusal.language, refusal.uri, &refusal.text().to_string())
        });
        let request = http::Request::builder().method(method).uri(path).header(ACCEPT_LANGUAGE, "ru");
        let request = match form {
            Some(_) => request.header(CONTENT_TYPE, "application/x-www-form-urlencoded"),
            None => request,
        };
        let request = request.body(Body::from(form.unwrap_or_default())).unwrap();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        (Response::from_parts(parts, ()), body)
    }

    #[tokio::test]
    async fn every_refusal_of_the_framework_is_said_in_the_persons_language() {
        for (method, path, form, status, words) in [
            ("GET", "/nowhere", None, 404, "Такой страницы нет"),
            ("GET", "/form", None, 405, "так не открывается"),
            ("POST", "/form", None, 415, "Запрос составлен неверно"),
            ("POST", "/form", Some("else=1"), 422, "Запрос составлен неверно"),
        ] {
            let (response, body) = answer(method, path, form).await;
            assert_eq!(response.status(), status, "{method} {path}");
            assert!(body.contains(words) && body.contains("<html"), "{method} {path}: {body}");
            assert!(!body.contains("deserialize") && !body.contains("must have"), "{body}");
            assert!(response.headers()[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
            assert_eq!(response.headers().get_all(CONTENT_TYPE).iter().count(), 1);
        }
        assert_eq!(answer("GET", "/form", None).await.0.headers()[ALLOW], "POST");
    }

    #[tokio::test]
    async fn what_a_page_of_ours_said_stays() {
        let (response, body) = answer("GET", "/own", None).await;
        assert_eq!(response.status(), 409);
        assert!(body.contains("our own words"), "{body}");
        assert_eq!(answer("POST", "/form", Some("csrf=1")).await.1, "taken");
    }
}
