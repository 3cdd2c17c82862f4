//! The shell around every page: title, skip link, language switch, who is signed in, help.

use askama::Template;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, HeaderValue};
use http::{StatusCode, Uri};
use terms::Language;

use crate::html::Html;
use crate::style::STYLE_PATH;
use crate::text::{Texts, say};

/// How the page is asked for in another language.
#[derive(Debug, Clone, Copy)]
pub enum LanguageSwitch<'a> {
    /// By the same address with another `lang`.
    Links(&'a Uri),
    /// By sending the form of this id with the field `lang`, so that what was typed is not lost. The
    /// handler looks at `lang` first and shows the form again without checking it. The Enter key sends the
    /// form without the name of any button: an unseen button stands before the switch, which would
    /// otherwise be the first in the page and so the one that Enter presses.
    Form(&'a str),
}

/// Who is signed in, and how to leave.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The name to show.
    pub name: String,
    /// Where the form that signs out is sent.
    pub sign_out: String,
    /// Its token.
    pub csrf: String,
}

/// One page.
#[derive(Debug, Clone)]
pub struct Shell<'a> {
    /// The language of the page.
    pub language: Language,
    /// The page's own name, also the heading of the browser's tab.
    pub title: &'a str,
    /// The site's name: «Портал электронного правительства».
    pub service: &'a str,
    /// Where the matter stands, where that is worth a word in the title: «Оплачено».
    pub state: Option<&'a str>,
    /// Whether the page shows errors of a form; the title says so first.
    pub invalid: bool,
    /// How to change the language.
    pub switch: LanguageSwitch<'a>,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// Help of its own above the common line, where a page has some.
    pub help: Option<Html>,
    /// Whether to say that everything here is a demonstration.
    pub demonstration: bool,
    /// The status of the answer.
    pub status: StatusCode,
    /// The page.
    pub body: Html,
}

struct Choice {
    tag: &'static str,
    name: &'static str,
    href: String,
    current: bool,
}

#[derive(Template)]
#[template(path = "page.html")]
struct PageTemplate<'a> {
    t: Texts,
    title: String,
    service: &'a str,
    style: &'static str,
    choices: Vec<Choice>,
    switch_form: Option<&'a str>,
    signed_in: Option<&'a SignedIn>,
    help: Option<&'a Html>,
    demonstration: bool,
    body: &'a Html,
}

/// The whole page as an answer.
pub fn page(shell: &Shell<'_>) -> Response {
    let switch_form = match shell.switch {
        LanguageSwitch::Form(id) => Some(id),
        LanguageSwitch::Links(_) => None,
    };
    let html = Html::of(&PageTemplate {
        t: Texts(shell.language),
        title: title(shell),
        service: shell.service,
        style: STYLE_PATH,
        choices: Language::ALL.map(|language| choice(shell, language)).into(),
        switch_form,
        signed_in: shell.signed_in.as_ref(),
        help: shell.help.as_ref(),
        demonstration: shell.demonstration,
        body: &shell.body,
    });
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_LANGUAGE, HeaderValue::from_static(shell.language.tag())),
    ];
    (shell.status, headers, html.into_string()).into_response()
}

/// Page – service – state; an error first of all, because a reader for the blind says it first.
fn title(shell: &Shell<'_>) -> String {
    let parts = [Some(shell.title), Some(shell.service), shell.state];
    let title = parts.into_iter().flatten().collect::<Vec<_>>().join(" – ");
    if shell.invalid { format!("{} {title}", say(shell.language, "error-prefix")) } else { title }
}

fn choice(shell: &Shell<'_>, language: Language) -> Choice {
    let href = match shell.switch {
        LanguageSwitch::Links(uri) => with_language(uri, language),
        LanguageSwitch::Form(_) => String::new(),
    };
    Choice { tag: language.tag(), name: language.own_name(), href, current: language == shell.language }
}

/// The same address with another language; always on this site.
fn with_language(uri: &Uri, language: Language) -> String {
    // An address of two slashes would lead to another host.
    let path = uri.path().trim_start_matches(['/', '\\']);
    let kept = uri.query().unwrap_or_default().split('&');
    let mut pairs: Vec<&str> =
        kept.filter(|pair| !pair.is_empty() && *pair != "lang" && !pair.starts_with("lang=")).collect();
    let wish = format!("lang={}", language.tag());
    pairs.push(&wish);
    format!("/{path}?{}", pairs.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn shell<'a>(uri: &'a Uri, title: &'a str) -> Shell<'a> {
        Shell {
            language: Language::Ru,
            title,
            service: "Портал",
            state: Some("Оплачено"),
            invalid: false,
            switch: LanguageSwitch::Links(uri),
            signed_in: None,
            help: None,
            demonstration: true,
            status: StatusCode::OK,
            body: Html::text("тело"),
        }
    }

    async fn body(response: Response) -> String {
        String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    /// Defends: A16
    #[tokio::test]
    async fn a_page_has_a_title_a_skip_link_a_switch_help_and_no_script() {
        let uri: Uri = "/pay?step=2&lang=ru".parse().unwrap();
        let mut shell = shell(&uri, "Оплата <script>");
        shell.invalid = true;
        let html = body(page(&shell)).await;
        assert!(html.starts_with("<!doctype html>"));
        assert!(html.contains("<html lang=\"ru\">"));
        assert!(
            html.contains("<title>Ошибка: Оплата &#60;script&#62; – Портал – Оплачено</title>"),
            "{html}"
        );
        for said in ["href=\"#main\"", "/pay?step=2&#38;lang=kk", "hreflang=\"en\"", "1414", "Қазақша"]
        {
            assert!(html.contains(said), "{said}: {html}");
        }
        for forbidden in ["<script", "style=\"", "onclick", "<style", "http://", "https://"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }

    #[tokio::test]
    async fn on_a_form_the_language_is_changed_by_sending_it() {
        let uri = Uri::from_static("/");
        let shell = Shell { switch: LanguageSwitch::Form("order"), ..shell(&uri, "Заказ") };
        let html = body(page(&shell)).await;
        assert!(html.contains("form=\"order\" name=\"lang\"") && html.contains("formnovalidate"));
        let first = html.split("<button").nth(1).unwrap();
        assert!(!first.split('>').next().unwrap().contains("name="), "Enter must not change the language");
    }

    /// Defends: A14
    #[test]
    fn the_switch_never_leads_to_another_host() {
        let uri: Uri = "https://portal//evil.example/a?lang=kk&x=1".parse().unwrap();
        assert_eq!(with_language(&uri, Language::En), "/evil.example/a?x=1&lang=en");
    }
}
