//! The register that the gateway sends: taken only where it is what was signed and what the bank's own books say.

use ledger::PostingKind;
use ledger::register::{Head, Party as Whose, Row, Totals, sample};
use pki::Signer;
use terms::Trilingual;
use wire::common::Document;
use wire::register::{Digesting, FileDigest, FormatWord, Manifest, RegisterWriter};

use super::*;

fn head() -> Head {
    Head {
        party: Whose::Bank(BANK.parse().unwrap()),
        name: Trilingual::new("Банк", "Банк", "Bank"),
        day: today(),
        revision: 1,
        formed_at: Moment::from_system_clock(),
        up_to: 417,
    }
}

fn row(posting: u64, kind: PostingKind, reference: &BankReference, amount: Tiyn) -> Row {
    let made_up = sample::rows(1).next().unwrap();
    let at = Moment::from_system_clock();
    let requisites = terms::Requisites {
        bank_reference: reference.clone(),
        amount,
        paid_at: at,
        ..made_up.requisites.clone()
    };
    Row { posting, kind, day: today(), at, amount, bank: BANK.parse().unwrap(), requisites, ..made_up }
}

/// A register as the gateway signs it, with its parts of one row each.
fn formed(country: &Country, rows: &[Row], signer: &dyn Signer) -> (AcceptRegister, Vec<Vec<u8>>) {
    let mut totals = Totals::default();
    let mut parts = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        totals.count(row);
        let mut writer = match place {
            0 => RegisterWriter::new(Vec::new(), &head()).unwrap(),
            _ => RegisterWriter::going_on(Vec::new()),
        };
        writer.row(row).unwrap();
        let is_last = place + 1 == rows.len();
        parts.push(if is_last { writer.finish_with(totals).unwrap().0 } else { writer.stop() });
    }
    let mut digesting = Digesting::new(std::io::sink(), false);
    std::io::Write::write_all(&mut digesting, &parts.concat()).unwrap();
    let file = FileDigest::new("register.xml".parse().unwrap(), FormatWord::Xml, &digesting.finish().1);
    let manifest = Manifest::new(&head(), &totals, [7; 32], vec![file]);
    let register = AcceptRegister {
        header: country.header(),
        day: today(),
        provider: None,
        count: count(totals.additions.try_into().unwrap()),
        total: Tiyn::new(totals.added).unwrap(),
        document: Document::new(xml::dsig::sign_enveloped(&manifest, signer).unwrap()).unwrap(),
    };
    (register, parts)
}

/// Meets: C10
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_register_is_taken_after_its_rows_were_fetched_and_found_in_the_books() {
    let country = Country::with_bank().await;
    let (first, second) = (Tiyn::tenge(1725), Tiyn::tenge(2180));
    let references = [paid(&country, "A-1", first).await, paid(&country, "A-2", second).await];
    let signer = country.signer();
    let asked = async |rows: &[Row], change: &dyn Fn(&mut AcceptRegister, &mut Vec<Vec<u8>>)| {
        let (mut register, mut parts) = formed(&country, rows, signer.as_ref());
        change(&mut register, &mut parts);
        country.memory.lock().unwrap().register = parts;
        country.ask(&register).await.map(|answer| answer.reason.map(|reason| reason.to_string()))
    };
    let right = [
        row(1, PostingKind::Payment, &references[0], first),
        row(7, PostingKind::Payment, &references[1], second),
    ];
    let same = |_: &mut AcceptRegister, _: &mut Vec<Vec<u8>>| {};
    assert_eq!(asked(&right, &same).await.unwrap(), None);
    // What the register lacks, the gateway may not know of yet.
    assert_eq!(asked(&right[1..], &same).await.unwrap(), None);

    let says = async |rows: &[Row], words: &str| {
        let reason = asked(rows, &same).await.unwrap().unwrap_or_default();
        assert!(reason.contains(words), "{reason} has no {words}");
    };
    let unknown: BankReference = "ALTB-20261122-999999".parse().unwrap();
    says(&[right[0].clone(), row(7, PostingKind::Payment, &unknown, second)], "row 2: ALTB-").await;
    says(&[row(1, PostingKind::Payment, &references[0], second)], "is of 1725.00 here, not of 2180.00").await;
    let back = row(9, PostingKind::Reversal, &references[0], first);
    says(&[right[0].clone(), back.clone()], "row 2: ").await;
    given_back(&country, &references[0], first).await;
    assert_eq!(asked(&[right[0].clone(), back], &same).await.unwrap(), None);

    // Octets that were not signed for, too many of them, a signature of somebody else, other totals.
    let differs = async |words: &str, change: &dyn Fn(&mut AcceptRegister, &mut Vec<Vec<u8>>)| {
        let reason = asked(&right, change).await.unwrap().unwrap_or_default();
        assert!(reason.contains(words), "{reason} has no {words}");
    };
    differs("not its manifest's", &|_, parts| {
        let text = String::from_utf8(parts[1].clone()).unwrap();
        parts[1] = text.replacen("2180.00", "2180.01", 1).into_bytes();
    })
    .await;
    differs("longer than its manifest", &|_, parts| {
        let again = parts[1].clone();
        parts.insert(1, again);
    })
    .await;
    differs("not its manifest's", &|_, parts| drop(parts.remove(0))).await;
    differs("other totals", &|register, _| register.count = count(3)).await;
    differs("another register", &|register, _| register.day = today().next()).await;
    differs("the manifest: ", &|register, _| {
        register.document = Document::new(b"<register/>".to_vec()).unwrap();
    })
    .await;
    let of_registry = country.registry_signer();
    differs("not signed by the gateway", &|register, _| {
        register.document = formed(&country, &right, of_registry.as_ref()).0.document;
    })
    .await;

    // A gateway that gives no rows is asked again when it sends the register again.
    let away = asked(&right, &|_, parts| parts.clear()).await;
    let Err(CallFailure::Refused(fault)) = away else { panic!("{away:?}") };
    assert_eq!(fault.code.as_str(), "TLM-SYS-0004");
}

/// A register that takes longer to compare than a message waits is compared once all the same.
///
/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn a_long_register_is_compared_on_and_answered_when_it_is_sent_again() {
    let country = Country::with_bank().await;
    let amount = Tiyn::tenge(1725);
    let references = [paid(&country, "A-1", amount).await, paid(&country, "A-2", amount).await];
    let rows = [
        row(1, PostingKind::Payment, &references[0], amount),
        row(2, PostingKind::Payment, &references[1], amount),
    ];
    let (register, parts) = formed(&country, &rows, country.signer().as_ref());
    {
        let mut memory = country.memory.lock().unwrap();
        (memory.register, memory.thinks_for) = (parts, Duration::from_secs(6));
    }
    let first = country.ask(&register).await;
    let Err(CallFailure::Refused(fault)) = first else { panic!("{first:?}") };
    assert!(fault.retryable, "{fault:?}");
    assert_eq!(country.ask(&register).await.unwrap().reason, None);
    assert_eq!(country.memory.lock().unwrap().parts_given, 2, "no part is fetched again");
}
