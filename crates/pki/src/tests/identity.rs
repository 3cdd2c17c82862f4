//! Whom a certificate names: only the strict grammar maps anybody.

use const_oid::ObjectIdentifier;
use der::Encode;
use der::asn1::{Any, BmpString, Ia5StringRef};
use der::flagset::FlagSet;
use x509_cert::ext::pkix::{BasicConstraints, CertificatePolicies, ExtendedKeyUsage, KeyUsage, KeyUsages};

use super::{DAY, World, authority_named, every_profile, noon};
use crate::issue::{self, Attribute, Authority, Body, IssueError, printable, utf8};
use crate::key::PrivateKey;
use crate::{
    AcceptedPolicies, Certificate, CertificateError, CrlPolicy, Purpose, SubjectError, SuiteId, Trust,
    TrustError, oid,
};

const BIN: &str = "BIN500140000017";
const IIN: &str = "IIN850612200017";

/// What a crafted certificate says beside its subject; at first a participant's signing certificate.
struct Craft {
    key_usages: Option<FlagSet<KeyUsages>>,
    extended_key_usages: Vec<ObjectIdentifier>,
    /// None for no such extension, which is another thing than an empty one.
    policies: Option<Vec<ObjectIdentifier>>,
    is_ca: bool,
}

impl Craft {
    fn signing() -> Self {
        Self {
            key_usages: Some(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation),
            extended_key_usages: vec![oid::EMAIL_PROTECTION, oid::OWNER_ORGANISATION],
            policies: None,
            is_ca: false,
        }
    }

    fn certify(&self, authority: &Authority, subject: &[Vec<Attribute>]) -> Result<Certificate, IssueError> {
        let (key, _) = PrivateKey::generate(SuiteId::P256)?;
        let basic = BasicConstraints { ca: self.is_ca, path_len_constraint: None };
        let mut extensions = vec![issue::extension(oid::BASIC_CONSTRAINTS, true, &basic)?];
        if let Some(usages) = self.key_usages {
            extensions.push(issue::extension(oid::KEY_USAGE, true, &KeyUsage(usages))?);
        }
        if !self.extended_key_usages.is_empty() {
            let extended = ExtendedKeyUsage(self.extended_key_usages.clone());
            extensions.push(issue::extension(oid::EXTENDED_KEY_USAGE, false, &extended)?);
        }
        if let Some(policies) = &self.policies {
            let policies = policies.iter().flat_map(|policy| issue::under(*policy).0).collect();
            extensions.push(issue::extension(
                oid::CERTIFICATE_POLICIES,
                false,
                &CertificatePolicies(policies),
            )?);
        }
        authority.certify(Body {
            issuer: <Any as der::Decode>::from_der(authority.certificate().subject_name())?,
            subject: issue::name(subject)?,
            public_key: issue::public_key(&key)?,
            not_before: noon().plus_seconds(-DAY),
            not_after: noon().plus_seconds(DAY),
            extensions,
        })
    }
}

/// A participant's signing certificate in all but its subject.
fn with_subject(authority: &Authority, subject: &[Vec<Attribute>]) -> Result<Certificate, IssueError> {
    Craft::signing().certify(authority, subject)
}

