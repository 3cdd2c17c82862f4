//! From the payment to the treasury: claims, statements, payouts, and days that close or name each open tiyn.

use std::collections::BTreeSet;
use std::sync::Arc;

use gateway::cx::Cx;
use gateway::document_books::verify_documents;
use gateway::reconciliation::{Given, NotReconciled, reconcile};
use gateway::settlement::{
    CloseDay, FormClaims, Formed, ImportStatement, NotTaken, TakeStatement, Taken, close_day,
    close_past_days, form_claims, import_statement, settle, take_statement,
};
use ledger::journal::Mismatch;
use ledger::statement::{Direction, NotWhole, Unexplained};
use ledger::{Account, Claim, OpenReason, Owed, Payout, PostingKind, Progress, Standing};
use rights::{Permitted, SystemJob};
use store::{ClosingRecord, Store as _, StoreError};
use terms::{BankingDay, Bin, PaymentCode, Requisites, Tiyn};
use wire::closing::{DayClosing, OpenWord, OwedWord};
use wire::gateway::NotifyPayment;
use xml::dsig::verify_enveloped;
use xml::{Limits, ToElement as _};

use crate::officers::Officer;
use crate::reconciliation::comparing;
use crate::refunds::{answer, grant};
use crate::standins::{Giving, Verdict};
use crate::talk::Client;
use crate::world::{BANK_1, BANK_2, DAY, FINANCE, FINANCE_2, GATEWAY, SERVICE, Setup, World, bin, until};

pub(crate) fn system<T>(command: T) -> Permitted<T> {
    Permitted::system(command, SystemJob("test"))
}

pub(crate) async fn form(cx: &Cx, day: BankingDay) -> Vec<Claim> {
    let formed = form_claims(cx, &system(FormClaims { day })).await.unwrap();
    let claim = |one: Formed| match one {
        Formed::Claim(claim) => Some(*claim),
        Formed::Waits(..) => None,
    };
    formed.into_iter().filter_map(claim).collect()
}

pub(crate) async fn close(cx: &Cx, day: BankingDay) -> (ClosingRecord, DayClosing) {
    let record = close_day(cx, &system(CloseDay { day })).await.unwrap().record;
    let signed = verify_enveloped(&record.document, &Limits::DOCUMENT).unwrap();
    assert_eq!(signed.certificate().subject().organisation.as_ref().unwrap().checked(), Ok(bin(GATEWAY)));
    let document: DayClosing = signed.parse().unwrap();
    assert_eq!(document.closing().disagreements(), [], "day {day}");
    assert!(record.agrees && document.agrees);
    assert_eq!(document.open_count.0, document.open.len() as u64);
    (record, document)
}

pub(crate) fn reasons(document: &DayClosing) -> Vec<(OpenReason, Tiyn)> {
    document.closing().open.into_iter().map(|item| (item.reason, item.amount)).collect()
}

async fn claims(cx: &Cx) -> Vec<Claim> {
    let all: Result<_, StoreError> = cx.store.read(|view| view.claims(None, 1000)).await;
    all.unwrap().into_iter().map(|stored: store::Stored<Claim>| stored.value).collect()
}

async fn payouts(cx: &Cx) -> Vec<Payout> {
    let all: Result<_, StoreError> = cx.store.read(|view| view.payouts(None, 1000)).await;
    all.unwrap().into_iter().map(|stored: store::Stored<store::PayoutRecord>| stored.value.payout).collect()
}

pub(crate) async fn answered(cx: &Cx) {
    until("every claim is answered", async || {
        claims(cx).await.iter().all(|claim| claim.standing != Standing::Sent)
    })
    .await;
}

async fn paid_out(cx: &Cx) {
    until("every payout is answered", async || {
        payouts(cx).await.iter().all(|payout| payout.progress != Progress::Ordered)
    })
    .await;
}

pub(crate) async fn balance(cx: &Cx, account: Account) -> i128 {
    let balances: Result<_, StoreError> =
        cx.store.read(|view| view.balances(None, view.last_posting()?)).await;
    let balances: ledger::journal::Balances = balances.unwrap();
    let sums = balances.sums();
    assert_eq!(sums.debit, sums.credit);
    balances.balance(account)
}

fn with(notice: NotifyPayment, change: impl FnOnce(Requisites) -> Requisites) -> NotifyPayment {
    NotifyPayment { requisites: change(notice.requisites.clone()), ..notice }
}

async fn disputed(bank: &Client, tenge: u32) -> PaymentCode {
    let code = bank.issued().await;
    let other = with(bank.notice(code), |said| Requisites { amount: Tiyn::tenge(tenge), ..said });
    bank.ask(&other).await.unwrap();
    code
}

fn net(price_times: u64) -> Tiyn {
    Tiyn::new(price_times * u64::from(SERVICE.1) * 100).unwrap()
}

