//! Registers and reconciliations of the embedded store: revisions stay, differences are settled once.

use ledger::register::{Head, Party, Totals};
use ledger::{Account, Posting, PostingKind, Subject};
use store::{DifferenceRow, Reconciliation, RegisterRevision, RegisterState, StoreError, Tx};
use terms::{MessageId, PaymentCode, Tiyn, Trilingual};

use crate::samples::{Seeded, bank, codes, now, open_store, provider, write};

fn revision(number: u32) -> RegisterRevision {
    RegisterRevision {
        head: Head {
            party: Party::Bank(bank()),
            name: Trilingual::new("Бірінші банк", "Первый банк", "First Bank"),
            day: now().banking_day(),
            revision: number,
            formed_at: now(),
            up_to: 7,
        },
        totals: Totals { additions: 2, added: 345_000, deductions: 1, deducted: 172_500 },
        sha256: [7; 32],
        manifest: b"<RegisterManifest/>".to_vec(),
        state: RegisterState::Formed,
        message: None,
        answered_at: None,
        answer: None,
    }
}

fn message() -> MessageId {
    MessageId::generate(now(), &mut Seeded(5))
}

/// Meets: C10
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn a_revision_of_a_register_never_changes_but_for_how_far_it_has_come() {
    let (store, folder) = open_store();
    let (party, day) = (Party::Bank(bank()), now().banking_day());
    write(&store, move |tx| {
        assert_eq!(tx.register(party, day, None), Ok(None));
        tx.insert_register(&revision(1)).unwrap();
        tx.insert_register(&revision(2)).unwrap();
        assert_eq!(tx.insert_register(&revision(2)), Err(StoreError::Taken));
        let newest = tx.register(party, day, None).unwrap().unwrap();
        assert_eq!((newest.version, &newest.value), (1, &revision(2)));
        assert_eq!(tx.register(party, day, Some(1)).unwrap().unwrap().value, revision(1));
        let sent =
            RegisterRevision { state: RegisterState::Sent, message: Some(message()), ..newest.value.clone() };
        tx.save_register(&newest.with(sent.clone())).unwrap();
        assert_eq!(tx.save_register(&newest.with(sent.clone())), Err(StoreError::Conflict));
        assert_eq!(tx.register_of_message(message()).unwrap().unwrap().value, sent);
        let all = tx.registers(Some(day), 10).unwrap();
        assert_eq!(all, [sent, revision(1)]);
        assert_eq!(tx.registers(Some(day.next()), 10), Ok(vec![]));
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in
        ["UPDATE register SET manifest = x'00'", "UPDATE register SET added = 1", "DELETE FROM register"]
    {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}

/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn the_parties_of_a_day_are_those_whose_payments_were_posted_on_it() {
    let (store, _folder) = open_store();
    let all: Vec<PaymentCode> = codes(9, 3);
    write(&store, move |tx| {
        let day = now().banking_day();
        let post = |tx: &mut dyn Tx, about, debit, credit, day| {
            let kind = PostingKind::Payment;
            tx.post(&Posting { kind, about, debit, credit, amount: Tiyn::tenge(5), day, at: now() }).unwrap()
        };
        let (owed, payable) = (Account::BankReceivable(bank()), Account::ProviderPayable(provider()));
        post(tx, Subject::Payment(all[0]), owed, payable, day);
        let last = post(tx, Subject::Payment(all[1]), owed, Account::Suspense(bank()), day);
        post(tx, Subject::Payment(all[2]), owed, payable, day.next());
        let parties = tx.register_parties(day).unwrap();
        assert_eq!(parties, [(Party::Provider(provider()), 1), (Party::Bank(bank()), last)]);
        let parties = tx.register_parties(day.next()).unwrap();
        assert_eq!(parties.iter().map(|(_, last)| *last).collect::<Vec<_>>(), [3, 3]);
    })
    .await;
}

/// Meets: C10
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn every_run_is_kept_and_a_difference_is_settled_once() {
    let (store, _folder) = open_store();
    let code = codes(3, 1)[0];
    write(&store, move |tx| {
        let day = now().banking_day();
        let run = |agreed, differing| Reconciliation {
            bank: bank(),
            day,
            at: now(),
            source: [3; 32],
            agreed,
            waiting: 0,
            differing,
        };
        let difference = DifferenceRow {
            code: Some(code),
            reference: "DEMO-1".to_owned(),
            is_deduction: false,
            side: "register".to_owned(),
            field: "amount".to_owned(),
            ours: "1725.00".to_owned(),
            theirs: "1724.00".to_owned(),
            until: None,
        };
        let first = tx.keep_reconciliation(&run(1, 1)).unwrap();
        tx.keep_difference(first, &difference).unwrap();
        let second = tx.keep_reconciliation(&run(2, 2)).unwrap();
        tx.keep_difference(second, &difference).unwrap();
        let other = DifferenceRow { theirs: "1723.00".to_owned(), ..difference.clone() };
        tx.keep_difference(second, &other).unwrap();
        let runs = tx.reconciliations(bank(), day, 10).unwrap();
        assert_eq!(runs, [(second, run(2, 2)), (first, run(1, 1))]);
        let found = tx.differences(first, 0, 10).unwrap();
        assert_eq!((found.len(), &found[0].difference, found[0].settled_by), (1, &difference, None));
        tx.settle_difference(found[0].id, message(), now()).unwrap();
        assert_eq!(tx.settle_difference(found[0].id, message(), now()), Err(StoreError::Taken));
        assert_eq!(tx.differences(first, 0, 10).unwrap()[0].settled_by, Some(message()));
        assert_eq!(tx.differences(first, found[0].id, 10), Ok(vec![]));
        // The very same in another run is settled; with another value, or on another day, it is another difference.
        let again: Vec<_> = tx.differences(second, 0, 10).unwrap();
        assert_eq!(again.iter().map(|one| one.settled_by).collect::<Vec<_>>(), [Some(message()), None]);
        let elsewhere = Reconciliation { day: day.next(), ..run(0, 1) };
        let elsewhere = tx.keep_reconciliation(&elsewhere).unwrap();
        tx.keep_difference(elsewhere, &difference).unwrap();
        assert_eq!(tx.differences(elsewhere, 0, 10).unwrap()[0].settled_by, None);
        assert_eq!(tx.settled_differences(bank(), day.next()), Ok(vec![]));
    })
    .await;
}
