//! Messages judged by xmlsec, in both directions: what we sign it accepts, what it signs we open.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{BASE64, COUNTRY, Identity, NS, Notice, WSSE, WSU, X509_V3, notice, now};
use envelope::{SoapVersion, TokenForm, open, seal};
use pki::{Signer, SuiteId};

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V11, SoapVersion::V12];
const TOKENS: [TokenForm; 2] = [TokenForm::BinarySecurityToken, TokenForm::KeyIdentifier];
const WSA: &str = "http://www.w3.org/2005/08/addressing";

fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs xmlsec with the identifiers of a message; the result is its output if it agrees.
fn xmlsec1(version: SoapVersion, arguments: &[&str], document: &str) -> Result<String, String> {
    let identifiers = [
        format!("{}:Body", version.namespace()),
        format!("{WSU}:Timestamp"),
        format!("{WSA}:MessageID"),
        format!("{WSSE}:BinarySecurityToken"),
    ];
    let mut command = Command::new("xmlsec1");
    command.args(arguments);
    for element in &identifiers {
        command.args(["--id-attr:Id", element]);
    }
    let output = command
        .arg(document)
        .output()
        .expect("xmlsec1 (Debian: xmlsec1) must be installed to judge signatures");
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
fn xmlsec_accepts_what_we_sign_and_refuses_what_was_changed() {
    for suite in [SuiteId::Rsa2048, SuiteId::P256] {
        let folder = folder(&format!("envelope_we_sign_{suite}"));
        let bank = COUNTRY.participant(suite);
        let certificate = file(&folder, "certificate.pem", &bank.certificate_pem);
        for version in VERSIONS {
            for token in TOKENS {
                let octets = seal(version, &notice(100), &bank.signer, now(), token).unwrap();
                let document = file(&folder, "message.xml", &octets);
                let arguments = ["--verify", "--pubkey-cert-pem", &certificate];
                xmlsec1(version, &arguments, &document).unwrap();
                for (from, to) in [(">100<", ">999<"), ("T12:00:00", "T12:00:01")] {
                    let text = String::from_utf8(octets.clone()).unwrap();
                    assert!(text.contains(from));
                    let forged = file(&folder, "forged.xml", text.replacen(from, to, 1));
                    xmlsec1(version, &arguments, &forged).unwrap_err();
                }
            }
        }
    }
}

#[test]
fn we_open_what_xmlsec_signs() {
    for suite in [SuiteId::Rsa2048, SuiteId::P256] {
        let folder = folder(&format!("envelope_they_sign_{suite}"));
        let bank = COUNTRY.participant(suite);
        let key = file(&folder, "key.pem", &bank.key_pem);
        for version in VERSIONS {
            for token in TOKENS {
                for prefixes in [None, Some("soapenv #default unused"), Some("")] {
                    let template = template(version, &bank, token, prefixes);
                    let template = file(&folder, "template.xml", template);
                    let signed = xmlsec1(version, &["--sign", "--privkey-pem", &key], &template).unwrap();
                    let (seen, body) = open(signed.clone(), &COUNTRY.trust, now()).unwrap();
                    assert_eq!(seen, version);
                    assert_eq!(body.parse::<Notice>().unwrap().get().amount, 100);
                    let forged = signed.replacen("100", "900", 1);
                    assert!(open(forged, &COUNTRY.trust, now()).is_err());
                }
            }
        }
    }
}

/// A message as other software writes it: other prefixes, line breaks, unused namespaces, addressing.
fn template(version: SoapVersion, bank: &Identity, token: TokenForm, prefixes: Option<&str>) -> String {
    let soap = version.namespace();
    let certificate = STANDARD.encode(bank.signer.certificate().der());
    let list = prefixes.map_or(String::new(), |list| {
        format!(
            "<ec:InclusiveNamespaces xmlns:ec='http://www.w3.org/2001/10/xml-exc-c14n#' PrefixList='{list}'/>"
        )
    });
    let (token, reference) = match token {
        TokenForm::BinarySecurityToken => (
            format!(
                "<o:BinarySecurityToken u:Id='X509-1' ValueType='{X509_V3}' EncodingType='{BASE64}'>\n\
                 {certificate}\n</o:BinarySecurityToken>"
            ),
            "<o:Reference URI='#X509-1'/>".to_owned(),
        ),
        TokenForm::KeyIdentifier => {
            (String::new(), format!("<o:KeyIdentifier ValueType='{X509_V3}'>{certificate}</o:KeyIdentifier>"))
        }
    };
    let signature = bank.signer.suite().signature_uri();
    let references: String = ["id-1", "id-2", "id-3"].map(|id| reference_to(id, &list)).concat();
    format!(
        "<?xml version='1.0' encoding='utf-8'?>\n\
         <soapenv:Envelope xmlns:soapenv='{soap}' xmlns:unused='urn:unused' xmlns='urn:default' \
         xmlns:g='{NS}'>\n\
         <soapenv:Header>\n\
         <a:MessageID xmlns:a='{WSA}' xmlns:u='{WSU}' u:Id='id-3'>urn:uuid:1</a:MessageID>\n\
         <o:Security xmlns:o='{WSSE}' xmlns:u='{WSU}' soapenv:mustUnderstand='1'>{token}\n\
         <u:Timestamp u:Id='id-2'><u:Created>2026-11-22T07:00:00Z</u:Created></u:Timestamp>\n\
         <Signature xmlns='http://www.w3.org/2000/09/xmldsig#' Id='SIG-1'><SignedInfo>\n\
         <CanonicalizationMethod Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'>{list}\
         </CanonicalizationMethod><SignatureMethod Algorithm='{signature}'/>{references}</SignedInfo>\n\
         <SignatureValue/><KeyInfo><o:SecurityTokenReference>{reference}</o:SecurityTokenReference></KeyInfo>\
         </Signature></o:Security></soapenv:Header>\n\
         <soapenv:Body xmlns:u='{WSU}' u:Id='id-1'>\r\n\
         <g:NotifyPayment>\n\t<g:amount>100</g:amount>\n</g:NotifyPayment>\n</soapenv:Body>\n\
         </soapenv:Envelope>\n"
    )
}

fn reference_to(id: &str, list: &str) -> String {
    format!(
        "<Reference URI='#{id}'><Transforms><Transform Algorithm='http://www.w3.org/2001/10/xml-exc-c14n#'>\
         {list}</Transform></Transforms>\
         <DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><DigestValue/></Reference>"
    )
}
