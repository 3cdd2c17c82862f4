//! What must not get out and what must not get in: card data, foreign addresses, scripts.

use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use http::{HeaderName, HeaderValue, StatusCode, header};
use tokio::sync::oneshot;
use tracing_subscriber::fmt::MakeWriter;
use transport::{Browser, ClientAuth, Listener, ServerLimits, ServerTls, serve};
use wire::common::CardPageState;

use super::world::{RETURN_URL, Says, World, escaped, own_bin, page};

/// A log in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The forms in which a secret could stand in a log.
fn encodings(secret: &str) -> Vec<Vec<u8>> {
    let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let listed = secret.bytes().map(|octet| octet.to_string()).collect::<Vec<_>>().join(", ");
    // In the middle of a longer text base64 depends on where it begins.
    let shifted = (0..3).map(|shift| {
        let text = STANDARD_NO_PAD.encode([" ".repeat(shift).as_str(), secret].concat());
        text.as_bytes()[shift + 1..text.len() - 2].to_vec()
    });
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        hex::encode(secret).into_bytes(),
        hex::encode_upper(secret).into_bytes(),
        STANDARD.encode(secret).into_bytes(),
        escaped(secret).into_bytes(),
        escaped(secret).to_lowercase().into_bytes(),
        listed.into_bytes(),
        utf16,
    ];
    forms.extend(shifted);
    forms
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// Through the whole stack: a browser, the HTTPS server, the page, the line to the bank.
///
/// Defends: A17
#[tokio::test]
async fn no_log_line_and_no_page_of_a_payment_holds_card_data_in_any_encoding() {
    const PAN: &str = "4242424242424242";
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .without_time()
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let mut pages = Vec::new();
    for says in [Says::Code("00"), Says::Code("51"), Says::Garbage, Says::Nothing, Says::Cut(7)] {
        let world = World::new(says);
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let address = format!("https://localhost:{}{}", listener.local_addr().unwrap().port(), page());
        let tls = ServerTls {
            identity: world.identity_of(own_bin()),
            client_auth: ClientAuth::None,
            roots: world.roots.clone(),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let router = world.router.clone();
        let served = tokio::spawn(async move {
            let stopped = async { drop(stopped.await) };
            serve(listener, tls, router, ServerLimits::default(), stopped).await.unwrap()
        });
        let mut browser = Browser::new(None, &world.roots).unwrap();
        let secrets = |body: &str, name: &str| {
            let piece = format!("name=\"{name}\" value=\"");
            body.split_once(&piece).unwrap().1.split('"').next().unwrap().to_owned()
        };
        // Once wrong, so that the form comes back with errors, then right.
        for expiry in ["01/20", "08/29"] {
            let form = browser.get(&address).await.unwrap();
            let (csrf, name) = (secrets(&form.body, "csrf"), secrets(&form.body, "form"));
            let fields = [
                ("csrf", csrf.as_str()),
                ("form", &name),
                ("number", PAN),
                ("expiry", expiry),
                ("code", "737"),
            ];
            let result = browser.post_form(&address, &fields).await.unwrap();
            let status = if expiry == "01/20" { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            assert_eq!(result.status, status);
            pages.push(format!("{:?}\n{}\n{:?}", result.headers, result.body, result.redirected_from));
        }
        assert_eq!(world.bank.times_asked(), 1);
        stop.send(()).unwrap();
        served.await.unwrap();
    }
    drop(guard);
    let log = log.0.lock().unwrap().clone();
    assert!(holds(&log, b"authorisation-garbled"), "the log was captured");
    let pages = pages.join("\n").into_bytes();
    for form in encodings(PAN) {
        let shown = String::from_utf8_lossy(&form).into_owned();
        assert!(!holds(&log, &form), "the log holds {shown}");
        assert!(!holds(&pages, &form), "a page holds {shown}");
    }
    // Three digits stand in ports and numbers of messages by chance, so the code is looked for as a word.
    let words = String::from_utf8_lossy(&log).into_owned();
    assert!(!words.split(|c: char| !c.is_alphanumeric()).any(|word| word == "737" || word == "2908"));
    assert!(!holds(&log, b"CV003737"));
}

/// Defends: A17
#[tokio::test]
async fn a_form_with_errors_comes_back_without_the_card() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    let (csrf, form) = visitor.open().await;
    let fields = [
        ("csrf", csrf.as_str()),
        ("form", form.as_str()),
        ("number", "4242 4242 4242 4243"),
        ("expiry", "08/29"),
        ("code", "7377"),
    ];
    let again = visitor.post(&page(), &fields).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["href=\"#number\"", "href=\"#code\"", "aria-invalid", "<title>Ошибка:"] {
        assert!(again.body.contains(said), "{said}: {}", again.body);
    }
    for typed in ["4242", "08/29\"", "7377"] {
        assert!(!again.body.contains(typed), "{typed}: {}", again.body);
    }
    assert_eq!(again.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(again.headers[header::CONNECTION], "close", "no buffer of the connection outlives the card");
    for purpose in ["cc-number", "cc-exp", "cc-csc"] {
        assert!(again.body.contains(&format!("autocomplete=\"{purpose}\"")), "{purpose}");
    }
    assert_eq!(world.known(|known| known.attempts.len()), 0);
}

/// Every address a page leads to.
fn addresses(body: &str) -> impl Iterator<Item = &str> {
    let after = |piece| body.split(piece).skip(1).filter_map(|rest| rest.split('"').next());
    after("href=\"").chain(after("action=\"")).chain(after("src=\""))
}

fn is_ours(address: &str) -> bool {
    let on_site = address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\");
    on_site || address.starts_with('#') || address == RETURN_URL
}

/// Defends: A14
#[tokio::test]
async fn no_address_that_comes_from_a_browser_is_ever_followed() {
    let targets = [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "data:text/html,evil",
        "https://portal.example@evil.example/",
        "https://portal.example.evil.example/",
        "http://169.254.169.254/latest",
        "http://127.0.0.1:8090/ws/v1/gateway",
        "%2f%2fevil.example",
        "\r\nLocation: https://evil.example",
        "/pay/../../evil.example",
        "https://evil.example/#/pay/5f1d9c0a7be24c63a1f08e42d7b95c16",
        "file:///etc/passwd",
        "gopher://evil.example",
        "\u{ff0f}\u{ff0f}evil.example",
        "https://евил.example/",
    ];
    let names = [
        "returnUrl",
        "return_url",
        "back",
        "next",
        "url",
        "redirect",
        "redirect_uri",
        "continue",
        "form",
        "lang",
        "to",
        "callback",
        "target",
        "dest",
        "u",
        "r",
        "ref",
        "portal",
        "success",
        "cancel",
    ];
    let headers = ["referer", "origin", "x-forwarded-host", "x-original-url", "forwarded", "host"];
    let world = World::new(Says::Code("51"));
    let mut payloads = 0;
    for target in targets {
        for name in names {
            let address = format!("{}?{name}={}", page(), escaped(target));
            let mut visitor = world.visitor();
            world.known(|known| known.bound = None);
            for header in headers {
                if let Ok(value) = HeaderValue::from_str(target) {
                    visitor.headers.insert(HeaderName::from_static(header), value);
                }
            }
            world.known(|known| known.state = CardPageState::Open);
            let shown = visitor.get(&address).await;
            let (csrf, form) = shown.secrets();
            let fields =
                [("csrf", csrf.as_str()), ("form", form.as_str()), (name, target), ("returnUrl", target)];
            let typed = visitor.post(&address, &fields).await;
            let forged = visitor.post(&address, &[(name, target), ("csrf", target)]).await;
            let cancelled =
                visitor.post(&format!("{}/cancel?{name}={}", page(), escaped(target)), &fields).await;
            let afterwards = visitor.get(&address).await;
            for seen in [shown, typed, forged, cancelled, afterwards] {
                payloads += 1;
                assert!(seen.location().is_none_or(|location| location == page()), "{:?}", seen.location());
                for address in addresses(&seen.body) {
                    assert!(is_ours(address), "{name}={target} leads to {address}");
                }
                assert!(!seen.headers.values().any(|value| holds(value.as_bytes(), b"evil")));
            }
        }
        for path in [escaped(target), format!("{}/{}", &page()[5..], escaped(target))] {
            let seen = world.visitor().get(&format!("/pay/{path}")).await;
            payloads += 1;
            assert!(seen.location().is_none() && seen.status.is_client_error(), "{path}: {}", seen.status);
        }
    }
    assert!(payloads >= 2_000, "{payloads}");
    assert_eq!(world.bank.times_asked(), 0);
}

/// Defends: A15, A16
#[tokio::test]
async fn every_state_of_the_page_is_without_script_and_carries_the_headers() {
    let world = World::new(Says::Code("00"));
    let mut visitor = world.visitor();
    for state in [
        CardPageState::Open,
        CardPageState::Asked,
        CardPageState::Paid,
        CardPageState::Declined,
        CardPageState::Unknown,
        CardPageState::Cancelled,
    ] {
        world.known(|known| known.state = state);
        for language in ["kk", "ru", "en"] {
            let seen = visitor.get(&format!("{}?lang={language}", page())).await;
            assert!(seen.body.contains(&format!("<html lang=\"{language}\">")));
            let policy = seen.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            for said in
                ["default-src 'none'", "form-action 'self';", "frame-ancestors 'none'", "base-uri 'none'"]
            {
                assert!(policy.contains(said), "{said}: {policy}");
            }
            assert!(!policy.contains("script"));
            assert_eq!(seen.headers[header::CACHE_CONTROL], "no-store");
            assert_eq!(seen.headers[header::REFERRER_POLICY], "no-referrer");
            let body = seen.body.to_lowercase();
            for forbidden in
                ["<script", "javascript:", " onload", " onclick", "style=\"", "<iframe", "<img", "http-equiv"]
            {
                assert!(!body.contains(forbidden), "{forbidden} in {state:?}");
            }
            assert!(!body.contains("{m-") && !body.contains("{pay-") && !body.contains("{ $"), "{body}");
        }
    }
}