fn fee(sum: Tiyn) -> Tiyn {
    sum.basis_points(50)
}

fn and(one: Tiyn, other: Tiyn) -> Tiyn {
    one.checked_add(other).unwrap()
}

/// Meets: C10, C22, C23, C24
/// Defends: A29, A32
#[tokio::test(flavor = "multi_thread")]
async fn a_day_closes_from_the_notice_to_the_payout() {
    let mut world = World::start().await;
    let (one, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let today = world.now().banking_day();
    one.paid().await;
    one.paid().await;
    let back = one.paid().await;
    one.ask(&one.reverse(back)).await.unwrap();
    disputed(&one, 7).await;
    other.paid().await;
    world.bank_1.go_down().await;

    let cx = world.cx();
    let (first, document) = close(&cx, today).await;
    assert_eq!(first.revision, 1);
    assert_eq!(document.banks.len(), 2);
    assert_eq!(document.banks[0].claimed, document.banks[0].journal);
    let due = and(and(net(2), Tiyn::tenge(7)), fee(and(net(2), Tiyn::tenge(7))));
    let open = reasons(&document);
    assert!(open.contains(&(OpenReason::Disputed, Tiyn::tenge(7))), "{open:?}");
    assert!(open.contains(&(OpenReason::ClaimUnanswered, due)), "{open:?}");

    // Killed while a claim waits for its bank: it is neither lost nor made again.
    drop(cx);
    world.crash_and_start_again().await;
    world.bank_1.come_up().await;
    // The outbox tries again by its schedule.
    world.clock.advance(1000);
    let cx = world.cx();
    assert_eq!(form(&cx, today).await, [], "everything is claimed");
    answered(&cx).await;
    assert_eq!(world.bank_1.claims()[0].items.len(), 5);
    assert!(claims(&cx).await.iter().all(|claim| claim.standing == Standing::Accepted));

    settle(&cx).await.unwrap();
    assert!(claims(&cx).await.iter().all(|claim| claim.open() == Tiyn::ZERO));
    paid_out(&cx).await;
    settle(&cx).await.unwrap();
    settle(&cx).await.unwrap();
    let ordered = payouts(&cx).await;
    assert!(ordered.iter().all(|payout| payout.progress == Progress::Confirmed), "{ordered:?}");
    let mut sums: Vec<Tiyn> = ordered.iter().map(|payout| payout.amount).collect();
    sums.sort_unstable();
    assert_eq!(sums, [net(1), net(2)], "what was taken back is not paid out");
    let provider = SERVICE.2.parse().unwrap();
    assert_eq!(balance(&cx, Account::ProviderPayable(provider)).await, 0);
    assert_eq!(balance(&cx, Account::PayoutInTransit(provider)).await, 0);
    // What stays on the operator's account is its fee and what is disputed.
    let kept = i128::from(fee(and(net(2), Tiyn::tenge(7))).as_u64()) + 700;
    assert_eq!(balance(&cx, Account::Settlement(bin(BANK_1))).await, kept);

    let (second, document) = close(&cx, today).await;
    assert_eq!(second.revision, 2);
    assert_eq!(reasons(&document), [(OpenReason::Disputed, Tiyn::tenge(7))]);
    let again = close_day(&cx, &system(CloseDay { day: today })).await.unwrap();
    assert_eq!((again.is_new, &again.record), (false, &second), "nothing has changed since");
    let kept: ClosingRecord = cx
        .store
        .read(move |view| view.closing(today, 1))
        .await
        .map(Option::unwrap)
        .unwrap_or_else(|e: StoreError| panic!("{e}"));
    assert_eq!(kept, first, "a revision stays as it was");

    // What goes back after its claim was paid is taken off the next one.
    world.clock.advance(DAY);
    one.paid().await;
    one.paid().await;
    let stored = cx.store.read(move |view| view.codes_after(None, 1000)).await;
    let stored: Result<Vec<PaymentCode>, StoreError> = stored;
    assert_eq!(stored.unwrap().len(), 7);
    let (third, document) = close(&cx, today.next()).await;
    assert_eq!(third.revision, 1);
    assert_eq!(document.banks[0].claimed.added.0, net(2).as_u64());
    world.chain().await;
}

/// Meets: C23
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_claimed_or_compared_of_a_day_that_has_not_begun() {
    let world = World::start().await;
    let cx = world.cx();
    let today = world.now().banking_day();
    let tomorrow = today.plus_days(1);
    Client::of(world.bank_1.host.clone()).paid().await;
    let refused = form_claims(&cx, &system(FormClaims { day: tomorrow })).await.unwrap_err();
    assert!(refused.to_string().contains("has not begun"), "{refused}");
    assert_eq!(claims(&cx).await, []);
    let compared = reconcile(&cx, &comparing(bin(BANK_1), tomorrow), Given::default()).await;
    assert!(matches!(compared, Err(NotReconciled::Future(day)) if day == tomorrow));
    let kept = cx.store.read(move |view| view.reconciliations(bin(BANK_1), tomorrow, 10)).await;
    assert_eq!(kept.unwrap(), []);
    assert_eq!(form(&cx, today).await.len(), 1, "the day itself is claimed");
}

/// Meets: C23, C24
/// Defends: A32
#[tokio::test(flavor = "multi_thread")]
async fn what_a_bank_disputes_stays_open_and_is_not_paid_out() {
    let world = World::start().await;
    let (one, other) = (Client::of(world.bank_1.host.clone()), Client::of(world.bank_2.host.clone()));
    let today = world.now().banking_day();
    world.bank_1.judges(Verdict::DisputesFirst);
    world.bank_2.judges(Verdict::Disputes);
    world.bank_1.pays_out(false);
    one.paid().await;
    one.paid().await;
    other.paid().await;
    let cx = world.cx();
    assert_eq!(form(&cx, today).await.len(), 2);
    answered(&cx).await;
    let accepted = and(net(1), fee(net(2)));
    let standings: Vec<Standing> = claims(&cx).await.into_iter().map(|claim| claim.standing).collect();
    let why: terms::ShortText = "not in our books".parse().unwrap();
    assert_eq!(standings, [Standing::Part(accepted, why.clone()), Standing::Disputed(why)]);

    settle(&cx).await.unwrap();
    paid_out(&cx).await;
    let refused = payouts(&cx).await;
    assert_eq!(refused.len(), 1, "only what the bank accepted");
    assert_eq!(refused[0].amount, net(1));
    assert!(matches!(refused[0].progress, Progress::Refused(_)));
    let (_, document) = close(&cx, today).await;
    let disputed = and(net(1), fee(net(1)));
    let expected = [
        (OpenReason::ClaimContested, net(1)),
        (OpenReason::ClaimContested, disputed),
        (OpenReason::PayoutRefused, net(1)),
    ];
    assert_eq!(reasons(&document), expected);
    let owed: Vec<Owed> = document.closing().open.iter().map(|one| one.owed).collect();
    assert_eq!(owed, [Owed::ByBank, Owed::ByBank, Owed::ToProvider]);
    assert_eq!(document.open_total.0, expected.iter().map(|(_, amount)| amount.as_u64()).sum::<u64>());

    // A refusal is not for ever: the same payout is ordered again by another message.
    settle(&cx).await.unwrap();
    assert_eq!(world.bank_1.payouts().len(), 1, "not at once");
    world.bank_1.pays_out(true);
    world.clock.advance(61);
    settle(&cx).await.unwrap();
    until("it is paid", async || matches!(payouts(&cx).await[0].progress, Progress::Executed(_))).await;
    settle(&cx).await.unwrap();
    assert_eq!(payouts(&cx).await[0].progress, Progress::Confirmed);
    let orders = world.bank_1.payouts();
    assert_eq!((orders.len(), &orders[0].payout), (2, &orders[1].payout));
    assert_ne!(orders[0].header.message_id, orders[1].header.message_id);

    // Long after the day it was due the contested sum is named still, and nothing else has become of it.
    world.clock.advance(5 * DAY);
    let (_, document) = close(&cx, today).await;
    let open: BTreeSet<OpenReason> = reasons(&document).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(open, BTreeSet::from([OpenReason::ClaimContested]));
}

async fn take(world: &World, bank: &str) -> Result<Taken, NotTaken> {
    let day = world.now().banking_day();
    take_statement(&world.cx(), &system(TakeStatement { bank: bin(bank), day })).await
}

/// New entries, and how many of them are not explained.
fn counts(taken: &Taken) -> (u64, usize) {
    (taken.new, taken.unexplained.len())
}

/// Meets: C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_of_a_statement_is_taken_once_for_what_it_names() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (cx, today) = (world.cx(), world.now().banking_day());
    // The bank cuts the number, and writes around it what it likes.
    world.bank_1.judges(Verdict::Accepts);
    bank.paid().await;
    let claim = form(&cx, today).await.remove(0);
    answered(&cx).await;
    let cut = &claim.number.as_str()[..13];
    let part = Tiyn::tenge(1000);
    world.bank_1.books(Direction::Credit, part, &format!("Возмещение по треб.№{}", cut.to_lowercase()));
    assert_eq!(counts(&take(&world, BANK_1).await.unwrap()), (1, 0));
    assert_eq!(take(&world, BANK_1).await.unwrap(), Taken::default(), "the same statement again");
    assert_eq!(claims(&cx).await[0].reimbursed, part);

    // The rest and more, then something that names nothing, then a debit that nobody ordered.
    let rest = and(claim.due.checked_sub(part).unwrap(), Tiyn::tenge(5));
    world.bank_1.books(Direction::Credit, rest, &claim.number.to_string());
    world.bank_1.books(Direction::Credit, Tiyn::tenge(3), "Айгүл Серікқызы");
    world.bank_1.books(Direction::Debit, Tiyn::tenge(2), "P-20261122-0077");
    let taken = take(&world, BANK_1).await.unwrap();
    let why: Vec<(Tiyn, Unexplained)> =
        taken.unexplained.iter().map(|one| (one.amount, one.why.clone())).collect();
    assert_eq!(
        why,
        [
            (Tiyn::tenge(5), Unexplained::ClaimOverpaid(claim.number.clone())),
            (Tiyn::tenge(3), Unexplained::NoClaim),
            (Tiyn::tenge(2), Unexplained::NoPayout),
        ]
    );
    assert_eq!(taken.new, 3);
    assert_eq!(claims(&cx).await[0].open(), Tiyn::ZERO);
    assert_eq!(balance(&cx, Account::BankClaimed(bin(BANK_1))).await, 0);
    assert_eq!(balance(&cx, Account::Suspense(bin(BANK_1))).await, 800);
    let (_, document) = close(&cx, today).await;
    let open = reasons(&document);
    for expected in [
        (OpenReason::ClaimOverpaid, Tiyn::tenge(5)),
        (OpenReason::Unclaimed, Tiyn::tenge(3)),
        (OpenReason::Difference, Tiyn::tenge(2)),
    ] {
        assert!(open.contains(&expected), "{expected:?} in {open:?}");
    }

    // The bank pays the whole claim a second time: the claim has nothing open, so nothing of it is explained.
    world.bank_1.books(Direction::Credit, claim.due, claim.number.as_str());
    let taken = take(&world, BANK_1).await.unwrap();
    assert_eq!(counts(&taken), (1, 1));
    let again = &taken.unexplained[0];
    assert_eq!((&again.why, again.amount), (&Unexplained::ClaimRepeated(claim.number.clone()), claim.due));
    let suspense = 800 + i128::from(claim.due.as_u64());
    assert_eq!(balance(&cx, Account::Suspense(bin(BANK_1))).await, suspense);
    assert_eq!(told_again(&cx).await, ([].into(), 0), "the books are what the documents say");
    let (_, document) = close(&cx, today).await;
    let named = document.open.iter().find(|one| one.reason == OpenWord::ClaimRepeated).unwrap();
    assert_eq!((named.amount, named.owed), (claim.due, Some(OwedWord::Suspense)));
    // Money that left our account without an order of ours is the bank's debt.
    let went = document.open.iter().find(|one| one.reason == OpenWord::Difference).unwrap();
    assert_eq!((went.amount, went.owed), (Tiyn::tenge(2), Some(OwedWord::ByBank)));
    assert_eq!(named.about.to_string(), format!("{} {} {}", claim.number, again.entry, again.reference));

    // A bank that gives no statement is named by the closing.
    let silent = (OpenReason::NoStatement, Tiyn::ZERO);
    world.bank_1.go_down().await;
    assert!(reasons(&close(&world.cx(), today).await.1).contains(&silent));
    world.bank_1.come_up().await;
    assert!(!reasons(&close(&world.cx(), today).await.1).contains(&silent));
    // A day that has not begun does not close.
    let tomorrow = system(CloseDay { day: today.plus_days(1) });
    assert!(close_day(&world.cx(), &tomorrow).await.is_err());
}

