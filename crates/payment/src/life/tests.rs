//! Stories, and the table walked whole.

use super::*;
use crate::table::{self, Outcome, State, Trigger};

fn now() -> Moment {
    Moment::from_unix_microseconds(1_795_000_000_000_000)
}

fn party(number: &str) -> Party {
    Party { number: number.parse().unwrap(), name: "Айгүл Сәрсенова".parse().unwrap() }
}

fn bank() -> Bin {
    "500140000017".parse().unwrap()
}

fn order() -> Order {
    Order {
        service: "P-0101".parse().unwrap(),
        provider: "500240000137".parse().unwrap(),
        amount: Tiyn::tenge(1725),
        recipient: party("850612200017"),
        channel: Channel::Kiosk,
        issued_to: bank(),
        application: None,
        issued_at: now(),
    }
}

fn requisites() -> Requisites {
    let order = order();
    Requisites {
        payer: party("790304100022"),
        recipient: order.recipient,
        service: order.service,
        provider: order.provider,
        amount: order.amount,
        commission: Tiyn::tenge(50),
        beneficiary_iban: "KZ24070105KSN0000000".parse().unwrap(),
        beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
        kbk: "105402".parse().unwrap(),
        knp: "911".parse().unwrap(),
        kod: "19".parse().unwrap(),
        kbe: "11".parse().unwrap(),
        purpose: "Плата".parse().unwrap(),
        bank_reference: "R-1".parse().unwrap(),
        paid_at: now(),
        channel: order.channel,
    }
}

fn notice() -> Notice {
    Notice {
        bank: bank(),
        requisites: requisites(),
        transaction: "T-1".parse().unwrap(),
        contradiction: None,
    }
}

fn paid() -> Paid {
    let Notice { bank, requisites, transaction, .. } = notice();
    Paid { requisites, bank, received_at: now(), transaction, ticket: None }
}

fn reversal(reference: &str) -> Reversal {
    Reversal {
        bank: bank(),
        bank_reference: reference.parse().unwrap(),
        amount: Tiyn::tenge(1725),
        reversed_at: now(),
    }
}

fn operator(name: &str) -> Operator {
    Operator {
        iin: "880101200044".parse().unwrap(),
        name: name.parse().unwrap(),
        centre: "ХҚО № 1".parse().unwrap(),
    }
}

fn ticket(number: u8) -> TicketId {
    TicketId::from_bytes([number; 16])
}

fn application(text: &str) -> ApplicationNumber {
    text.parse().unwrap()
}

fn issued() -> Payment {
    Payment::issue("7291417776317054".parse().unwrap(), order())
}

/// A payment in each state, as the table's left column means it.
fn in_state(state: State) -> Payment {
    let mut payment = issued();
    payment.life = match state {
        State::Issued => Life::Issued,
        State::Void => Life::Void,
        State::Paid => {
            let held = Ticket {
                id: ticket(1),
                operator: operator("Дана"),
                until: now().plus_seconds(TICKET_SECONDS),
            };
            Life::Paid(Paid { ticket: Some(held), ..paid() })
        }
        State::Disputed => Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Amount }),
        State::Bound => Life::Bound(paid(), application("app-1"), now()),
        State::Closed => Life::Closed(paid(), Closing::Delivered(application("app-1")), now()),
        State::Reversed => Life::Reversed(paid(), reversal("R-1")),
        State::Refunded => Life::Refunded(paid(), now()),
    };
    payment
}

