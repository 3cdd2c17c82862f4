//! Reconciliation: notices, the bank's register and its statement in three heaps, re-runnable, nothing half applied.

use files::register::{CsvRegister, Dialect};
use gateway::reconciliation::{Given, NotReconciled, Reconcile, reconcile};
use gateway::registers::{each_row, form_registers};
use ledger::reconcile::SHORTEST_PIECE;
use ledger::register::Party;
use ledger::register::intake::Fault;
use ledger::statement::{Direction, Entry};
use rights::{Permitted, SystemJob};
use store::Store as _;
use terms::{BankingDay, Bin, PaymentCode, Tiyn};
use wire::common::{BankMovement, MovementKind};

use crate::registers::forming;
use crate::talk::Client;
use crate::world::{BANK_1, BANK_2, DAY, SERVICE, World, noon};

fn today() -> BankingDay {
    noon().banking_day()
}

fn bank() -> Bin {
    BANK_1.parse().unwrap()
}

pub(crate) fn comparing(bank: Bin, day: BankingDay) -> Permitted<Reconcile> {
    Permitted::system(Reconcile { bank, day }, SystemJob("test"))
}

/// What the bank's own books say of a payment that was noticed.
fn movement(client: &Client, code: PaymentCode) -> BankMovement {
    BankMovement {
        payment_code: Some(code),
        bank_reference: client.notice(code).requisites.bank_reference,
        amount: Tiyn::tenge(SERVICE.1),
        kind: MovementKind::Payment,
        at: noon(),
    }
}

/// The same of an operation that the bank never noticed.
fn foreign_movement(client: &Client, code: PaymentCode) -> BankMovement {
    BankMovement { bank_reference: "NEVER-NOTICED-1".parse().unwrap(), ..movement(client, code) }
}

fn entry(reference: &str, amount: Tiyn, remittance: Option<String>) -> Entry {
    Entry {
        reference: reference.parse().unwrap(),
        amount,
        direction: Direction::Credit,
        booked_on: today(),
        value_on: today(),
        remittance: remittance.map(|words| words.parse().unwrap()),
        counterparty: None,
    }
}

/// Meets: C10, C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn what_the_bank_has_otherwise_is_named_with_both_values_and_a_new_run_is_made_anew() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let (agreed, less, unknown) = (client.paid().await, client.paid().await, client.paid().await);
    let foreign = BankMovement { payment_code: None, ..foreign_movement(&client, agreed) };
    let cheaper = BankMovement { amount: Tiyn::tenge(1), ..movement(&client, less) };
    let claimed = entry("S-1", Tiyn::tenge(5), Some("C-500440002014-20261121-1".to_owned()));
    world.bank_1.has_booked(vec![movement(&client, agreed), cheaper, foreign], vec![claimed]);

    let asked = async || reconcile(&world.cx(), &comparing(bank(), today()), Given::default()).await.unwrap();
    let first = asked().await;
    let heaps = (first.run.agreed, first.run.waiting, first.run.differing);
    assert_eq!((heaps, first.of_claims), ((1, 2, 1), 1), "the day is not over");
    let differing: Vec<_> = first.differences.iter().filter(|one| one.until.is_none()).collect();
    let [one] = differing[..] else { panic!("{differing:?}") };
    assert_eq!((one.code, one.side.as_str(), one.field.as_str()), (Some(less), "register", "amount"));
    assert_eq!((one.ours.as_str(), one.theirs.as_str()), ("1725.00", "1.00"));
    let waits: Vec<_> = first.differences.iter().filter(|one| one.until.is_some()).collect();
    assert!(waits.iter().any(|one| one.side == "notice" && one.reference == "NEVER-NOTICED-1"));
    assert!(waits.iter().any(|one| one.side == "register" && one.code == Some(unknown)));

    let again = asked().await;
    assert_eq!((again.run.source == first.run.source, &again.differences), (false, &first.differences));
    assert_eq!(again.id, first.id + 1);

    world.clock.advance(3 * DAY);
    let late = asked().await;
    assert_eq!((late.run.agreed, late.run.waiting, late.run.differing), (1, 0, 3), "nobody waits for ever");

    // What this bank's register has, and our books hold as paid at the other bank, is not simply unknown.
    let elsewhere = Client::of(world.bank_2.host.clone()).paid().await;
    let claimed = BankMovement { payment_code: Some(elsewhere), ..foreign_movement(&client, agreed) };
    let all = [agreed, less, unknown].map(|code| movement(&client, code)).to_vec();
    world.bank_1.has_booked([all, vec![claimed]].concat(), vec![]);
    let of_another = asked().await;
    let [one] = &of_another.differences[..] else { panic!("{:?}", of_another.differences) };
    assert_eq!((one.code, one.field.as_str()), (Some(elsewhere), "operation"));
    assert_eq!((one.ours.as_str(), one.theirs.as_str()), (&*format!("paid at {BANK_2}"), "1725.00"));

    // What the bank has corrected agrees in the next run: no earlier one is remembered against it.
    let all = [agreed, less, unknown].map(|code| movement(&client, code)).to_vec();
    world.bank_1.has_booked(all, vec![]);
    let settled = asked().await;
    assert_eq!((settled.run.agreed, settled.differences.len()), (3, 0));
    let kept = world.cx().store.read(|view| view.reconciliations(bank(), today(), 10)).await.unwrap();
    assert_eq!(kept.first(), Some(&(settled.id, settled.run)));
    assert_eq!(kept.len(), 5);
    let found = world.cx().store.read(move |view| view.differences(first.id, 0, 10)).await.unwrap();
    assert_eq!(found.into_iter().map(|placed| placed.difference).collect::<Vec<_>>(), first.differences);
    world.chain().await;
}