/// Meets: C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_brought_by_hand_is_taken_whole_and_once() {
    let world = World::start().await;
    let (cx, today) = (world.cx(), world.now().banking_day());
    // By hand: a file needs a signature or somebody who says whose it is, and brings nothing a second time.
    let octets = Raw(unsigned(today)).to_xml().into_bytes();
    let import = async |octets: &[u8], bank: Option<Bin>| {
        import_statement(&world.cx(), &system(ImportStatement { pages: vec![octets.to_vec()], bank })).await
    };
    assert!(matches!(import(&octets, None).await, Err(NotTaken::NoBank)));
    assert_eq!(counts(&import(&octets, Some(bin(BANK_1))).await.unwrap()), (1, 1));
    assert_eq!(import(&octets, Some(bin(BANK_1))).await.unwrap(), Taken::default());
    let cut = &octets[..octets.len() - 20];
    assert!(matches!(import(cut, Some(bin(BANK_1))).await, Err(NotTaken::Signature(_))));
    let text = String::from_utf8(octets.clone()).unwrap();
    let dollars = text.replace("\"KZT\"", "\"USD\"").replace(">KZT<", ">USD<");
    assert!(matches!(import(dollars.as_bytes(), Some(bin(BANK_1))).await, Err(NotTaken::Wrong(_))));
    let foreign = text.replace(crate::world::SETTLEMENT_IBAN, "KZ320000000000900001");
    assert!(matches!(import(foreign.as_bytes(), Some(bin(BANK_1))).await, Err(NotTaken::OtherAccount)));
    assert!(matches!(import(&octets, Some(bin(GATEWAY))).await, Err(NotTaken::NoContract(_))));
    // A known entry with another amount is no repetition.
    let mut other = unsigned(today);
    let last = other.entries.last_mut().unwrap();
    last.amount = last.amount.checked_add(Tiyn::tenge(1)).unwrap();
    other.closing += if last.direction == Direction::Credit { 100 } else { -100 };
    let contradicts = import(&files::statement_csv(&other), Some(bin(BANK_1))).await;
    assert!(matches!(contradicts, Err(NotTaken::Contradicts { .. })), "{contradicts:?}");
    // Nor is a statement believed that has not all its entries, or is of tomorrow.
    let counted = text.replace("<NbOfNtries>1<", "<NbOfNtries>2<");
    assert_ne!(counted, text);
    assert!(matches!(import(counted.as_bytes(), Some(bin(BANK_1))).await, Err(NotTaken::Wrong(_))));
    let tomorrow = Raw(unsigned(today.plus_days(1))).to_xml().into_bytes();
    assert!(matches!(import(&tomorrow, Some(bin(BANK_1))).await, Err(NotTaken::Future(_))));
    // The same as a table brings nothing new, and one more entry is one more.
    let csv = files::statement_csv(&unsigned(today));
    assert!(matches!(import(&csv, None).await, Err(NotTaken::NoBank)));
    assert_eq!(import(&csv, Some(bin(BANK_1))).await.unwrap(), Taken::default());
    let more = files::statement_csv(&of_entries(today, 0, &["BY-HAND-1", "BY-HAND-2"]));
    assert_eq!(counts(&import(&more, Some(bin(BANK_1))).await.unwrap()), (1, 1));
    let dollars = String::from_utf8(more).unwrap().replace("KZT", "USD");
    assert!(matches!(import(dollars.as_bytes(), Some(bin(BANK_1))).await, Err(NotTaken::Wrong(_))));
    assert!(matches!(import(b"PK\x03\x04", Some(bin(BANK_1))).await, Err(NotTaken::Wrong(_))));
    // Page 1 of 2 is half a statement: nothing of it is taken before the other page is there too.
    let two = [1, 2].map(|page| {
        let (opening, entries) = match page {
            1 => (0, &["BY-HAND-1", "BY-HAND-2", "BY-HAND-11"][..]),
            _ => (300, &["BY-HAND-12"][..]),
        };
        let one = of_entries(today, opening, entries);
        Raw(ledger::statement::Statement { page, is_last: page == 2, ..one }).to_xml().into_bytes()
    });
    let of_bank = Some(bin(BANK_1));
    for half in &two {
        assert!(matches!(import(half, of_bank).await, Err(NotTaken::NotWhole(NotWhole::Missing(_)))));
    }
    let import_all = async |pages: Vec<Vec<u8>>| {
        import_statement(&world.cx(), &system(ImportStatement { pages, bank: of_bank })).await
    };
    let wrong = vec![two[0].clone(), b"<Document/>".to_vec()];
    assert!(matches!(import_all(wrong).await, Err(NotTaken::Wrong(_))));
    let [first, second] = two;
    assert_eq!(counts(&import_all(vec![second, first]).await.unwrap()), (2, 2));
    // A statement begins where the one before it ended, or something between them is missing.
    world.clock.advance(DAY);
    let next = world.now().banking_day();
    let last: Result<_, StoreError> = cx.store.read(move |view| view.closing_before(bin(BANK_1), next)).await;
    let (of, closing) = last.unwrap().unwrap();
    assert_eq!(of, today);
    let after = |opening: i64| {
        let mut one = unsigned(next);
        one.entries[0].reference = "BY-HAND-20".parse().unwrap();
        Raw(ledger::statement::Statement { opening, closing: opening + 100, ..one }).to_xml().into_bytes()
    };
    let gap = import(&after(closing + 200), of_bank).await.unwrap_err();
    assert_eq!(
        gap.to_string(),
        format!(
            "opening {} ₸, the statement of {today} closed with {} ₸: what lies between them is missing",
            terms::tenge(closing + 200),
            terms::tenge(closing)
        )
    );
    assert_eq!(counts(&import(&after(closing), of_bank).await.unwrap()), (1, 1));
    let signer = world.bank_2.host.signer();
    let others = xml::dsig::sign_enveloped(&Raw(unsigned(today)), signer.as_ref()).unwrap();
    assert!(matches!(import(&others, Some(bin(BANK_1))).await, Err(NotTaken::Signer(_))));
}

