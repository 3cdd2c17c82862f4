//! Claims, reimbursement, payouts, statements and registers over real connections, and the books behind them.

mod books;
mod registers;

use std::process::Command;

use bank::core::Ledger;
use bank::store::settlement;
use ledger::statement::Direction;
use terms::{BankReference, BankingDay, Bin, Iban};
use wire::common::{ClaimItem, ItemDispute, MovementKind, PayoutOutcome};
use wire::iso20022::camt053;
use xml::Limits;

use super::*;

const OPERATOR: &str = "KZ320000000000900001";

fn today() -> BankingDay {
    Moment::from_system_clock().banking_day()
}

fn code() -> PaymentCode {
    "7291417776317054".parse().unwrap()
}

/// A claim of these items with a fee; its totals follow from them.
fn claim(country: &Country, number: &str, fee: Tiyn, items: Vec<ClaimItem>) -> AcceptClaim {
    let of = |is_payment: bool| {
        let chosen = items.iter().filter(move |item| (item.kind == MovementKind::Payment) == is_payment);
        let amounts: Vec<Tiyn> = chosen.map(|item| item.amount).collect();
        (count(amounts.len().try_into().unwrap()), amounts.into_iter().sum::<Tiyn>())
    };
    let ((payments, total), (returned_count, returned_total)) = (of(true), of(false));
    AcceptClaim {
        header: country.header(),
        claim: number.parse().unwrap(),
        bank: BANK.parse().unwrap(),
        day: today(),
        count: payments,
        total,
        returned_count,
        returned_total,
        fee,
        due: total.checked_sub(returned_total).unwrap().checked_add(fee).unwrap(),
        register: None,
        items,
    }
}

fn item(reference: &BankReference, amount: Tiyn, kind: MovementKind) -> ClaimItem {
    ClaimItem { payment_code: code(), bank_reference: reference.clone(), amount, kind }
}

async fn paid(country: &Country, attempt: &str, amount: Tiyn) -> BankReference {
    let order = debit(country, attempt, GOOD_ACCOUNT, amount);
    country.ask(&order).await.unwrap().bank_reference.unwrap()
}

async fn given_back(country: &Country, reference: &BankReference, amount: Tiyn) {
    let order = RefundPayment {
        header: country.header(),
        payment_code: code(),
        bank_reference: reference.clone(),
        amount,
        reason: "two officers agreed".parse().unwrap(),
    };
    assert_eq!(country.ask(&order).await.unwrap().outcome, RefundOutcome::Refunded);
}

fn payout(country: &Country, number: &str, amount: Tiyn) -> PayProvider {
    PayProvider {
        header: country.header(),
        payout: number.parse().unwrap(),
        amount,
        ..<PayProvider as wire::Request>::example()
    }
}

