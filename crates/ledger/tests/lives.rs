//! Random lives of a payment: whatever happens in whatever order, the books balance and say where the money stands.

use ledger::journal::Balances;
use ledger::register::{Party as Whose, Row, Totals};
use ledger::{Account, GivenBack, Posting, PostingKind, of_change, of_refund, of_surplus};
use payment::table::State;
use payment::{Difference, Effect, Event, Notice, Order, Payment, Reversal, Settlement};
use proptest::prelude::*;
use terms::{Bin, Channel, Moment, Party, Requisites, Tiyn};

fn now() -> Moment {
    "2026-11-22T23:50:00+05:00".parse().unwrap()
}

fn bank(number: u8) -> Bin {
    ["500140000017", "500140000126"][usize::from(number % 2)].parse().unwrap()
}

fn provider() -> Bin {
    "500240000137".parse().unwrap()
}

fn person() -> Party {
    Party { number: "850612200017".parse().unwrap(), name: "Айгүл Сәрсенова".parse().unwrap() }
}

fn order() -> Order {
    Order {
        service: "P-0101".parse().unwrap(),
        provider: provider(),
        amount: Tiyn::tenge(1725),
        recipient: person(),
        channel: Channel::Kiosk,
        issued_to: bank(0),
        application: None,
        issued_at: now(),
    }
}

fn requisites(reference: u8, tenge: u32, minutes: i64) -> Requisites {
    Requisites {
        payer: person(),
        recipient: person(),
        service: order().service,
        provider: provider(),
        amount: Tiyn::tenge(tenge),
        commission: Tiyn::ZERO,
        beneficiary_iban: "KZ24070105KSN0000000".parse().unwrap(),
        beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
        kbk: "105402".parse().unwrap(),
        knp: "911".parse().unwrap(),
        kod: "19".parse().unwrap(),
        kbe: "11".parse().unwrap(),
        purpose: "Плата".parse().unwrap(),
        bank_reference: format!("R-{reference}").parse().unwrap(),
        paid_at: now().plus_seconds(minutes * 60),
        channel: Channel::Kiosk,
    }
}

fn notices() -> impl Strategy<Value = Event> {
    let tenge = prop_oneof![4 => Just(1725_u32), 1 => 1..4_000_u32, 1 => Just(0)];
    (0..2_u8, 0..3_u8, tenge, -30..30_i64, proptest::bool::weighted(0.1)).prop_map(
        |(by, reference, tenge, minutes, contradicts)| {
            Event::Notice(Notice {
                bank: bank(by),
                requisites: requisites(reference, tenge, minutes),
                transaction: "T-1".parse().unwrap(),
                contradiction: contradicts.then_some(Difference::Authorisation),
            })
        },
    )
}

/// What happens to a payment, or to the money that was granted back.
#[derive(Debug, Clone)]
enum Step {
    Event(Box<Event>),
    /// The bank says that it gave the money back, under this reference of its own.
    GivenBack(u8),
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![12 => events().prop_map(|event| Step::Event(Box::new(event))), 1 => (0..3_u8).prop_map(Step::GivenBack)]
}

fn events() -> impl Strategy<Value = Event> {
    let reversal = (0..2_u8, 0..3_u8, prop_oneof![4 => Just(1725_u32), 1 => Just(3_u32)]).prop_map(
        |(by, reference, tenge)| {
            Event::Reverse(Reversal {
                bank: bank(by),
                bank_reference: format!("R-{reference}").parse().unwrap(),
                amount: Tiyn::tenge(tenge),
                reversed_at: now().plus_seconds(3600),
            })
        },
    );
    let bind = Event::Bind {
        application: "app-1".parse().unwrap(),
        recipient: person().number,
        service: order().service,
    };
    prop_oneof![
        4 => notices(),
        3 => reversal,
        1 => Just(Event::Declined),
        1 => Just(Event::Expired),
        1 => Just(bind),
        1 => Just(Event::Delivered { application: "app-1".parse().unwrap() }),
        1 => Just(Event::Released { application: "app-1".parse().unwrap() }),
        2 => Just(Event::Refund),
        2 => Just(Event::RefundRefused),
        2 => Just(Event::Settle(Settlement::Accept)),
        1 => Just(Event::Settle(Settlement::Refund)),
    ]
}

fn post(postings: &mut Vec<Posting>, posting: Posting) {
    let taken = postings.iter().any(|one| one.kind == posting.kind && one.about == posting.about);
    assert!(!taken, "posted twice: {posting:?}");
    postings.push(posting);
}

/// What a bank says of a refund counts where it is the first word, as the row of the refund makes sure.
fn step(payment: &mut Payment, postings: &mut Vec<Posting>, given: &mut bool, step: Step, at: Moment) {
    match step {
        Step::Event(event) if *given && *event == Event::RefundRefused => {}
        Step::Event(event) => happen(payment, postings, *event, at),
        Step::GivenBack(reference) if !*given && payment.state() == State::Refunded => {
            let reference = (reference > 0).then(|| format!("R-{reference}-R").parse().unwrap());
            let posting = of_refund(payment, &GivenBack { reference, at }, at);
            *given = true;
            posting.into_iter().for_each(|posting| post(postings, posting));
        }
        Step::GivenBack(_) => {}
    }
}