struct Raw(ledger::statement::Statement);

impl xml::ToElement for Raw {
    fn write(&self, writer: &mut xml::Writer) {
        wire::iso20022::camt053::Camt053(&self.0).write(writer);
    }
}

fn unsigned(day: BankingDay) -> ledger::statement::Statement {
    let example = wire::iso20022::camt053::example();
    let mut entry = example.entries[0].clone();
    entry.reference = "BY-HAND-1".parse().unwrap();
    (entry.direction, entry.amount) = (Direction::Credit, Tiyn::tenge(1));
    (entry.booked_on, entry.value_on) = (day, day);
    ledger::statement::Statement {
        account: crate::world::SETTLEMENT_IBAN.parse().unwrap(),
        day,
        opening: 0,
        closing: 100,
        entries: vec![entry],
        ..example
    }
}

/// A statement of entries of one tenge each that came in.
fn of_entries(day: BankingDay, opening: i64, references: &[&str]) -> ledger::statement::Statement {
    let one = unsigned(day);
    let named = |reference: &&str| ledger::statement::Entry {
        reference: reference.parse().unwrap(),
        ..one.entries[0].clone()
    };
    let entries: Vec<_> = references.iter().map(named).collect();
    ledger::statement::Statement { opening, closing: opening + 100 * entries.len() as i64, entries, ..one }
}