/// Meets: C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn single_payments_on_a_statement_are_matched_by_code_or_by_a_piece_of_the_reference() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let (by_code, short) = (client.paid().await, client.paid().await);
    let price = Tiyn::tenge(SERVICE.1);
    let references = [by_code, short].map(|code| movement(&client, code));
    let named =
        entry(references[0].bank_reference.as_str(), price, Some(format!("for {}", by_code.digits())));
    let piece = &references[1].bank_reference.as_str()[..SHORTEST_PIECE + 4];
    let own = entry(piece, Tiyn::tenge(7), None);
    world.bank_1.has_booked(references.to_vec(), vec![named, own]);
    let outcome = reconcile(&world.cx(), &comparing(bank(), today()), Given::default()).await.unwrap();
    assert_eq!((outcome.run.agreed, outcome.run.differing, outcome.of_claims), (1, 1, 0));
    let [one] = &outcome.differences[..] else { panic!("{:?}", outcome.differences) };
    assert_eq!((one.code, one.side.as_str(), one.field.as_str()), (Some(short), "statement", "amount"));
}

/// Meets: C10
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_a_wrong_row_is_refused_by_its_row_and_nothing_of_it_is_kept() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    client.paid().await;
    client.paid().await;
    let cx = world.cx();
    let formed = form_registers(&cx, &forming(today())).await.unwrap();
    let of_bank = |one: &&gateway::registers::Formed| one.revision.head.party == Party::Bank(bank());
    let head = formed.iter().find(of_bank).unwrap().revision.head.clone();
    let mut csv = Vec::new();
    let mut writer = CsvRegister::new(&mut csv, &head, Dialect::OfficeEnglish).unwrap();
    each_row(&cx, &head, &mut |row| Ok(writer.row(row)?)).await.unwrap();
    writer.finish().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("register.csv");

    std::fs::write(&path, &csv).unwrap();
    let given = Given { register: Some(&path), statement: None };
    let outcome = reconcile(&cx, &comparing(bank(), today()), given).await.unwrap();
    assert_eq!((outcome.run.agreed, outcome.differences.len()), (2, 0));

    let text = String::from_utf8(csv).unwrap();
    std::fs::write(&path, text.replacen("1725.00", "1725.01", 1)).unwrap();
    let refused = reconcile(&cx, &comparing(bank(), today()), given).await.unwrap_err();
    let NotReconciled::Register { faults, more: 0 } = refused else { panic!("{refused:?}") };
    assert!(matches!(faults[..], [ref one] if matches!(one.fault, Fault::WrongTotal { .. })), "{faults:?}");
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(matches!(
        reconcile(&cx, &comparing(bank(), today()), given).await,
        Err(NotReconciled::Register { .. })
    ));
    let half = path.with_extension("xlsx");
    std::fs::write(&half, "PK half a workbook").unwrap();
    let cut = Given { register: Some(&half), ..given };
    let NotReconciled::Register { faults, .. } =
        reconcile(&cx, &comparing(bank(), today()), cut).await.unwrap_err()
    else {
        panic!("half a workbook is a wrong file")
    };
    assert_eq!(faults[0].fault, Fault::Unreadable);
    let wrong_bank: Bin = crate::world::BANK_2.parse().unwrap();
    std::fs::write(&path, &text).unwrap();
    let NotReconciled::Register { faults, .. } =
        reconcile(&cx, &comparing(wrong_bank, today()), given).await.unwrap_err()
    else {
        panic!("another bank's register was taken")
    };
    assert!(faults.iter().any(|one| one.fault == Fault::AnotherBank));

    let kept = cx.store.read(|view| view.reconciliations(bank(), today(), 10)).await.unwrap();
    assert_eq!(kept.len(), 1, "only the run that was made");
}
