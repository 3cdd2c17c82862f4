//! What the card page's process asks and tells: look up, begin, conclude, cancel (T1.12-27).
//!
//! Card data never comes here. The attempt is on record before the bank is asked and concluded after; the code becomes
//! paid by the bank's own signed notice alone, so that both of its words are on record and must agree (A5).

use ledger::contract::Contract;
use payment::{Attempt, AttemptChange, AttemptKind, AttemptState, Outcome, Payment, table::State};
use rights::Permitted;
use store::{PageState, PaymentPage, Stored, View};
use terms::{
    AttemptId, BrowserDigest, Channel, Iin, Moment, OneTimeToken, Party, PartyNumber, PaymentCode, ShortText,
};
use wire::card::{
    BeginCardPayment, BeginCardPaymentResponse, CancelCardPayment, CancelCardPaymentResponse,
    ConcludeCardPayment, ConcludeCardPaymentResponse, LookUpCardPayment, LookUpCardPaymentResponse,
};
use wire::common::{CardPageState, CardVerdict};
use wire::fault::FaultCode;

use crate::cx::{Answered, Cx, Work, address};
use crate::links::token_digest;
use crate::use_case::open_payment_page::PAGE_SECONDS;

/// How long a page shows the payment code, from the moment the payment is known here: as long as a page waits. Then the
/// person has it in the portal's cabinet and on the receipt, and a browser left alone tells it to nobody.
const CODE_SHOWN_SECONDS: i64 = PAGE_SECONDS;

/// A page with what has become of it.
pub(crate) struct Standing {
    /// The page as stored.
    pub(crate) page: Stored<PaymentPage>,
    /// Its attempt, if one was started.
    pub(crate) attempt: Option<Stored<Attempt>>,
    /// Its payment, if there is a code.
    pub(crate) payment: Option<Payment>,
    /// All contracts, where the page offers banks to choose from.
    pub(crate) contracts: Vec<Contract>,
}

impl Standing {
    /// The page of a token, whoever asks.
    pub(crate) fn of(
        view: &(impl View + ?Sized),
        channel: Channel,
        token: &OneTimeToken,
    ) -> Result<Self, participant::Fault> {
        let page = view
            .page(&token_digest(token))?
            .filter(|page| page.value.channel == channel)
            .ok_or(FaultCode::PageTokenInvalid)?;
        let attempt = match &page.value.attempt {
            Some(id) => view.attempt(id)?,
            None => None,
        };
        let payment = match page.value.code {
            Some(code) => view.payment(code)?.map(|stored| stored.value),
            None => None,
        };
        let contracts = if channel == Channel::BankAccount { view.contracts()? } else { Vec::new() };
        Ok(Self { page, attempt, payment, contracts })
    }

    /// The page for a browser that opens it: its own from now on, if it was nobody's.
    ///
    /// # Errors
    /// Where it is another's, or its time was over before anybody opened it.
    pub(crate) fn open(
        work: &mut Work<'_>,
        channel: Channel,
        token: &OneTimeToken,
        browser: BrowserDigest,
    ) -> Result<Self, participant::Fault> {
        let standing = Self::of(&*work.tx, channel, token)?;
        if standing.page.value.browser.is_some() {
            return standing.in_browser(browser);
        }
        if standing.is_too_late(work.now) {
            return Err(FaultCode::PageTokenExpired.into());
        }
        work.tx.bind_page(&token_digest(token), browser)?;
        Self::of(&*work.tx, channel, token)?.in_browser(browser)
    }

    /// The page for the browser it belongs to (A15). One that nobody has opened has no form to be sent.
    ///
    /// # Errors
    /// For every other browser, in whatever state the page is.
    pub(crate) fn in_browser(self, browser: BrowserDigest) -> Result<Self, participant::Fault> {
        if self.page.value.browser == Some(browser) {
            Ok(self)
        } else {
            Err(FaultCode::PageOfAnotherBrowser.into())
        }
    }

    /// Whether nothing was begun in time.
    fn is_too_late(&self, now: Moment) -> bool {
        self.state() == PageState::Open && now > self.page.value.expires_at
    }

    /// The code as long as the page shows it.
    pub(crate) fn shown_code(&self, now: Moment) -> Option<PaymentCode> {
        let paid = self.payment.as_ref()?.paid().filter(|_| self.state() == PageState::Paid)?;
        self.page.value.code.filter(|_| now <= paid.received_at.plus_seconds(CODE_SHOWN_SECONDS))
    }