/// Meets: C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_statement_brought_late_has_to_stand_between_those_that_are_kept() {
    let world = World::start().await;
    let cx = world.cx();
    let today = world.now().banking_day();
    let yesterday = today.previous();
    let import = async |day: BankingDay, opening: i64, entries: &[&str]| {
        let pages = vec![files::statement_csv(&of_entries(day, opening, entries))];
        let bank = Some(bin(BANK_1));
        import_statement(&cx, &system(ImportStatement { pages, bank })).await
    };
    let kept = async || {
        let all: Result<_, StoreError> = cx.store.read(|view| view.statement_entries(None, 100)).await;
        all.unwrap().len()
    };
    assert_eq!(import(today, 500, &["A-1", "A-2"]).await.unwrap().new, 2);
    // Of the day before: it has to end with what today began with, with entries or without.
    for (opening, entries) in [(500, &["B-1"][..]), (300, &["B-1"]), (400, &[]), (0, &[])] {
        let refused = import(yesterday, opening, entries).await.unwrap_err();
        let closing = opening + 100 * entries.len() as i64;
        let words = format!(
            "closing {} ₸, the statement of {today} opened with 5.00 ₸: what lies between them is missing",
            terms::tenge(closing)
        );
        assert_eq!(refused.to_string(), words);
    }
    assert_eq!(kept().await, 2, "nothing of what was refused is kept");
    assert_eq!(import(yesterday, 500, &[]).await.unwrap(), Taken::default());
    assert_eq!(import(yesterday, 400, &["B-1"]).await.unwrap().new, 1);
    // Of the same day: it has all that is known of it, and began as it did.
    let refused = import(today, 500, &["A-1", "A-3"]).await.unwrap_err();
    let words = format!("the entry A-2 of 1.00 that an earlier statement of {today} had is missing");
    assert_eq!(refused.to_string(), words);
    assert!(matches!(import(today, 500, &[]).await, Err(NotTaken::Lacks { .. })));
    let refused = import(yesterday, 300, &["B-1", "B-2"]).await.unwrap_err();
    let words =
        format!("opening 3.00 ₸, an earlier statement of the same day {yesterday} opened with 4.00 ₸");
    assert_eq!(refused.to_string(), words);
    // One without entries has to begin where the one before it ended too.
    world.clock.advance(DAY);
    assert!(matches!(import(today.next(), 600, &[]).await, Err(NotTaken::Gap { .. })));
    assert_eq!(kept().await, 3);
    assert_eq!(import(today, 500, &["A-1", "A-2", "A-3"]).await.unwrap().new, 1);
    // There was no account before there was a contract.
    let before: BankingDay = "2001-01-01".parse().unwrap();
    let refused = import(before, 0, &["C-1"]).await.unwrap_err();
    assert!(matches!(refused, NotTaken::BeforeContract { day, .. } if day == before), "{refused}");
}