fn event(trigger: Trigger) -> Event {
    let bind = |application_number: &str, recipient: &str, service: &str| Event::Bind {
        application: application(application_number),
        recipient: recipient.parse().unwrap(),
        service: service.parse().unwrap(),
    };
    let another = |change: fn(&mut Requisites)| {
        let mut notice = notice();
        notice.requisites.bank_reference = "R-2".parse().unwrap();
        change(&mut notice.requisites);
        Event::Notice(notice)
    };
    match trigger {
        Trigger::NoticeAgain => Event::Notice(notice()),
        Trigger::Notice | Trigger::NoticeOfAnother => another(|_| ()),
        Trigger::NoticeDiffering => another(|requisites| requisites.amount = Tiyn::tenge(1)),
        Trigger::Declined => Event::Declined,
        Trigger::Expired => Event::Expired,
        Trigger::Bind => bind("app-2", "850612200017", "P-0101"),
        Trigger::BindAgain => bind("app-1", "850612200017", "P-0101"),
        Trigger::BindOtherRecipient => bind("app-1", "790304100022", "P-0101"),
        Trigger::BindOtherService => bind("app-1", "850612200017", "P-0102"),
        Trigger::Delivered => Event::Delivered { application: application("app-1") },
        Trigger::DeliveredElsewhere => Event::Delivered { application: application("app-2") },
        Trigger::Released => Event::Released { application: application("app-1") },
        Trigger::ReleasedElsewhere => Event::Released { application: application("app-2") },
        Trigger::Inquire => Event::Inquire {
            ticket: ticket(2),
            operator: operator("Дана"),
            service: "P-0101".parse().unwrap(),
        },
        Trigger::InquireOtherService => Event::Inquire {
            ticket: ticket(2),
            operator: operator("Дана"),
            service: "P-0102".parse().unwrap(),
        },
        Trigger::CloseAtDesk => Event::CloseAtDesk { ticket: ticket(1), operator: operator("Дана") },
        Trigger::CloseWithoutTicket => {
            Event::CloseAtDesk { ticket: ticket(1), operator: operator("Болат") }
        }
        Trigger::Reverse => Event::Reverse(reversal("R-1")),
        Trigger::ReverseOther => Event::Reverse(reversal("R-9")),
        Trigger::Refund => Event::Refund,
        Trigger::RefundRefused | Trigger::RefundRefusedReversed => Event::RefundRefused,
        Trigger::SettleAccept => Event::Settle(Settlement::Accept),
        Trigger::SettleRefund => Event::Settle(Settlement::Refund),
        Trigger::SettleReversed => Event::Settle(Settlement::Accept),
    }
}

/// Every state × every trigger does what the printed table says, and nothing else.
///
/// Meets: C2.11
/// Defends: A5
#[test]
fn the_code_and_the_printed_table_agree_on_every_pair() {
    for state in State::ALL {
        for trigger in Trigger::ALL {
            let mut before = in_state(state);
            if matches!(trigger, Trigger::SettleReversed | Trigger::RefundRefusedReversed) {
                before.parked_reversal = Some(reversal("R-1"));
            }
            let after = before.clone().apply(event(trigger), now());
            let said = table::find(state, trigger).map(|row| row.outcome);
            let done = match &after {
                Err(_) => None,
                Ok(change) => Some(match change.effect {
                    Effect::Moved => Outcome::To(change.payment.state()),
                    Effect::Same => Outcome::Same,
                    Effect::Parked => Outcome::Parked,
                    Effect::Surplus => Outcome::Surplus,
                    Effect::Ticketed => Outcome::Ticketed,
                    Effect::Overtaken => Outcome::Overtaken,
                }),
            };
            assert_eq!(done, said, "{state:?} × {trigger:?}");
            if let Ok(change) = after {
                let keeps_state = !matches!(change.effect, Effect::Moved);
                assert_eq!(keeps_state, change.payment.state() == state, "{state:?} × {trigger:?}");
            }
        }
    }
}

