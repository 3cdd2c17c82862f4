//! Every message says again what it was told, and a wrong one is refused with the path of the fault.

use std::fmt::Debug;

use wire::{Kind, Request, Response};
use xml::{FieldError, FromElement, Limits, Problem, ToElement, with_tree};

fn parsed<T: FromElement>(text: &str) -> Result<T, FieldError> {
    with_tree(text.as_bytes(), &Limits::MESSAGE, T::from_element).expect("the text is XML")
}

fn comes_back<T: FromElement + ToElement + PartialEq + Debug>(message: &T) {
    let text = message.to_xml();
    let read: T = parsed(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!(&read, message);
    assert_eq!(read.to_xml(), text);
}

/// Takes the leaves of an example one by one: absent, doubled, exchanged with the next, with foreign content.
fn refuses_every_slip<T: FromElement + ToElement>(message: &T) {
    let text = message.to_xml();
    let leaves = top_level_elements(&text);
    for (index, leaf) in leaves.iter().enumerate() {
        let name = &leaf[1..leaf.find(['>', ' ']).unwrap()];
        let doubled = text.replacen(leaf, &format!("{leaf}{leaf}"), 1);
        match parsed::<T>(&doubled) {
            Ok(_) => assert!(is_list(&text, name), "doubled {name}"),
            Err(error) => assert!(error.path.contains(name), "{error}"),
        }

        let foreign = text.replacen(leaf, &format!("<stranger></stranger>{leaf}"), 1);
        let error = parsed::<T>(&foreign).err().unwrap_or_else(|| panic!("a stranger before {name}"));
        assert_eq!((error.path.ends_with("/stranger"), error.problem), (true, Problem::Unexpected));

        let absent = text.replacen(leaf, "", 1);
        if let Err(error) = parsed::<T>(&absent) {
            assert_eq!(error.problem, Problem::Missing, "{error}");
            assert!(error.path.ends_with(&format!("/{name}")), "{error}");
        }
        if let Some(next) = leaves.get(index + 1).filter(|next| *next != leaf) {
            let exchanged = text.replacen(&format!("{leaf}{next}"), &format!("{next}{leaf}"), 1);
            assert!(parsed::<T>(&exchanged).is_err(), "{name} after its successor");
        }
    }
}

/// The elements that may stand several times.
fn is_list(text: &str, name: &str) -> bool {
    const LISTS: &[(&str, &str)] = &[
        ("ListServicesResponse", "service"),
        ("AcceptClaim", "item"),
        ("AcceptClaimResponse", "disputed"),
        ("GetBankRegisterResponse", "row"),
    ];
    let root = &text[1..text.find(' ').unwrap_or(text.len())];
    LISTS.contains(&(root, name))
}

/// The direct children of the root, as they are written.
fn top_level_elements(canonical: &str) -> Vec<String> {
    let mut elements = Vec::new();
    let (mut depth, mut start) = (0, 0);
    for (at, _) in canonical.match_indices('<') {
        if canonical[at..].starts_with("</") {
            depth -= 1;
            if depth == 1 {
                let end = at + canonical[at..].find('>').unwrap() + 1;
                elements.push(canonical[start..end].to_owned());
            }
        } else {
            if depth == 1 {
                start = at;
            }
            depth += 1;
        }
    }
    elements
}

fn holds<R>()
where
    R: Request<Response: PartialEq + Debug> + PartialEq + Debug,
{
    comes_back(&R::example());
    comes_back(&R::Response::example());
    refuses_every_slip(&R::example());
    refuses_every_slip(&R::Response::example());
    assert_eq!(R::Response::NAME, format!("{}Response", R::OPERATION));
    assert!(parsed::<R>(&R::Response::example().to_xml()).is_err(), "{} read from its answer", R::OPERATION);
}

macro_rules! all {
    ($($module:ident { $($request:ident),+ })+) => {$(
        #[test]
        fn $module() {
            $( holds::<wire::$module::$request>(); )+
        }
    )+

        const NAMES: &[&str] = &[$($(stringify!($request)),+),+];
    };
}

all! {
    gateway {
        RequestPaymentCode, NotifyPayment, CancelPaymentCode, ReversePayment, OpenPaymentPage,
        BindPaymentCode, ReleasePaymentCode, InquirePaymentCode, ClosePayment, ListServices, GetPayment, GetReceipt,
        GetRegister
    }
    card { LookUpCardPayment, BeginCardPayment, ConcludeCardPayment, CancelCardPayment }
    portal { PaymentNotified, DocumentDelivered }
    bank {
        DebitAccount, InquireAttempt, RefundPayment, AcceptRegister, AcceptClaim, PayProvider, GetStatement, GetBankRegister
    }
    tax_registry { CheckIin }
    service_bus { OrderService }
}

#[test]
fn no_operation_is_left_out_of_these_tests() {
    let declared: Vec<_> = wire::services()
        .iter()
        .flat_map(|service| service.operations)
        .map(|operation| operation.name)
        .collect();
    assert_eq!(declared, NAMES);
}

#[test]
fn facts_are_told_from_questions() {
    use wire::common::Basis;
    use wire::{gateway, portal};

    let kinds = [
        gateway::NotifyPayment::example().kind(),
        gateway::CancelPaymentCode::example().kind(),
        gateway::ReversePayment::example().kind(),
        gateway::ReleasePaymentCode::example().kind(),
        wire::card::ConcludeCardPayment::example().kind(),
        portal::PaymentNotified::example().kind(),
        portal::DocumentDelivered::example().kind(),
        wire::bank::RefundPayment::example().kind(),
        gateway::ClosePayment { basis: Basis::Delivered, ..Request::example() }.kind(),
    ];
    assert!(kinds.iter().all(|kind| *kind == Kind::Fact));
    assert_eq!(gateway::ClosePayment { basis: Basis::Desk, ..Request::example() }.kind(), Kind::Question);
    assert_eq!(gateway::RequestPaymentCode::example().kind(), Kind::Question);
}

/// What a person may type loosely has one form between machines.
#[test]
fn values_are_read_strictly_and_the_path_names_them() {
    let text = wire::gateway::NotifyPayment::example().to_xml();
    let slips = [
        (">7291417776317054<", ">7291 4177 7631 7054<", "/NotifyPayment/paymentCode"),
        (">7291417776317054<", ">7291417776317055<", "/NotifyPayment/paymentCode"),
        (">850612200017<", ">850612 200017<", "/NotifyPayment/requisites/recipient/number"),
        (">1725.00<", ">01725.00<", "/NotifyPayment/requisites/amount"),
        (">1725.00<", ">-1725.00<", "/NotifyPayment/requisites/amount"),
        (">1725.00<", ">1725.5<", "/NotifyPayment/requisites/amount"),
        (">KZ770000000000000001<", ">kz770000000000000001<", "/NotifyPayment/requisites/beneficiaryIban"),
        (">internetBank<", ">InternetBank<", "/NotifyPayment/requisites/channel"),
        (">internetBank<", "> internetBank<", "/NotifyPayment/requisites/channel"),
        ("T07:05:00.000000+05:00</sentAt>", "T07:05:00</sentAt>", "/NotifyPayment/sentAt"),
        ("T07:05:00.000000+05:00</sentAt>", " 07:05:00+05:00</sentAt>", "/NotifyPayment/sentAt"),
        ("T07:05:00.000000+05:00</sentAt>", "T07:05:60Z</sentAt>", "/NotifyPayment/sentAt"),
        ("T07:05:00.000000+05:00</sentAt>", "T07:05:00Z[Asia/Almaty]</sentAt>", "/NotifyPayment/sentAt"),
    ];
    for (right, wrong, path) in slips {
        assert!(text.contains(right), "{right}");
        let error = parsed::<wire::gateway::NotifyPayment>(&text.replacen(right, wrong, 1)).unwrap_err();
        assert_eq!(error.path, path, "{wrong}");
        assert!(!error.to_string().contains("850612"), "personal data in {error}");
    }
    let other_forms = [
        (">1725.00<", ">1725<"),
        ("T07:05:00.000000+05:00</sentAt>", "T02:05:00Z</sentAt>"),
        ("0194f7a2-6c40-7d1e", "0194F7A2-6C40-7D1E"),
    ];
    for (ours, theirs) in other_forms {
        let read: wire::gateway::NotifyPayment = parsed(&text.replacen(ours, theirs, 1)).unwrap();
        assert_eq!(read, Request::example());
    }
}

#[test]
fn lists_and_documents_have_their_bounds() {
    use wire::common::{Document, TooManyOctets};

    let mut answer = wire::gateway::ListServicesResponse::example();
    answer.services = vec![answer.services[0].clone(); wire::gateway::LARGEST_CATALOGUE];
    comes_back(&answer);
    answer.services.push(answer.services[0].clone());
    let error = parsed::<wire::gateway::ListServicesResponse>(&answer.to_xml()).unwrap_err();
    assert_eq!(error.problem, Problem::TooMany(wire::gateway::LARGEST_CATALOGUE));

    assert_eq!(Document::new(vec![0; Document::LARGEST + 1]), Err(TooManyOctets(Document::LARGEST)));
    let mut delivered = wire::portal::DocumentDelivered::example();
    delivered.document = Some(Document::new(vec![7; Document::LARGEST]).unwrap());
    comes_back(&delivered);
    let longer = delivered.to_xml().replacen("</document>", "BwcH</document>", 1);
    assert!(parsed::<wire::portal::DocumentDelivered>(&longer).is_err());
}

#[test]
fn a_message_laid_out_for_people_is_read_alike() {
    for file in wire::published() {
        if file.path == "samples/NotifyPayment.xml" {
            let read: wire::gateway::NotifyPayment = parsed(&file.content).unwrap();
            assert_eq!(read, Request::example());
        }
    }
}