/// Meets: C18
/// Defends: A26
#[test]
fn a_certificate_lacking_any_one_thing_its_use_needs_is_refused_for_it() {
    let world = World::new();
    let subject = single(vec![text(oid::COMMON_NAME, "банк"), text(oid::ORGANISATIONAL_UNIT, BIN)]);
    let check = |craft: Craft| {
        let certificate = craft.certify(&world.authority, &subject).unwrap();
        world.check(&certificate, Purpose::MessageSigning).map(|_| ())
    };
    assert_eq!(check(Craft::signing()), Ok(()));
    let usages = |usages: FlagSet<KeyUsages>| Craft { key_usages: Some(usages), ..Craft::signing() };
    let extended = |identifiers: &[ObjectIdentifier]| Craft {
        extended_key_usages: identifiers.to_vec(),
        ..Craft::signing()
    };
    let any_usage: ObjectIdentifier = "2.5.29.37.0".parse().unwrap();
    for craft in [
        usages(KeyUsages::DigitalSignature.into()),
        usages(KeyUsages::NonRepudiation.into()),
        usages(KeyUsages::KeyEncipherment | KeyUsages::KeyAgreement),
        Craft { key_usages: None, ..Craft::signing() },
        Craft { is_ca: true, ..Craft::signing() },
        extended(&[]),
        extended(&[any_usage, oid::OWNER_ORGANISATION]),
        extended(&[oid::CLIENT_AUTH, oid::SERVER_AUTH, oid::OWNER_ORGANISATION]),
        extended(&[oid::EMAIL_PROTECTION]),
        extended(&[oid::EMAIL_PROTECTION, oid::OWNER_PERSON]),
        extended(&[oid::EMAIL_PROTECTION, oid::OWNER_EMPLOYEE]),
        extended(&[oid::EMAIL_PROTECTION, oid::OWNER_ORGANISATION, oid::OWNER_EMPLOYEE]),
        extended(&[oid::EMAIL_PROTECTION, oid::OWNER_ORGANISATION, oid::OWNER_STAFF_OFFICE]),
    ] {
        assert_eq!(check(craft), Err(TrustError::WrongUsage));
    }
}

/// Meets: C18
/// Defends: A26
#[test]
fn where_policies_are_required_a_certificate_must_name_exactly_one_of_them() {
    let world = World::new();
    let subject = single(vec![text(oid::COMMON_NAME, "банк"), text(oid::ORGANISATIONAL_UNIT, BIN)]);
    let [wanted, also_wanted] = [oid::POLICY_ORGANISATION_SIGNING, "1.2.398.3.3.2".parse().unwrap()];
    let any_policy: ObjectIdentifier = "2.5.29.32.0".parse().unwrap();
    let mut accepted = AcceptedPolicies::default();
    accepted.accept(
        Purpose::MessageSigning,
        &[wanted, also_wanted].map(|policy| policy.to_string().parse().unwrap()),
    );
    let strict = Trust::new(vec![world.authority.certificate().clone()], CrlPolicy::default());
    strict.install_crl(&world.crl(1, &[]), noon()).unwrap();
    let strict = strict.accepting(accepted);
    let crafted = |policies: &[ObjectIdentifier]| {
        let craft = Craft { policies: Some(policies.to_vec()), ..Craft::signing() };
        craft.certify(&world.authority, &subject)
    };
    let check = |certificate: &Certificate| {
        // Once more, since a path that was verified is remembered.
        let twice = [0, 1].map(|_| strict.check(certificate, Purpose::MessageSigning, noon()).map(drop));
        assert_eq!(twice[0], twice[1]);
        let anywhen = strict.check_without_revocation(certificate, Purpose::MessageSigning, noon());
        assert_eq!(twice[0], anywhen);
        assert_eq!(
            world.check(certificate, Purpose::MessageSigning).map(drop),
            Ok(()),
            "by default none is required"
        );
        anywhen
    };
    for policies in [vec![wanted], vec![also_wanted], vec![oid::POLICY_PERSON_SIGNING, wanted]] {
        assert_eq!(check(&crafted(&policies).unwrap()), Ok(()), "{policies:?}");
    }
    let longer: ObjectIdentifier = "1.2.398.3.3.2.1.1".parse().unwrap();
    for policies in [
        vec![oid::POLICY_PERSON_SIGNING],
        vec![oid::POLICY_ORGANISATION_AUTHENTICATION],
        vec![any_policy],
        vec![longer],
        vec![wanted, also_wanted],
    ] {
        assert_eq!(check(&crafted(&policies).unwrap()), Err(TrustError::WrongPolicy), "{policies:?}");
    }
    let without = with_subject(&world.authority, &subject).unwrap();
    assert_eq!(check(&without), Err(TrustError::WrongPolicy));
    let many: Vec<ObjectIdentifier> = (1..10).map(|n| format!("1.2.398.9.{n}").parse().unwrap()).collect();
    for unclear in [vec![], vec![wanted, wanted], many] {
        let refused = crafted(&unclear);
        assert!(matches!(refused, Err(IssueError::Refused(CertificateError::Policies))), "{unclear:?}");
    }
}