/// Waits until so much is on the operator's account.
async fn reimbursed(country: &Country, expected: u64) {
    let deadline = tokio::time::Instant::now() + LONG;
    while balance(country, OPERATOR).await != expected {
        let found = balance(country, OPERATOR).await;
        assert!(tokio::time::Instant::now() < deadline, "{found} tiyn are there, not {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn on_ledger(country: &Country, ledger: Ledger) -> i64 {
    let database = tables::open(&country.database()).unwrap();
    database.read(move |conn| tables::balance(conn, &ledger)).await.unwrap()
}

fn is_reused<T: std::fmt::Debug>(answer: Result<T, CallFailure>) -> bool {
    match answer {
        Err(CallFailure::Refused(fault)) => fault.code.as_str() == "TLM-PAY-0010",
        other => panic!("{other:?}"),
    }
}

/// Meets: C23, C24
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_answered_item_by_item_and_what_is_accepted_is_paid_once() {
    let country = Country::with_bank().await;
    let (first, second) = (Tiyn::tenge(1725), Tiyn::tenge(2180));
    let references = [paid(&country, "A-1", first).await, paid(&country, "A-2", second).await];
    given_back(&country, &references[1], second).await;
    let unknown: BankReference = "ALTB-20261122-999999".parse().unwrap();
    let items = vec![
        item(&references[0], first, MovementKind::Payment),
        item(&references[1], second, MovementKind::Payment),
        item(&references[1], second, MovementKind::Refund),
        item(&unknown, Tiyn::tenge(5), MovementKind::Payment),
    ];
    let fee = "10.00".parse().unwrap();
    let order = claim(&country, "C-1", fee, items.clone());
    let answer = country.ask(&order).await.unwrap();
    assert_eq!(answer.answer, ClaimAnswer::Part);
    assert_eq!((answer.accepted, answer.accepted_fee), (Tiyn::tenge(1735), fee));
    assert_eq!(answer.disputed.len(), 1);
    assert_eq!(
        (&answer.disputed[0].bank_reference, answer.disputed[0].why),
        (&unknown, ItemDispute::Unknown)
    );
    reimbursed(&country, 173_500).await;
    assert_eq!(on_ledger(&country, Ledger::Settlement).await, 0, "nothing is owed any more");
    assert_eq!(on_ledger(&country, Ledger::OperatorFee).await, -1_000);

    // The same message, the same claim by another message, another claim under the number, its items under another number.
    assert_eq!(country.ask(&order).await.unwrap(), answer);
    let mut again = country.ask(&claim(&country, "C-1", fee, items.clone())).await.unwrap();
    again.header = answer.header.clone();
    assert_eq!(again, answer);
    assert!(is_reused(country.ask(&claim(&country, "C-1", Tiyn::ZERO, items[..1].to_vec())).await));
    let twice = country.ask(&claim(&country, "C-2", fee, items[..1].to_vec())).await.unwrap();
    assert_eq!((twice.answer, twice.accepted), (ClaimAnswer::Disputed, Tiyn::ZERO));
    assert_eq!(twice.disputed[0].why, ItemDispute::ClaimedBefore);
    let elsewhere =
        AcceptClaim { bank: GATEWAY.parse::<Bin>().unwrap(), ..claim(&country, "C-3", fee, items) };
    assert_eq!(country.ask(&elsewhere).await.unwrap().answer, ClaimAnswer::Disputed);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(balance(&country, OPERATOR).await, 173_500);

    // What goes back after the claim was paid is deducted from the next one.
    let third = paid(&country, "A-3", second).await;
    given_back(&country, &references[0], first).await;
    assert_eq!(on_ledger(&country, Ledger::Settlement).await, 218_000 - 172_500);
    let items =
        vec![item(&third, second, MovementKind::Payment), item(&references[0], first, MovementKind::Refund)];
    let answer = country.ask(&claim(&country, "C-4", Tiyn::ZERO, items)).await.unwrap();
    assert_eq!((answer.answer, answer.accepted), (ClaimAnswer::Accepted, Tiyn::tenge(455)));
    reimbursed(&country, 173_500 + 45_500).await;
    assert_eq!(on_ledger(&country, Ledger::Settlement).await, 0);
    books_agree(&country).await;
}

/// Meets: C21, C24
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_killed_between_acceptance_and_reimbursement_pays_once() {
    let mut country = Country::found();
    let config = country.folder().join("bank.toml");
    let text = std::fs::read_to_string(&config).unwrap();
    let patient = text.replace("reimburse_after_seconds = 0", "reimburse_after_seconds = 3");
    assert_ne!(patient, text);
    std::fs::write(&config, &patient).unwrap();
    country.start("bank").await;
    let amount = Tiyn::tenge(1725);
    let items = vec![item(&paid(&country, "A-1", amount).await, amount, MovementKind::Payment)];
    let order = claim(&country, "C-1", Tiyn::ZERO, items);
    let answer = country.ask(&order).await.unwrap();
    assert_eq!(answer.answer, ClaimAnswer::Accepted);
    country.kill("bank").await;
    let database = tables::open(&country.database()).unwrap();
    let now = Moment::from_system_clock();
    let waiting = database.read(move |conn| settlement::waiting(conn, now, 10)).await.unwrap();
    assert_eq!(waiting.len(), 1, "accepted and not paid");
    assert_eq!(balance(&country, OPERATOR).await, 0);
    drop(database);

    country.start("bank").await;
    reimbursed(&country, 172_500).await;
    country.kill("bank").await;
    std::fs::write(&config, &text).unwrap();
    country.start("bank").await;
    assert_eq!(country.ask(&order).await.unwrap(), answer);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(balance(&country, OPERATOR).await, 172_500);
}

/// Meets: C24
/// Defends: A9
#[tokio::test(flavor = "multi_thread")]
async fn a_payout_leaves_the_operators_account_once_and_never_more_than_is_there() {
    let country = Country::with_bank().await;
    let amount = Tiyn::tenge(1725);
    let early = country.ask(&payout(&country, "P-1", amount)).await.unwrap();
    assert_eq!((early.outcome, early.bank_reference), (PayoutOutcome::Refused, None));
    assert!(early.reason.unwrap().as_str().contains("not enough money"));
    let nothing = country.ask(&payout(&country, "P-0", Tiyn::ZERO)).await.unwrap();
    assert_eq!(nothing.outcome, PayoutOutcome::Refused);

    let items = vec![item(&paid(&country, "A-1", amount).await, amount, MovementKind::Payment)];
    country.ask(&claim(&country, "C-1", Tiyn::ZERO, items)).await.unwrap();
    reimbursed(&country, 172_500).await;
    // The same order by another message: decided anew while it was refused, answered alike once it was executed.
    let order = payout(&country, "P-1", amount);
    let executed = country.ask(&order).await.unwrap();
    assert_eq!(executed.outcome, PayoutOutcome::Executed);
    assert_eq!(country.ask(&order).await.unwrap(), executed);
    let again = country.ask(&payout(&country, "P-1", amount)).await.unwrap();
    assert_eq!((again.bank_reference, again.executed_at), (executed.bank_reference, executed.executed_at));
    assert_eq!(balance(&country, OPERATOR).await, 0);
    assert_eq!(on_ledger(&country, Ledger::Clearing).await, 172_500);
    assert!(is_reused(country.ask(&payout(&country, "P-1", Tiyn::tenge(1))).await));
    let more = country.ask(&payout(&country, "P-2", Tiyn::tenge(1))).await.unwrap();
    assert_eq!(more.outcome, PayoutOutcome::Refused);
}

/// xmllint is the judge of the form, the signature is proven by the certificate in it.
///
/// Meets: C13.1, C24
#[tokio::test(flavor = "multi_thread")]
async fn the_statement_is_camt_053_signed_by_the_bank_and_agrees_with_the_account() {
    let country = Country::with_bank().await;
    let amount = Tiyn::tenge(1725);
    let items = vec![item(&paid(&country, "A-1", amount).await, amount, MovementKind::Payment)];
    country.ask(&claim(&country, "C-1", "8.00".parse().unwrap(), items)).await.unwrap();
    reimbursed(&country, 173_300).await;
    let paid_out = country.ask(&payout(&country, "P-1", Tiyn::tenge(1700))).await.unwrap();
    let ask = |day, page| GetStatement { header: country.header(), day, page: count(page) };
    let answer = country.ask(&ask(today(), 1)).await.unwrap();
    assert_eq!((answer.account, answer.count), (OPERATOR.parse::<Iban>().unwrap(), count(2)));
    assert!(answer.is_last && !answer.is_final);

    let file = country.folder().join("statement.xml");
    std::fs::write(&file, answer.document.as_slice()).unwrap();
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec/camt.053.xsd");
    let judged = Command::new("xmllint").args(["--noout", "--schema", schema]).arg(&file).output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stderr));

    let proven = xml::dsig::verify_enveloped(answer.document.as_slice(), &Limits::DOCUMENT).unwrap();
    let subject = proven.certificate().subject();
    assert!(format!("{subject:?}").contains(BANK), "{subject:?}");
    let statement = camt053::read(proven.octets(), &Limits::DOCUMENT).unwrap();
    assert_eq!((statement.opening, statement.closing), (0, 173_300 - 170_000));
    let [came, went] = &statement.entries[..] else { panic!("{:?}", statement.entries) };
    assert_eq!((came.direction, came.amount.as_u64()), (Direction::Credit, 173_300));
    assert_eq!(came.remittance.as_ref().unwrap().as_str(), "C-1");
    assert_eq!((went.direction, Some(&went.reference)), (Direction::Debit, paid_out.bank_reference.as_ref()));
    assert_eq!(went.remittance.as_ref().unwrap().as_str(), "P-1");
    let provider = <PayProvider as wire::Request>::example();
    let counterparty = went.counterparty.as_ref().unwrap();
    assert_eq!(counterparty.name, provider.beneficiary_name);
    assert_eq!(counterparty.account, Some(provider.beneficiary.iban));

    let before = country.ask(&ask(today().previous(), 1)).await.unwrap();
    assert!(before.is_final && before.count == count(0));
    let beyond = country.ask(&ask(today(), 2)).await.unwrap();
    let beyond = xml::dsig::verify_enveloped(beyond.document.as_slice(), &Limits::DOCUMENT).unwrap();
    assert_eq!(camt053::read(beyond.octets(), &Limits::DOCUMENT).unwrap().opening, 3_300);
    assert!(matches!(country.ask(&ask(today(), 0)).await, Err(CallFailure::Refused(_))));
}

