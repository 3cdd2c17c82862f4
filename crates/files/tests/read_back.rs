//! What other people's programs read in our files: poppler (text, structure) and zbar (QR codes).
//!
//! The tools are required: a test that skipped itself would prove nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

use files::{AgencyCertificate, Columns, ReceiptDocument, ReceiptError};
use files::{document_pdf, qr_svg, receipt_pdf, receipt_slip, written};
use terms::{Channel, Language, Party, PartyNumber, Requisites, Tiyn, Trilingual};

fn party(number: &str, name: &str) -> Party {
    Party { number: PartyNumber::Person(number.parse().unwrap()), name: name.parse().unwrap() }
}

fn receipt() -> ReceiptDocument {
    ReceiptDocument {
        code: "7291 4177 7631 7054".parse().unwrap(),
        transaction: "TX-2026-000123".parse().unwrap(),
        application: Some("P-2026-004711".parse().unwrap()),
        requisites: Requisites {
            payer: party("790304100022", "Иван Щёголев"),
            recipient: party("850612200017", "Айгүл Әбілқасымқызы Ғұмарова"),
            service: "VITAL-001".parse().unwrap(),
            provider: "500140000017".parse().unwrap(),
            amount: Tiyn::tenge(1725),
            commission: Tiyn::new(8_630).unwrap(),
            beneficiary_iban: "KZ24070105KSN0000000".parse().unwrap(),
            beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
            kbk: "108126".parse().unwrap(),
            knp: "911".parse().unwrap(),
            kod: "19".parse().unwrap(),
            kbe: "11".parse().unwrap(),
            purpose: "Мемлекеттік баж: туу туралы қайталама куәлік".parse().unwrap(),
            bank_reference: "REF0099887766".parse().unwrap(),
            paid_at: "2026-03-01T14:35:07+05:00".parse().unwrap(),
            channel: Channel::Card,
        },
        account: Some("KZ77 **** **** **** 0001".to_owned()),
        service_name: Trilingual::new(
            "Туу туралы қайталама куәлік беру",
            "Выдача повторного свидетельства о рождении",
            "Repeated birth certificate",
        ),
        provider_name: Trilingual::new("Әділет министрлігі", "Министерство юстиции", "Ministry of Justice"),
        bank: "500140000126".parse().unwrap(),
        bank_name: Trilingual::new("Бірінші үлгі банк", "Первый образцовый банк", "First Model Bank"),
        beneficiary: "500240000137".parse().unwrap(),
        issued_at: "2026-03-01T14:35:09+05:00".parse().unwrap(),
        verify_url: "https://127.0.0.1:8081/v/0123456789abcdef0123456789abcdef#AbCd-_09".to_owned(),
    }
}

fn run(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(tool)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{tool} is required (poppler-utils, zbar-tools): {error}"));
    assert!(output.status.success(), "{tool}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("the tool writes UTF-8")
}

fn kept(name: &str, octets: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, octets).unwrap();
    path
}

