//! What every implementation of [`Store`] keeps to. Each story takes a fresh, empty store.

use std::collections::HashMap;

use payment::{
    Attempt, AttemptKind, Closing, Difference, Disputed, Event, Life, Outcome, Paid, Payment, Refusal,
    Reversal, table::State,
};
use store::{
    EvidenceRecord, Found, JournalEntry, Outgoing, PageState, ParticipantRow, PartyRole, PaymentPage,
    ReadNote, ReadSubject, ReceiptRecord, Scope, Search, SearchCursor, Seen, Store, StoreError, Stored,
    Totals, Tx, Wanted,
};
use terms::{ApplicationNumber, BrowserDigest, MessageId, Moment, PartyNumber, PaymentCode, Tiyn};

use crate::samples::{
    attempt_id, bank, codes, desk_closing, now, operator, order, page, paid, paid_payment, participant,
    person, portal, service, ticket,
};

/// Runs every story of the contract against what the expression opens.
macro_rules! kept_by {
    ($open:expr) => {
        crate::contract::kept_by!($open;
            a_payment_in_every_state_comes_back_as_it_was
            a_code_is_taken_once
            a_save_from_an_old_version_is_a_conflict
            a_code_is_spent_once_and_only_a_spent_code_is_closed
            sixty_four_clients_close_each_code_once
            a_failing_transaction_keeps_nothing_and_harms_no_other
            payments_are_found_by_recipient_application_and_state
            payments_are_found_page_by_page_with_the_totals_of_all
            a_payer_is_found_and_a_bank_and_a_provider_find_their_own_only
            reports_count_what_was_issued_or_paid_in_a_period
            codes_expire_in_the_order_of_their_time
            an_attempt_comes_back_with_its_context_and_when_it_is_due
            a_page_comes_back_by_the_digest_of_its_token
            of_two_browsers_at_once_exactly_one_gets_the_page
            a_receipt_is_made_once
            evidence_journal_and_reads_come_back_in_their_order
            a_repeated_message_gets_its_answer_and_an_altered_one_is_seen
            the_outbox_keeps_a_message_until_it_is_acknowledged
            the_newest_row_of_the_registry_holds
            failures_and_quotas_are_counted
        );
    };
    ($open:expr; $($story:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                let (store, _folder) = $open;
                crate::contract::$story(store).await;
            }
        )*
    };
}
pub(crate) use kept_by;

/// Everything that a use case of these tests can end in.
#[derive(Debug, PartialEq)]
enum Failure {
    Store(StoreError),
    Refused(Refusal),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

async fn write<R: Send + 'static>(
    store: &impl Store,
    work: impl FnMut(&mut dyn Tx) -> Result<R, StoreError> + Send + 'static,
) -> R {
    store.transact(work).await.unwrap()
}

async fn payment_of(store: &impl Store, code: PaymentCode) -> Option<Stored<Payment>> {
    store.read(move |view| view.payment(code)).await.unwrap_or_else(|error: StoreError| panic!("{error}"))
}

fn application(text: &str) -> ApplicationNumber {
    text.parse().unwrap()
}

fn every_life() -> Vec<Life> {
    let ticketed = Paid { ticket: Some(ticket(1)), ..paid() };
    let reversal = reversal();
    vec![
        Life::Issued,
        Life::Void,
        Life::Paid(paid()),
        Life::Paid(ticketed),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Amount }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Service }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Recipient }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Beneficiary }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Channel }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::Authorisation }),
        Life::Disputed(Disputed { paid: paid(), differs_in: Difference::RefundRefused }),
        Life::Bound(paid(), application("app-1"), now()),
        Life::Reversed(paid(), reversal),
        Life::Refunded(paid(), now()),
        Life::Closed(paid(), Closing::Delivered(application("app-1")), now()),
        Life::Closed(paid(), desk_closing(2), now()),
    ]
}

fn reversal() -> Reversal {
    Reversal {
        bank: bank(),
        bank_reference: "ref-1".parse().unwrap(),
        amount: Tiyn::tenge(1725),
        reversed_at: now(),
    }
}

