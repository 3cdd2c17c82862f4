//! The card line: what is written can be read, by us and by another implementation; what is wrong is named.
//!
//! The other implementation is the Python package pyiso8583, in the interpreter of `TOLEM_PYTHON` (else
//! `python3`).

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use terms::{Entropy, Tiyn};
use wire::common::Beneficiary;
use wire::iso8583::{
    AtmOrder, AuthorisationRequest, AuthorisationResponse, CardOrder, CardRequest, CardResponse, Content,
    EchoRequest, Expiry, FIELDS, Frame, FrameError, Length, MESSAGES, Message, PinBlock, Presented,
    ResponseCode, ReversalRequest, Stan, Trace, ZoneKey,
};

struct Zeros;

impl Entropy for Zeros {
    fn fill(&mut self, buffer: &mut [u8]) {
        buffer.fill(0);
    }
}

fn value<T: std::str::FromStr>(text: &str) -> T {
    text.parse().ok().unwrap_or_else(|| panic!("{text}"))
}

fn trace(counter: u32) -> Trace {
    Trace {
        stan: Stan::from_counter(counter),
        at: value("2026-11-22T07:05:00.123456+05:00"),
        acquirer: value("50014000001"),
        retrieval: value("632602000417"),
    }
}

fn order() -> CardOrder {
    CardOrder {
        payment_code: value("7291417776317054"),
        service: value("P1.04"),
        provider: value("500240000137"),
        recipient: terms::Party {
            number: value("850612200017"), name: value("Әбдіреева Айгүл Серікқызы")
        },
        payer: terms::Party { number: value("790304100022"), name: value(&"ә".repeat(200)) },
        beneficiary: Beneficiary {
            iban: value("KZ770000000000000001"),
            bic: value("DEMOKZ2A"),
            kbk: value("108126"),
            knp: value("911"),
            kbe: value("11"),
            purpose: value(&"ұ".repeat(420)),
        },
        attempt: value("A-0194f7a2-000001"),
    }
}

fn authorisation(presented: Presented) -> AuthorisationRequest {
    AuthorisationRequest {
        pan: value("4242424242424242"),
        expiry: Expiry::new(29, 11).unwrap(),
        amount: Tiyn::tenge(1725),
        trace: trace(417),
        terminal: value("PAGE0001"),
        merchant: value("EGOV-KZ"),
        presented,
    }
}

fn on_page() -> Presented {
    Presented::OnPage { cvc2: value("123"), order: order() }
}

fn at_atm(recipient: Option<&str>) -> Presented {
    let key = ZoneKey::new([7; 16]);
    let block = PinBlock::seal(&value("1234"), &value("4242424242424242"), &key, &mut Zeros);
    let order = AtmOrder {
        service: value("P1.04"),
        recipient: recipient.map(value),
        commission: Tiyn::tenge(20),
        attempt: value("A-0194f7a2-000002"),
    };
    Presented::AtAtm { pin: block.unwrap(), order }
}

fn reversal() -> ReversalRequest {
    ReversalRequest {
        trace: trace(418),
        original: trace(417).original_key(),
        amount: Tiyn::tenge(1725),
        attempt: value("A-0194f7a2-000001"),
        repeated: false,
    }
}

fn approved() -> AuthorisationResponse {
    authorisation(on_page()).answer(
        ResponseCode::APPROVED,
        Some(value("A1B2C3")),
        Some(value("DEMO-20261122-000417")),
    )
}

fn requests() -> Vec<CardRequest> {
    vec![
        CardRequest::Authorisation(authorisation(on_page())),
        CardRequest::Authorisation(authorisation(at_atm(None))),
        CardRequest::Authorisation(authorisation(at_atm(Some("790304100022")))),
        CardRequest::Reversal(reversal()),
        CardRequest::Reversal(ReversalRequest { repeated: true, ..reversal() }),
        CardRequest::Echo(EchoRequest::new(Stan::from_counter(1_000_419), trace(0).at)),
    ]
}