/// Meets: C10, C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn what_went_back_after_it_was_paid_out_is_named_as_the_debt_of_the_provider() {
    let world = World::start().await;
    let (cx, today) = (world.cx(), world.now().banking_day());
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let code = Client::of(world.bank_1.host.clone()).paid().await;
    form(&cx, today).await;
    answered(&cx).await;
    settle(&cx).await.unwrap();
    paid_out(&cx).await;
    let provider: Bin = SERVICE.2.parse().unwrap();
    assert_eq!(balance(&cx, Account::ProviderPayable(provider)).await, 0);
    let named = |document: &DayClosing| {
        let open = document.closing().open.into_iter().find(|one| one.reason == OpenReason::ProviderOverpaid);
        open.map(|one| (one.about, one.amount, one.owed))
    };
    assert_eq!(named(&close(&cx, today).await.1), None);
    grant(&world, &first, &second, code).await;
    assert_eq!(balance(&cx, Account::ProviderPayable(provider)).await, -i128::from(net(1).as_u64()));
    let (_, document) = close(&cx, today).await;
    assert_eq!(named(&document), Some((provider.to_string(), net(1), Owed::ByProvider)));
}

/// Meets: C22
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn of_a_day_without_a_contract_no_statement_is_missed() {
    let world = World::start().await;
    world.bank_1.go_down().await;
    let before: BankingDay = "2025-12-31".parse().unwrap();
    assert_eq!(reasons(&close(&world.cx(), before).await.1), [], "the contracts hold from the next day on");
    let first = reasons(&close(&world.cx(), before.next()).await.1);
    assert_eq!(first, [(OpenReason::NoStatement, Tiyn::ZERO)]);
}

