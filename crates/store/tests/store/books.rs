//! The books of the embedded store: postings once only, pages, the rows of registers, contracts.

use ledger::contract::{BankTerms, Contract, Fee, Terms};
use ledger::journal::Turnover;
use ledger::register::Party;
use ledger::{Account, Posting, PostingKind, Subject, of_change, of_surplus};
use payment::{Event, Payment, Reversal};
use store::{EmbeddedStore, Store, StoreError, Tx};
use terms::{BankingDay, PaymentCode, Requisites, Tiyn};

use crate::samples::{bank, codes, now, open_store, order, paid_payment, provider, requisites, sample_iban};

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

fn posting(code: PaymentCode, amount: Tiyn) -> Posting {
    Posting {
        kind: PostingKind::Payment,
        about: Subject::Payment(code),
        debit: Account::BankReceivable(bank()),
        credit: Account::ProviderPayable(provider()),
        amount,
        day: today(),
        at: now(),
    }
}

/// Meets: C10
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn a_posting_is_kept_once_and_never_changed() {
    let (store, folder) = open_store();
    let code = codes(1, 1)[0];
    let one = posting(code, Tiyn::tenge(1725));
    write(&store, move |tx| {
        assert_eq!(tx.post(&one), Ok(1));
        let later = Posting { at: now().plus_seconds(60), ..one.clone() };
        assert_eq!(tx.post(&later), Ok(1), "the same, learnt again");
        for differing in [
            Posting { amount: Tiyn::tenge(1726), ..one.clone() },
            Posting { debit: Account::Suspense(bank()), ..one.clone() },
            Posting { day: today().next(), ..one.clone() },
        ] {
            assert_eq!(tx.post(&differing), Err(StoreError::Taken));
        }
        let other_kind = Posting { kind: PostingKind::Reversal, ..one.clone() };
        assert_eq!(tx.post(&other_kind), Ok(2));
        let kept = tx.postings_of(code).unwrap();
        assert_eq!(kept.iter().map(|kept| kept.id).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(kept[0].posting, one);
        assert_eq!(tx.last_posting(), Ok(2));
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in ["UPDATE posting SET amount = 1", "DELETE FROM posting"] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}

/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_register_come_in_pages_with_everything_known_of_the_payment() {
    let (store, _folder) = open_store();
    let all = codes(2, 7);
    write(&store, move |tx| {
        for code in &all {
            let payment = paid_payment(*code);
            tx.insert_payment(&payment).unwrap();
            let issued = Payment::issue(*code, order());
            for posting in of_change(&issued, &payment, now()) {
                tx.post(&posting).unwrap();
            }
        }
        // One is taken back, one is paid twice, one is of another day.
        let reversal = Reversal {
            bank: bank(),
            bank_reference: requisites().bank_reference,
            amount: requisites().amount,
            reversed_at: now(),
        };
        let stored = tx.payment(all[0]).unwrap().unwrap();
        let after = stored.value.clone().apply(Event::Reverse(reversal), now()).unwrap().payment;
        for posting in of_change(&stored.value, &after, now()) {
            tx.post(&posting).unwrap();
        }
        tx.save_payment(&stored.with(after)).unwrap();
        let second =
            Requisites { bank_reference: "ref-2".parse().unwrap(), amount: Tiyn::tenge(5), ..requisites() };
        let surplus = of_surplus(all[1], bank(), &second, now());
        let place = tx.post_surplus(&surplus, &second).unwrap();
        assert_eq!(tx.surplus(place), Ok(Some(second.clone())));
        let stray =
            Posting { day: today().next(), kind: PostingKind::Accept, ..posting(all[2], Tiyn::tenge(9)) };
        tx.post(&stray).unwrap();

        let (up_to, everything) = (tx.last_posting().unwrap(), store::LIST_BOUND);
        let of_bank = tx.register_rows(Party::Bank(bank()), today(), up_to, 0, everything).unwrap();
        assert_eq!(of_bank.len(), 9);
        assert!(of_bank.is_sorted_by_key(|row| row.posting));
        assert_eq!(of_bank[8].requisites, second);
        assert_eq!(of_bank[0].requisites, requisites());
        assert_eq!(of_bank[7].kind, PostingKind::Reversal);
        let of_provider =
            tx.register_rows(Party::Provider(provider()), today(), up_to, 0, everything).unwrap();
        assert_eq!(of_provider.len(), 8, "a second sum is nobody's yet");
        // What the rows come to is what was moved on the party's account that day.
        let mut totals = ledger::register::Totals::default();
        of_bank.iter().for_each(|row| totals.count(row));
        let balances = tx.balances(Some(today()), up_to).unwrap();
        assert_eq!(totals.net(), balances.balance(Account::BankReceivable(bank())));

        let mut paged = Vec::new();
        loop {
            let after = paged.last().map_or(0, |row: &ledger::register::Row| row.posting);
            let page = tx.register_rows(Party::Bank(bank()), today(), up_to, after, 2).unwrap();
            if page.is_empty() {
                break;
            }
            paged.extend(page);
        }
        assert_eq!(paged, of_bank);
        let known_before = tx.register_rows(Party::Bank(bank()), today(), 7, 0, everything).unwrap();
        assert_eq!(known_before, of_bank[..7]);
        let other = Party::Bank(provider());
        assert_eq!(tx.register_rows(other, today(), up_to, 0, everything), Ok(Vec::new()));
        let on = tx.postings_on(Account::Suspense(bank()), today(), 0, everything).unwrap();
        assert_eq!(on.len(), 1);
        assert_eq!(tx.postings_after(7, 2).unwrap().iter().map(|one| one.id).collect::<Vec<_>>(), [8, 9]);
        let sums = tx.balances(None, up_to).unwrap().sums();
        assert_eq!(sums.debit, sums.credit);
        assert_eq!(sums, Turnover { debit: 8 * 172_500 + 500 + 900, credit: 8 * 172_500 + 500 + 900 });
    })
    .await;
}

/// Meets: C22
#[tokio::test(flavor = "multi_thread")]
async fn a_contract_comes_back_as_it_was_and_stays() {
    let (store, folder) = open_store();
    let whole = Contract {
        number: "GW-2026/17".parse().unwrap(),
        party: bank(),
        since: today(),
        until: Some(today().next()),
        terms: Terms::Bank(BankTerms {
            services: Some(vec!["P7-01".parse().unwrap(), "P7-02".parse().unwrap()]),
            per_payment: Some(Tiyn::tenge(1)),
            per_day: Some(Tiyn::tenge(2)),
            fee: Fee { basis_points: 35, least: Tiyn::ZERO, most: Some(Tiyn::tenge(3)) },
            reimburse_days: 1,
            guarantee_days: Some(0),
            settlement_iban: sample_iban(),
        }),
    };
    let bare = Contract {
        number: "GW-2026/18".parse().unwrap(),
        until: None,
        terms: Terms::Bank(BankTerms {
            services: None,
            per_payment: None,
            per_day: None,
            fee: Fee { basis_points: 0, least: Tiyn::ZERO, most: None },
            reimburse_days: 0,
            guarantee_days: None,
            settlement_iban: sample_iban(),
        }),
        ..whole.clone()
    };
    let national = Contract {
        number: "NO-1".parse().unwrap(),
        party: provider(),
        until: None,
        terms: Terms::NationalOperator,
        ..whole.clone()
    };
    write(&store, move |tx| {
        for contract in [&whole, &national, &bare] {
            tx.insert_contract(contract, now()).unwrap();
        }
        assert_eq!(tx.contracts_with(bank()), Ok(vec![whole.clone(), bare.clone()]));
        assert_eq!(tx.contracts(), Ok(vec![whole.clone(), national.clone(), bare.clone()]));
        assert_eq!(tx.note_issued(bank(), today(), Tiyn::tenge(3)), Ok(Tiyn::tenge(3)));
        assert_eq!(tx.note_issued(bank(), today(), Tiyn::tenge(4)), Ok(Tiyn::tenge(7)));
        assert_eq!(tx.note_issued(bank(), today().next(), Tiyn::tenge(4)), Ok(Tiyn::tenge(4)));
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in ["UPDATE contract SET until = NULL", "DELETE FROM contract"] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}
