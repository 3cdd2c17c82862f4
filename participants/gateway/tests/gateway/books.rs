//! The books: what happened to payments stands in them once, and is what the signed messages say.

use gateway::books::Kept;
use ledger::journal::Balances;
use ledger::{Account, PostingKind};
use store::Store as _;
use terms::{PaymentCode, Requisites, Tiyn};
use wire::common::NoticeOutcome;
use wire::fault::FaultCode;
use wire::gateway::NotifyPayment;

use crate::evidence::assert_pack_agrees;
use crate::talk::Client;
use crate::world::{BANK_1, SERVICE, Setup, World};

/// The kinds posted about a code, in their order, each with its sum in tenge.
pub(crate) async fn posted(world: &World, code: PaymentCode) -> Vec<(PostingKind, u64)> {
    let kept = world.cx().store.read(move |view| view.postings_of(code)).await.unwrap();
    kept.iter().map(|placed| (placed.posting.kind, placed.posting.amount.as_u64() / 100)).collect()
}

/// How the books differ from the evidence: not at all.
pub(crate) async fn assert_agrees(world: &World, code: PaymentCode) {
    assert_told_again(world, code).await;
    assert_pack_agrees(world, code).await;
}

/// The same of a database that a test has changed, of which no pack can hold.
pub(crate) async fn assert_told_again(world: &World, code: PaymentCode) {
    let kept = world.cx().store.read(move |view| Kept::read(view, code)).await.unwrap().unwrap();
    let retold = kept.retell(&world.gateway.trust);
    assert_eq!(retold.unreadable, Vec::<String>::new());
    assert_eq!(kept.differences(&retold), []);
}

fn with(notice: NotifyPayment, change: impl FnOnce(Requisites) -> Requisites) -> NotifyPayment {
    NotifyPayment { requisites: change(notice.requisites.clone()), ..notice }
}

/// Meets: C10, C23
/// Defends: A32
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_bank_says_is_posted_once_and_told_again_by_the_evidence() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let price = u64::from(SERVICE.1);

    let paid = bank.paid().await;
    bank.ask(&bank.notice(paid)).await.unwrap();
    assert_eq!(posted(&world, paid).await, [(PostingKind::Payment, price)]);

    let reversed = bank.paid().await;
    bank.ask(&bank.reverse(reversed)).await.unwrap();
    bank.ask(&bank.reverse(reversed)).await.unwrap();
    assert_eq!(
        posted(&world, reversed).await,
        [(PostingKind::Payment, price), (PostingKind::Reversal, price)]
    );

    let overtaken = bank.issued().await;
    bank.ask(&bank.reverse(overtaken)).await.unwrap();
    assert_eq!(posted(&world, overtaken).await, []);
    bank.ask(&bank.notice(overtaken)).await.unwrap();
    assert_eq!(
        posted(&world, overtaken).await,
        [(PostingKind::Payment, price), (PostingKind::Reversal, price)]
    );

    let disputed = bank.issued().await;
    let less = with(bank.notice(disputed), |said| Requisites { amount: Tiyn::tenge(1), ..said });
    assert_eq!(bank.ask(&less).await.unwrap().outcome, NoticeOutcome::Disputed);
    assert_eq!(posted(&world, disputed).await, [(PostingKind::Dispute, 1)]);

    let twice = bank.paid().await;
    let second = |tenge| {
        with(bank.notice(twice), |said| Requisites {
            bank_reference: "SECOND-1".parse().unwrap(),
            amount: Tiyn::tenge(tenge),
            ..said
        })
    };
    for tenge in [1725, 1725, 9] {
        assert_eq!(bank.ask(&second(tenge)).await.unwrap().outcome, NoticeOutcome::Surplus);
    }
    assert_eq!(
        posted(&world, twice).await,
        [(PostingKind::Payment, price), (PostingKind::Surplus, 1725)],
        "the bank's first word of an operation counts"
    );

    // What a notice says against another code's operation only the gateway could see.
    let borrowed = bank.issued().await;
    let theirs = bank.notice(paid).requisites.bank_reference;
    let notice = with(bank.notice(borrowed), |said| Requisites { bank_reference: theirs, ..said });
    assert_eq!(bank.ask(&notice).await.unwrap().outcome, NoticeOutcome::Disputed);

    for code in [paid, reversed, overtaken, disputed, twice, borrowed] {
        assert_agrees(&world, code).await;
    }
    let balances: Balances =
        world.cx().store.read(|view| view.balances(None, view.last_posting()?)).await.unwrap();
    assert_eq!(balances.sums().debit, balances.sums().credit);
    let bin = BANK_1.parse().unwrap();
    assert_eq!(balances.balance(Account::Suspense(bin)), 100 + 2 * 172_500);
    assert_eq!(balances.balance(Account::BankReceivable(bin)), 100 + 4 * 172_500);
    world.chain().await;
}

