//! Officers' lists of the embedded store are narrowed as asked, and what officers keep for themselves is their own.

use ledger::register::{Head, Party, Totals};
use ledger::{Claim, DocumentNumber, Standing};
use payment::{Life, Payment};
use store::rusqlite::Connection;
use store::{
    AGE_BOUNDS, ClaimsWanted, ClosingRecord, Days, Deed, EmbeddedStore, MOST_SAVED_VIEWS, PayoutsWanted,
    Reconciliation, RegisterRevision, RegisterState, RegistersWanted, SavedView, Store, StoreError, Tx,
};
use terms::{BankingDay, Iin, Tiyn, Trilingual};

use crate::samples::{bank, codes, desk_closing, now, open_store, order, paid, paid_payment, provider};

async fn write(store: &EmbeddedStore, mut work: impl FnMut(&mut dyn Tx) + Send + 'static) {
    let done: Result<(), StoreError> = store
        .transact(move |tx| {
            work(tx);
            Ok(())
        })
        .await;
    done.unwrap();
}

fn today() -> BankingDay {
    now().banking_day()
}

fn from(day: BankingDay) -> Days {
    Days { from: Some(day), until: None }
}

fn claim(number: &str, day: BankingDay) -> Claim {
    let totals = Totals { additions: 1, added: 172_500, ..Totals::default() };
    let fee = Tiyn::new(500).unwrap();
    Claim::form(number.parse().unwrap(), (bank(), day), totals, fee, day.plus_days(3)).unwrap()
}

fn register(party: Party, day: BankingDay, revision: u32, minutes: i64) -> RegisterRevision {
    RegisterRevision {
        head: Head {
            party,
            name: Trilingual::new("Атау", "Название", "Name"),
            day,
            revision,
            formed_at: now().plus_seconds(60 * minutes),
            up_to: 7,
        },
        totals: Totals::default(),
        sha256: [7; 32],
        manifest: b"<RegisterManifest/>".to_vec(),
        state: RegisterState::Formed,
        message: None,
        answered_at: None,
        answer: None,
    }
}

