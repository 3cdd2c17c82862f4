//! What opening and sealing cost beside the signature itself. Run by hand, optimised, with `--ignored`.

mod common;

use std::hint::black_box;
use std::time::{Duration, Instant};

use common::{COUNTRY, NS, now};
use envelope::{SoapVersion, TokenForm, open, seal};
use pki::{Certificate, Purpose, SignatureSuite, Signer, SigningFailed, SuiteId};
use xml::{Element, FieldError, FromElement, Limits, Writer, with_tree};

const BATCH: u32 = 20;
const BATCHES: u32 = 100;

/// Signs nothing, so that only our own work is measured.
struct Idle<'s>(&'s dyn Signer, Vec<u8>);

impl Signer for Idle<'_> {
    fn certificate(&self) -> &Certificate {
        self.0.certificate()
    }
    fn suite(&self) -> &'static dyn SignatureSuite {
        self.0.suite()
    }
    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        Ok(self.1.clone())
    }
}

struct Fields;

impl FromElement for Fields {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        let mut fields = element.fields(NS)?;
        for n in 0..30 {
            black_box(fields.required(&format!("field{n}"))?.text()?);
        }
        fields.finish().map(|()| Self)
    }
}

/// Thirty fields, 2.5 KB.
fn body() -> String {
    let mut writer = Writer::new();
    writer.start(NS, "NotifyPayment");
    for n in 0..30 {
        let text = "Төлем мақсаты: мемлекеттік баж, 2026";
        writer.leaf(NS, &format!("field{n}"), &text[..text.floor_char_boundary(48)]);
    }
    writer.end();
    writer.finish()
}

/// The mean of the quietest of many batches: other work on the machine only ever adds.
fn cost<R>(mut f: impl FnMut() -> R) -> Duration {
    let mut batch = || {
        let start = Instant::now();
        for _ in 0..BATCH {
            black_box(f());
        }
        start.elapsed() / BATCH
    };
    (0..BATCHES).map(|_| batch()).min().unwrap()
}

#[test]
#[ignore = "a measurement, not a check"]
fn opening_and_sealing_cost() {
    let body = body();
    println!("body: {} bytes", body.len());
    for suite in SuiteId::ALL {
        let bank = COUNTRY.participant(suite).signer;
        let signature = bank.sign(b"octets").unwrap();
        let form = TokenForm::BinarySecurityToken;
        let octets = seal(SoapVersion::V11, &body, &bank, now(), form).unwrap();
        let idle = Idle(&bank, signature.clone());
        let sealing = cost(|| seal(SoapVersion::V11, &body, &idle, now(), form));
        let signing = cost(|| bank.sign(b"octets"));
        let key = bank.certificate().public_key();
        let verifying = cost(|| bank.suite().verify(key, b"octets", &signature));
        let certificate = cost(|| Certificate::from_der(bank.certificate().der()));
        let trusting = cost(|| COUNTRY.trust.check(bank.certificate(), Purpose::MessageSigning, now()));
        let tree = cost(|| with_tree(&octets, &Limits::MESSAGE, |root| root.name().len()));
        let opening = cost(|| open(octets.clone(), &COUNTRY.trust, now()));
        let (_, opened) = open(octets.clone(), &COUNTRY.trust, now()).unwrap();
        let parsing = cost(|| opened.parse::<Fields>().map(|_| ()));
        println!(
            "{suite}: {} bytes; seal without signature {sealing:?}, signature {signing:?}; open {opening:?}, \
             of which verification {verifying:?}, certificate {certificate:?}, trust {trusting:?}, tree {tree:?}; \
             parse {parsing:?}",
            octets.len()
        );
    }
}