/// Meets: C18
#[test]
fn every_profile_names_the_policy_of_its_owner_and_its_use() {
    let world = World::new();
    let organisation = [oid::POLICY_ORGANISATION_SIGNING, oid::POLICY_ORGANISATION_AUTHENTICATION];
    let person = [oid::POLICY_PERSON_SIGNING, oid::POLICY_PERSON_AUTHENTICATION];
    for profile in every_profile() {
        let [signing, authentication] =
            if profile.name().starts_with("person") { person } else { organisation };
        let expected = if profile.name().ends_with("signing") { signing } else { authentication };
        assert_eq!(world.issue(profile.clone()).certificate.policies(), [expected], "{}", profile.name());
    }
}

/// Who a signing certificate stands for, by every combination of numbers in its subject and of owners that the
/// national CA's profiles come near to.
///
/// Defends: A26
#[test]
fn a_certificate_stands_for_its_organisation_or_its_person_and_for_nobody_where_it_is_unclear() {
    const ORGANISATION: &[Purpose] = &[Purpose::MessageSigning];
    const PERSON: &[Purpose] = &[Purpose::PersonSigning];
    const BOTH: &[Purpose] = &[Purpose::MessageSigning, Purpose::PersonSigning];
    let world = World::new();
    let organisation = oid::OWNER_ORGANISATION;
    let rows: [(bool, bool, &[ObjectIdentifier], &[Purpose]); 19] = [
        (false, true, &[organisation], ORGANISATION),
        (true, false, &[oid::OWNER_PERSON], PERSON),
        (true, true, &[oid::OWNER_EMPLOYEE], PERSON),
        (true, true, &[organisation, oid::OWNER_EMPLOYEE], PERSON),
        (true, true, &[organisation, oid::OWNER_STAFF_OFFICE], PERSON),
        // A head, or one who may sign, signs in the organisation's name, and is known as a person too.
        (true, true, &[organisation, oid::OWNER_HEAD], BOTH),
        (true, true, &[organisation, oid::OWNER_MAY_SIGN_FINANCIAL], BOTH),
        (true, true, &[organisation], BOTH),
        // Numbers and owners that contradict each other.
        (true, false, &[organisation], &[]),
        (true, false, &[oid::OWNER_EMPLOYEE], &[]),
        (true, false, &[organisation, oid::OWNER_HEAD], &[]),
        (true, true, &[oid::OWNER_PERSON], &[]),
        (true, true, &[oid::OWNER_PERSON, organisation], &[]),
        (true, true, &[oid::OWNER_PERSON, oid::OWNER_EMPLOYEE], &[]),
        (false, true, &[oid::OWNER_PERSON], &[]),
        (false, true, &[oid::OWNER_EMPLOYEE], &[]),
        (false, false, &[organisation], &[]),
        (false, false, &[oid::OWNER_PERSON], &[]),
        (true, true, &[], &[]),
    ];
    for (with_iin, with_bin, owners, expected) in rows {
        let mut attributes = vec![text(oid::COMMON_NAME, "ТЕСТ")];
        if with_iin {
            attributes.push(text(oid::SERIAL_NUMBER, IIN));
        }
        if with_bin {
            attributes.push(text(oid::ORGANISATIONAL_UNIT, BIN));
        }
        let craft =
            Craft { extended_key_usages: [&[oid::EMAIL_PROTECTION], owners].concat(), ..Craft::signing() };
        let certificate = craft.certify(&world.authority, &single(attributes)).unwrap();
        for purpose in [
            Purpose::MessageSigning,
            Purpose::PersonSigning,
            Purpose::PersonAuthentication,
            Purpose::TlsClient,
            Purpose::TlsServer,
        ] {
            let checked = world.check(&certificate, purpose).map(|_| ());
            let expected = if expected.contains(&purpose) { Ok(()) } else { Err(TrustError::WrongUsage) };
            assert_eq!(checked, expected, "{with_iin} {with_bin} {owners:?} {purpose:?}");
        }
    }
}