/// Meets: C23
#[tokio::test(flavor = "multi_thread")]
async fn the_banks_own_register_has_each_payment_and_each_return_of_the_day() {
    let country = Country::with_bank().await;
    let (first, second) = (Tiyn::tenge(1725), Tiyn::tenge(2180));
    let references = [paid(&country, "A-1", first).await, paid(&country, "A-2", second).await];
    given_back(&country, &references[0], first).await;
    let ask = |day, page| GetBankRegister { header: country.header(), day, page: count(page) };
    let register = country.ask(&ask(today(), 1)).await.unwrap();
    let rows: Vec<_> = register.rows.iter().map(|row| (&row.bank_reference, row.amount, row.kind)).collect();
    assert_eq!(
        rows,
        [
            (&references[0], first, MovementKind::Payment),
            (&references[1], second, MovementKind::Payment),
            (&references[0], first, MovementKind::Refund),
        ]
    );
    assert_eq!((register.count, register.total), (count(2), Tiyn::tenge(3905)));
    assert_eq!((register.returned_count, register.returned_total), (count(1), first));
    assert!(register.is_last && !register.is_final);
    let before = country.ask(&ask(today().previous(), 1)).await.unwrap();
    assert!(before.rows.is_empty() && before.is_final && before.total == Tiyn::ZERO);

    // A claim may rest on the register alone.
    let whole = AcceptClaim {
        count: register.count,
        total: register.total,
        returned_count: register.returned_count,
        returned_total: register.returned_total,
        due: second,
        ..claim(&country, "C-1", Tiyn::ZERO, Vec::new())
    };
    let short = AcceptClaim {
        claim: "C-0".parse().unwrap(),
        header: country.header(),
        count: count(1),
        total: second,
        due: second.checked_sub(first).unwrap(),
        ..whole.clone()
    };
    let disputed = country.ask(&short).await.unwrap();
    assert_eq!(disputed.answer, ClaimAnswer::Disputed);
    assert!(disputed.reason.unwrap().as_str().contains("2 payments of 3905.00 and 1 returns of 1725.00"));
    assert_eq!(country.ask(&whole).await.unwrap().accepted, second);
    reimbursed(&country, second.as_u64()).await;
    let none_left = AcceptClaim { header: country.header(), claim: "C-2".parse().unwrap(), ..whole };
    assert_eq!(country.ask(&none_left).await.unwrap().answer, ClaimAnswer::Disputed);
}
