//! What two officers decide about money besides disputes: differences with banks that stay, and contracts.

use gateway::reconciliation::{Given, Outcome, reconcile};
use gateway::settlement::{CloseDay, close_day};
use ledger::OpenReason;
use ledger::contract::{BankTerms, Contract, Fee, Terms};
use rights::{Permitted, SystemJob};
use store::Store as _;
use terms::{BankingDay, Bin, PaymentCode, ShortText, Tiyn};
use wire::closing::{DayClosing, Whole};
use wire::common::{BankMovement, MovementKind};
use wire::fault::FaultCode;
use wire::proposal::{
    ContractChange, DifferenceAcknowledgement, DifferenceField, DifferenceSide, Proposal, ProposalKind,
};

use crate::officers::{Console, Officer};
use crate::reconciliation::comparing;
use crate::talk::Client;
use crate::world::{BANK_1, FINANCE, FINANCE_2, PORTAL, SECURITY, SERVICE, SETTLEMENT_IBAN, World, noon};

fn today() -> BankingDay {
    noon().banking_day()
}

fn bank() -> Bin {
    BANK_1.parse().unwrap()
}

fn movement(client: &Client, code: PaymentCode, amount: Tiyn) -> BankMovement {
    BankMovement {
        payment_code: Some(code),
        bank_reference: client.notice(code).requisites.bank_reference,
        amount,
        kind: MovementKind::Payment,
        at: noon(),
    }
}

fn text(text: &str) -> Option<ShortText> {
    (!text.is_empty()).then(|| text.parse().unwrap())
}

/// The proposal to take the only difference of a run for known.
fn acknowledgement(officer: &Officer, world: &World, run: &Outcome) -> Proposal {
    let differing: Vec<_> = run.differences.iter().filter(|one| one.until.is_none()).collect();
    let [one] = differing[..] else { panic!("{differing:?}") };
    let said = DifferenceAcknowledgement {
        reconciliation: Whole(run.id),
        bank: bank(),
        day: today(),
        payment_code: one.code,
        bank_reference: text(&one.reference),
        is_deduction: one.is_deduction,
        side: one.side.parse::<DifferenceSide>().unwrap(),
        field: one.field.parse::<DifferenceField>().unwrap(),
        ours: text(&one.ours),
        theirs: text(&one.theirs),
    };
    Proposal {
        kind: ProposalKind::AcknowledgeDifference,
        difference_acknowledgement: Some(said),
        ..officer.proposal(world)
    }
}

/// The differences that a closing of today names: what, and how much.
async fn named(world: &World) -> Vec<(String, Tiyn)> {
    let close = Permitted::system(CloseDay { day: today() }, SystemJob("test"));
    let record = close_day(&world.cx(), &close).await.unwrap().record;
    let signed = xml::dsig::verify_enveloped(&record.document, &xml::Limits::DOCUMENT).unwrap();
    let closing = signed.parse::<DayClosing>().unwrap().closing();
    let differences = closing.open.into_iter().filter(|one| one.reason == OpenReason::Difference);
    differences.map(|one| (one.about, one.amount)).collect()
}