/// Defends: A19, A32
#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_in_the_books_is_named_with_both_sums() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (altered, added, gone) = (bank.paid().await, bank.issued().await, bank.paid().await);
    world.stop().await;
    {
        let path = world.gateway.config.path(world.gateway.config.database.as_ref().unwrap());
        let file = store::rusqlite::Connection::open(path).unwrap();
        file.execute_batch("DROP TRIGGER posting_stays; DROP TRIGGER posting_remains").unwrap();
        let about = |code: PaymentCode| format!("code:{}", code.digits());
        assert_eq!(file.execute("UPDATE posting SET amount = 1 WHERE about = ?", [about(altered)]), Ok(1));
        assert_eq!(file.execute("DELETE FROM posting WHERE about = ?", [about(gone)]), Ok(1));
        let sql = "INSERT INTO posting (kind, about, debit, credit, amount, day, at, code)
                   SELECT kind, ?1, debit, credit, amount, day, at, ?2 FROM posting LIMIT 1";
        let code: i64 = added.digits().parse().unwrap();
        assert_eq!(file.execute(sql, store::rusqlite::params![about(added), code]), Ok(1));
    }
    let full = Some(Tiyn::tenge(SERVICE.1));
    let one = Tiyn::new(1).ok();
    for (code, amounts) in [(altered, (full, one)), (added, (None, one)), (gone, (full, None))] {
        let kept = world.cx().store.read(move |view| Kept::read(view, code)).await.unwrap().unwrap();
        let found = kept.differences(&kept.retell(&world.gateway.trust));
        assert_eq!(found.iter().map(|one| one.amounts()).collect::<Vec<_>>(), [amounts]);
    }
}

/// Payments of before there were books have their postings after the next start, whatever became of them.
#[tokio::test(flavor = "multi_thread")]
async fn payments_of_before_the_books_are_posted_at_the_next_start() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (paid, reversed) = (bank.paid().await, bank.paid().await);
    bank.ask(&bank.reverse(reversed)).await.unwrap();
    let second =
        with(bank.notice(paid), |said| Requisites { bank_reference: "SECOND-1".parse().unwrap(), ..said });
    bank.ask(&second).await.unwrap();
    let before = (posted(&world, paid).await, posted(&world, reversed).await);
    world.stop().await;
    {
        // As the migration finds a database that has payments: nothing posted, everything to be done.
        let path = world.gateway.config.path(world.gateway.config.database.as_ref().unwrap());
        let file = store::rusqlite::Connection::open(path).unwrap();
        file.execute_batch(
            "DROP TRIGGER posting_remains; DELETE FROM posting;
             INSERT INTO posting_backlog (code) SELECT code FROM payment WHERE paid_bank IS NOT NULL",
        )
        .unwrap();
    }
    world.start_again().await;
    assert_eq!((posted(&world, paid).await, posted(&world, reversed).await), before);
    for code in [paid, reversed] {
        assert_told_again(&world, code).await;
    }
}

/// Meets: C22
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_is_issued_codes_by_its_contract_alone() {
    let terms = "services = [\"P1.04\"], per_payment = \"2000.00\", per_day = \"3450.00\", ";
    let world = World::with(Setup { contract_terms: terms, ..Setup::default() }).await;
    let bank = Client::of(world.bank_1.host.clone());
    let other = wire::gateway::RequestPaymentCode {
        service: crate::world::OTHER_SERVICE.0.parse().unwrap(),
        ..bank.request_code()
    };
    let other = wire::gateway::RequestPaymentCode { amount: None, ..other };
    assert_eq!(bank.refusal(&other).await, FaultCode::OutsideContract);
    let (first, second) = (bank.issued().await, bank.issued().await);
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::ContractLimit);
    // What was paid is recorded all the same and counts on; what is void, or went back, does not.
    bank.ask(&bank.notice(first)).await.unwrap();
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::ContractLimit);
    bank.ask(&bank.cancel(second)).await.unwrap();
    let third = bank.issued().await;
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::ContractLimit);
    bank.ask(&bank.notice(second)).await.unwrap();
    bank.ask(&bank.reverse(first)).await.unwrap();
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::ContractLimit, "paid after all");
    bank.ask(&bank.notice(third)).await.unwrap();
    bank.ask(&bank.reverse(third)).await.unwrap();
    bank.issued().await;
    // The next day is another one.
    world.clock.advance(crate::world::DAY);
    world.publish(1000 * crate::world::DAY, crate::world::Who::Neighbours);
    bank.issued().await;
}

/// Meets: C22
#[tokio::test(flavor = "multi_thread")]
async fn without_a_contract_no_code_is_issued_and_money_is_recorded() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let code = bank.issued().await;
    let ended = ledger::contract::Contract {
        number: "GW-1/1".parse().unwrap(),
        party: BANK_1.parse().unwrap(),
        since: "2026-11-01".parse().unwrap(),
        until: Some("2026-11-21".parse().unwrap()),
        terms: ledger::contract::Terms::NationalOperator,
    };
    let now = world.now();
    let kept: Result<(), store::StoreError> =
        world.cx().store.transact(move |tx| tx.insert_contract(&ended, now, None)).await;
    kept.unwrap();
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::NoContract);
    assert_eq!(bank.ask(&bank.notice(code)).await.unwrap().outcome, NoticeOutcome::Accepted);
    assert_eq!(posted(&world, code).await, [(PostingKind::Payment, u64::from(SERVICE.1))]);
}
