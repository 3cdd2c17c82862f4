//! Claims, payouts, statements and closings of the embedded store: each posting taken once, each entry counted once.

use ledger::register::Totals;
use ledger::statement::{Direction, Entry, Unexplained};
use ledger::{
    Account, Claim, Destination, DocumentNumber, Payout, Posting, PostingKind, Progress, Standing, Subject,
    of_change, of_surplus,
};
use payment::{Event, Payment, Reversal};
use store::{ClaimDispute, ClosingRecord, Payable, PayoutRecord, StatementRecord, StoreError, Stored, Tx};
use terms::{BankingDay, PaymentCode, Requisites, Tiyn};

use crate::samples::{bank, codes, now, open_store, order, paid_payment, provider, requisites, today, write};

fn pay(tx: &mut dyn Tx, code: PaymentCode) {
    let payment = paid_payment(code);
    tx.insert_payment(&payment).unwrap();
    for posting in of_change(&Payment::issue(code, order()), &payment, now()) {
        tx.post(&posting).unwrap();
    }
}

fn take_back(tx: &mut dyn Tx, code: PaymentCode, days_later: i64) {
    let stored = tx.payment(code).unwrap().unwrap();
    let reversal = Reversal {
        bank: bank(),
        bank_reference: requisites().bank_reference,
        amount: requisites().amount,
        reversed_at: now().plus_seconds(days_later * 24 * 3600),
    };
    let after = stored.value.clone().apply(Event::Reverse(reversal), now()).unwrap().payment;
    for posting in of_change(&stored.value, &after, now()) {
        tx.post(&posting).unwrap();
    }
    tx.save_payment(&stored.with(after)).unwrap();
}

fn totals(additions: u64, deductions: u64) -> Totals {
    let price = requisites().amount.as_u64();
    Totals { additions, added: additions * price, deductions, deducted: deductions * price }
}

fn claim(number: &str, day: BankingDay, totals: Totals) -> Claim {
    Claim::form(number.parse().unwrap(), (bank(), day), totals, Tiyn::tenge(3), day.next()).unwrap()
}