    /// How far the page has come, seen from the payment and the attempt rather than remembered.
    pub(crate) fn state(&self) -> PageState {
        let is_paid = self
            .payment
            .as_ref()
            .is_some_and(|payment| !matches!(payment.state(), State::Issued | State::Void | State::Disputed));
        if is_paid {
            return PageState::Paid;
        }
        match (self.page.value.state, self.attempt.as_ref().map(|stored| stored.value.state)) {
            (PageState::Cancelled, _) => PageState::Cancelled,
            (_, None) => PageState::Open,
            (_, Some(AttemptState::Declined)) => PageState::Declined,
            (_, Some(AttemptState::Unknown)) => PageState::Unknown,
            (_, Some(AttemptState::Opened | AttemptState::Asked | AttemptState::Confirmed)) => {
                PageState::Asked
            }
        }
    }

    /// Whether a new attempt may be started now.
    ///
    /// # Errors
    /// The catalogued reason why not; never a second attempt while the first is not surely declined (A9).
    pub(crate) fn may_begin(&self, now: Moment) -> Result<(), participant::Fault> {
        match self.state() {
            PageState::Open | PageState::Declined if now > self.page.value.expires_at => {
                Err(FaultCode::PageTokenExpired.into())
            }
            PageState::Open | PageState::Declined => Ok(()),
            PageState::Asked | PageState::Paid | PageState::Unknown | PageState::Cancelled => {
                Err(FaultCode::PageTokenUsed.into())
            }
        }
    }
}

/// Starts an attempt on a page: the intent on record before the bank is asked.
pub(crate) fn begin(
    work: &mut Work<'_>,
    standing: Standing,
    kind: AttemptKind,
    bank: terms::Bin,
    context: Option<&str>,
) -> Result<Attempt, participant::Fault> {
    standing.may_begin(work.now)?;
    let page = standing.page;
    let id = work.attempt_id();
    let mut attempt = Attempt::open(id.clone(), kind, bank, page.value.amount, page.value.code, work.now);
    attempt.ask(work.now);
    work.tx.insert_attempt(&attempt, context)?;
    let asked = PaymentPage { state: PageState::Asked, attempt: Some(id), ..page.value.clone() };
    work.tx.save_page(&page.with(asked))?;
    Ok(attempt)
}

/// The recipient as a page of somebody who may not be the recipient shows it.
pub(crate) fn masked(party: &Party) -> ShortText {
    let initial = |word: &str| word.chars().next().map(|first| format!("{first}."));
    let initials: Vec<String> = party.name.as_str().split_whitespace().filter_map(initial).collect();
    let number = match party.number {
        PartyNumber::Person(iin) => Iin::masked(iin),
        PartyNumber::Organisation(bin) => bin.to_string(),
    };
    format!("{number} {}", initials.join(" ")).parse().unwrap_or_else(|_| party.name.clone())
}

fn word(state: PageState) -> CardPageState {
    match state {
        PageState::Open => CardPageState::Open,
        PageState::Asked => CardPageState::Asked,
        PageState::Paid => CardPageState::Paid,
        PageState::Declined => CardPageState::Declined,
        PageState::Unknown => CardPageState::Unknown,
        PageState::Cancelled => CardPageState::Cancelled,
    }
}

/// What the card page shows.
pub(crate) async fn look_up_card_payment(cx: &Cx, request: Permitted<LookUpCardPayment>) -> Answered {
    let catalogue = cx.catalogue.clone();
    let returns = cx.returns.clone();
    cx.once(request, move |work, request| {
        let standing = Standing::open(work, Channel::Card, &request.token, request.browser)?;
        if standing.is_too_late(work.now) {
            return Err(FaultCode::PageTokenExpired.into());
        }
        let (state, page) = (standing.state(), &standing.page.value);
        let service = catalogue.find(&page.service).ok_or(FaultCode::UnknownService)?;
        let application = page.application.as_ref().ok_or(FaultCode::Internal)?;
        let back = returns.find(page.portal, application).ok_or(FaultCode::Internal)?;
        Ok(LookUpCardPaymentResponse {
            header: work.answering(&request.header),
            amount: page.amount,
            service_name: service.name.clone(),
            service: page.service.clone(),
            recipient_masked: masked(&page.recipient),
            state: word(state),
            language: page.language,
            return_url: address(back)?,
            payment_code: standing.shown_code(work.now),
            attempt: page.attempt.clone(),
        })
    })
    .await
}

/// The person has confirmed: the attempt is put on record and the bank about to be asked (T1.16-18).
pub(crate) async fn begin_card_payment(cx: &Cx, request: Permitted<BeginCardPayment>) -> Answered {
    let catalogue = cx.catalogue.clone();
    let host = cx.host.clone();
    cx.once(request, move |work, request| {
        host.registry().find(request.bank).ok_or(FaultCode::ParticipantNotRegistered)?;
        let standing = Standing::of(&*work.tx, Channel::Card, &request.token)?.in_browser(request.browser)?;
        let page = standing.page.value.clone();
        let code = page.code.ok_or(FaultCode::Internal)?;
        let attempt = begin(work, standing, AttemptKind::Card, request.bank, None)?;
        let service = catalogue.find(&page.service).ok_or(FaultCode::UnknownService)?;
        work.journal(code, "authorisation-asked", attempt.id.as_str())?;
        Ok(BeginCardPaymentResponse {
            header: work.answering(&request.header),
            attempt: attempt.id,
            payment_code: code,
            amount: page.amount,
            payer: page.payer,
            recipient: page.recipient,
            service: page.service,
            provider: page.provider,
            beneficiary: service.beneficiary.clone(),
        })
    })
    .await
}

