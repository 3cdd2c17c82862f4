//! What is sealed can be opened, by whom and when; and what it says, in both versions of SOAP.

mod common;

use common::{BANK, BIN, COUNTRY, Country, NS, Notice, notice, now, organisation};
use envelope::{Fault, FaultCode, Refused, SoapVersion, TokenForm, open, seal, seal_fault};
use pki::issue::{Profile, RevokedEntry};
use pki::{RevocationReason, Signer, SuiteId};
use terms::Language;

const VERSIONS: [SoapVersion; 2] = [SoapVersion::V11, SoapVersion::V12];
const TOKENS: [TokenForm; 2] = [TokenForm::BinarySecurityToken, TokenForm::KeyIdentifier];

#[test]
fn a_sealed_message_opens_with_its_signer_and_evidence() {
    for suite in SuiteId::ALL {
        let bank = COUNTRY.participant(suite);
        for version in VERSIONS {
            for token in TOKENS {
                let octets = seal(version, &notice(150_000), &bank.signer, now(), token).unwrap();
                let (seen, body) = open(octets.clone(), &COUNTRY.trust, now()).unwrap();
                assert_eq!(seen, version);
                assert_eq!(body.name(), (NS, "NotifyPayment"));
                assert_eq!(body.parse::<Notice>().unwrap().get().amount, 150_000);
                assert_eq!(body.signer().bin.unwrap().to_string(), BIN);
                assert_eq!(body.signer().iin, None);
                assert_eq!(body.evidence().octets, octets);
                assert_eq!(body.evidence().crl_number, 1);
                assert_eq!(body.evidence().received_at, now());
                assert_eq!(body.evidence().certificate.der(), bank.signer.certificate().der());
                assert!(body.fault().is_none());
            }
        }
    }
}

#[test]
fn the_content_hash_depends_on_the_content_only() {
    let hash = |amount, version, token, seconds| {
        let now = now().plus_seconds(seconds);
        let octets = seal(version, &notice(amount), &BANK.signer, now, token).unwrap();
        open(octets, &COUNTRY.trust, now).unwrap().1.content_hash()
    };
    let first = hash(1, SoapVersion::V11, TokenForm::BinarySecurityToken, 0);
    assert_eq!(first, hash(1, SoapVersion::V12, TokenForm::KeyIdentifier, 60));
    assert_ne!(first, hash(2, SoapVersion::V11, TokenForm::BinarySecurityToken, 0));
}

#[test]
fn a_message_that_waited_for_days_is_still_opened() {
    let octets = seal(SoapVersion::V11, &notice(1), &BANK.signer, now(), TokenForm::default()).unwrap();
    assert!(open(octets.clone(), &COUNTRY.trust, now().plus_seconds(80_000)).is_ok());
    let refused = open(octets, &COUNTRY.trust, now().plus_seconds(-90_000)).unwrap_err();
    assert_eq!(refused, Refused::Timestamp);
}

#[test]
fn a_fault_reaches_the_other_side_with_its_detail() {
    for version in VERSIONS {
        for code in [FaultCode::Sender, FaultCode::Receiver, FaultCode::MustUnderstand] {
            let detail = notice(7);
            let reason = "сумма < 1 & \r\n больше";
            let fault = Fault { code, reason, language: Language::Ru, detail: Some(&detail) };
            let octets = seal_fault(version, &fault, &BANK.signer, now(), TokenForm::default()).unwrap();
            let (_, body) = open(octets, &COUNTRY.trust, now()).unwrap();
            let seen = body.fault().unwrap();
            assert_eq!((seen.code, seen.reason.as_str()), (code, reason));
            assert_eq!(seen.detail(), Some(detail.as_bytes()));
            assert_eq!(seen.parse::<Notice>().unwrap().unwrap(), Notice { amount: 7 });
            assert!(body.parse::<Notice>().is_err());
        }
        let fault = Fault { code: FaultCode::Receiver, reason: "", language: Language::Kk, detail: None };
        let octets = seal_fault(version, &fault, &BANK.signer, now(), TokenForm::default()).unwrap();
        let (_, body) = open(octets, &COUNTRY.trust, now()).unwrap();
        assert!(body.fault().unwrap().parse::<Notice>().is_none());
    }
}

fn refusal(country: &Country, signer: &dyn Signer, seconds: i64) -> Refused {
    let at = now().plus_seconds(seconds);
    let octets = seal(SoapVersion::V11, &notice(1), signer, at, TokenForm::default()).unwrap();
    open(octets, &country.trust, at).unwrap_err()
}

#[test]
fn a_signer_who_may_not_sign_now_is_refused_by_name() {
    let country = Country::without_crl();
    let bank = country.participant(SuiteId::P256);
    assert_eq!(refusal(&country, &bank.signer, 0), Refused::CrlMissing);
    assert_eq!(refusal(&country, &bank.signer, 0).fault_code(), FaultCode::Receiver);

    country.install(1, now().plus_seconds(1000), &[]);
    let octets = seal(SoapVersion::V11, &notice(1), &bank.signer, now(), TokenForm::default()).unwrap();
    assert!(open(octets, &country.trust, now()).is_ok());
    assert_eq!(refusal(&country, &bank.signer, 1001), Refused::CrlStale);
    assert_eq!(refusal(&country, &bank.signer, -10_000), Refused::SignerNotYetValid);
    assert_eq!(refusal(&country, &BANK.signer, 0), Refused::SignerUnknown);

    let tls = Profile::ParticipantTls { organisation: organisation(), host_names: vec![] };
    let tls = country.issue(tls, SuiteId::P256, now().plus_seconds(-1000));
    assert_eq!(refusal(&country, &tls.signer, 0), Refused::WrongKeyUsage);
    let organisation = organisation();
    let old = Profile::ParticipantSigning { organisation };
    let old = country.issue(old, SuiteId::P256, now().plus_seconds(-31_536_100));
    assert_eq!(refusal(&country, &old.signer, 0), Refused::SignerExpired);

    let reason = RevocationReason::KeyCompromise;
    let serial = bank.signer.certificate().serial();
    country.install(2, now().plus_seconds(1000), &[RevokedEntry { serial, since: now(), reason }]);
    assert_eq!(refusal(&country, &bank.signer, 0), Refused::SignerRevoked);
    assert_eq!(refusal(&country, &bank.signer, 0).fault_code(), FaultCode::Sender);
}

#[test]
fn the_content_type_names_the_version() {
    for version in VERSIONS {
        assert_eq!(SoapVersion::of_content_type(version.content_type()), Some(version));
    }
    let v12 = "application/soap+xml;action=\"urn:x\"; charset=\"UTF-8\"";
    assert_eq!(SoapVersion::of_content_type(v12), Some(SoapVersion::V12));
    for other in [
        "",
        "text/xml; charset=utf-7",
        "text/xml; charset=utf-16",
        "application/xml",
        "multipart/related; type=\"text/xml\"",
        "application/xop+xml; charset=utf-8",
    ] {
        assert_eq!(SoapVersion::of_content_type(other), None, "{other}");
    }
}