/// The text in the order it was written, with every run of white space as one space.
fn text_of(path: &Path) -> String {
    let text = run("pdftotext", &["-raw", "-enc", "UTF-8", path.to_str().unwrap(), "-"]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_row_of_a_receipt_is_read_back_in_both_languages() {
    for (language, second) in
        [(Language::Kk, Language::Ru), (Language::Ru, Language::Ru), (Language::En, Language::En)]
    {
        let pdf = receipt_pdf(&receipt(), language).unwrap();
        let text = text_of(&kept(&format!("receipt-{}.pdf", language.tag()), &pdf));
        for row in [receipt().rows(Language::Kk), receipt().rows(second)].concat() {
            assert!(text.contains(&plain(&row.value)), "{} is missing: {text}", row.value);
            assert!(text.contains(row.label), "{} is missing: {text}", row.label);
        }
        for said in ["7291 4177 7631 7054", "UTC+5", "Ғұмарова", "₸", ReceiptDocument::not_fiscal(second)]
        {
            assert!(text.contains(said), "{said} is missing");
        }
    }
}

/// The fields that table 1 names: IIN, application number, account number, amount, date, way of payment,
/// payment code, transaction number; and the bank's reference of table 2.
#[test]
fn the_rows_say_what_the_instruction_names() {
    for language in Language::ALL {
        let rows = receipt().rows(language);
        let says = |value: &str| rows.iter().any(|row| row.value.contains(value));
        for value in [
            "850612200017",
            "P-2026-004711",
            "KZ77 **** **** **** 0001",
            "7291 4177 7631 7054",
            "TX-2026-000123",
            "REF0099887766",
            "14:35:07 (UTC+5)",
            "KZ24070105KSN0000000",
            "108126",
            "500240000137",
        ] {
            assert!(says(value), "{value}");
        }
        assert!(says(&written::money(language, Tiyn::tenge(1725))));
        assert!(says(&written::date(language, receipt().requisites.paid_at)));
        assert!(says(written::channel(language, Channel::Card)));
    }
}

#[test]
fn a_receipt_is_a_tagged_archival_file_with_its_fonts_inside() {
    let path = kept("archival.pdf", &receipt_pdf(&receipt(), Language::Ru).unwrap());
    let info = run("pdfinfo", &["-isodates", path.to_str().unwrap()]);
    for said in ["Tagged:          yes", "Pages:           1", "2026-03-01T", "A4"] {
        assert!(info.contains(said), "{said}: {info}");
    }
    let about = run("pdfinfo", &["-meta", path.to_str().unwrap()]);
    for said in ["<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>A</pdfaid:conformance>"] {
        assert!(about.contains(said), "{said}: {about}");
    }
    let fonts = run("pdffonts", &[path.to_str().unwrap()]);
    let fonts: Vec<&str> = fonts.lines().skip(2).collect();
    assert_eq!(fonts.len(), 2, "{fonts:?}");
    assert!(fonts.iter().all(|font| font.contains("+NotoSans") && font.contains("yes yes yes")), "{fonts:?}");
}

#[test]
fn the_same_receipt_gives_the_same_octets() {
    let once = receipt_pdf(&receipt(), Language::Kk).unwrap();
    assert_eq!(once, receipt_pdf(&receipt(), Language::Kk).unwrap());
    let mut other = receipt();
    other.requisites.amount = Tiyn::tenge(1752);
    assert_ne!(once, receipt_pdf(&other, Language::Kk).unwrap());
    assert!(once.len() < 100_000, "the fonts are cut down to the letters used");
}

#[test]
fn a_camera_reads_the_address_off_the_printed_receipt() {
    let path = kept("scanned.pdf", &receipt_pdf(&receipt(), Language::Ru).unwrap());
    let picture = path.with_extension("");
    run("pdftoppm", &["-r", "150", "-gray", "-png", path.to_str().unwrap(), picture.to_str().unwrap()]);
    let read = run("zbarimg", &["-q", "--raw", &format!("{}-1.png", picture.display())]);
    assert_eq!(read.trim_end(), receipt().verify_url);
    assert!(qr_svg(&receipt().verify_url).unwrap().starts_with("<svg "));
}

#[test]
fn a_card_number_never_stands_on_a_receipt() {
    let mut wrong = receipt();
    wrong.account = Some("4242 4242 4242 4242".to_owned());
    assert!(matches!(receipt_pdf(&wrong, Language::Ru), Err(ReceiptError::CardNumber)));
}

#[test]
fn the_longest_texts_flow_on_and_strange_letters_do_not_stop_a_receipt() {
    let mut long = receipt();
    long.requisites.payer.name = "Ұ".repeat(200).parse().unwrap();
    long.requisites.recipient.name = "山田 太郎".parse().unwrap();
    long.requisites.purpose = "мақсаты мәтін ".repeat(30).trim().parse().unwrap();
    long.service_name.ru = "очень длинное название услуги ".repeat(20);
    let path = kept("long.pdf", &receipt_pdf(&long, Language::Ru).unwrap());
    let text = text_of(&path);
    assert!(text.contains("?? ??"));
    assert!(text.contains("911") && text.contains("KKMFKZ2A"));
    assert_eq!(text.matches('Ұ').count() % 2, 0);
}

#[test]
fn a_certificate_names_its_recipient_in_kazakh_letters() {
    let certificate = AgencyCertificate {
        title: Trilingual::new("Анықтама", "Справка", "Certificate"),
        recipient: party("850612200017", "Айгүл Әбілқасымқызы Ғұмарова"),
        service: "VITAL-001".parse().unwrap(),
        service_name: Trilingual::new("Туу туралы анықтама", "Справка о рождении", "Birth certificate"),
        application: "P-2026-004711".parse().unwrap(),
        agency: "500140000017".parse().unwrap(),
        agency_name: Trilingual::new("Әділет министрлігі", "Министерство юстиции", "Ministry of Justice"),
        statement: Trilingual::new(
            "Өтініш берушіге берілді.",
            "Выдана заявителю.",
            "Given to the applicant.",
        ),
        issued_at: "2026-03-01T14:40:00+05:00".parse().unwrap(),
    };
    for language in Language::ALL {
        let pdf = document_pdf(&certificate, language).unwrap();
        assert_eq!(pdf, document_pdf(&certificate, language).unwrap());
        let text = text_of(&kept(&format!("certificate-{}.pdf", language.tag()), &pdf));
        for said in [
            "Анықтама",
            "Айгүл Әбілқасымқызы Ғұмарова",
            "850612200017",
            "P-2026-004711",
            "VITAL-001",
            "UTC+5",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
    }
}

#[test]
fn a_slip_carries_the_code_and_every_row() {
    for language in Language::ALL {
        for columns in [Columns::Narrow, Columns::Wide] {
            let slip = receipt_slip(&receipt(), language, columns);
            assert!(slip.contains("7291 4177 7631 7054"));
            assert!(slip.lines().all(|line| line.chars().count() <= columns.count()));
            let joined = plain(&slip);
            for value in ["850612200017", "TX-2026-000123", "REF0099887766", "KKMFKZ2A"] {
                assert!(joined.contains(value), "{value}");
            }
        }
    }
}