/// Meets: C10, C23
#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_by_party_days_and_state() {
    let (store, _folder) = open_store();
    write(&store, |tx| {
        // Two days' claims; the later one is paid.
        for (number, day) in [("C-20261121-0001", today().previous()), ("C-20261122-0001", today())] {
            tx.insert_claim(&claim(number, day), now()).unwrap();
        }
        let number: DocumentNumber = "C-20261122-0001".parse().unwrap();
        let stored = tx.claim(&number).unwrap().unwrap();
        let paid = stored.value.clone().answered(Standing::Accepted).unwrap();
        let paid = paid.reimburse(Tiyn::tenge(1730)).claim;
        tx.save_claim(&stored.with(paid)).unwrap();
        let numbers = |wanted: ClaimsWanted| -> Vec<String> {
            tx.list_claims(&wanted, 10).unwrap().iter().map(|claim| claim.number.to_string()).collect()
        };
        let any = ClaimsWanted::default;
        let (first, second) = ("C-20261121-0001".to_owned(), "C-20261122-0001".to_owned());
        assert_eq!(numbers(any()), [second.clone(), first.clone()]);
        assert_eq!(numbers(ClaimsWanted { bank: Some(bank()), ..any() }).len(), 2);
        assert_eq!(numbers(ClaimsWanted { bank: Some(provider()), ..any() }).len(), 0);
        assert_eq!(numbers(ClaimsWanted { days: from(today()), ..any() }), std::slice::from_ref(&second));
        let until = Days { from: None, until: Some(today().previous()) };
        assert_eq!(numbers(ClaimsWanted { days: until, ..any() }), std::slice::from_ref(&first));
        assert_eq!(numbers(ClaimsWanted { standing: Some("accepted"), ..any() }), [second]);
        assert_eq!(numbers(ClaimsWanted { is_open: true, ..any() }), [first]);
        assert_eq!(tx.list_claims(&any(), 1).unwrap().len(), 1);
        assert_eq!(tx.list_payouts(&PayoutsWanted::default(), 10), Ok(vec![]));
        assert_eq!(tx.entries_for(&number, 10), Ok(vec![]));
        assert_eq!(tx.claim_shares(&number, 10), Ok(vec![]));

        // Of a register what was known at a moment.
        let (of_bank, of_provider) = (Party::Bank(bank()), Party::Provider(provider()));
        for (party, revision, minutes) in [(of_bank, 1, 0), (of_bank, 2, 10), (of_provider, 1, 20)] {
            tx.insert_register(&register(party, today(), revision, minutes)).unwrap();
        }
        let known = |wanted: RegistersWanted| -> Vec<(Party, u32)> {
            let found = tx.list_registers(&wanted, 10).unwrap();
            found.iter().map(|one| (one.head.party, one.head.revision)).collect()
        };
        let any = RegistersWanted::default;
        assert_eq!(known(any()), [(of_bank, 2), (of_bank, 1), (of_provider, 1)]);
        assert_eq!(known(RegistersWanted { party: Some(of_bank), ..any() }).len(), 2);
        assert_eq!(known(RegistersWanted { days: from(today().next()), ..any() }), []);
        for (minutes, expected) in [
            (-1, vec![]),
            (9, vec![(of_bank, 1)]),
            (10, vec![(of_bank, 2)]),
            (30, vec![(of_bank, 2), (of_provider, 1)]),
        ] {
            let known_at = Some(now().plus_seconds(60 * minutes));
            assert_eq!(known(RegistersWanted { known_at, ..any() }), expected, "{minutes}");
        }

        let run = |day| Reconciliation {
            bank: bank(),
            day,
            at: now(),
            source: [1; 32],
            agreed: 1,
            waiting: 2,
            differing: 3,
        };
        for day in [today().previous(), today(), today()] {
            tx.keep_reconciliation(&run(day)).unwrap();
        }
        let places =
            |runs: Vec<(u64, Reconciliation)>| -> Vec<u64> { runs.iter().map(|(id, _)| *id).collect() };
        assert_eq!(places(tx.list_reconciliations(None, Days::default(), 10).unwrap()), [3, 2, 1]);
        assert_eq!(places(tx.list_reconciliations(Some(provider()), Days::default(), 10).unwrap()), []);
        assert_eq!(places(tx.list_reconciliations(Some(bank()), from(today()), 1).unwrap()), [3]);
        assert_eq!(places(tx.newest_reconciliations(today()).unwrap()), [3]);
        assert_eq!(tx.reconciliation(1), Ok(Some(run(today().previous()))));
        assert_eq!(tx.reconciliation(4), Ok(None));

        let closing =
            |day, revision| ClosingRecord { day, revision, document: vec![1], agrees: true, at: now() };
        for (day, revision) in [(today(), 1), (today(), 2), (today().previous(), 1)] {
            tx.insert_closing(&closing(day, revision)).unwrap();
        }
        let all = tx.list_closings(Days::default(), 10).unwrap();
        assert_eq!(all, [closing(today(), 2), closing(today(), 1), closing(today().previous(), 1)]);
        assert_eq!(tx.list_closings(from(today()), 10).unwrap().len(), 2);
    })
    .await;
}

/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_to_be_redeemed_is_told_by_service_and_age() {
    let (store, _folder) = open_store();
    write(&store, |tx| {
        let codes = codes(3, 4);
        for code in &codes[..3] {
            tx.insert_payment(&paid_payment(*code)).unwrap();
        }
        tx.insert_payment(&Payment::issue(codes[3], order())).unwrap();
        let stored = tx.payment(codes[0]).unwrap().unwrap();
        let closing = desk_closing(1);
        tx.spend(codes[0], &closing, now()).unwrap();
        let closed = Payment { life: Life::Closed(paid(), closing, now()), ..stored.value.clone() };
        tx.save_payment(&stored.with(closed)).unwrap();
        let issued_at = order().issued_at;
        let older = |days: i64| issued_at.plus_seconds(-days * 86_400);
        let bounds: [terms::Moment; AGE_BOUNDS] = [older(1), older(2), older(3), older(4)];
        let found = tx.redemptions(provider(), bounds).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.is_redeemed, one.age, one.count, one.sum)).collect();
        assert_eq!(told, [(false, 0, 2, 345_000), (true, 0, 1, 172_500)]);
        // The same, looked at when it is long ago: what waits stays, what was used is counted no more.
        let later = |days: i64| issued_at.plus_seconds(days * 86_400);
        let found = tx.redemptions(provider(), [later(4), later(3), later(2), later(1)]).unwrap();
        let told: Vec<_> = found.iter().map(|one| (one.is_redeemed, one.age, one.count)).collect();
        assert_eq!(told, [(false, AGE_BOUNDS, 2)]);
        assert_eq!(tx.redemptions(bank(), bounds), Ok(vec![]));
    })
    .await;
}

