//! Enveloped document signatures, judged by xmlsec in both directions.

use std::path::Path;
use std::process::Command;

use pki::issue::{Authority, Organisation, Profile, Request};
use pki::{Certificate, FileSigner, SignatureSuite, Signer, SigningFailed, SuiteId};
use terms::Moment;
use xml::dsig::{SignatureError, sign_enveloped, verify_enveloped};
use xml::{Element, FieldError, FromElement, Limits, ToElement, Writer, XmlError};

struct Receipt {
    amount: String,
    payer: String,
}

const NS: &str = "urn:example:receipt";

impl ToElement for Receipt {
    fn write(&self, writer: &mut Writer) {
        writer.start(NS, "Receipt").attribute("version", "1>0");
        writer.leaf(NS, "amount", &self.amount).leaf("", "payer", &self.payer).end();
    }
}

impl FromElement for Receipt {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(NS, "Receipt")?;
        let mut fields = element.fields(NS)?;
        let amount = fields.required("amount")?.text()?.to_owned();
        let payer = element.child("", "payer").unwrap().text()?.to_owned();
        Ok(Self { amount, payer })
    }
}

fn receipt() -> Receipt {
    Receipt { amount: "150000".to_owned(), payer: "Ахметов \"А\" & <сын>\r\n\t".to_owned() }
}

const DSIG_MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";

struct Identity {
    signer: FileSigner,
    key_pem: String,
    certificate_pem: String,
}

fn identity(suite: SuiteId) -> Identity {
    let day = |day: i64| Moment::from_system_clock().plus_seconds(day * 86_400);
    let organisation = Organisation {
        name: "АО «Тест-банк»".parse().unwrap(),
        bin: "960440000012".parse().unwrap(),
    };
    let root =
        Authority::create_root(&"NATIONAL CA".parse().unwrap(), SuiteId::P256, day(-2), day(9)).unwrap();
    let authority = Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap();
    let profile = Profile::ParticipantSigning { organisation };
    let crl_url = "https://localhost/crl".to_owned();
    let issued = authority
        .issue(&Request { profile, suite, not_before: day(-1), not_after: day(1), crl_url })
        .unwrap();
    let (key_pem, certificate_pem) = (issued.key_pem.expose_secret().to_owned(), issued.certificate.to_pem());
    let signer = FileSigner::from_pem(&key_pem, &certificate_pem).unwrap();
    Identity { signer, key_pem, certificate_pem }
}

fn xmlsec1(arguments: &[&str]) -> String {
    let output = Command::new("xmlsec1")
        .args(arguments)
        .output()
        .expect("xmlsec1 (Debian: xmlsec1) must be installed to judge signatures");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn folder(name: &str) -> std::path::PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&path).unwrap();
    path
}

#[test]
fn a_signed_document_gives_back_what_was_signed() {
    for suite in SuiteId::ALL {
        let signer = identity(suite).signer;
        let signed = sign_enveloped(&receipt(), &signer).unwrap();
        let document = verify_enveloped(&signed, &Limits::DOCUMENT).unwrap();
        assert_eq!(document.octets(), receipt().to_xml().as_bytes());
        assert_eq!(document.certificate().der(), signer.certificate().der());
        assert_eq!(document.parse::<Receipt>().unwrap().payer, receipt().payer);
    }
}

#[test]
fn xmlsec_accepts_what_we_sign() {
    for suite in [SuiteId::Rsa2048, SuiteId::P256] {
        let folder = folder(&format!("document_we_sign_{suite}"));
        let identity = identity(suite);
        let signed = sign_enveloped(&receipt(), &identity.signer).unwrap();
        let certificate = file(&folder, "certificate.pem", &identity.certificate_pem);
        let document = file(&folder, "document.xml", &signed);
        xmlsec1(&["--verify", "--pubkey-cert-pem", &certificate, &document]);
        let forged = String::from_utf8(signed).unwrap().replace("150000", "950000");
        let forged = file(&folder, "forged.xml", forged);
        let mut judge = Command::new("xmlsec1");
        judge.args(["--verify", "--pubkey-cert-pem", &certificate, &forged]);
        assert!(!judge.output().unwrap().status.success(), "the judge must judge");
    }
}

/// A comment is signed by nobody. Between elements it says nothing; inside a value it would be another value to whoever
/// reads up to it, and other tools let it pass.
///
/// Defends: A4, A18
#[test]
fn a_comment_inside_a_value_of_a_signed_document_is_refused() {
    let identity = identity(SuiteId::P256);
    let signed = String::from_utf8(sign_enveloped(&receipt(), &identity.signer).unwrap()).unwrap();
    let split = signed.replace("150000", "15<!-- -->0000");
    assert_ne!(split, signed);
    let refused = verify_enveloped(split.as_bytes(), &Limits::DOCUMENT).unwrap_err();
    assert_eq!(refused, SignatureError::Xml(XmlError::Comment));
    let beside = signed.replace("</amount>", "</amount><!-- -->");
    assert_ne!(beside, signed);
    verify_enveloped(beside.as_bytes(), &Limits::DOCUMENT).unwrap();
}

