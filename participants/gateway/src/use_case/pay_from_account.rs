//! Payment from a bank account on the gateway's own page (T2.9-18).
//!
//! Two transactions around one call: the intent before, the outcome after. The code is born with the bank's signed
//! confirmation (T2.17), which is the evidence of the payment. An answer that is missing is asked for again, under
//! the same attempt, by [`crate::jobs`]; never is the account debited anew.

use participant::{CallFailure, Fault};
use payment::{Attempt, AttemptKind, Order, Outcome, Paid, Payment};
use rights::{Permitted, SystemJob};
use serde::{Deserialize, Serialize};
use store::{EvidenceRecord, PageState, PaymentPage, StoreError};
use terms::{
    AttemptId, BankReference, Bin, BrowserDigest, Channel, Iban, Moment, OneTimeToken, PartyNumber,
    PaymentCode, Requisites, Tiyn, Trilingual,
};
use wire::bank::{DebitAccount, DebitAccountResponse, InquireAttempt, InquireAttemptResponse};
use wire::common::{DebitOutcome, DebitState, Service};
use wire::fault::FaultCode;

use crate::contracts;
use crate::cx::{Cx, Work};
use crate::use_case::card_page::{Standing, begin};

/// КОд of a resident household.
pub(crate) const HOUSEHOLD: &str = "19";

/// КОд of a resident private company.
const COMPANY: &str = "17";