/// One `check` knows the API; the stories do not.
fn check(story: &str) {
    let mut payment = issued();
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (left, expected) = line.split_once("->").expect("a line reads: actor event -> outcome");
        let mut words = left.split_whitespace();
        let (actor, verb) = (words.next().unwrap(), words.next().unwrap());
        let object = words.next().unwrap_or("");
        let happening = match (actor, verb) {
            ("bank", "pays") => event(Trigger::NoticeAgain),
            ("bank", "pays-less") => event(Trigger::NoticeDiffering),
            ("bank", "declines") => Event::Declined,
            ("bank", "reverses") => Event::Reverse(reversal("R-1")),
            ("bank", "refuses-refund") => Event::RefundRefused,
            ("officers", "refund") => Event::Refund,
            ("officers", "accept") => Event::Settle(Settlement::Accept),
            ("officers", "give-back") => Event::Settle(Settlement::Refund),
            ("time", "expires") => Event::Expired,
            ("portal", "binds") => Event::Bind {
                application: application(object),
                recipient: "850612200017".parse().unwrap(),
                service: "P-0101".parse().unwrap(),
            },
            ("portal", "delivers") => Event::Delivered { application: application(object) },
            ("portal", "releases") => Event::Released { application: application(object) },
            ("desk", "inquires") => event(Trigger::Inquire),
            ("desk", "closes") => Event::CloseAtDesk { ticket: ticket(2), operator: operator("Дана") },
            other => panic!("no such line: {other:?}"),
        };
        let said = match payment.clone().apply(happening, now()) {
            Ok(change) => {
                payment = change.payment;
                let state = payment.state().name();
                match change.effect {
                    Effect::Moved | Effect::Same => state.to_owned(),
                    effect => format!("{state}, {effect:?}").to_lowercase(),
                }
            }
            Err(refusal) => format!("refused: {refusal}"),
        };
        assert_eq!(said, expected.trim(), "{line}");
    }
}

/// Meets: T6.11-13
#[test]
fn a_code_pays_for_one_application_only() {
    check(
        "
        portal binds  app-1     -> refused: the bank has not confirmed the payment yet
        bank   pays             -> paid
        portal binds  app-1     -> bound
        portal binds  app-1     -> bound
        portal binds  app-2     -> refused: the payment code is bound to another order
        desk   inquires         -> refused: the payment code is bound to another order
        portal delivers app-1   -> closed
        portal delivers app-1   -> closed
        portal binds  app-1     -> refused: the payment code is already used
        bank   reverses         -> refused: a spent payment cannot be taken back
    ",
    );
}

/// Meets: T1.post, T2.post
#[test]
fn a_service_that_could_not_be_rendered_gives_the_code_back() {
    check(
        "
        bank   pays             -> paid
        portal binds  app-1     -> bound
        portal releases app-1   -> paid
        portal releases app-1   -> paid, overtaken
        desk   inquires         -> paid, ticketed
        desk   closes           -> closed
        desk   closes           -> closed
        portal binds  app-2     -> refused: the payment code is already used
    ",
    );
}

/// Defends: A2
#[test]
fn a_desk_closes_only_what_it_inquired() {
    check(
        "
        bank   pays             -> paid
        desk   closes           -> refused: the desk's ticket is not valid
        desk   inquires         -> paid, ticketed
        portal binds  app-1     -> bound
        desk   closes           -> refused: the payment code is bound to another order
        portal releases app-1   -> paid
        desk   closes           -> refused: the desk's ticket is not valid
    ",
    );
}

#[test]
fn a_ticket_ends_after_ten_minutes_and_is_its_operators_alone() {
    let inquired = in_state(State::Paid);
    let close = |operator_name: &str, id: u8, seconds: i64| {
        let event = Event::CloseAtDesk { ticket: ticket(id), operator: operator(operator_name) };
        inquired.clone().apply(event, now().plus_seconds(seconds)).map(|change| change.payment.state())
    };
    assert_eq!(close("Дана", 1, TICKET_SECONDS), Ok(State::Closed));
    assert_eq!(close("Дана", 1, TICKET_SECONDS + 1), Err(Refusal::NoTicket));
    assert_eq!(close("Болат", 1, 0), Err(Refusal::NoTicket));
    assert_eq!(close("Дана", 2, 0), Err(Refusal::NoTicket));
}

#[test]
fn money_is_never_refused() {
    check(
        "
        time   expires          -> void
        portal binds  app-1     -> refused: the payment code is void
        bank   pays             -> paid
        bank   pays             -> paid
    ",
    );
}