fn responses() -> Vec<CardResponse> {
    let echo = EchoRequest::new(Stan::from_counter(419), trace(0).at);
    vec![
        CardResponse::Authorisation(approved()),
        CardResponse::Authorisation(AuthorisationResponse {
            payment_code: Some(value("7291417776317054")),
            ..approved()
        }),
        CardResponse::Authorisation(AuthorisationResponse {
            code: ResponseCode::INSUFFICIENT_FUNDS,
            approval: None,
            bank_reference: None,
            ..approved()
        }),
        CardResponse::Reversal(reversal().answer(ResponseCode::APPROVED)),
        CardResponse::Echo(echo.answer(ResponseCode::APPROVED)),
    ]
}

fn frames() -> Vec<Frame> {
    let requests = requests().into_iter().map(|request| request.encode().unwrap());
    requests.chain(responses().into_iter().map(|response| response.encode().unwrap())).collect()
}

#[test]
fn what_is_asked_arrives_as_it_was_meant() {
    for request in requests() {
        let frame = request.encode().unwrap();
        let read = CardRequest::decode(&frame).unwrap();
        assert_eq!(read.encode().unwrap(), frame);
        assert_eq!(CardResponse::decode(&frame).err(), Some(FrameError::OtherMessage));
        if let (CardRequest::Authorisation(sent), CardRequest::Authorisation(read)) = (&request, &read) {
            assert!(sent.pan.expose() == read.pan.expose());
            assert_eq!((&sent.expiry, sent.amount, &sent.trace), (&read.expiry, read.amount, &read.trace));
            match (&sent.presented, &read.presented) {
                (Presented::OnPage { order: sent, .. }, Presented::OnPage { order: read, .. }) => {
                    assert_eq!(sent, read);
                }
                (Presented::AtAtm { order: sent, pin: sealed }, Presented::AtAtm { order: read, pin }) => {
                    assert_eq!((sent, sealed), (read, pin));
                }
                _ => panic!("presented elsewhere"),
            }
        }
        if let (CardRequest::Reversal(sent), CardRequest::Reversal(read)) = (&request, &read) {
            assert_eq!(sent, read);
            assert_eq!(read.original, trace(417).original_key());
        }
    }
}

#[test]
fn what_is_answered_arrives_as_it_was_meant() {
    for response in responses() {
        let frame = response.encode().unwrap();
        assert_eq!(CardResponse::decode(&frame), Ok(response));
        assert_eq!(CardRequest::decode(&frame).err(), Some(FrameError::OtherMessage));
    }
}

#[test]
fn a_pin_reaches_the_bank_only_encrypted() {
    let frame = requests()[1].encode().unwrap();
    let CardRequest::Authorisation(read) = CardRequest::decode(&frame).unwrap() else {
        panic!("another message")
    };
    let Presented::AtAtm { pin: block, .. } = &read.presented else { panic!("another proof") };
    assert!(block.open(&read.pan, &ZoneKey::new([7; 16])).ok().unwrap().expose() == "1234");
    assert!(Message::decode(&frame).unwrap().octets(52).is_none());
}

/// Card data has no way to a log: what can be written for debugging names fields, never holds them.
///
/// Defends: A17
#[test]
fn the_debug_form_of_a_frame_has_no_card_data() {
    let message = Message::decode(&frames()[0]).unwrap();
    let debug = format!("{message:?}");
    assert!(debug.starts_with("Message 0100 [2, 3, 4,"), "{debug}");
    assert!(!debug.contains("4242") && !debug.contains("123"));
}

#[test]
fn what_does_not_fit_is_refused_before_it_is_sent() {
    let mut request = authorisation(on_page());
    request.amount = Tiyn::LARGEST;
    assert_eq!(CardRequest::Authorisation(request).encode().err(), Some(FrameError::Form(4)));
    let mut request = authorisation(on_page());
    if let Presented::OnPage { order, .. } = &mut request.presented {
        order.recipient.name = value(&"\u{1F600}".repeat(200));
    }
    assert!(matches!(CardRequest::Authorisation(request).encode(), Err(FrameError::Tag(48, _))));
}

