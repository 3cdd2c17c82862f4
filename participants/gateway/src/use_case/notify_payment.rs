//! A bank's signed notice that a code is paid (T1.22-24, T3.15-18, T4.13-16, T5.21-25).

use payment::{AttemptState, Difference, Effect, Event, Notice, Payment};
use rights::Permitted;
use terms::{Channel, Trilingual};
use wire::common::NoticeOutcome;
use wire::fault::FaultCode;
use wire::gateway::{NotifyPayment, NotifyPaymentResponse};

use crate::cx::{Answered, Cx, Work};
use crate::fault;
use crate::settings::Catalogue;

/// Keeps the notice as evidence and, where it agrees with the order, makes the code paid.
///
/// A notice is a fact: it is never refused for its age, and money is never refused at all. Only another bank than
/// the one the code was issued to, or the one the gateway itself asked, is refused (A6).
pub(crate) async fn notify_payment(cx: &Cx, request: Permitted<NotifyPayment>) -> Answered {
    let links = cx.links.clone();
    let catalogue = cx.catalogue.clone();
    cx.once(request, move |work, request| {
        let code = request.payment_code;
        let stored = work.payment(code)?;
        let bank = request.header.sender;
        let contradiction = contradiction(work, &catalogue, &stored.value, request)?;
        let notice = Notice {
            bank,
            requisites: request.requisites.clone(),
            transaction: work.transaction_number(),
            contradiction,
        };
        let change = stored
            .value
            .clone()
            .apply(Event::Notice(notice), work.now)
            .map_err(|refusal| fault::of(refusal, &stored.value))?;
        let outcome = match change.effect {
            Effect::Same => NoticeOutcome::Repeated,
            Effect::Surplus => NoticeOutcome::Surplus,
            _ => match change.payment.state() {
                payment::table::State::Disputed => NoticeOutcome::Disputed,
                payment::table::State::Reversed => NoticeOutcome::Reversed,
                _ => NoticeOutcome::Accepted,
            },
        };
        let paid = change.payment.paid().ok_or(FaultCode::Internal)?.clone();
        work.keep(stored, &change)?;
        if change.effect == Effect::Surplus {
            work.post_surplus(code, bank, &request.requisites)?;
        }
        work.journal(code, "notice", outcome.word())?;
        if change.effect == Effect::Moved {
            work.tell_portals(&links, &change.payment)?;
        }
        Ok(NotifyPaymentResponse {
            header: work.answering(&request.header),
            payment_code: code,
            outcome,
            received_at: paid.received_at,
            transaction_number: paid.transaction,
            information: information(outcome),
        })
    })
    .await
}

/// What speaks against a notice beyond the order itself: the bank's other words, and the catalogue's beneficiary.
fn contradiction(
    work: &mut Work<'_>,
    catalogue: &Catalogue,
    payment: &Payment,
    request: &NotifyPayment,
) -> Result<Option<Difference>, participant::Fault> {
    if of_other_bank_or_declined(work, payment, request)? {
        return Ok(Some(Difference::Authorisation));
    }
    let said = &request.requisites;
    let holder = work.tx.claim_operation(request.header.sender, &said.bank_reference, payment.code)?;
    if holder != payment.code {
        return Ok(Some(Difference::BankReference));
    }
    let is_ours = catalogue.find(&payment.order.service).is_none_or(|service| {
        let to = &service.beneficiary;
        said.beneficiary_iban == to.iban
            && said.beneficiary_bic == to.bic
            && (said.kbk, said.knp, said.kbe) == (to.kbk, to.knp, to.kbe)
    });
    Ok((!is_ours).then_some(Difference::Beneficiary))
}

/// A card is charged by the bank the gateway asked; what that bank says in its notice must agree with what it said
/// when it was asked (A5). Everywhere else the code was issued to the bank itself.
fn of_other_bank_or_declined(
    work: &mut Work<'_>,
    payment: &Payment,
    request: &NotifyPayment,
) -> Result<bool, participant::Fault> {
    let bank = request.header.sender;
    if payment.order.channel != Channel::Card {
        return if payment.order.issued_to == bank { Ok(false) } else { Err(fault::not_its_own()) };
    }
    let attempts = work.tx.attempts_of(payment.code)?;
    let asked: Vec<_> =
        attempts.iter().map(|stored| &stored.value).filter(|attempt| attempt.bank == bank).collect();
    if asked.is_empty() {
        return Err(fault::not_its_own());
    }
    let reference = &request.requisites.bank_reference;
    Ok(!asked.iter().any(|attempt| match attempt.state {
        AttemptState::Declined => false,
        AttemptState::Confirmed => attempt.bank_reference.as_ref() == Some(reference),
        AttemptState::Opened | AttemptState::Asked | AttemptState::Unknown => true,
    }))
}

fn information(outcome: NoticeOutcome) -> Trilingual {
    match outcome {
        NoticeOutcome::Accepted => {
            Trilingual::new("Төлем тіркелді.", "Платёж учтён.", "The payment is on record.")
        }
        NoticeOutcome::Repeated => Trilingual::new(
            "Бұл төлем бұрын тіркелген.",
            "Этот платёж уже учтён.",
            "The payment was on record already.",
        ),
        NoticeOutcome::Disputed => Trilingual::new(
            "Төлем тапсырысқа сәйкес емес. Ақша екі қызметкер шешкенше сақталады.",
            "Платёж не совпадает с заказом. Деньги хранятся до решения двух сотрудников.",
            "The payment differs from the order. The money is held until two officers settle it.",
        ),
        NoticeOutcome::Surplus => Trilingual::new(
            "Бұл код бойынша екінші төлем. Артық ақша қайтарылғанша сақталады.",
            "Второй платёж по этому коду. Лишние деньги хранятся до возврата.",
            "A second payment under this code. The surplus is held until it is given back.",
        ),
        NoticeOutcome::Reversed => Trilingual::new(
            "Төлем тіркелді және банктің кері қайтаруымен жойылды.",
            "Платёж учтён и отменён сторно банка.",
            "The payment is on record and reversed by the bank.",
        ),
    }
}