/// The bank's processing has answered, or has not (T1.20-21).
pub(crate) async fn conclude_card_payment(cx: &Cx, request: Permitted<ConcludeCardPayment>) -> Answered {
    cx.once(request, move |work, request| {
        let outcome = match (request.outcome, &request.bank_reference) {
            (CardVerdict::Approved, Some(reference)) => Outcome::Confirmed(reference.clone()),
            (CardVerdict::Approved, None) => {
                let path = "/Body/ConcludeCardPayment/bankReference";
                return Err(participant::Fault::new(FaultCode::FieldMissing).at(path));
            }
            (CardVerdict::Declined, _) => Outcome::Declined,
            (CardVerdict::Unknown, _) => Outcome::Silent,
        };
        let state = learn(work, &request.attempt, outcome)?;
        Ok(ConcludeCardPaymentResponse { header: work.answering(&request.header), state: word(state) })
    })
    .await
}

/// Keeps what was learnt about a card attempt; the page's state after it.
pub(crate) fn learn(
    work: &mut Work<'_>,
    id: &AttemptId,
    outcome: Outcome,
) -> Result<PageState, participant::Fault> {
    let stored = work.tx.attempt(id)?.ok_or(FaultCode::AttemptUnknown)?;
    let mut attempt = stored.value.clone();
    let said = match &outcome {
        Outcome::Confirmed(reference) => format!("confirmed {reference}"),
        Outcome::Declined => "declined".to_owned(),
        Outcome::Silent => "nothing".to_owned(),
    };
    let change = attempt.learn(outcome);
    let state = attempt.state;
    let code = attempt.code;
    let (bank, learnt) = (attempt.bank, attempt.bank_reference.clone());
    if change == AttemptChange::Moved {
        work.tx.save_attempt(&stored.with(attempt))?;
    }
    if let Some(code) = code {
        work.journal(code, "authorisation", state.name())?;
    }
    let page = work.tx.page_of_attempt(id)?.ok_or(FaultCode::AttemptUnknown)?;
    let payment = match page.value.code {
        Some(code) => work.tx.payment(code)?.map(|stored| stored.value),
        None => None,
    };
    // The notice may have come first; then it is here that the bank's two words are compared (A5).
    let paid = payment.as_ref().and_then(Payment::paid).filter(|paid| paid.bank == bank);
    let agrees = paid.is_none_or(|paid| match state {
        AttemptState::Confirmed => learnt.as_ref() == Some(&paid.requisites.bank_reference),
        AttemptState::Declined => false,
        AttemptState::Opened | AttemptState::Asked | AttemptState::Unknown => true,
    });
    if change == AttemptChange::Contradiction || !agrees {
        tracing::error!(event = "bank-contradicts-itself", attempt = %id, %bank);
        // The signed notice stands: money is never refused. That the bank also said otherwise stays with the code,
        // for an officer, beside both of its words in the evidence.
        if let Some(code) = code {
            work.journal(code, "bank-contradicts-itself", &format!("asked about {id}, it said {said}"))?;
        }
    }
    Ok(Standing { page, attempt: work.tx.attempt(id)?, payment, contracts: Vec::new() }.state())
}

/// The person goes back without paying.
pub(crate) async fn cancel_card_payment(cx: &Cx, request: Permitted<CancelCardPayment>) -> Answered {
    let returns = cx.returns.clone();
    cx.once(request, move |work, request| {
        let standing = Standing::of(&*work.tx, Channel::Card, &request.token)?.in_browser(request.browser)?;
        let page = &standing.page.value;
        let application = page.application.as_ref().ok_or(FaultCode::Internal)?;
        let back = returns.find(page.portal, application).ok_or(FaultCode::Internal)?;
        let state = match standing.state() {
            PageState::Open | PageState::Declined => {
                let cancelled = PaymentPage { state: PageState::Cancelled, ..page.clone() };
                work.tx.save_page(&standing.page.with(cancelled))?;
                PageState::Cancelled
            }
            // Too late to cancel: what is under way is shown as it is.
            other => other,
        };
        Ok(CancelCardPaymentResponse {
            header: work.answering(&request.header),
            state: word(state),
            return_url: address(back)?,
        })
    })
    .await
}
