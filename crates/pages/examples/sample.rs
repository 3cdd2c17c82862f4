//! Prints one page with every form element, for looking at and for checkers of HTML.

use http_body_util::BodyExt;
use pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, Tick, button, form};
use pages::part::{Acronym, Facts, Panel, Tone, payment_code, qr, spelled_out};
use pages::{Html, LanguageSwitch, Markup, Shell, SignedIn, Texts, money, page, say};
use terms::{Language, Tiyn};

#[tokio::main]
async fn main() {
    let language = std::env::args().nth(1).and_then(|tag| tag.parse().ok()).unwrap_or(Language::Kk);
    let t = Texts(language);
    let mut errors = FormErrors::new();
    errors.add("iin", t.say("m-iin-1").with("count", 11_u32));
    let methods = ["card", "atm"].map(|name| Choice::new(name, say(language, &format!("method-{name}"))));
    let mut methods = methods.to_vec();
    methods.push(Choice::new("kiosk", t.say("method-kiosk")).hint(t.say("method-kiosk-about")).unavailable());
    let fields = [
        TextInput::new(language, "iin", t.say("label-iin")).numeric(12).error(errors.of("iin")).html(),
        Radios::new(language, "method", t.say("method-title"), methods).chosen("card").html(),
        Tick::new(language, "document", t.say("desk-tick-document")).html(),
        button(t.say("pay-button").with("sum", money(language, Tiyn::tenge(1725))), ButtonKind::Main),
        button(t.say("button-cancel"), ButtonKind::Other),
    ];
    let facts = Facts::new().fact(t.say("label-amount"), money(language, Tiyn::tenge(1725)));
    let body = Html::join([
        errors.summary(language),
        Panel::new(Tone::Good, t.say("pay-result-paid"))
            .line(t.say("pay-next"))
            .message_code("m-paid")
            .html(),
        payment_code(language, "7291417776317054".parse().expect("a right code")),
        facts.fact_html("", spelled_out(language, Acronym::Iin)).html(),
        qr("https://127.0.0.1:8081/v/0", t.say("receipt-qr")).expect("a short text"),
        form("order", "/order", "0", fields),
    ]);
    let response = page(&Shell {
        language,
        title: &t.say("method-title").to_string(),
        service: &t.say("site-portal").to_string(),
        state: None,
        invalid: true,
        switch: LanguageSwitch::Form("order"),
        signed_in: Some(SignedIn {
            name: "Айгүл".into(), sign_out: "/sign-out".into(), csrf: "0".into()
        }),
        help: None,
        demonstration: true,
        status: http::StatusCode::OK,
        body,
    });
    let octets = response.into_body().collect().await.expect("a page is in memory").to_bytes();
    println!("{}", String::from_utf8_lossy(&octets));
}