/// What a person enters on the account page.
pub(crate) struct PayFromAccount {
    /// The page.
    pub token: OneTimeToken,
    /// The browser it is confirmed in.
    pub browser: BrowserDigest,
    /// The bank chosen (T2.9).
    pub bank: Bin,
    /// The account (T2.10).
    pub account: Iban,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AccountPaid {
    /// Paid; the code is born.
    Paid(PaymentCode),
    /// The bank refused: its code and its own line (T2.14). No money was taken.
    Refused(Option<String>, Option<Trilingual>),
    /// Not known yet.
    Unknown,
}

/// What is kept with an attempt so that it can be concluded by whoever learns its outcome.
#[derive(Serialize, Deserialize)]
struct Context {
    account: String,
}

/// What a bank said about a debit.
enum Said {
    Debited { reference: BankReference, paid_at: Moment, commission: Tiyn, evidence: EvidenceRecord },
    Refused { code: Option<String>, text: Option<Trilingual> },
    Nothing,
}

/// Debits the account at the bank and makes the code.
///
/// # Errors
/// The page's own refusals; everything the bank says is an [`AccountPaid`].
pub(crate) async fn pay_from_account(
    cx: &Cx,
    command: &Permitted<PayFromAccount>,
) -> Result<AccountPaid, Fault> {
    let PayFromAccount { token, browser, bank, account } = command.command();
    let (token, browser, bank, account) = (token.clone(), *browser, *bank, *account);
    let context = serde_json::to_string(&Context { account: account.to_string() })
        .map_err(|error| Fault::new(FaultCode::Internal).because(error.to_string()))?;
    let catalogue = cx.catalogue.clone();
    let (attempt, page, service) = cx
        .change(command, move |work| {
            let standing = Standing::of(&*work.tx, Channel::BankAccount, &token)?.in_browser(browser)?;
            let page = standing.page.value.clone();
            let service = catalogue.find(&page.service).ok_or(FaultCode::UnknownService)?.clone();
            let today = work.now.banking_day();
            if !contracts::offers(&standing.contracts, bank, &page.service, page.amount, today) {
                return Err(FaultCode::NoContract.into());
            }
            let attempt = begin(work, standing, AttemptKind::Account, bank, Some(&context))?;
            Ok((attempt, page, service))
        })
        .await?;
    let said = debit(cx, &attempt, &page, &service, account).await;
    // The bank may have acted: what cannot be kept now is not known, and never "nothing was paid". The watchdog asks.
    Ok(conclude(cx, command, attempt.id.clone(), said).await.unwrap_or_else(|fault| {
        tracing::error!(event = "outcome-not-kept", attempt = %attempt.id, cause = %fault);
        AccountPaid::Unknown
    }))
}

async fn debit(cx: &Cx, attempt: &Attempt, page: &PaymentPage, service: &Service, account: Iban) -> Said {
    let request = DebitAccount {
        header: cx.host.header(),
        attempt: attempt.id.clone(),
        account,
        payer: page.payer.clone(),
        recipient: page.recipient.clone(),
        service: page.service.clone(),
        provider: page.provider,
        amount: page.amount,
        beneficiary: service.beneficiary.clone(),
    };
    match cx.caller.call(attempt.bank, &request).await {
        Ok(answer) => {
            let evidence = evidence("DebitAccountResponse in", answer.evidence(), answer.content_hash());
            of_debit(answer.get(), evidence)
        }
        // The bank surely has not seen it, or has surely refused it: no money moved.
        Err(CallFailure::NotSent(why)) => {
            tracing::warn!(event = "bank-not-reached", bank = %attempt.bank, why);
            Said::Refused { code: None, text: None }
        }
        Err(CallFailure::Refused(fault)) if !fault.retryable => {
            Said::Refused { code: Some(fault.code.as_str().to_owned()), text: Some(fault.message) }
        }
        Err(failure) => {
            tracing::warn!(event = "bank-silent", bank = %attempt.bank, attempt = %attempt.id, %failure);
            Said::Nothing
        }
    }
}

fn evidence(kind: &str, received: &envelope::Evidence, content_hash: [u8; 32]) -> EvidenceRecord {
    EvidenceRecord {
        about: None,
        kind: kind.to_owned(),
        octets: received.octets.to_vec(),
        certificate: received.certificate.der().to_vec(),
        crl_number: received.crl_number,
        checked_by: Some(received.checked_by.to_string()),
        at: received.received_at,
        content_hash,
    }
}

fn of_debit(answer: &DebitAccountResponse, evidence: EvidenceRecord) -> Said {
    match (answer.outcome, &answer.bank_reference, answer.paid_at) {
        (DebitOutcome::Debited, Some(reference), Some(paid_at)) => Said::Debited {
            reference: reference.clone(),
            paid_at,
            commission: answer.commission.unwrap_or(Tiyn::ZERO),
            evidence,
        },
        // A debit without its reference proves nothing; it is asked about.
        (DebitOutcome::Debited, ..) => Said::Nothing,
        (DebitOutcome::Refused, ..) => Said::Refused {
            code: answer.error_code.as_ref().map(ToString::to_string),
            text: answer.error_text.clone(),
        },
    }
}

fn of_inquiry(answer: &InquireAttemptResponse, evidence: EvidenceRecord) -> Said {
    match (answer.state, &answer.bank_reference, answer.paid_at) {
        (DebitState::Debited, Some(reference), Some(paid_at)) => Said::Debited {
            reference: reference.clone(),
            paid_at,
            commission: answer.commission.unwrap_or(Tiyn::ZERO),
            evidence,
        },
        (DebitState::Debited | DebitState::Pending, ..) => Said::Nothing,
        // A bank that never saw the attempt refuses it from now on, so that "unknown" is final.
        (DebitState::Refused | DebitState::Unknown, ..) => Said::Refused {
            code: answer.error_code.as_ref().map(ToString::to_string),
            text: answer.error_text.clone(),
        },
    }
}

/// Asks the bank what became of a silent attempt, card or account, and keeps what it says.
///
/// # Errors
/// Those of the store.
pub(crate) async fn inquire(cx: &Cx, attempt: &Attempt) -> Result<(), Fault> {
    let command = Permitted::system((), SystemJob("watchdog"));
    let id = attempt.id.clone();
    cx.change(&command, move |work| {
        let stored = work.tx.attempt(&id)?.ok_or(FaultCode::AttemptUnknown)?;
        let mut asked = stored.value.clone();
        asked.ask(work.now);
        work.tx.save_attempt(&stored.with(asked))?;
        Ok(())
    })
    .await?;
    let request = InquireAttempt { header: cx.host.header(), attempt: attempt.id.clone() };
    let said = match cx.caller.call(attempt.bank, &request).await {
        Ok(answer) => {
            let evidence = evidence("InquireAttemptResponse in", answer.evidence(), answer.content_hash());
            of_inquiry(answer.get(), evidence)
        }
        Err(failure) => {
            tracing::warn!(event = "bank-silent", bank = %attempt.bank, attempt = %attempt.id, %failure);
            Said::Nothing
        }
    };
    conclude(cx, &command, attempt.id.clone(), said).await.map(drop)
}

async fn conclude<C>(
    cx: &Cx,
    command: &Permitted<C>,
    id: AttemptId,
    said: Said,
) -> Result<AccountPaid, Fault> {
    let links = cx.links.clone();
    let catalogue = cx.catalogue.clone();
    cx.change(command, move |work| {
        let stored = work.tx.attempt(&id)?.ok_or(FaultCode::AttemptUnknown)?;
        let outcome = match &said {
            Said::Debited { reference, .. } => Outcome::Confirmed(reference.clone()),
            Said::Refused { .. } => Outcome::Declined,
            Said::Nothing => Outcome::Silent,
        };
        if stored.value.kind == AttemptKind::Card {
            // A card's code becomes paid by the bank's notice; here only the attempt is settled.
            crate::use_case::card_page::learn(work, &id, outcome)?;
            return Ok(AccountPaid::Unknown);
        }
        let mut attempt = stored.value.clone();
        let change = attempt.learn(outcome);
        // Before the page is looked up: once declined, an attempt may have made room for another one there.
        if change == payment::AttemptChange::Contradiction {
            tracing::error!(event = "bank-contradicts-itself", attempt = %id, bank = %attempt.bank);
            return Ok(AccountPaid::Unknown);
        }
        let page = work.tx.page_of_attempt(&id)?.ok_or(FaultCode::AttemptUnknown)?;
        match (change, &said, page.value.code) {
            (payment::AttemptChange::Same, _, Some(code)) => Ok(AccountPaid::Paid(code)),
            (payment::AttemptChange::Same, Said::Refused { code, text }, None) => {
                Ok(AccountPaid::Refused(code.clone(), text.clone()))
            }
            (payment::AttemptChange::Same | payment::AttemptChange::Contradiction, ..) => {
                Ok(AccountPaid::Unknown)
            }
            (
                payment::AttemptChange::Moved,
                Said::Debited { paid_at, commission, evidence, reference },
                _,
            ) => {
                let service = catalogue.find(&page.value.service).ok_or(FaultCode::UnknownService)?;
                let requisites = requisites(&page.value, service, reference.clone(), *paid_at, *commission);
                let code = born_paid(work, &page.value, requisites, attempt.bank)?;
                attempt.code = Some(code);
                work.tx.save_attempt(&stored.with(attempt.clone()))?;
                let paid = PaymentPage { code: Some(code), state: PageState::Paid, ..page.value.clone() };
                work.tx.save_page(&page.with(paid))?;
                work.tx.keep_evidence(&EvidenceRecord { about: Some(code), ..evidence.clone() })?;
                work.journal(code, "debited", reference.as_str())?;
                let payment = work.payment(code)?.value;
                work.tell_portals(&links, &payment)?;
                Ok(AccountPaid::Paid(code))
            }
            (payment::AttemptChange::Moved, Said::Refused { code, text }, _) => {
                work.tx.save_attempt(&stored.with(attempt.clone()))?;
                Ok(AccountPaid::Refused(code.clone(), text.clone()))
            }
            (payment::AttemptChange::Moved, Said::Nothing, _) => {
                work.tx.save_attempt(&stored.with(attempt.clone()))?;
                Ok(AccountPaid::Unknown)
            }
        }
    })
    .await
}

/// Makes the code of a confirmed debit (T2.17), paid from birth.
fn born_paid(
    work: &mut Work<'_>,
    page: &PaymentPage,
    requisites: Requisites,
    bank: Bin,
) -> Result<PaymentCode, Fault> {
    let order = Order {
        service: page.service.clone(),
        provider: page.provider,
        amount: page.amount,
        recipient: page.recipient.clone(),
        channel: Channel::BankAccount,
        issued_to: page.portal,
        application: page.application.clone(),
        issued_at: work.now,
    };
    let paid = Paid {
        requisites,
        bank,
        received_at: work.now,
        transaction: work.transaction_number(),
        ticket: None,
    };
    loop {
        let code = work.new_code();
        let payment = Payment::born_paid(code, order.clone(), paid.clone());
        match work.tx.insert_payment(&payment) {
            Ok(()) => {
                work.post(&Payment::issue(code, order), &payment)?;
                let reference = &paid.requisites.bank_reference;
                if work.tx.claim_operation(bank, reference, code)? != code {
                    // The money moved over the bank's signature; that its reference names two payments is for officers.
                    tracing::error!(event = "bank-reference-used-twice", bank = %bank, reference = %reference);
                }
                return Ok(code);
            }
            Err(StoreError::Taken) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn requisites(
    page: &PaymentPage,
    service: &Service,
    bank_reference: BankReference,
    paid_at: Moment,
    commission: Tiyn,
) -> Requisites {
    let kod = match page.payer.number {
        PartyNumber::Person(_) => HOUSEHOLD,
        PartyNumber::Organisation(_) => COMPANY,
    };
    let to = &service.beneficiary;
    Requisites {
        payer: page.payer.clone(),
        recipient: page.recipient.clone(),
        service: page.service.clone(),
        provider: page.provider,
        amount: page.amount,
        commission,
        beneficiary_iban: to.iban,
        beneficiary_bic: to.bic.clone(),
        kbk: to.kbk,
        knp: to.knp,
        kod: kod.parse().expect("two digits"),
        kbe: to.kbe,
        purpose: to.purpose.clone(),
        bank_reference,
        paid_at,
        channel: Channel::BankAccount,
    }
}