/// An ATM's request names no payment code, provider or beneficiary: the bank learns them from the gateway.
///
/// Meets: T4.5
#[test]
fn an_atms_request_has_no_payment_code_and_a_commission_of_a_form_of_its_own() {
    let frame = requests()[1].encode().unwrap();
    let message = Message::decode(&frame).unwrap();
    let order = message.text(48).unwrap();
    for tag in ["PC016", "PV012", "BC008", "CV003"] {
        assert!(!order.contains(tag), "{order}");
    }
    assert_eq!(message.text(28), Ok("D00002000"));
    for wrong in ["C00002000", "D0000200 ", "D+0002000"] {
        let mut message = Message::decode(&frame).unwrap();
        if message.set(28, wrong).is_ok() {
            assert_eq!(CardRequest::decode(&message.encode().unwrap()).err(), Some(FrameError::Form(28)));
        }
    }
}

/// The published table says which fields each message has.
#[test]
fn every_message_has_the_fields_that_the_published_table_gives_it() {
    for frame in frames() {
        let message = Message::decode(&frame).unwrap();
        let mti = if message.mti().digits() == "0401" { "0400" } else { message.mti().digits() };
        let numbers: Vec<u8> = message.numbers().collect();
        let fits = MESSAGES.iter().filter(|spec| spec.mti == mti).any(|spec| {
            let needed = spec.fields.iter().all(|number| numbers.contains(number));
            needed
                && numbers.iter().all(|number| spec.fields.contains(number) || spec.optional.contains(number))
        });
        assert!(fits, "{mti} has {numbers:?}");
    }
}

#[test]
fn a_missing_field_is_named() {
    for which in [0, 1] {
        a_missing_field_of_a_frame_is_named(&frames()[which]);
    }
}

fn a_missing_field_of_a_frame_is_named(frame: &Frame) {
    let whole = Message::decode(frame).unwrap();
    for number in whole.numbers() {
        let mut partial = Message::new(whole.mti());
        for other in whole.numbers().filter(|other| *other != number) {
            partial.set(other, whole.octets(other).unwrap()).unwrap();
        }
        let read = CardRequest::decode(&partial.encode().unwrap());
        match number {
            // The local date and time repeat what the exact moment says.
            12 | 13 => assert!(read.is_ok()),
            121 => assert_eq!(read.err(), Some(FrameError::Form(120))),
            _ => assert_eq!(read.err(), Some(FrameError::Missing(number))),
        }
    }
}

proptest! {
    #[test]
    fn no_changed_octet_makes_the_reader_panic(
        which in 0_usize..11, at in 0_usize..3000, octet in any::<u8>()
    ) {
        let mut frame = frames()[which].to_vec();
        let at = at % frame.len();
        frame[at] = octet;
        let _ = CardRequest::decode(&frame);
        let _ = CardResponse::decode(&frame);
        let _ = CardRequest::decode(&frame[..at]);
    }
}

/// pyiso8583 is given our table and our frames; it must find the same fields and write the same octets.
#[test]
fn another_implementation_reads_and_writes_the_same_frames() {
    let python = std::env::var("TOLEM_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/iso8583_oracle.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the interpreter runs");
    let mut input = child.stdin.take().unwrap();
    let mut expected = String::new();
    for spec in FIELDS {
        let (width, most) = match spec.length {
            Length::Fixed(length) => (0, length),
            Length::LlVar(most) => (2, most),
            Length::LllVar(most) => (3, most),
        };
        let encoding = if spec.content == Content::Binary { "b" } else { "ascii" };
        writeln!(input, "field {} {encoding} {width} {most}", spec.number).unwrap();
    }
    for frame in frames() {
        writeln!(input, "frame {}", hex::encode(&*frame)).unwrap();
        let message = Message::decode(&frame).unwrap();
        expected += &format!("mti {}\n", message.mti().digits());
        for number in message.numbers() {
            expected += &format!("{number} {}\n", hex::encode(message.octets(number).unwrap()));
        }
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "pyiso8583 disagrees or is absent");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}