fn text(identifier: ObjectIdentifier, value: &str) -> Attribute {
    utf8(identifier, value).unwrap()
}

fn single(attributes: Vec<Attribute>) -> Vec<Vec<Attribute>> {
    attributes.into_iter().map(|attribute| vec![attribute]).collect()
}

fn refusal(result: Result<Certificate, IssueError>) -> SubjectError {
    match result {
        Err(IssueError::Refused(CertificateError::Subject(error))) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn profiles_name_their_subjects_in_the_countrys_way() {
    let world = World::new();
    for profile in every_profile() {
        let subject = world.issue(profile.clone()).certificate.subject().clone();
        let person = subject.person.map(|number| number.checked().unwrap().to_string());
        let organisation = subject.organisation.map(|number| number.checked().unwrap().to_string());
        let is_person = !profile.name().starts_with("participant");
        let is_organisation = !profile.name().starts_with("person");
        assert_eq!(person, is_person.then(|| "850612200017".to_owned()), "{}", profile.name());
        assert_eq!(organisation, is_organisation.then(|| "500140000017".to_owned()), "{}", profile.name());
        assert_eq!(subject.organisation_name.as_deref(), is_organisation.then_some("«Қазына» төлем банкі"));
        assert_eq!(subject.surname.as_deref(), is_person.then_some("Әлімбекова"));
        let expected = if is_person {
            "Әлімбекова Айгүл"
        } else {
            "«Қазына» төлем банкі"
        };
        assert_eq!(subject.common_name, expected);
    }
}

#[test]
fn a_number_with_a_wrong_check_digit_is_read_and_not_taken_for_checked() {
    let authority = authority_named("ҰКО", SuiteId::P256);
    let subject = single(vec![
        text(oid::COMMON_NAME, "ТЕСТОВ ТЕСТ"),
        text(oid::SERIAL_NUMBER, "IIN123456789011"),
        text(oid::ORGANISATIONAL_UNIT, "BIN123456789021"),
    ]);
    let certificate = with_subject(&authority, &subject).unwrap();
    let subject = certificate.subject();
    assert_eq!(subject.person.unwrap().to_string(), "123456789011");
    assert_eq!(subject.person.unwrap().checked(), Err(terms::NumberError::Check));
    assert_eq!(subject.organisation.unwrap().to_string(), "123456789021");
    assert!(subject.organisation.unwrap().checked().is_err());
}

#[test]
fn nobody_named_in_a_certificate_reaches_a_log_by_debug() {
    let world = World::new();
    for profile in every_profile().into_iter().skip(2) {
        let issued = world.issue(profile);
        let written = format!("{issued:?} {:?}", issued.certificate.subject());
        for secret in ["850612200017", "Айгүл", "Әлімбекова", "PRIVATE", "MII"] {
            assert!(!written.contains(secret), "{written}");
        }
    }
}

/// Defends: A26
#[test]
fn a_bin_in_another_place_maps_nobody() {
    let world = World::new();
    let places = [oid::COMMON_NAME, oid::ORGANISATION, oid::SURNAME, oid::GIVEN_NAME, oid::COUNTRY];
    for place in places {
        let mut attributes = vec![text(place, BIN)];
        if place != oid::COMMON_NAME {
            attributes.push(text(oid::COMMON_NAME, &format!("OU={BIN}")));
        }
        let certificate = with_subject(&world.authority, &single(attributes)).unwrap();
        assert_eq!(certificate.subject().organisation, None);
        assert_eq!(world.check(&certificate, Purpose::MessageSigning), Err(TrustError::WrongUsage));
    }
}

/// Defends: A26
#[test]
fn a_subject_that_two_readers_could_read_differently_is_refused() {
    let authority = authority_named("ҰКО", SuiteId::P256);
    let cn = || text(oid::COMMON_NAME, "банк");
    let ou = |value: &str| text(oid::ORGANISATIONAL_UNIT, value);
    let refused = |subject: &[Vec<Attribute>]| refusal(with_subject(&authority, subject));
    let other = "BIN500140000126";
    assert_eq!(refused(&single(vec![cn(), ou(BIN), ou(other)])), SubjectError::Repeated);
    assert_eq!(refused(&single(vec![cn(), ou("бөлім"), ou(BIN)])), SubjectError::OrganisationGrammar);
    assert_eq!(refused(&[vec![cn()], vec![ou(BIN), ou(other)]]), SubjectError::MultiValued);
    assert_eq!(refused(&[vec![cn(), ou(BIN)]]), SubjectError::MultiValued);
    assert_eq!(refused(&[vec![], vec![cn()]]), SubjectError::MultiValued);
    assert_eq!(refused(&single(vec![cn(), cn()])), SubjectError::Repeated);
    let two_persons = vec![cn(), text(oid::SERIAL_NUMBER, IIN), text(oid::SERIAL_NUMBER, IIN)];
    assert_eq!(refused(&single(two_persons)), SubjectError::Repeated);
    assert_eq!(refused(&single(vec![ou(BIN)])), SubjectError::NoCommonName);
    let long = text(oid::COMMON_NAME, &"ә".repeat(257));
    assert_eq!(refused(&single(vec![long])), SubjectError::Text);
    let many = (0..17).map(|_| cn()).collect();
    assert_eq!(refused(&single(many)), SubjectError::TooMany);
}

/// Defends: A26
#[test]
fn five_hundred_crafted_subjects_map_nobody() {
    let world = World::new();
    let twin = authority_named("ҰКО сынақ ортасы", SuiteId::Gost512);
    let digits = "500140000017";
    let persons_digits = "850612200017";
    let crafted = |prefix: &str, digits: &str| {
        let other_prefix = if prefix == "BIN" { "IIN" } else { "BIN" };
        let full_width: String = digits.chars().map(|c| shifted(c, 0xFF10)).collect();
        let arabic: String = digits.chars().map(|c| shifted(c, 0x0660)).collect();
        let cyrillic = if prefix == "BIN" { "ВIN" } else { "ІIN" };
        vec![
            format!("{prefix}{digits} "),
            format!(" {prefix}{digits}"),
            format!("{prefix} {digits}"),
            format!("{prefix}:{digits}"),
            format!("{prefix}={digits}"),
            format!("{prefix}{digits}0"),
            format!("{prefix}{}", &digits[..11]),
            format!("{}{digits}", prefix.to_lowercase()),
            format!("{other_prefix}{digits}"),
            format!("{prefix}{digits},OU={prefix}{digits}"),
            format!("{prefix}{digits}\0"),
            format!("{prefix}\0{digits}"),
            format!("{prefix}{digits}\n"),
            format!("{prefix}{digits}\u{202e}"),
            format!("{prefix}{digits}\u{200b}"),
            format!("{prefix}+{}", &digits[..11]),
            format!("{prefix}-{}", &digits[..11]),
            format!("{prefix}{full_width}"),
            format!("{prefix}{arabic}"),
            format!("{cyrillic}{digits}"),
            format!("{prefix}{}", digits.replace('0', "О")),
            format!("{prefix}{}", digits.replace('0', "O")),
            format!("OU={prefix}{digits}"),
            format!("{prefix}{prefix}{digits}"),
            String::new(),
        ]
    };
    let mut count = 0;
    for (place, values) in [
        (oid::ORGANISATIONAL_UNIT, crafted("BIN", digits)),
        (oid::SERIAL_NUMBER, crafted("IIN", persons_digits)),
    ] {
        for value in values {
            for form in encodings(place, &value) {
                for order in [false, true] {
                    for authority in [&world.authority, &twin] {
                        let mut attributes = vec![text(oid::COMMON_NAME, "банк"), form.clone()];
                        if order {
                            attributes.reverse();
                        }
                        let made = with_subject(authority, &single(attributes));
                        assert!(matches!(made, Err(IssueError::Refused(_))), "{value:?}");
                        count += 1;
                    }
                }
            }
        }
    }
    assert!(count >= 500, "{count}");
}

fn shifted(digit: char, base: u32) -> char {
    char::from_u32(base + digit.to_digit(10).unwrap()).unwrap()
}

/// The value as each kind of string that can carry it.
fn encodings(place: ObjectIdentifier, value: &str) -> Vec<Attribute> {
    let mut forms = vec![text(place, value)];
    forms.extend(printable(place, value));
    forms.extend(Ia5StringRef::new(value).ok().map(|value| (place, Any::encode_from(&value).unwrap())));
    forms.extend(BmpString::from_utf8(value).ok().map(|value| (place, Any::encode_from(&value).unwrap())));
    let octets = der::asn1::OctetString::new(value.as_bytes()).unwrap();
    forms.push((place, Any::encode_from(&octets).unwrap()));
    forms
}

/// Defends: A26
#[test]
fn the_true_grammar_in_a_string_of_another_kind_maps_nobody() {
    let authority = authority_named("ҰКО", SuiteId::P256);
    for form in encodings(oid::ORGANISATIONAL_UNIT, BIN).into_iter().skip(2) {
        let subject = single(vec![text(oid::COMMON_NAME, "банк"), form]);
        assert_eq!(refusal(with_subject(&authority, &subject)), SubjectError::Text);
    }
}

#[test]
fn a_certificate_with_an_unknown_critical_or_a_repeated_extension_is_refused() {
    let authority = authority_named("ҰКО", SuiteId::P256);
    let (key, _) = PrivateKey::generate(SuiteId::P256).unwrap();
    let with = |extensions| {
        let subject = single(vec![text(oid::COMMON_NAME, "банк")]);
        authority.certify(Body {
            issuer: issue::name(&subject).unwrap(),
            subject: issue::name(&subject).unwrap(),
            public_key: issue::public_key(&key).unwrap(),
            not_before: noon(),
            not_after: noon().plus_seconds(DAY),
            extensions,
        })
    };
    let usage =
        || issue::extension(oid::KEY_USAGE, true, &KeyUsage(KeyUsages::DigitalSignature.into())).unwrap();
    let unknown = |critical| {
        let mut extension = usage();
        extension.extn_id = "1.2.398.3.3.9".parse().unwrap();
        extension.critical = critical;
        extension
    };
    assert!(with(vec![usage(), unknown(false)]).is_ok());
    let refused = with(vec![usage(), unknown(true)]);
    let Err(IssueError::Refused(CertificateError::UnknownCriticalExtension(identifier))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(identifier, "1.2.398.3.3.9");
    let repeated = with(vec![usage(), usage()]);
    assert!(matches!(repeated, Err(IssueError::Refused(CertificateError::Extensions))));
    let no_usage = Any::null().to_der().unwrap();
    let mut broken = usage();
    broken.extn_value = der::asn1::OctetString::new(no_usage).unwrap();
    assert!(matches!(with(vec![broken]), Err(IssueError::Refused(CertificateError::Malformed))));
}
