//! Refunds of the embedded store: each payment has one, it goes where the money came from, and what was given back is
//! over.

use ledger::{Account, GivenBack, Refund, RefundGround, RefundProgress, of_change, of_refund};
use payment::{Event, Payment};
use store::{EmbeddedStore, RefundRecord, Scope, Store, StoreError, Stored, Tx};
use terms::{MessageId, PaymentCode};

use crate::samples::{bank, codes, now, open_store, order, paid_payment, provider, requisites};

async fn write(store: &EmbeddedStore, mut work: impl FnMut(&mut dyn Tx) + Send + 'static) {
    let done: Result<(), StoreError> = store
        .transact(move |tx| {
            work(tx);
            Ok(())
        })
        .await;
    done.unwrap();
}

fn message(number: u8) -> MessageId {
    format!("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a{number:02x}").parse().unwrap()
}

fn record(code: PaymentCode, number: u8, progress: RefundProgress) -> RefundRecord {
    RefundRecord {
        refund: Refund {
            code,
            bank: bank(),
            operation: requisites().bank_reference,
            amount: requisites().amount,
            ground: RefundGround::PayerRequest,
            progress,
        },
        proposal: message(number),
        message: message(number + 100),
        grants: 1,
        granted_at: now(),
        answered_at: None,
    }
}

fn grant(tx: &mut dyn Tx, code: PaymentCode) -> Payment {
    let payment = paid_payment(code);
    tx.insert_payment(&payment).unwrap();
    let after = payment.clone().apply(Event::Refund, now()).unwrap().payment;
    for posting in
        [of_change(&Payment::issue(code, order()), &payment, now()), of_change(&payment, &after, now())]
            .concat()
    {
        tx.post(&posting).unwrap();
    }
    tx.save_payment(&Stored { value: after.clone(), version: 1 }).unwrap();
    after
}

/// Meets: C24
/// Defends: A32
#[tokio::test(flavor = "multi_thread")]
async fn money_of_a_payment_is_given_back_once_and_where_it_came_from() {
    let (store, folder) = open_store();
    let all = codes(21, 3);
    write(&store, move |tx| {
        let today = now().banking_day();
        let after = grant(tx, all[0]);
        tx.insert_refund(&record(all[0], 1, RefundProgress::Granted)).unwrap();
        assert_eq!(tx.insert_refund(&record(all[0], 2, RefundProgress::Granted)), Err(StoreError::Taken));
        assert_eq!(tx.open_refunds(now(), 10), Ok(Vec::new()), "not before it was granted");
        let open = tx.open_refunds(now().plus_seconds(1), 10).unwrap();
        assert_eq!(open.len(), 1);
        assert_eq!(tx.refund(all[0]), Ok(Some(open[0].clone())));

        let given = GivenBack { reference: Some("ref-1-R".parse().unwrap()), at: now() };
        let refund = open[0].value.refund.clone().answered(RefundProgress::GivenBack(given.clone())).unwrap();
        let answered =
            open[0].with(RefundRecord { refund, answered_at: Some(now()), ..open[0].value.clone() });
        tx.save_refund(&answered).unwrap();
        assert_eq!(tx.save_refund(&answered), Err(StoreError::Conflict));
        assert_eq!(tx.refund(all[0]).unwrap().unwrap().value, answered.value);
        let posting = of_refund(&after, &given, now()).unwrap();
        tx.post(&posting).unwrap();
        assert_eq!(tx.postings_of(all[0]).unwrap().len(), 3);
        // The claim owes nothing any more, and the bank's own word says so too.
        assert_eq!(tx.unclaimed(bank(), today).unwrap().net(), 0);
        let vouched = tx.vouched(today).unwrap();
        assert_eq!(vouched.iter().map(|(_, totals)| totals.net()).sum::<i128>(), 0);
        let balances = tx.balances(None, tx.last_posting().unwrap()).unwrap();
        assert_eq!(balances.balance(Account::RefundPayable(bank())), 0);

        let reason = RefundProgress::Refused("the account is closed".parse().unwrap());
        tx.insert_refund(&record(all[1], 3, RefundProgress::Asked)).unwrap();
        tx.insert_refund(&record(all[2], 4, reason)).unwrap();
        let listed = |scope, state| tx.refunds(scope, state, 10).unwrap().len();
        assert_eq!(listed(Scope::Everything, None), 3);
        assert_eq!((listed(Scope::Bank(bank()), None), listed(Scope::Bank(provider()), None)), (3, 0));
        assert_eq!(
            (listed(Scope::Provider(provider()), None), listed(Scope::Provider(bank()), None)),
            (1, 0)
        );
        assert_eq!(RefundProgress::NAMES.map(|state| listed(Scope::Everything, Some(state))), [0, 1, 1, 1]);
        // Granted once more after a refusal, by another proposal and with another message.
        let stored = tx.refund(all[2]).unwrap().unwrap();
        let again = RefundRecord { grants: 2, ..record(all[2], 5, RefundProgress::Granted) };
        tx.save_refund(&stored.with(again.clone())).unwrap();
        assert_eq!(tx.refund(all[2]).unwrap().unwrap().value, again);
    })
    .await;
    let file = store::rusqlite::Connection::open(folder.file("gateway.db")).unwrap();
    for change in [
        "UPDATE refund SET state = 'granted' WHERE state = 'given-back'",
        "UPDATE refund SET bank = '500140000126' WHERE state = 'asked'",
        "UPDATE refund SET reference = 'ELSEWHERE' WHERE state = 'asked'",
        "UPDATE refund SET amount = amount + 1 WHERE state = 'asked'",
        "DELETE FROM refund",
    ] {
        assert!(file.execute(change, []).is_err(), "{change}");
    }
    // Nothing in the table could name another place that the money goes to.
    let mut columns = file.prepare("SELECT name FROM pragma_table_info('refund')").unwrap();
    let columns: Vec<String> = columns.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for place in ["iban", "account", "card", "to", "beneficiary", "payer", "bic"] {
        assert!(!columns.iter().any(|column| column.contains(place)), "{place}: {columns:?}");
    }
}