/// Meets: T1.22, T3.15-16
pub(crate) async fn a_payment_in_every_state_comes_back_as_it_was(store: impl Store) {
    for (code, life) in codes(1, 100).into_iter().zip(every_life()) {
        for (parked_reversal, refusals) in [(None, 0), (Some(reversal()), 2)] {
            let issued = Payment::issue(code, order());
            let after = Payment { life: life.clone(), parked_reversal, refusals, ..issued.clone() };
            let expected = after.clone();
            write(&store, move |tx| {
                let before = match tx.payment(code)? {
                    Some(before) => before,
                    None => {
                        tx.insert_payment(&issued)?;
                        Stored { value: issued.clone(), version: 1 }
                    }
                };
                if let (Life::Closed(_, how, at), Life::Issued) = (&after.life, &before.value.life) {
                    tx.spend(code, how, *at)?;
                }
                tx.save_payment(&before.with(after.clone()))
            })
            .await;
            assert_eq!(payment_of(&store, code).await.unwrap().value, expected);
        }
    }
}

/// Meets: C2.11
pub(crate) async fn a_code_is_taken_once(store: impl Store) {
    let code = codes(2, 1)[0];
    write(&store, move |tx| tx.insert_payment(&paid_payment(code))).await;
    // The transaction goes on after the refusal, so that another code can be drawn.
    let other = codes(3, 1)[0];
    write(&store, move |tx| {
        assert_eq!(tx.insert_payment(&Payment::issue(code, order())), Err(StoreError::Taken));
        tx.insert_payment(&Payment::issue(other, order()))
    })
    .await;
    assert_eq!(payment_of(&store, code).await.unwrap().value, paid_payment(code));
    assert_eq!(payment_of(&store, other).await.unwrap().version, 1);
}

pub(crate) async fn a_save_from_an_old_version_is_a_conflict(store: impl Store) {
    let code = codes(4, 1)[0];
    write(&store, move |tx| tx.insert_payment(&Payment::issue(code, order()))).await;
    let seen = payment_of(&store, code).await.unwrap();
    let void = seen.with(Payment { life: Life::Void, ..seen.value.clone() });
    let again = void.clone();
    write(&store, move |tx| tx.save_payment(&void)).await;
    let late = store.transact(move |tx| tx.save_payment(&again)).await;
    assert_eq!(late, Err(StoreError::Conflict));
    let nobody = Stored { value: paid_payment(codes(5, 1)[0]), version: 1 };
    assert_eq!(store.transact(move |tx| tx.save_payment(&nobody)).await, Err(StoreError::Conflict));
}

/// Defends: A1
pub(crate) async fn a_code_is_spent_once_and_only_a_spent_code_is_closed(store: impl Store) {
    let code = codes(6, 1)[0];
    let closed = move |stored: &Stored<Payment>| {
        stored.with(Payment { life: Life::Closed(paid(), desk_closing(1), now()), ..stored.value.clone() })
    };
    write(&store, move |tx| tx.insert_payment(&paid_payment(code))).await;
    let early = store
        .transact(move |tx| {
            let stored = tx.payment(code)?.expect("inserted");
            tx.save_payment(&closed(&stored))
        })
        .await;
    assert_eq!(early, Err(StoreError::NotSpent));
    write(&store, move |tx| {
        let stored = tx.payment(code)?.expect("inserted");
        tx.spend(code, &desk_closing(1), now())?;
        tx.save_payment(&closed(&stored))
    })
    .await;
    let twice = store.transact(move |tx| tx.spend(code, &desk_closing(2), now())).await;
    assert_eq!(twice, Err(StoreError::AlreadySpent));
    let reopened = store
        .transact(move |tx| {
            let stored = tx.payment(code)?.expect("inserted");
            tx.save_payment(&stored.with(paid_payment(code)))
        })
        .await;
    assert_eq!(reopened, Err(StoreError::AlreadySpent));
}

/// Two channels, sixty-four clients, the same codes: the portal binds and delivers, the desk inquires and
/// closes. Every second client decides on what it read in an earlier transaction.
///
/// Meets: C2.11, T6.post, T7.post
/// Defends: A1
pub(crate) async fn sixty_four_clients_close_each_code_once(store: impl Store) {
    const CLIENTS: u8 = 64;
    const CODES: usize = 200;
    let all = codes(7, CODES);
    let to_insert = all.clone();
    write(&store, move |tx| to_insert.iter().try_for_each(|code| tx.insert_payment(&paid_payment(*code))))
        .await;
    let clients = (0..CLIENTS).map(|client| {
        let (store, mut all) = (store.clone(), all.clone());
        all.rotate_left(usize::from(client) * 7 % CODES);
        tokio::spawn(async move {
            let mut won = Vec::new();
            for code in all {
                if close_somehow(&store, code, client).await {
                    won.push(code);
                }
            }
            won
        })
    });
    let mut wins: HashMap<PaymentCode, u32> = HashMap::new();
    for client in clients.collect::<Vec<_>>() {
        client.await.unwrap().into_iter().for_each(|code| *wins.entry(code).or_default() += 1);
    }
    assert_eq!(wins.len(), CODES);
    assert!(wins.values().all(|wins| *wins == 1));
    for code in all {
        assert_eq!(payment_of(&store, code).await.unwrap().value.state(), State::Closed);
    }
}