#[test]
fn we_accept_what_xmlsec_signs_in_every_form() {
    for suite in [SuiteId::Rsa2048, SuiteId::P256] {
        let folder = folder(&format!("document_they_sign_{suite}"));
        let identity = identity(suite);
        let key = file(&folder, "key.pem", &identity.key_pem);
        let certificate = file(&folder, "certificate.pem", &identity.certificate_pem);
        for form in [
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
            "http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments",
            "http://www.w3.org/2001/10/xml-exc-c14n#",
            "http://www.w3.org/2001/10/xml-exc-c14n#WithComments",
        ] {
            let template =
                file(&folder, "template.xml", template(identity.signer.suite().signature_uri(), form));
            let signed = xmlsec1(&["--sign", "--privkey-pem", &format!("{key},{certificate}"), &template]);
            let document = verify_enveloped(signed.as_bytes(), &Limits::DOCUMENT).unwrap();
            let covered = String::from_utf8(document.octets().to_vec()).unwrap();
            assert!(covered.contains(">1</amount>") && !covered.contains("Signature"), "{covered}");
            assert_eq!(document.certificate().der(), identity.signer.certificate().der());
            let forged = signed.replace("<amount>1<", "<amount>2<");
            let refused = verify_enveloped(forged.as_bytes(), &Limits::DOCUMENT).unwrap_err();
            assert_eq!(refused, SignatureError::Digest);
        }
    }
}

fn template(method: &str, form: &str) -> String {
    format!(
        "<?xml version='1.0'?>\n<!-- before -->\n<r:Receipt xmlns:r='urn:r' xmlns='urn:d' \
         xmlns:unused='urn:u' xml:lang='kk'>\r\n  <amount>1</amount> <!-- inside --> \
         <r:x z='&#9;' r:a='&lt;'><![CDATA[<&>]]></r:x>\n\
         <Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><SignedInfo>\
         <CanonicalizationMethod Algorithm='{form}'/><SignatureMethod Algorithm='{method}'/>\n\
         <Reference URI=''><Transforms>\
         <Transform Algorithm='http://www.w3.org/2000/09/xmldsig#enveloped-signature'/>\
         <Transform Algorithm='{form}'/></Transforms>\
         <DigestMethod Algorithm='http://www.w3.org/2001/04/xmlenc#sha256'/><DigestValue/></Reference>\
         </SignedInfo><SignatureValue/><KeyInfo><X509Data><X509Certificate/></X509Data></KeyInfo></Signature>\
         \n</r:Receipt>\n<!-- after -->\n"
    )
}

/// Defends: A4, A28
#[test]
fn documents_signed_in_another_way_are_refused() {
    for suite in SuiteId::ALL {
        let signer = identity(suite).signer;
        let signed = String::from_utf8(sign_enveloped(&receipt(), &signer).unwrap()).unwrap();
        let start = signed.find("<ds:Signature").unwrap();
        let end = signed.find("</ds:Signature>").unwrap() + "</ds:Signature>".len();
        let signature = &signed[start..end];
        let change = |from: &str, to: &str| {
            assert!(signed.contains(from), "{from}");
            verify_enveloped(signed.replacen(from, to, 1).as_bytes(), &Limits::DOCUMENT).unwrap_err()
        };
        assert_eq!(change(signature, ""), SignatureError::Missing);
        assert_eq!(change(signature, &signature.repeat(2)), SignatureError::Several);
        assert_eq!(change(signature, &format!("<x>{signature}</x>")), SignatureError::Several);
        assert_eq!(change("150000", "150001"), SignatureError::Digest);
        assert_eq!(change("URI=\"\"", "URI=\"#xpointer(/)\""), SignatureError::Reference);
        assert_eq!(change("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"), SignatureError::Value);
        let xslt = "http://www.w3.org/TR/1999/REC-xslt-19991116";
        assert_eq!(
            change("http://www.w3.org/2000/09/xmldsig#enveloped-signature", xslt),
            SignatureError::Transform
        );
        let own = signer.suite();
        assert_eq!(
            change(own.signature_uri(), &format!("{DSIG_MORE}hmac-sha256")),
            SignatureError::Algorithm
        );
        for other in SuiteId::ALL.into_iter().map(pki::suite) {
            if other.id() != suite {
                assert_eq!(change(own.signature_uri(), other.signature_uri()), SignatureError::Algorithm);
            }
            // What names the digest is signed too, so the signature does not agree.
            if other.digest_uri() != own.digest_uri() {
                assert_eq!(change(own.digest_uri(), other.digest_uri()), SignatureError::Value);
            }
        }
    }
}

/// A holder of a true key takes a digest of another suite, and signs that.
///
/// Defends: A28
#[test]
fn a_digest_of_another_suite_is_refused_though_it_is_signed() {
    struct Mixed<'s>(&'s FileSigner, &'static dyn SignatureSuite);
    impl Signer for Mixed<'_> {
        fn certificate(&self) -> &Certificate {
            self.0.certificate()
        }
        fn suite(&self) -> &'static dyn SignatureSuite {
            self.1
        }
        fn sign(&self, info: &[u8]) -> Result<Vec<u8>, SigningFailed> {
            self.0.sign(info)
        }
    }
    for suite in SuiteId::ALL {
        let signer = identity(suite).signer;
        for other in SuiteId::ALL.into_iter().map(pki::suite) {
            let signed = sign_enveloped(&receipt(), &Mixed(&signer, other)).unwrap();
            let verified = verify_enveloped(&signed, &Limits::DOCUMENT);
            if other.id() == suite {
                verified.unwrap();
            } else {
                assert_eq!(verified.unwrap_err(), SignatureError::Algorithm);
            }
        }
    }
}