/// Meets: C23, C24
/// Defends: A32
#[tokio::test(flavor = "multi_thread")]
async fn a_posting_is_claimed_once_and_paid_out_once() {
    let (store, folder) = open_store();
    let all = codes(11, 4);
    write(&store, move |tx| {
        all[..3].iter().for_each(|code| pay(tx, *code));
        take_back(tx, all[2], 0);
        let second = Requisites {
            bank_reference: "SECOND/1".parse().unwrap(),
            amount: Tiyn::tenge(1725),
            ..requisites()
        };
        tx.post_surplus(&of_surplus(all[0], bank(), &second, now()), &second).unwrap();
        assert_eq!(tx.unclaimed(bank(), today().previous()), Ok(Totals::default()));
        assert_eq!(tx.unclaimed(bank(), today()), Ok(totals(4, 1)));

        let formed = claim("C-1", today(), totals(4, 1));
        assert_eq!(tx.insert_claim(&formed, now()), Ok(5));
        assert_eq!(tx.unclaimed(bank(), today()), Ok(Totals::default()));
        assert_eq!(tx.insert_claim(&formed, now()), Err(StoreError::Taken));
        let items = tx.claim_items(&formed.number, 10).unwrap();
        assert_eq!(items.iter().map(|item| item.posting).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!(items[3].kind, PostingKind::Reversal);
        assert_eq!(items[3].bank_reference, requisites().bank_reference);
        assert_eq!(items[4].bank_reference.as_str(), "SECOND/1");
        // What is learnt later waits for the next claim, whatever its day.
        pay(tx, all[3]);
        take_back(tx, all[1], 1);
        assert_eq!(tx.unclaimed(bank(), today()), Ok(totals(1, 0)));
        assert_eq!(tx.unclaimed(bank(), today().next()), Ok(totals(1, 1)));

        let moved = tx.moved(Account::BankReceivable(bank()), today(), tx.last_posting().unwrap()).unwrap();
        let of =
            |claimed: bool| moved.iter().filter(move |one| one.is_claimed == claimed).map(|one| one.count);
        assert_eq!((of(true).sum::<u64>(), of(false).sum::<u64>()), (5, 1));
        // By the payments themselves four were taken, and one given back on the same day; the second sum is none.
        assert_eq!(tx.vouched(today()), Ok(vec![(bank(), totals(4, 0)), (bank(), totals(0, 1))]));
        let standing = tx.standing_on(Account::Suspense(bank()), today(), 10).unwrap();
        assert_eq!(standing.iter().map(|placed| placed.id).collect::<Vec<_>>(), [5]);

        assert_eq!(tx.unpaid(bank(), Payable::Reimbursed, 10), Ok(Vec::new()));
        assert_eq!(tx.unpaid(bank(), Payable::Guaranteed(today().previous()), 10), Ok(Vec::new()));
        let guaranteed = tx.unpaid(bank(), Payable::Guaranteed(today()), 10).unwrap();
        let stored = tx.claim(&formed.number).unwrap().unwrap();
        assert_eq!(stored.value, formed);
        let reimbursed = stored.value.clone().reimburse(formed.due).claim;
        tx.save_claim(&stored.with(reimbursed.clone())).unwrap();
        assert_eq!(tx.save_claim(&stored.with(reimbursed)), Err(StoreError::Conflict));
        let unpaid = tx.unpaid(bank(), Payable::Reimbursed, 10).unwrap();
        assert_eq!(unpaid, guaranteed);
        // The second sum is no provider's; what was taken back later is deducted with the payment it belongs to.
        assert_eq!(unpaid.iter().map(|one| one.posting).collect::<Vec<_>>(), [1, 2, 3, 4, 7]);
        assert_eq!(unpaid[0].to, Destination::of(provider(), &requisites()));

        let payout = PayoutRecord {
            payout: Payout {
                number: "P-1".parse().unwrap(),
                bank: bank(),
                to: unpaid[0].to.clone(),
                amount: Tiyn::tenge(1725),
                day: today(),
                is_guaranteed: true,
                progress: Progress::Refused("not enough money".parse().unwrap()),
            },
            tries: 2,
            asked_at: now(),
        };
        tx.insert_payout(&payout, &[1, 2, 3, 4, 7]).unwrap();
        assert_eq!(tx.unpaid(bank(), Payable::Reimbursed, 10), Ok(Vec::new()));
        assert_eq!(tx.payout(&payout.payout.number), Ok(Some(Stored { value: payout.clone(), version: 1 })));
        let again = PayoutRecord {
            payout: Payout { number: "P-2".parse().unwrap(), ..payout.payout.clone() },
            ..payout
        };
        assert_eq!(tx.insert_payout(&again, &[1]), Err(StoreError::Taken));
        assert_eq!(tx.count_payouts("P-"), Ok(2), "the caller undoes the whole transaction");
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in ["UPDATE claim_item SET claim = 'C-2'", "DELETE FROM payout_item", "DELETE FROM claim"] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
}

/// Meets: C24
#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_disputes_of_a_claim_is_not_paid_out() {
    let (store, _folder) = open_store();
    let all = codes(12, 2);
    write(&store, move |tx| {
        all.iter().for_each(|code| pay(tx, *code));
        let formed = claim("C-20261122-0001", today(), totals(2, 0));
        tx.insert_claim(&formed, now()).unwrap();
        let part = Standing::Part(Tiyn::tenge(1725), "one is unknown".parse().unwrap());
        let stored = tx.claim(&formed.number).unwrap().unwrap();
        let answered = stored.value.clone().answered(part).unwrap();
        tx.save_claim(&stored.with(answered.reimburse(Tiyn::tenge(1725)).claim)).unwrap();
        assert_eq!(tx.unpaid(bank(), Payable::Reimbursed, 10).unwrap().len(), 2);
        let dispute = ClaimDispute {
            bank_reference: requisites().bank_reference,
            kind: "payment".parse().unwrap(),
            why: "unknown".parse().unwrap(),
            own_amount: Some(Tiyn::tenge(1)),
        };
        tx.keep_dispute(&formed.number, &dispute).unwrap();
        tx.keep_dispute(&formed.number, &dispute).unwrap();
        assert_eq!(tx.claim_disputes(&formed.number), Ok(vec![dispute]));
        assert_eq!(tx.unpaid(bank(), Payable::Reimbursed, 10), Ok(Vec::new()));
        assert_eq!(tx.claims_beginning(bank(), "C-20261122-0"), Ok(vec![formed.number.clone()]));
        assert_eq!(tx.claims_beginning(provider(), "C-20261122-0"), Ok(Vec::new()));
        assert_eq!(tx.open_claims(10).unwrap().len(), 1);
    })
    .await;
}

/// Meets: C24
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_statement_counts_once_whatever_file_brings_it() {
    let (store, folder) = open_store();
    write(&store, |tx| {
        let statement = |digest: u8| StatementRecord {
            bank: bank(),
            day: today(),
            page: 1,
            is_final: digest == 2,
            digest: [digest; 32],
            opening: -5,
            closing: 100,
            imported_at: now(),
            document: b"<Document/>".to_vec(),
        };
        let entry = Entry {
            reference: "B-1".parse().unwrap(),
            amount: Tiyn::tenge(1),
            direction: Direction::Credit,
            booked_on: today(),
            value_on: today(),
            remittance: Some("Айгүлден".parse().unwrap()),
            counterparty: None,
        };
        assert_eq!(tx.insert_statement(&statement(1)), Ok(1));
        assert_eq!(tx.last_final_statement(bank()), Ok(None));
        assert_eq!(tx.insert_statement(&statement(1)), Err(StoreError::Taken));
        assert_eq!(tx.insert_entry(1, bank(), &entry, None), Ok(1));
        assert_eq!(tx.insert_statement(&statement(2)), Ok(2));
        assert_eq!(tx.insert_entry(2, bank(), &entry, None), Err(StoreError::Taken));
        let back = Entry { direction: Direction::Debit, ..entry.clone() };
        let number = "P-1".parse().unwrap();
        assert_eq!(tx.insert_entry(2, bank(), &back, Some(&number)), Ok(2));
        assert_eq!(tx.kept_entry(bank(), &entry.reference, Direction::Debit), Ok(Some(entry.amount)));
        assert_eq!(tx.kept_entry(provider(), &entry.reference, Direction::Debit), Ok(None));
        assert_eq!(tx.last_final_statement(bank()), Ok(Some(today())));
        assert_eq!(tx.closing_before(bank(), today()), Ok(None));
        assert_eq!(tx.closing_before(bank(), today().next()), Ok(Some((today(), 100))));
        let later = StatementRecord { closing: 7, ..statement(3) };
        assert_eq!(tx.insert_statement(&later), Ok(3));
        assert_eq!(tx.closing_before(bank(), today().next()), Ok(Some((today(), 100))), "the final one");
        let unmatched = tx.unexplained_entries(today(), 10).unwrap();
        assert_eq!(unmatched.len(), 1);
        assert_eq!(unmatched[0].remittance.as_deref(), Some("Айгүлден"));
        assert_eq!(tx.statement_entries(None, 10).unwrap()[0].matched, Some(number));
        assert_eq!(tx.unexplained_entries(today().previous(), 10), Ok(Vec::new()));
        // What a claim could not take of an entry is no less unexplained because the entry names the claim.
        let claim: DocumentNumber = "C-1".parse().unwrap();
        let again = Entry { reference: "B-2".parse().unwrap(), ..entry.clone() };
        assert_eq!(tx.insert_entry(2, bank(), &again, Some(&claim)), Ok(3));
        assert_eq!(tx.unexplained_entries(today(), 10).unwrap().len(), 1);
        let overpaid = Posting {
            kind: PostingKind::Overpaid,
            about: Subject::Document("E-3".parse().unwrap()),
            debit: Account::Settlement(bank()),
            credit: Account::Suspense(bank()),
            amount: again.amount,
            day: today(),
            at: now(),
        };
        tx.post(&overpaid).unwrap();
        assert_eq!(tx.unexplained_entries(today(), 10).unwrap().len(), 2);
        let kept = tx.statement_entry(3).unwrap().unwrap();
        assert_eq!(kept.unexplained(), Some((Unexplained::ClaimRepeated(claim), again.amount)));
        assert_eq!(tx.statement_entry(4), Ok(None));

        let closing = |revision| ClosingRecord {
            day: today(),
            revision,
            document: b"<DayClosing/>".to_vec(),
            agrees: true,
            at: now(),
        };
        assert_eq!(tx.insert_closing(&closing(1)), Ok(()));
        assert_eq!(tx.insert_closing(&closing(1)), Err(StoreError::Taken));
        assert_eq!(tx.insert_closing(&closing(2)), Ok(()));
        assert_eq!(tx.last_closed_day(), Ok(Some(today())));
        assert_eq!(tx.last_closing(today()), Ok(Some(closing(2))));
        assert_eq!(tx.closing(today(), 1), Ok(Some(closing(1))));
    })
    .await;
    let octets = std::fs::read(folder.file("gateway.db")).unwrap();
    let name = "Айгүлден".as_bytes();
    assert!(!octets.windows(name.len()).any(|window| window == name), "what came with the money is sealed");
}