/// A difference stands in the closing of its day until two officers took it for known; with another value it is another
/// one, and so is what another bank or day has.
///
/// Meets: C10, C24
/// Defends: A25, A29
#[tokio::test(flavor = "multi_thread")]
async fn a_difference_stands_in_the_closing_until_two_officers_acknowledge_that_very_one() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let (finance, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let security = Officer::of(&world, SECURITY);
    let code = client.paid().await;
    let asked = async || reconcile(&world.cx(), &comparing(bank(), today()), Given::default()).await.unwrap();
    let says =
        |tenge: u32| world.bank_1.has_booked(vec![movement(&client, code, Tiyn::tenge(tenge))], vec![]);

    says(1725);
    assert!(asked().await.is_settled());
    assert_eq!(named(&world).await, []);
    says(1700);
    let first = asked().await;
    assert!(!first.is_settled());
    let about = format!("R-{} {} register amount: 1725.00 / 1700.00", first.id, code.digits());
    assert_eq!(named(&world).await, [(about, Tiyn::tenge(25))]);

    // Nothing but what stands there, and by nobody but two officers who may.
    let proposal = acknowledgement(&finance, &world, &first);
    let with = |change: &dyn Fn(&mut DifferenceAcknowledgement)| {
        let mut said = proposal.difference_acknowledgement.clone().unwrap();
        change(&mut said);
        let number = world.gateway.message_id();
        Proposal { number, difference_acknowledgement: Some(said), ..proposal.clone() }
    };
    for wrong in [
        with(&|said| said.theirs = text("1701.00")),
        with(&|said| said.ours = None),
        with(&|said| said.is_deduction = true),
        with(&|said| said.side = DifferenceSide::Statement),
        with(&|said| said.reconciliation = Whole(first.id + 7)),
        with(&|said| said.day = today().next()),
        with(&|said| said.payment_code = None),
    ] {
        assert_eq!(finance.propose(&world, &wrong).await, "no-such-difference", "{wrong:?}");
    }
    let another_part = Proposal { difference_acknowledgement: None, ..proposal.clone() };
    assert_eq!(finance.propose(&world, &another_part).await, "not-understood");
    let of_security = acknowledgement(&security, &world, &first);
    assert_eq!(security.propose(&world, &of_security).await, "not-allowed");
    assert_eq!(finance.propose(&world, &proposal).await, "proposed");
    assert_eq!(finance.approve(&world, &proposal).await, "same-person");
    let mut console = Console::open(&world, &second).await;
    let page = console.get(&format!("/proposals/{}", proposal.number)).await;
    for words in ["acknowledgement of a difference", "1725.00", "1700.00", "By the bank"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(named(&world).await.len(), 1, "proposed is not approved");
    assert_eq!(second.approve(&world, &proposal).await, "approved");
    assert_eq!(named(&world).await, []);
    let again = acknowledgement(&second, &world, &first);
    assert_eq!(second.propose(&world, &again).await, "difference-acknowledged");

    // Found again it is known, and by whom; with another value it is another difference.
    let rerun = asked().await;
    let known = rerun.known_by(&rerun.differences[0]).unwrap();
    assert_eq!((known.proposal, known.by.len(), rerun.is_settled()), (proposal.number, 2, true));
    assert_eq!(named(&world).await, []);
    says(1600);
    let other = asked().await;
    assert!(!other.is_settled() && other.known_by(&other.differences[0]).is_none());
    assert_eq!(named(&world).await.iter().map(|one| one.1).collect::<Vec<_>>(), [Tiyn::tenge(125)]);
    // What the bank has put right meanwhile cannot be taken for known any more.
    let late = acknowledgement(&finance, &world, &other);
    assert_eq!(finance.propose(&world, &late).await, "proposed");
    says(1725);
    assert!(asked().await.is_settled());
    assert_eq!(second.approve(&world, &late).await, "no-such-difference");
    assert_eq!(named(&world).await, []);
    let timeline = world.cx().store.read(move |view| view.timeline(code)).await.unwrap();
    let events: Vec<&str> = timeline.iter().map(|entry| entry.event.as_str()).collect();
    assert!(events.contains(&"difference-acknowledged"), "{events:?}");
    world.chain().await;
}

fn contract(number: &str, since: BankingDay, per_day: Option<Tiyn>) -> Contract {
    Contract {
        number: number.parse().unwrap(),
        party: bank(),
        since,
        until: None,
        terms: Terms::Bank(BankTerms {
            services: Some(vec![SERVICE.0.parse().unwrap()]),
            per_payment: None,
            per_day,
            fee: Fee { basis_points: 30, least: Tiyn::ZERO, most: None },
            reimburse_days: 1,
            guarantee_days: None,
            settlement_iban: "KZ320000000000900001".parse().unwrap(),
        }),
    }
}

/// A contract changes by two officers alone, from a day on that is not over, beside what was agreed before.
///
/// Meets: C22
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn two_officers_agree_on_a_contract_from_a_day_on_and_the_earlier_one_stays() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let (finance, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let change = |officer: &Officer, contract: &Contract| Proposal {
        kind: ProposalKind::ChangeContract,
        contract_change: Some(ContractChange::of(contract)),
        ..officer.proposal(&world)
    };
    let kept = async || world.cx().store.read(|view| view.kept_contracts()).await.unwrap();
    let before = kept().await;
    assert!(before.iter().all(|one| one.proposal.is_none()), "the configuration's");
    client.issued().await;

    let price = Tiyn::tenge(SERVICE.1);
    let yesterday = contract("GW-1/2", "2026-11-21".parse().unwrap(), None);
    let of_today = || contract("GW-1/2", today(), None);
    let of_a_stranger = Contract { party: "500340000054".parse().unwrap(), ..of_today() };
    let of_another_kind = Contract { terms: Terms::NationalOperator, ..of_today() };
    let mut of_no_service = of_today();
    if let Terms::Bank(terms) = &mut of_no_service.terms {
        terms.services = Some(vec!["P-9999".parse().unwrap()]);
    }
    // A participant that is known and no bank.
    let of_the_portal = Contract { party: PORTAL.parse().unwrap(), ..of_today() };
    let mut of_a_known_account = of_today();
    if let Terms::Bank(terms) = &mut of_a_known_account.terms {
        terms.settlement_iban = SETTLEMENT_IBAN.parse().unwrap();
    }
    let of_a_known_number = Contract { number: before[0].contract.number.clone(), ..of_today() };
    for (wrong, word) in [
        (&yesterday, "contract-in-the-past"),
        (&of_a_stranger, "contract-party"),
        (&of_another_kind, "contract-party"),
        (&of_the_portal, "contract-party"),
        (&of_a_known_account, "contract-account-taken"),
        (&of_no_service, "no-such-service"),
        (&of_a_known_number, "contract-number-taken"),
    ] {
        assert_eq!(finance.propose(&world, &change(&finance, wrong)).await, word);
    }
    let security = Officer::of(&world, SECURITY);
    let limited = contract("GW-1/2", today(), Some(price));
    assert_eq!(security.propose(&world, &change(&security, &limited)).await, "not-allowed");
    // Proposed while its day is free, and approved when that day is over.
    let late = change(&finance, &contract("GW-1/3", today(), None));
    assert_eq!(finance.propose(&world, &late).await, "proposed");

    let proposal = change(&finance, &limited);
    assert_eq!(finance.propose(&world, &proposal).await, "proposed");
    assert_eq!(finance.approve(&world, &proposal).await, "same-person");
    assert_eq!(kept().await, before, "proposed is not agreed");
    let mut console = Console::open(&world, &second).await;
    let page = console.get(&format!("/proposals/{}", proposal.number)).await;
    assert!(page.body.contains("change of a contract") && page.body.contains("1725.00 ₸"), "{}", page.body);
    assert_eq!(second.approve(&world, &proposal).await, "approved");

    // It holds at once; what was issued before it counts, too.
    assert_eq!(client.refusal(&client.request_code()).await, FaultCode::ContractLimit);
    let after = kept().await;
    assert_eq!(after[..before.len()], before[..], "nothing is written over");
    let newest = after.last().unwrap();
    assert_eq!((&newest.contract, newest.proposal), (&limited, Some(proposal.number)));
    assert_eq!(finance.propose(&world, &change(&finance, &limited)).await, "no-change");

    // The day is another one's now, for a proposal as for an approval; and so is the number.
    let twin = contract("GW-1/4", today(), None);
    assert_eq!(finance.propose(&world, &change(&finance, &twin)).await, "contract-day-taken");
    assert_eq!(second.approve(&world, &late).await, "contract-day-taken");
    let renamed = contract("GW-1/2", today().next(), None);
    assert_eq!(finance.propose(&world, &change(&finance, &renamed)).await, "contract-number-taken");
    let tomorrow = contract("GW-1/4", today().next(), None);
    let ahead = change(&second, &tomorrow);
    assert_eq!(second.propose(&world, &ahead).await, "proposed");
    assert_eq!(finance.approve(&world, &ahead).await, "approved");
    assert_eq!(client.refusal(&client.request_code()).await, FaultCode::ContractLimit, "not before its day");
    world.clock.advance(crate::world::DAY);
    world.publish(1000 * crate::world::DAY, crate::world::Who::Neighbours);
    let (finance, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    assert_eq!(second.approve(&world, &late).await, "contract-in-the-past");
    client.issued().await;
    client.issued().await;
    drop(finance);
    world.chain().await;
}
