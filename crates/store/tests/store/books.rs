//! The books of the embedded store: postings once only, pages, the rows of registers, contracts.

use ledger::contract::{BankTerms, Contract, Fee, Terms};
use ledger::journal::{Balances, Turnover};
use ledger::reconcile::Booked;
use ledger::register::{Party, Totals};
use ledger::{Account, Posting, PostingKind, Subject, of_change, of_surplus};
use payment::{Effect, Event, Notice, Payment, Reversal, Settlement};
use store::StoreError;
use terms::{BankingDay, Entropy, MessageId, PaymentCode, Requisites, Tiyn};

use crate::samples::{
    Seeded, bank, codes, now, open_store, order, paid_payment, provider, requisites, sample_iban, today,
    write,
};

fn message() -> MessageId {
    MessageId::generate(now(), &mut Seeded(5))
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
        let mut totals = Totals::default();
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
        // The same in pages whose ends are known before they are read.
        let (mut between, mut after) = (Vec::new(), 0);
        while let Some(end) = tx.page_end(Party::Bank(bank()), today(), up_to, after, 2).unwrap() {
            assert!(after < end && end <= up_to);
            between.extend(tx.register_rows(Party::Bank(bank()), today(), end, after, 2).unwrap());
            after = end;
        }
        assert_eq!(between, of_bank);
        let booked = tx.booked(Party::Bank(bank()), today(), up_to, 0, everything).unwrap();
        let compared = of_bank.iter().map(|row| Booked {
            posting: row.posting,
            code: row.code,
            reference: row.requisites.bank_reference.clone(),
            amount: row.amount,
            is_deduction: row.is_deduction(),
            day: row.day,
        });
        assert_eq!(booked, compared.collect::<Vec<_>>());
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
            tx.insert_contract(contract, now(), (*contract == bare).then(message)).unwrap();
        }
        let kept = tx.kept_contracts().unwrap();
        assert_eq!(kept.iter().map(|one| one.proposal).collect::<Vec<_>>(), [None, None, Some(message())]);
        assert_eq!(tx.contracts_with(bank()), Ok(vec![whole.clone(), bare.clone()]));
        assert_eq!(tx.contracts(), Ok(vec![whole.clone(), national.clone(), bare.clone()]));
        assert_eq!(tx.note_issued(bank(), today(), Tiyn::tenge(3)), Ok(Tiyn::tenge(3)));
        assert_eq!(tx.note_issued(bank(), today(), Tiyn::tenge(4)), Ok(Tiyn::tenge(7)));
        assert_eq!(tx.note_issued(bank(), today().next(), Tiyn::tenge(4)), Ok(Tiyn::tenge(4)));
        for (counts, after) in [(false, 4), (true, 9)] {
            tx.note_counts(bank(), today(), Tiyn::tenge(4), counts).unwrap();
            assert_eq!(tx.note_issued(bank(), today(), Tiyn::tenge(1)), Ok(Tiyn::tenge(after)));
        }
        tx.note_counts(bank(), today(), Tiyn::tenge(100), false).unwrap();
        assert_eq!(tx.note_issued(bank(), today(), Tiyn::ZERO), Ok(Tiyn::ZERO), "never below nothing");
        tx.note_counts(provider(), today(), Tiyn::tenge(4), true).unwrap();
        assert_eq!(tx.note_issued(provider(), today(), Tiyn::ZERO), Ok(Tiyn::ZERO), "no row is made");
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in ["UPDATE contract SET until = NULL", "DELETE FROM contract"] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}