/// Lets an event happen, and adds what it posts: once each, as the books keep it.
fn happen(payment: &mut Payment, postings: &mut Vec<Posting>, event: Event, at: Moment) {
    let said = match &event {
        Event::Notice(notice) => Some((notice.bank, notice.requisites.clone())),
        _ => None,
    };
    let Ok(change) = payment.clone().apply(event, at) else { return };
    let new = of_change(payment, &change.payment, at);
    new.into_iter().for_each(|posting| post(postings, posting));
    if let (Effect::Surplus, Some((bank, said))) = (change.effect, said)
        && said.amount > Tiyn::ZERO
    {
        let surplus = of_surplus(payment.code, bank, &said, at);
        // The bank's first word of an operation counts.
        if !postings.iter().any(|one| one.kind == surplus.kind && one.about == surplus.about) {
            postings.push(surplus);
        }
    }
    *payment = change.payment;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Meets: C10, C23
    /// Defends: A29, A32
    #[test]
    fn any_life_leaves_the_books_balanced_and_saying_where_the_money_stands(
        all in proptest::collection::vec(steps(), 0..24)
    ) {
        let mut payment = Payment::issue("7291417776317054".parse().unwrap(), order());
        let (mut postings, mut given) = (Vec::new(), false);
        for (minute, one) in (0_i64..).zip(all) {
            let was_spent = payment.state() == State::Closed;
            step(&mut payment, &mut postings, &mut given, one, now().plus_seconds(minute * 60));
            // Nothing that is spent goes back, and nothing that went back is spent.
            prop_assert!(!was_spent || payment.state() == State::Closed);
            prop_assert!(!given || payment.state() == State::Refunded);
            let balances: Balances = postings.iter().collect();
            let sums = balances.sums();
            prop_assert_eq!(sums.debit, sums.credit);
            prop_assert!(postings.iter().all(|one| one.amount > Tiyn::ZERO && one.debit != one.credit));

            let surplus: i128 = postings
                .iter()
                .filter(|one| one.kind == PostingKind::Surplus)
                .map(|one| i128::from(one.amount.as_u64()))
                .sum();
            let paid = payment.paid().map_or(0, |paid| i128::from(paid.requisites.amount.as_u64()));
            let on = |account: fn(Bin) -> Account| balances.balance(account(bank(0))) + balances.balance(account(bank(1)));
            let payable = balances.balance(Account::ProviderPayable(provider()));
            // Owed by banks, owed to the provider, in suspense, promised back.
            let stands = (on(Account::BankReceivable), payable, on(Account::Suspense), on(Account::RefundPayable));
            let expected = match payment.state() {
                State::Issued | State::Void => (0, 0, 0, 0),
                State::Paid | State::Bound | State::Closed => (paid + surplus, paid, surplus, 0),
                State::Disputed => (paid + surplus, 0, paid + surplus, 0),
                State::Reversed => (surplus, 0, surplus, 0),
                State::Refunded if given => (surplus, 0, surplus, 0),
                State::Refunded => (paid + surplus, 0, surplus, paid),
            };
            prop_assert_eq!(stands, expected, "{:?} {:?}", payment.state(), postings);
            if let Some(paid) = payment.paid() {
                let registers = [Whose::Bank(bank(0)), Whose::Bank(bank(1)), Whose::Provider(provider())];
                for party in registers {
                    let net = register_of(party, &payment, paid, &postings).net();
                    let account = match party {
                        Whose::Bank(bin) => Account::BankReceivable(bin),
                        Whose::Provider(bin) => Account::ProviderPayable(bin),
                    };
                    prop_assert_eq!(net, balances.balance(account), "{}", party);
                }
            }
        }
    }
}

/// What a register of all days comes to: the rows of postings on its party's account.
fn register_of(party: Whose, payment: &Payment, paid: &payment::Paid, postings: &[Posting]) -> Totals {
    let account = match party {
        Whose::Bank(bin) => Account::BankReceivable(bin),
        Whose::Provider(bin) => Account::ProviderPayable(bin),
    };
    let mut totals = Totals::default();
    for (place, posting) in (1..).zip(postings) {
        if posting.debit == account || posting.credit == account {
            totals.count(&Row {
                posting: place,
                kind: posting.kind,
                day: posting.day,
                at: posting.at,
                amount: posting.amount,
                code: payment.code,
                application: None,
                transaction: paid.transaction.clone(),
                bank: paid.bank,
                requisites: paid.requisites.clone(),
            });
        }
    }
    totals
}

/// What the bank says it took on a day belongs to that day, and is late where it arrives on the next.
#[test]
fn a_payment_belongs_to_the_day_of_the_banks_word() {
    for (minutes, arrives, day, is_late) in
        [(9, 9, "2026-11-22", false), (10, 10, "2026-11-23", false), (9, 11, "2026-11-22", true)]
    {
        let mut payment = Payment::issue("7291417776317054".parse().unwrap(), order());
        let mut postings = Vec::new();
        let notice = Notice {
            bank: bank(0),
            requisites: requisites(1, 1725, minutes),
            transaction: "T-1".parse().unwrap(),
            contradiction: None,
        };
        let at = now().plus_seconds(arrives * 60);
        happen(&mut payment, &mut postings, Event::Notice(notice), at);
        assert_eq!((postings[0].day.to_string().as_str(), postings[0].is_late()), (day, is_late));
    }
}

/// Days are those of Almaty, over the change of its time on 1 March 2024 too.
#[test]
fn the_hour_that_came_twice_in_2024_belongs_to_the_last_of_february() {
    for (said, day) in [
        ("2024-02-29T17:59:59Z", "2024-02-29"),
        ("2024-02-29T18:30:00Z", "2024-02-29"),
        ("2024-02-29T19:00:00Z", "2024-03-01"),
    ] {
        let at: Moment = said.parse().unwrap();
        let said = Requisites { paid_at: at, ..requisites(1, 1725, 0) };
        let surplus = of_surplus("7291417776317054".parse().unwrap(), bank(0), &said, at);
        assert_eq!((surplus.day.to_string().as_str(), surplus.is_late()), (day, false), "{at}");
    }
}