/// A grant makes the code unspendable at once; a bank's refusal gives it to officers, and loses nobody's money.
///
/// Meets: C24
/// Defends: A32
#[test]
fn only_an_unused_payment_is_refunded_and_a_refusal_loses_nothing() {
    check(
        "
        officers refund         -> refused: the bank has not confirmed the payment yet
        bank   pays             -> paid
        portal binds  app-1     -> bound
        officers refund         -> refused: the payment code is bound to another order
        portal releases app-1   -> paid
        desk   inquires         -> paid, ticketed
        officers refund         -> refunded
        officers refund         -> refunded
        desk   closes           -> refused: the payment was refunded
        portal binds  app-1     -> refused: the payment was refunded
        bank   refuses-refund   -> disputed
        bank   refuses-refund   -> refused: not possible in this state
        portal binds  app-1     -> refused: the payment is disputed
        officers give-back      -> refunded
        bank   refuses-refund   -> disputed
        officers accept         -> paid
        officers refund         -> refunded
        bank   reverses         -> refunded, parked
        bank   refuses-refund   -> reversed
    ",
    );
    check(
        "
        bank   pays             -> paid
        portal binds  app-1     -> bound
        portal delivers app-1   -> closed
        officers refund         -> refused: a spent payment cannot be taken back
    ",
    );
}

/// Facts in every order, each possibly doubled, end in the same state.
///
/// Defends: A3
#[test]
fn the_final_state_does_not_depend_on_the_order_of_facts() {
    let facts = [
        (Event::Notice(notice()), "notice"),
        (Event::Reverse(reversal("R-1")), "reversal"),
        (Event::Declined, "declined"),
        (Event::Notice(notice()), "notice again"),
        (Event::Reverse(reversal("R-1")), "reversal again"),
        (Event::Declined, "declined again"),
    ];
    let mut orders = vec![vec![]];
    for i in 0..facts.len() {
        orders = orders
            .into_iter()
            .flat_map(|order: Vec<usize>| {
                (0..=order.len()).map(move |at| {
                    let mut longer = order.clone();
                    longer.insert(at, i);
                    longer
                })
            })
            .collect();
    }
    assert_eq!(orders.len(), 720);
    for order in orders {
        let mut payment = issued();
        for i in &order {
            let names: Vec<_> = order.iter().map(|i| facts[*i].1).collect();
            payment = payment
                .apply(facts[*i].0.clone(), now())
                .unwrap_or_else(|refusal| panic!("{names:?}: {refusal}"))
                .payment;
        }
        assert_eq!(payment.state(), State::Reversed);
    }
}

/// Whatever field a notice alters, the code is never paid by it.
///
/// Defends: A5
#[test]
fn a_notice_that_differs_is_never_paid() {
    let alterations: [fn(&mut Requisites); 6] = [
        |said| said.amount = Tiyn::new(said.amount.as_u64() - 1).unwrap(),
        |said| said.amount = Tiyn::new(said.amount.as_u64() + 1).unwrap(),
        |said| said.service = "P-0102".parse().unwrap(),
        |said| said.recipient = party("790304100022"),
        |said| said.provider = bank(),
        |said| said.channel = Channel::Atm,
    ];
    for alter in alterations {
        let mut notice = notice();
        alter(&mut notice.requisites);
        let change = issued().apply(Event::Notice(notice), now()).unwrap();
        assert_eq!(change.payment.state(), State::Disputed);
        assert!(crate::Receipt::of(&change.payment).is_none());
    }
    for contradiction in [Difference::Authorisation, Difference::BankReference, Difference::Beneficiary] {
        let contradicting = Notice { contradiction: Some(contradiction), ..notice() };
        let change = issued().apply(Event::Notice(contradicting), now()).unwrap();
        assert_eq!(change.payment.state(), State::Disputed);
    }
    for (seconds, state) in [
        (-PAID_AT_TOLERANCE_SECONDS, State::Paid),
        (-PAID_AT_TOLERANCE_SECONDS - 1, State::Disputed),
        (PAID_AT_TOLERANCE_SECONDS, State::Paid),
        (PAID_AT_TOLERANCE_SECONDS + 1, State::Disputed),
    ] {
        let mut notice = notice();
        notice.requisites.paid_at = now().plus_seconds(seconds);
        let change = issued().apply(Event::Notice(notice), now()).unwrap();
        assert_eq!(change.payment.state(), state, "{seconds}");
    }
}