/// Meets: C23
/// Defends: A13, A25
#[tokio::test(flavor = "multi_thread")]
async fn who_did_something_is_kept_once_and_sealed_and_stays() {
    let (store, folder) = open_store();
    let by = "700707100057 Серік";
    write(&store, move |tx| {
        let day = "2026-11-22".parse().unwrap();
        let deeds = [
            Deed::Closing(day, 1),
            Deed::Register(Party::Bank(bank()), day, 1),
            Deed::Register(Party::Provider(bank()), day, 1),
            Deed::Reconciliation(1),
        ];
        for deed in &deeds {
            assert_eq!(tx.doer(deed), Ok(None), "{deed}");
            tx.keep_doer(deed, by, now()).unwrap();
            assert_eq!(tx.keep_doer(deed, "another", now()), Err(StoreError::Taken), "{deed}");
            assert_eq!(tx.doer(deed), Ok(Some(by.to_owned())), "{deed}");
        }
    })
    .await;
    drop(store);
    let conn = Connection::open(folder.file("gateway.db")).unwrap();
    for change in ["UPDATE deed SET what = 'closing 2026-11-22 2'", "DELETE FROM deed"] {
        assert!(conn.execute(change, []).unwrap_err().to_string().contains("append-only"), "{change}");
    }
    for entry in std::fs::read_dir(folder.file("gateway.db").parent().unwrap()).unwrap() {
        let octets = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!octets.windows(12).any(|part| part == b"700707100057"), "the number lies open");
    }
}

/// Defends: A13, A30
#[tokio::test(flavor = "multi_thread")]
async fn saved_views_are_an_officers_own_sealed_bounded_and_may_go() {
    let (store, folder) = open_store();
    let owners: [Iin; 2] = ["700707100057", "760606200085"].map(|iin| iin.parse().unwrap());
    let view = |owner: Iin, name: &str| SavedView {
        id: 0,
        owner,
        name: name.parse().unwrap(),
        address: "/search?q=850612200017".to_owned(),
        at: now(),
    };
    write(&store, move |tx| {
        tx.keep_view(&view(owners[0], "One")).unwrap();
        assert_eq!(tx.keep_view(&view(owners[0], "One")), Err(StoreError::Taken));
        tx.keep_view(&view(owners[1], "One")).unwrap();
        for number in 2..=MOST_SAVED_VIEWS {
            tx.keep_view(&view(owners[0], &format!("View {number}"))).unwrap();
        }
        assert_eq!(tx.keep_view(&view(owners[0], "Too many")), Err(StoreError::Taken));
        let own = tx.saved_views(owners[0]).unwrap();
        assert_eq!(own.len(), MOST_SAVED_VIEWS);
        assert_eq!((own[0].name.as_str(), own[0].address.as_str()), ("One", "/search?q=850612200017"));
        let others = tx.saved_views(owners[1]).unwrap();
        assert_eq!(others.len(), 1);
        assert_eq!(tx.forget_view(owners[1], own[0].id), Ok(false), "another's");
        assert_eq!(tx.forget_view(owners[0], own[0].id), Ok(true));
        assert_eq!(tx.forget_view(owners[0], own[0].id), Ok(false));
        assert_eq!(tx.saved_views(owners[0]).unwrap().len(), MOST_SAVED_VIEWS - 1);
    })
    .await;
    drop(store);
    for entry in std::fs::read_dir(folder.file("gateway.db").parent().unwrap()).unwrap() {
        let octets = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in ["850612200017", "700707100057", "View 2"] {
            let is_there = octets.windows(secret.len()).any(|part| part == secret.as_bytes());
            assert!(!is_there, "{secret} lies open");
        }
    }
}