/// Meets: C22, C24
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn what_is_guaranteed_is_paid_out_in_time_and_a_day_that_is_over_closes_once() {
    let world = World::with(Setup { contract_terms: "guarantee_days = 1, ", ..Setup::default() }).await;
    let (bank, cx) = (Client::of(world.bank_1.host.clone()), world.cx());
    let today = world.now().banking_day();
    world.bank_1.judges(Verdict::Accepts);
    bank.paid().await;
    form(&cx, today).await;
    answered(&cx).await;
    settle(&cx).await.unwrap();
    assert_eq!(payouts(&cx).await, [], "the bank has not paid, and has a day for it");
    let closed = async |day: BankingDay| {
        let last: Result<_, StoreError> = cx.store.read(move |view| view.last_closing(day)).await;
        last.unwrap().map(|closing: ClosingRecord| closing.revision)
    };
    world.clock.advance(DAY / 2 + 60);
    close_past_days(&cx, 10).await.unwrap();
    assert_eq!(closed(today).await, None, "a minute after midnight is too early");
    world.clock.advance(600);
    for _ in 0..2 {
        close_past_days(&cx, 10).await.unwrap();
        assert_eq!(closed(today).await, Some(1));
    }
    settle(&cx).await.unwrap();
    paid_out(&cx).await;
    let guaranteed = payouts(&cx).await;
    assert_eq!(guaranteed.len(), 1);
    assert!(guaranteed[0].is_guaranteed);
    assert_eq!((guaranteed[0].amount, guaranteed[0].to.kod.to_string().as_str()), (net(1), "17"));
    settle(&cx).await.unwrap();
    // The bank pays at last: nothing is paid out again.
    world.clock.advance(3 * DAY);
    close_past_days(&cx, 10).await.unwrap();
    assert_eq!((closed(today.next()).await, closed(today.plus_days(3)).await), (Some(1), Some(1)));
    let (_, document) = close(&cx, today).await;
    assert_eq!(reasons(&document)[0].0, OpenReason::ClaimOverdue);
    let claim = claims(&cx).await.remove(0);
    world.bank_1.books(Direction::Credit, claim.due, claim.number.as_str());
    settle(&cx).await.unwrap();
    assert_eq!(claims(&cx).await[0].open(), Tiyn::ZERO);
    assert_eq!(payouts(&cx).await.len(), 1);
}

/// Chance that is the same every time (an LCG by Knuth).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

async fn happen(
    world: &World,
    officers: &[Officer; 2],
    cx: &Arc<Cx>,
    paid: &mut Vec<(usize, PaymentCode)>,
    chance: &mut Chance,
) {
    let which = usize::try_from(chance.below(2)).unwrap();
    let standin = [&world.bank_1, &world.bank_2][which];
    let bank = Client::of(standin.host.clone());
    match chance.below(14) {
        0..=4 => paid.push((which, bank.paid().await)),
        5 if !paid.is_empty() => {
            let (of, code) = paid.swap_remove(usize::try_from(chance.below(paid.len() as u64)).unwrap());
            let bank = Client::of([&world.bank_1, &world.bank_2][of].host.clone());
            bank.ask(&bank.reverse(code)).await.unwrap();
        }
        6 => {
            disputed(&bank, 9).await;
        }
        7 => {
            let code = bank.paid().await;
            let second = with(bank.notice(code), |said| Requisites {
                bank_reference: format!("SECOND-{}", code.digits()).parse().unwrap(),
                ..said
            });
            bank.ask(&second).await.unwrap();
            paid.push((which, code));
        }
        8 => standin.books(Direction::Credit, Tiyn::tenge(4), "no number at all"),
        9 => {
            let verdicts = [Verdict::Pays("{}"), Verdict::Accepts, Verdict::DisputesFirst, Verdict::Disputes];
            standin.judges(verdicts[usize::try_from(chance.below(4)).unwrap()].clone());
            standin.pays_out(chance.below(3) > 0);
        }
        10 => {
            form(cx, world.now().banking_day()).await;
            answered(cx).await;
        }
        11 | 12 if !paid.is_empty() => {
            let (of, code) = paid.swap_remove(usize::try_from(chance.below(paid.len() as u64)).unwrap());
            let refuses = chance.below(3) == 0;
            [&world.bank_1, &world.bank_2][of].gives_back(if refuses {
                Giving::Refuses
            } else {
                Giving::Gives
            });
            let [first, second] = officers;
            grant(world, first, second, code).await;
            answer(world, code, if refuses { "refused" } else { "given-back" }).await;
        }
        _ => {
            settle(cx).await.unwrap();
            paid_out(cx).await;
        }
    }
}

