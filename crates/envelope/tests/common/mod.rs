//! A small country for the tests: a CA, a participant, a stranger, and messages to forge.

#![allow(dead_code, reason = "each test program uses its own part")]

use std::sync::LazyLock;

use envelope::{SoapVersion, TokenForm, seal};
use pki::issue::{Authority, CrlContents, Organisation, Profile, Request, RevokedEntry};
use pki::{CrlPolicy, FileSigner, Signer, SuiteId, Trust};
use terms::Moment;
use xml::c14n::Form;
use xml::dsig::{Target, signature};
use xml::{Element, FieldError, FromElement};

pub(crate) const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
pub(crate) const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
pub(crate) const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
pub(crate) const X509_V3: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3";
pub(crate) const BASE64: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const BIN: &str = "960440000012";

pub(crate) fn now() -> Moment {
    "2026-11-22T12:00:00+05:00".parse().unwrap()
}

pub(crate) struct Identity {
    pub(crate) signer: FileSigner,
    pub(crate) key_pem: String,
    pub(crate) certificate_pem: String,
}

pub(crate) struct Country {
    authority: Authority,
    crl_number: u64,
    pub(crate) trust: Trust,
}

impl Country {
    pub(crate) fn new() -> Self {
        let country = Self::without_crl();
        country.install(1, now().plus_seconds(86_400), &[]);
        country
    }

    pub(crate) fn without_crl() -> Self {
        let name = "NATIONAL CA (TEST)".parse().unwrap();
        let (from, until) = (now().plus_seconds(-1_000_000), now().plus_seconds(100_000_000));
        let root = Authority::create_root(&name, SuiteId::P256, from, until).unwrap();
        let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
        let trust = Trust::new(vec![root.certificate], CrlPolicy::default());
        Self { authority, crl_number: 1, trust }
    }

    pub(crate) fn install(&self, number: u64, next_update: Moment, revoked: &[RevokedEntry]) {
        let contents = CrlContents { number, this_update: now().plus_seconds(-60), next_update, revoked };
        self.trust.install_crl(&self.authority.issue_crl(&contents).unwrap(), now()).unwrap();
    }

    pub(crate) fn participant(&self, suite: SuiteId) -> Identity {
        let organisation = organisation();
        self.issue(Profile::ParticipantSigning { organisation }, suite, now().plus_seconds(-1000))
    }

    pub(crate) fn issue(&self, profile: Profile, suite: SuiteId, not_before: Moment) -> Identity {
        let issued = self
            .authority
            .issue(&Request {
                profile,
                suite,
                not_before,
                not_after: not_before.plus_seconds(31_536_000),
                crl_url: "http://ca.example.kz/crl".to_owned(),
            })
            .unwrap();
        let key_pem = issued.key_pem.expose_secret().to_owned();
        let certificate_pem = issued.certificate.to_pem();
        let signer = FileSigner::from_pem(&key_pem, &certificate_pem).unwrap();
        Identity { signer, key_pem, certificate_pem }
    }
}

pub(crate) fn organisation() -> Organisation {
    Organisation { name: "АО «Тест-банк»".parse().unwrap(), bin: BIN.parse().unwrap() }
}

/// One country for all tests that change nothing in it.
pub(crate) static COUNTRY: LazyLock<Country> = LazyLock::new(Country::new);
pub(crate) static BANK: LazyLock<Identity> = LazyLock::new(|| COUNTRY.participant(SuiteId::P256));

pub(crate) const NS: &str = "urn:example:gateway";

/// What business code reads: the amount, from whatever message it is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) amount: u64,
}

impl FromElement for Notice {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(NS, "NotifyPayment")?;
        let mut fields = element.fields(NS)?;
        let amount = fields.required("amount")?.parse()?;
        fields.finish()?;
        Ok(Self { amount })
    }
}

pub(crate) fn notice(amount: u64) -> String {
    format!("<NotifyPayment xmlns=\"{NS}\"><amount>{amount}</amount></NotifyPayment>")
}

pub(crate) fn sealed_by(bank: &Identity) -> String {
    let octets =
        seal(SoapVersion::V11, &notice(100), &bank.signer, now(), TokenForm::BinarySecurityToken).unwrap();
    String::from_utf8(octets).unwrap()
}

/// The part of `text` from `start` to the end of `end`.
pub(crate) fn part<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let from = text.find(start).unwrap();
    let to = from + text[from..].find(end).unwrap() + end.len();
    &text[from..to]
}

/// A message that someone with a true key has signed against the rules.
pub(crate) struct Insider<'t> {
    pub(crate) targets: Vec<Target<'t>>,
    pub(crate) form: Form,
    pub(crate) headers: &'t str,
    pub(crate) security: &'t str,
    pub(crate) body: &'t str,
}

impl Default for Insider<'_> {
    fn default() -> Self {
        Self { targets: Vec::new(), form: Form::EXCLUSIVE, headers: "", security: "", body: "" }
    }
}

impl Insider<'_> {
    pub(crate) fn message(&self, signer: &dyn Signer) -> String {
        use base64::Engine as _;
        let certificate = base64::engine::general_purpose::STANDARD.encode(signer.certificate().der());
        let key_info = format!(
            "<w:SecurityTokenReference xmlns:w=\"{WSSE}\"><w:KeyIdentifier ValueType=\"{X509_V3}\" \
             EncodingType=\"{BASE64}\">{certificate}</w:KeyIdentifier></w:SecurityTokenReference>"
        );
        let signature = signature(signer, &self.form, "", &self.targets, &key_info).unwrap();
        format!(
            "<s:Envelope xmlns:s=\"{SOAP_11}\"><s:Header>{}<w:Security xmlns:w=\"{WSSE}\">{}{signature}\
             </w:Security></s:Header>{}</s:Envelope>",
            self.headers, self.security, self.body
        )
    }
}

pub(crate) fn body_with(id: &str, content: &str) -> String {
    format!("<s:Body xmlns:s=\"{SOAP_11}\" xmlns:wsu=\"{WSU}\" wsu:Id=\"{id}\">{content}</s:Body>")
}