/// Whether this very client closed the code.
async fn close_somehow(store: &impl Store, code: PaymentCode, client: u8) -> bool {
    let seen = payment_of(store, code).await.unwrap();
    let stale = (client % 4 >= 2).then_some(seen);
    let outcome = store
        .transact(move |tx| {
            let stored = match &stale {
                Some(seen) => seen.clone(),
                None => tx.payment(code)?.expect("inserted before"),
            };
            let step = |payment: Payment, event| {
                let change = payment.apply(event, now()).map_err(Failure::Refused)?;
                // A repeat by another client of the same name would be no success of this one.
                if change.effect == payment::Effect::Same {
                    Err(Failure::Refused(Refusal::Used))
                } else {
                    Ok(change.payment)
                }
            };
            let payment = close_steps(client).into_iter().try_fold(stored.value.clone(), step)?;
            let Life::Closed(_, how, at) = &payment.life else { unreachable!("the steps end in closed") };
            tx.spend(code, how, *at)?;
            tx.save_payment(&stored.with(payment.clone()))?;
            Ok::<_, Failure>(())
        })
        .await;
    match outcome {
        Ok(()) => true,
        Err(Failure::Refused(_) | Failure::Store(StoreError::Conflict | StoreError::AlreadySpent)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

fn close_steps(client: u8) -> [Event; 2] {
    let number = application(&format!("app-{client}"));
    let service = order().service;
    if client.is_multiple_of(2) {
        let recipient = person().number;
        [
            Event::Bind { application: number.clone(), recipient, service },
            Event::Delivered { application: number },
        ]
    } else {
        let ticket = ticket(client).id;
        [
            Event::Inquire { ticket, operator: operator(), service },
            Event::CloseAtDesk { ticket, operator: operator() },
        ]
    }
}

pub(crate) async fn a_failing_transaction_keeps_nothing_and_harms_no_other(store: impl Store) {
    let all = codes(8, 300);
    let writes = all.iter().enumerate().map(|(place, code)| {
        let (store, code) = (store.clone(), *code);
        tokio::spawn(async move {
            store
                .transact(move |tx| {
                    tx.insert_payment(&paid_payment(code))?;
                    match place % 3 {
                        0 => Ok(()),
                        1 => Err(StoreError::Conflict),
                        _ => panic!("as a defect would"),
                    }
                })
                .await
        })
    });
    for (place, write) in writes.collect::<Vec<_>>().into_iter().enumerate() {
        let expected = [Ok(()), Err(StoreError::Conflict), Err(StoreError::Panicked)];
        assert_eq!(write.await.unwrap(), expected[place % 3]);
    }
    for (place, code) in all.into_iter().enumerate() {
        assert_eq!(payment_of(&store, code).await.is_some(), place % 3 == 0);
    }
}

pub(crate) async fn payments_are_found_by_recipient_application_and_state(store: impl Store) {
    let all = codes(9, 3);
    let inserted = all.clone();
    write(&store, move |tx| {
        for (place, code) in inserted.iter().enumerate() {
            let mut order = order();
            order.issued_at = now().plus_seconds(place as i64);
            order.application = (place == 0).then(|| application("app-0"));
            let life = if place == 1 {
                Life::Bound(paid(), application("app-0"), now())
            } else {
                Life::Paid(paid())
            };
            tx.insert_payment(&Payment { life, ..Payment::issue(*code, order) })?;
        }
        Ok(())
    })
    .await;
    let (recipient, bound, limited) = store
        .read(|view| {
            Ok::<_, StoreError>((
                view.payments_of_recipient(person().number, 10)?,
                view.payments_of_application(&application("app-0"), 10)?,
                view.payments_of_recipient(person().number, 1)?,
            ))
        })
        .await
        .unwrap();
    let found = |list: Vec<Stored<Payment>>| list.iter().map(|stored| stored.value.code).collect::<Vec<_>>();
    assert_eq!(found(recipient), [all[2], all[1], all[0]]);
    assert_eq!(found(bound), [all[1], all[0]]);
    assert_eq!(found(limited), [all[2]]);
    let other: PartyNumber = "880101200044".parse().unwrap();
    let none = store.read(move |view| view.payments_of_recipient(other, 10)).await;
    assert_eq!(none.unwrap_or_else(|error: StoreError| panic!("{error}")), []);
}

/// A payment counts where it was issued or paid, whichever of the two lies in the period.
///
/// Meets: C11.1
pub(crate) async fn reports_count_what_was_issued_or_paid_in_a_period(store: impl Store) {
    let drawn = codes(8, 2);
    let [first, second] = [drawn[0], drawn[1]];
    let issued = Payment::issue(first, order());
    let paid = paid_payment(second);
    let (unpaid, vouched) = (issued.clone(), paid.clone());
    write(&store, move |tx| {
        tx.insert_payment(&unpaid)?;
        tx.insert_payment(&vouched)
    })
    .await;
    let at = paid.paid().unwrap().requisites.paid_at;
    let counted = |from: Moment, until: Moment| {
        let store = store.clone();
        async move {
            store
                .read(move |view| {
                    let mut states = Vec::new();
                    view.report_facts(from, until, &mut |fact| {
                        states.push((fact.state.name(), fact.paid.as_ref().map(|paid| paid.amount)));
                    })?;
                    states.sort_unstable();
                    Ok::<_, StoreError>(states)
                })
                .await
                .unwrap()
        }
    };
    let price = issued.order.amount;
    let all = counted(at.plus_seconds(-86_400), at.plus_seconds(86_400)).await;
    assert_eq!(all, [("issued", None), ("paid", Some(price))]);
    assert_eq!(counted(at.plus_seconds(86_400), at.plus_seconds(2 * 86_400)).await, []);
    assert_eq!(counted(at, at.plus_seconds(1)).await.last(), Some(&("paid", Some(price))));
}

pub(crate) async fn codes_expire_in_the_order_of_their_time(store: impl Store) {
    let all = codes(10, 4);
    let inserted = all.clone();
    write(&store, move |tx| {
        for (place, code) in inserted.iter().enumerate() {
            let order = payment::Order { issued_at: now().plus_seconds(-(place as i64)), ..order() };
            tx.insert_payment(&Payment::issue(*code, order))?;
        }
        let paid = Stored { value: paid_payment(inserted[3]), version: 1 };
        tx.save_payment(&paid)
    })
    .await;
    let at = |moment: Moment| {
        let store = store.clone();
        async move {
            store
                .read(move |view| view.codes_to_expire(moment, 10))
                .await
                .unwrap_or_else(|error: StoreError| panic!("{error}"))
        }
    };
    let day = now().plus_seconds(payment::UNPAID_SECONDS);
    assert_eq!(at(day.plus_seconds(-3)).await, []);
    assert_eq!(at(day.plus_seconds(-1)).await, [all[2], all[1]]);
    assert_eq!(at(day).await, [all[2], all[1], all[0]]);
}

/// Defends: A9
pub(crate) async fn an_attempt_comes_back_with_its_context_and_when_it_is_due(store: impl Store) {
    let id = attempt_id(1);
    let mut attempt =
        Attempt::open(id.clone(), AttemptKind::Card, bank(), Tiyn::tenge(5), Some(codes(11, 1)[0]), now());
    let opened = attempt.clone();
    write(&store, move |tx| tx.insert_attempt(&opened, Some("{\"page\":1}"))).await;
    attempt.ask(now());
    attempt.learn(Outcome::Silent);
    let asked = Stored { value: attempt.clone(), version: 1 };
    write(&store, move |tx| tx.save_attempt(&asked)).await;
    let late = Stored { value: attempt.clone(), version: 1 };
    assert_eq!(store.transact(move |tx| tx.save_attempt(&late)).await, Err(StoreError::Conflict));
    let look = move |moment: Moment| {
        let (store, id) = (store.clone(), id.clone());
        async move {
            let all = store.read(move |view| {
                Ok::<_, StoreError>((
                    view.attempt(&id)?,
                    view.attempt_context(&id)?,
                    view.attempts_due(moment, 10)?.len(),
                    view.open_items(moment)?.len(),
                ))
            });
            all.await.unwrap()
        }
    };
    let (stored, context, due, open) = look(now().plus_seconds(4)).await;
    assert_eq!(stored, Some(Stored { value: attempt, version: 2 }));
    assert_eq!((context.as_deref(), due, open), (Some("{\"page\":1}"), 0, 0));
    let (.., due, open) = look(now().plus_seconds(5)).await;
    assert_eq!((due, open), (1, 0));
    let (.., open) = look(now().plus_seconds(payment::OPEN_ITEM_AFTER_SECONDS)).await;
    assert_eq!(open, 1);
}

pub(crate) async fn a_page_comes_back_by_the_digest_of_its_token(store: impl Store) {
    let page = page([9; 32]);
    let inserted = page.clone();
    write(&store, move |tx| tx.insert_page(&inserted)).await;
    for state in PageState::ALL {
        let after =
            PaymentPage { state, attempt: Some(attempt_id(3)), code: Some(codes(12, 1)[0]), ..page.clone() };
        let expected = after.clone();
        write(&store, move |tx| {
            let stored = tx.page(&[9; 32])?.expect("inserted");
            tx.save_page(&stored.with(after.clone()))
        })
        .await;
        let found = store
            .read(|view| Ok::<_, StoreError>((view.page(&[9; 32])?, view.page_of_attempt(&attempt_id(3))?)));
        let (by_token, by_attempt) = found.await.unwrap();
        assert_eq!(by_token.as_ref().map(|stored| &stored.value), Some(&expected));
        assert_eq!(by_token, by_attempt);
    }
    let late = Stored { value: page, version: 1 };
    assert_eq!(store.transact(move |tx| tx.save_page(&late)).await, Err(StoreError::Conflict));
}

/// Defends: A15
pub(crate) async fn of_two_browsers_at_once_exactly_one_gets_the_page(store: impl Store) {
    let browser = |first: u8, second: u8| {
        let mut octets = [first; 32];
        octets[31] = second;
        BrowserDigest::from_bytes(octets)
    };
    for number in 0..50 {
        let token = [number; 32];
        write(&store, move |tx| tx.insert_page(&page(token))).await;
        let ask = |who: BrowserDigest| {
            let store = store.clone();
            tokio::spawn(async move {
                let bound = store.transact(move |tx| tx.bind_page(&token, who)).await;
                bound.unwrap_or_else(|error: StoreError| panic!("{error}"))
            })
        };
        let asking = [0, 1, 2, 3].map(|second| ask(browser(number, second)));
        let mut owners = Vec::new();
        for asked in asking {
            owners.push(asked.await.unwrap());
        }
        assert!(owners.iter().all(|owner| *owner == owners[0]), "all are told the same one");
        // What becomes of the page later leaves it with its browser; neither another question nor a save moves it.
        write(&store, move |tx| {
            let stored = tx.page(&token)?.expect("inserted");
            assert_eq!((stored.value.browser, stored.version), (Some(owners[0]), 2));
            let paid = PaymentPage { state: PageState::Paid, ..stored.value.clone() };
            tx.save_page(&stored.with(paid))?;
            assert_eq!(tx.bind_page(&token, browser(number, 9))?, owners[0]);
            assert_eq!(tx.bind_page(&token, owners[0])?, owners[0]);
            Ok(())
        })
        .await;
        let moved = store.transact(move |tx| {
            let stored = tx.page(&token)?.expect("inserted");
            let taken = PaymentPage { browser: Some(browser(number, 9)), ..stored.value.clone() };
            tx.save_page(&stored.with(taken))
        });
        let moved: Result<(), StoreError> = moved.await;
        assert!(moved.is_err(), "a page moves from one browser to another");
    }
    let nowhere = store.transact(|tx| tx.bind_page(&[99; 32], BrowserDigest::from_bytes([1; 32]))).await;
    assert_eq!(nowhere, Err(StoreError::Conflict));
}

const ALL: Search = Search { wanted: Wanted::Any, scope: Scope::Everything, state: None, issued: None };

async fn found(store: &impl Store, search: Search, after: Option<SearchCursor>, limit: usize) -> Found {
    let found = store.read(move |view| view.search(&search, after, limit)).await;
    found.unwrap_or_else(|error: StoreError| panic!("{error}"))
}

/// Meets: C10
pub(crate) async fn payments_are_found_page_by_page_with_the_totals_of_all(store: impl Store) {
    let codes = codes(51, 25);
    let kept = codes.clone();
    write(&store, move |tx| {
        for (place, code) in (0..).zip(&kept) {
            // Several at one moment, so that the code decides their order.
            let issued_at = now().plus_seconds(place / 3);
            let order = payment::Order { issued_at, ..order() };
            if place % 2 == 0 {
                let paid = Paid { ..paid() };
                tx.insert_payment(&Payment::born_paid(*code, order, paid))?;
                tx.claim_operation(bank(), &format!("ref-{place}").parse().unwrap(), *code)?;
            } else {
                tx.insert_payment(&Payment::issue(*code, order))?;
            }
        }
        tx.claim_operation(portal(), &"ref-2".parse().unwrap(), kept[4]).map(drop)
    })
    .await;
    let price = Tiyn::tenge(1725).as_u64();
    let totals = Totals { count: 25, priced: 25 * price, paid_count: 13, paid: 13 * price };
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = found(&store, ALL, after, 7).await;
        assert_eq!(page.totals, totals, "the same on every page");
        seen.extend(page.payments.iter().map(|payment| (payment.order.issued_at, payment.code)));
        after = page.next;
        if after.is_none() {
            break;
        }
        assert_eq!(page.payments.len(), 7);
    }
    assert_eq!(seen.len(), 25, "each once");
    assert!(seen.is_sorted_by(|before, after| before > after), "the last issued first");

    let by = |wanted: Wanted| Search { wanted, ..ALL };
    let codes_by = async |search: Search| -> Vec<PaymentCode> {
        found(&store, search, None, 100).await.payments.iter().map(|payment| payment.code).collect()
    };
    assert_eq!(codes_by(by(Wanted::Code(codes[3]))).await, [codes[3]]);
    let reference = |bank, text: &str| by(Wanted::Reference(bank, text.parse().unwrap()));
    assert_eq!(codes_by(reference(Some(bank()), "ref-2")).await, [codes[2]]);
    assert_eq!(codes_by(reference(Some(portal()), "ref-2")).await, [codes[4]]);
    let mut of_any = codes_by(reference(None, "ref-2")).await;
    of_any.sort();
    let mut both = [codes[2], codes[4]];
    both.sort();
    assert_eq!(of_any, both);
    assert!(codes_by(reference(None, "ref-1")).await.is_empty());
    let second = (now().plus_seconds(1), now().plus_seconds(2));
    let mut paid_then = codes_by(Search { state: Some(State::Paid), issued: Some(second), ..ALL }).await;
    paid_then.sort();
    assert_eq!(paid_then, [codes[4]], "of three issued in that second one is paid");
}

/// Defends: A6
pub(crate) async fn a_payer_is_found_and_a_bank_and_a_provider_find_their_own_only(store: impl Store) {
    let codes = codes(52, 3);
    let payer = terms::Party { number: "700707100057".parse().unwrap(), name: "Серік".parse().unwrap() };
    let other: terms::Bin = "500440002014".parse().unwrap();
    let (kept, said_payer) = (codes.clone(), payer.clone());
    write(&store, move |tx| {
        let requisites = terms::Requisites { payer: said_payer.clone(), ..crate::samples::requisites() };
        // One that another bank issued and this one took; one of another provider; one not paid.
        let elsewhere = payment::Order { issued_to: other, ..order() };
        tx.insert_payment(&Payment::born_paid(kept[0], elsewhere, Paid { requisites, ..paid() }))?;
        tx.insert_payment(&Payment::issue(kept[1], payment::Order { provider: other, ..order() }))?;
        tx.insert_payment(&Payment::issue(kept[2], payment::Order { issued_to: other, ..order() }))
    })
    .await;
    let codes_by = async |wanted: Wanted, scope: Scope| -> Vec<PaymentCode> {
        let search = Search { wanted, scope, ..ALL };
        let mut all: Vec<PaymentCode> =
            found(&store, search, None, 100).await.payments.iter().map(|payment| payment.code).collect();
        all.sort();
        all
    };
    let sorted = |mut some: Vec<PaymentCode>| {
        some.sort();
        some
    };
    let party = |number, role| Wanted::Party(number, role);
    let everything = Scope::Everything;
    assert_eq!(codes_by(party(payer.number, PartyRole::Payer), everything).await, [codes[0]]);
    assert!(codes_by(party(payer.number, PartyRole::Recipient), everything).await.is_empty());
    assert_eq!(codes_by(party(payer.number, PartyRole::Either), everything).await, [codes[0]]);
    assert!(codes_by(party(person().number, PartyRole::Payer), everything).await.is_empty());
    assert_eq!(codes_by(party(person().number, PartyRole::Either), everything).await, sorted(codes.clone()));
    assert_eq!(codes_by(Wanted::Any, Scope::Bank(bank())).await, sorted(vec![codes[0], codes[1]]));
    assert_eq!(codes_by(Wanted::Any, Scope::Bank(other)).await, sorted(vec![codes[0], codes[2]]));
    assert_eq!(codes_by(Wanted::Any, Scope::Provider(other)).await, [codes[1]]);
    assert!(codes_by(Wanted::Code(codes[0]), Scope::Provider(other)).await.is_empty(), "not its own");
    assert!(codes_by(party(person().number, PartyRole::Payer), Scope::Bank(bank())).await.is_empty());
    // What becomes paid later is found by its payer from then on.
    let code = codes[2];
    write(&store, move |tx| {
        let stored = tx.payment(code)?.expect("inserted");
        tx.save_payment(&stored.with(Payment { life: Life::Paid(paid()), ..stored.value.clone() }))
    })
    .await;
    assert_eq!(codes_by(party(person().number, PartyRole::Payer), everything).await, [codes[2]]);
}

/// Meets: T1.28-30
pub(crate) async fn a_receipt_is_made_once(store: impl Store) {
    let code = codes(13, 1)[0];
    let receipt = ReceiptRecord {
        code,
        token_digest: [4; 32],
        signed: b"<receipt/>".to_vec(),
        pdf: None,
        made_at: now(),
    };
    let (first, second) = (receipt.clone(), ReceiptRecord { token_digest: [5; 32], ..receipt.clone() });
    write(&store, move |tx| {
        tx.insert_payment(&paid_payment(code))?;
        tx.insert_receipt(&first)
    })
    .await;
    assert_eq!(store.transact(move |tx| tx.insert_receipt(&second)).await, Err(StoreError::Taken));
    let found = store
        .read(move |view| {
            Ok::<_, StoreError>((
                view.receipt(code)?,
                view.receipt_by_token(&[4; 32])?,
                view.receipt_by_token(&[5; 32])?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(found, (Some(receipt.clone()), Some(receipt), None));
}

/// Meets: T1.23, T3.17
pub(crate) async fn evidence_journal_and_reads_come_back_in_their_order(store: impl Store) {
    let code = codes(14, 1)[0];
    let evidence = |number: u8| EvidenceRecord {
        about: Some(code),
        kind: "NotifyPayment in".to_owned(),
        octets: vec![number; 100],
        certificate: vec![1, 2, 3],
        crl_number: 17,
        checked_by: number.is_multiple_of(2).then(|| format!("list 17, delta {number}")),
        at: now(),
        content_hash: [number; 32],
    };
    let entry = |event: &str| JournalEntry {
        about: code,
        at: now(),
        event: event.to_owned(),
        actor: bank().to_string(),
        detail: "ref-1".to_owned(),
    };
    let note = |subject| ReadNote {
        at: now(),
        actor: "auditor".to_owned(),
        subject,
        fields: "recipient.name".to_owned(),
        reason: "claim 12".to_owned(),
    };
    let of_payment = note(ReadSubject::Payment(code));
    let expected =
        (vec![evidence(1), evidence(2)], vec![entry("issued"), entry("paid")], vec![of_payment.clone()]);
    let kept = expected.clone();
    write(&store, move |tx| {
        kept.0.iter().try_for_each(|evidence| tx.keep_evidence(evidence))?;
        kept.1.iter().try_for_each(|entry| tx.journal(entry))?;
        tx.note_read(&note(ReadSubject::Party(person().number)))?;
        tx.note_read(&of_payment)
    })
    .await;
    let found = store
        .read(move |view| {
            Ok::<_, StoreError>((view.evidence_of(code)?, view.timeline(code)?, view.reads_of(code)?))
        })
        .await;
    assert_eq!(found, Ok(expected));
}

/// Defends: A3
pub(crate) async fn a_repeated_message_gets_its_answer_and_an_altered_one_is_seen(store: impl Store) {
    let id = MessageId::from_bytes([1; 16]);
    let seen = |hash: [u8; 32]| {
        let store = store.clone();
        async move {
            store
                .read(move |view| view.received(bank(), id, &hash))
                .await
                .unwrap_or_else(|error: StoreError| panic!("{error}"))
        }
    };
    assert_eq!(seen([1; 32]).await, Seen::New);
    write(&store, move |tx| tx.keep_received(bank(), id, &[1; 32], "<Accepted/>", now())).await;
    assert_eq!(seen([1; 32]).await, Seen::Repeat("<Accepted/>".to_owned()));
    assert_eq!(seen([2; 32]).await, Seen::Altered);
    let again = store.transact(move |tx| tx.keep_received(bank(), id, &[1; 32], "<Other/>", now())).await;
    assert_eq!(again, Err(StoreError::Taken));
    // The same id of another signer is another message.
    write(&store, move |tx| tx.keep_received(portal(), id, &[1; 32], "<Accepted/>", now())).await;
}

pub(crate) async fn the_outbox_keeps_a_message_until_it_is_acknowledged(store: impl Store) {
    let message = Outgoing {
        id: MessageId::from_bytes([2; 16]),
        to: portal(),
        operation: "PaymentNotified".to_owned(),
        body: "<PaymentNotified/>".to_owned(),
        about: Some(codes(15, 1)[0].digits()),
        created_at: now(),
    };
    let (id, told) = (message.id, message.clone());
    write(&store, move |tx| tx.tell(&told)).await;
    let told = message.clone();
    assert_eq!(store.transact(move |tx| tx.tell(&told)).await, Err(StoreError::Taken));
    let state = |moment: Moment| {
        let store = store.clone();
        async move {
            let read = store
                .read(move |view| Ok::<_, StoreError>((view.outbox_due(moment, 10)?, view.outbox_depth()?)));
            read.await.unwrap()
        }
    };
    let (due, depth) = state(now()).await;
    assert_eq!((due[0].message.clone(), due[0].tries, depth), (message, 0, 1));
    write(&store, move |tx| tx.fail(id, "connection refused", now().plus_seconds(5))).await;
    let (due, depth) = state(now().plus_seconds(4)).await;
    assert_eq!((due.len(), depth), (0, 1));
    let (due, _) = state(now().plus_seconds(5)).await;
    assert_eq!((due[0].tries, due[0].last_error.as_deref()), (1, Some("connection refused")));
    write(&store, move |tx| tx.acknowledge(id, b"<signed/>", now())).await;
    let (due, depth) = state(now().plus_seconds(5)).await;
    assert_eq!((due.len(), depth), (0, 0));
}

pub(crate) async fn the_newest_row_of_the_registry_holds(store: impl Store) {
    let participant = participant();
    let changed = ParticipantRow {
        endpoints: Vec::new(),
        return_url: Some("https://portal.example/back".to_owned()),
        valid_until: Some(now().plus_seconds(60)),
        ..participant.clone()
    };
    let service = service();
    for row in [participant, changed.clone()] {
        let expected = row.clone();
        write(&store, move |tx| tx.insert_participant(&row)).await;
        let found = store.read(|view| view.participant(bank())).await;
        assert_eq!(found.unwrap_or_else(|error: StoreError| panic!("{error}")), Some(expected));
    }
    let kept = service.clone();
    write(&store, move |tx| tx.insert_service(&kept)).await;
    let found = store
        .read(|view| {
            Ok::<_, StoreError>((view.participants()?, view.services()?, view.service(&order().service)?))
        })
        .await;
    assert_eq!(found, Ok((vec![changed], vec![service.clone()], Some(service))));
}

/// Defends: A11, A30
pub(crate) async fn failures_and_quotas_are_counted(store: impl Store) {
    let failures = |since: Moment| {
        let store = store.clone();
        async move {
            let read = store.read(move |view| view.failures_since("iin:85…", since));
            read.await.unwrap_or_else(|error: StoreError| panic!("{error}"))
        }
    };
    for second in 0..5 {
        write(&store, move |tx| tx.note_failure("iin:85…", now().plus_seconds(second))).await;
    }
    write(&store, move |tx| tx.note_failure("iin:other", now())).await;
    assert_eq!((failures(now()).await, failures(now().plus_seconds(3)).await), (5, 2));
    write(&store, move |tx| tx.forget_failures(now().plus_seconds(4))).await;
    assert_eq!(failures(now()).await, 1);

    for used in 1..=3 {
        assert_eq!(write(&store, move |tx| tx.use_quota(bank(), now())).await, used);
    }
    assert_eq!(write(&store, move |tx| tx.use_quota(bank(), now().plus_seconds(3600))).await, 1);
    let used = store.read(|view| {
        Ok::<_, StoreError>((view.quota_used(bank(), now())?, view.quota_used(portal(), now())?))
    });
    assert_eq!(used.await, Ok((3, 0)));
}