/// Meets: C10, C23, C24
/// Defends: A29, A32
#[tokio::test(flavor = "multi_thread")]
async fn whatever_happens_in_whatever_order_every_day_closes() {
    let world = World::start().await;
    let cx = world.cx();
    let first = world.now().banking_day();
    let (mut chance, mut paid) = (Chance(2026), Vec::new());
    let officers = [Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2)];
    for _ in 0..3 {
        for _ in 0..14 {
            happen(&world, &officers, &cx, &mut paid, &mut chance).await;
        }
        close(&cx, world.now().banking_day()).await;
        world.clock.advance(DAY);
    }
    // Facts that came later have changed earlier days; they close again.
    for day in [first, first.next(), first.next().next()] {
        let (_, document) = close(&cx, day).await;
        for bank in &document.banks {
            assert_eq!(bank.notices, bank.journal);
        }
    }
    let postings: Result<_, StoreError> = cx.store.read(|view| view.postings_after(0, 10_000)).await;
    let postings: Vec<store::PlacedPosting> = postings.unwrap();
    let kinds: BTreeSet<PostingKind> = postings.iter().map(|placed| placed.posting.kind).collect();
    for kind in [
        PostingKind::Reversal,
        PostingKind::Surplus,
        PostingKind::Refund,
        PostingKind::RefundWithdrawn,
        PostingKind::Claim,
        PostingKind::PayoutOrder,
    ] {
        assert!(kinds.contains(&kind), "{kind} has happened: {kinds:?}");
    }
    balance(&cx, Account::Settlement(bin(BANK_2))).await;
    assert_eq!(told_again(&cx).await, ([].into(), 0), "the books are what the documents say");
}

/// The differences of the books from what the documents say, each with what should be and what is; and how many other
/// faults there are.
async fn told_again(cx: &Cx) -> (Vec<(PostingKind, Option<Tiyn>, Option<Tiyn>)>, usize) {
    let today = cx.host.now().banking_day();
    let told: Result<_, StoreError> = cx.store.read(move |view| verify_documents(view, today)).await;
    let told = told.unwrap();
    assert!(told.postings > 0);
    let named = |one: &Mismatch| (one.named().unwrap().kind, one.amounts().0, one.amounts().1);
    (told.differences.iter().map(named).collect(), told.faults.len())
}

/// Defends: A19, A32
#[tokio::test(flavor = "multi_thread")]
async fn a_changed_or_missing_posting_about_a_document_is_named_with_both_sums() {
    let mut world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (cx, today) = (world.cx(), world.now().banking_day());
    world.bank_1.judges(Verdict::Accepts);
    bank.paid().await;
    let claim = form(&cx, today).await.remove(0);
    world.bank_1.books(Direction::Credit, Tiyn::tenge(3), "Айгүл Серікқызы");
    world.bank_1.books(Direction::Credit, Tiyn::tenge(100), claim.number.as_str());
    take(&world, BANK_1).await.unwrap();
    assert_eq!(told_again(&cx).await, ([].into(), 0));
    drop(cx);
    world.stop().await;
    {
        let path = world.gateway.config.path(world.gateway.config.database.as_ref().unwrap());
        let file = store::rusqlite::Connection::open(path).unwrap();
        file.execute_batch("DROP TRIGGER posting_stays; DROP TRIGGER posting_remains").unwrap();
        let run = |sql| file.execute(sql, []).unwrap();
        assert_eq!(run("UPDATE posting SET amount = 500 WHERE kind = 'overpaid'"), 1);
        assert_eq!(run("UPDATE posting SET day = '2026-01-01' WHERE kind = 'fee'"), 1);
        // The last of all: no gap shows that it was there.
        let last = "DELETE FROM posting WHERE kind = 'reimbursement' AND id = (SELECT max(id) FROM posting)";
        assert_eq!(run(last), 1);
    }
    let (differences, faults) = told_again(&world.cx()).await;
    let fee = Some(claim.fee);
    assert_eq!(
        differences,
        [
            (PostingKind::Fee, fee, fee),
            (PostingKind::Reimbursement, Some(Tiyn::tenge(100)), None),
            (PostingKind::Overpaid, Some(Tiyn::tenge(3)), Some(Tiyn::tenge(5))),
        ]
    );
    assert_eq!(faults, 0);
}