/// What one of a few things that can happen to a payment is, by chance.
fn event(chance: u8, payment: &Payment) -> Event {
    let said = |reference: &str, tenge: u32| {
        Event::Notice(Notice {
            bank: bank(),
            requisites: Requisites {
                bank_reference: reference.parse().unwrap(),
                amount: Tiyn::tenge(tenge),
                ..requisites()
            },
            transaction: "T-1".parse().unwrap(),
            contradiction: None,
        })
    };
    let price = 1725;
    match chance % 10 {
        0..=2 => said("ref-1", price),
        3 => said("ref-1", 7),
        4 => said("ref-2", price),
        5 => Event::Settle(if chance > 127 { Settlement::Accept } else { Settlement::Refund }),
        6 => Event::Refund,
        7 => Event::RefundRefused,
        _ => Event::Reverse(Reversal {
            bank: bank(),
            bank_reference: "ref-1".parse().unwrap(),
            amount: payment.paid().map_or(Tiyn::tenge(price), |paid| paid.requisites.amount),
            reversed_at: now().plus_seconds(i64::from(chance) * 600),
        }),
    }
}

/// The table of postings is what the lives of the payments come to, whatever happened in whatever order.
///
/// Meets: C10
/// Defends: A29, A32
#[tokio::test(flavor = "multi_thread")]
async fn the_table_of_postings_is_what_random_lives_come_to() {
    let (store, _folder) = open_store();
    let all = codes(3, 150);
    write(&store, move |tx| {
        let mut chance = Seeded(2026);
        let mut lives: Vec<(Payment, Vec<Posting>)> =
            all.iter().map(|code| (Payment::issue(*code, order()), Vec::new())).collect();
        for (payment, _) in &lives {
            tx.insert_payment(payment).unwrap();
        }
        for _ in 0..12 {
            for (payment, expected) in &mut lives {
                let mut drawn = [0];
                chance.fill(&mut drawn);
                let event = event(drawn[0], payment);
                let said = match &event {
                    Event::Notice(notice) => Some(notice.requisites.clone()),
                    _ => None,
                };
                let Ok(change) = payment.clone().apply(event, now()) else { continue };
                if let (Effect::Surplus, Some(said)) = (change.effect, said) {
                    let surplus = of_surplus(payment.code, bank(), &said, now());
                    match tx.post_surplus(&surplus, &said) {
                        // The bank's first word of an operation counts.
                        Err(StoreError::Taken) => {}
                        kept => {
                            kept.unwrap();
                            if !expected.contains(&surplus) {
                                expected.push(surplus);
                            }
                        }
                    }
                }
                for posting in of_change(payment, &change.payment, now()) {
                    tx.post(&posting).unwrap();
                    expected.push(posting);
                }
                let stored = tx.payment(payment.code).unwrap().unwrap();
                if change.payment != stored.value {
                    tx.save_payment(&stored.with(change.payment.clone())).unwrap();
                }
                *payment = change.payment;
            }
        }
        let up_to = tx.last_posting().unwrap();
        let mut kinds = std::collections::BTreeSet::new();
        for (payment, expected) in &lives {
            let kept = tx.postings_of(payment.code).unwrap();
            let kept: Vec<Posting> = kept.into_iter().map(|placed| placed.posting).collect();
            assert_eq!(kept, *expected);
            kinds.extend(kept.iter().map(|posting| posting.kind));
        }
        assert_eq!(kinds.len(), 7, "every kind a payment can have has happened");
        let expected: Balances = lives.iter().flat_map(|(_, postings)| postings).collect();
        assert_eq!(tx.balances(None, up_to), Ok(expected.clone()));
        // All registers of all days together are the account.
        let days: std::collections::BTreeSet<BankingDay> =
            lives.iter().flat_map(|(_, postings)| postings.iter().map(|posting| posting.day)).collect();
        let mut totals = [Totals::default(); 2];
        for day in days {
            for (party, totals) in
                [Party::Bank(bank()), Party::Provider(provider())].into_iter().zip(&mut totals)
            {
                let rows = tx.register_rows(party, day, up_to, 0, store::LIST_BOUND).unwrap();
                rows.iter().for_each(|row| totals.count(row));
            }
        }
        let accounts = [Account::BankReceivable(bank()), Account::ProviderPayable(provider())];
        assert_eq!(totals.map(|totals| totals.net()), accounts.map(|account| expected.balance(account)));
    })
    .await;
}
