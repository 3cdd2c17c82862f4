//! One payment by card: the attempt on record, the bank asked once, the gateway told what it said (T1.17-23).
//!
//! A payment runs in a task of its own, so that a person who leaves does not interrupt it halfway.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pages::CsrfKey;
use participant::CallFailure;
use terms::{Bin, BrowserDigest, Clock, Entropy, OneTimeToken};
use tokio::time::{Instant, sleep};
use wire::card::{
    BeginCardPayment, BeginCardPaymentResponse, CancelCardPayment, CancelCardPaymentResponse,
    ConcludeCardPayment, LookUpCardPayment, LookUpCardPaymentResponse,
};
use wire::common::{CardPageState, CardVerdict};
use wire::iso8583::{
    AcquirerId, AuthorisationRequest, CardOrder, MerchantId, Presented, ResponseCode, RetrievalReference,
    Stan, TerminalId, Trace,
};

use super::authorise::{Lines, Verdict, refusal_text};
use super::fields::Card;
use super::gateway::Gateway;
use super::routing::{Processing, Routes};
use super::submissions::{Ending, Submissions};

/// How often a question to the gateway whose answer is missing is put again, under the same number.
const BEGIN_TRIES: u32 = 3;
/// Between these tries.
const BEGIN_PAUSE: Duration = Duration::from_millis(300);
/// The first pause before a conclusion is told again; each is twice the one before.
const CONCLUDE_PAUSE: Duration = Duration::from_secs(1);
/// The longest such pause.
const LONGEST_CONCLUDE_PAUSE: Duration = Duration::from_secs(30);
/// Between two looks whether the bank's notice has come.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// The name of this page among the terminals of a bank.
const TERMINAL: &str = "CARDPAGE";

/// What the card page works with.
pub(crate) struct Desk<G> {
    /// The gateway.
    pub(crate) gateway: Arc<G>,
    /// Which bank is asked for which card.
    pub(crate) routes: Routes,
    /// The lines to the banks.
    pub(crate) lines: Lines,
    /// Makes tokens against forged forms; as old as the process.
    pub(crate) csrf: CsrfKey,
    /// Forms sent of late.
    pub(crate) submissions: Submissions,
    /// The clock.
    pub(crate) clock: Arc<dyn Clock>,
    /// Chance.
    pub(crate) entropy: Mutex<Box<dyn Entropy>>,
    /// How long the bank's notice is waited for.
    pub(crate) wait_for_notice: Duration,
    /// Whether the page lists the test cards.
    pub(crate) test_cards: bool,
    /// How we are called on the lines to the banks.
    pub(crate) names: Names,
    /// Counts our messages to the banks.
    pub(crate) messages: AtomicU32,
}

/// How the card page is called on its lines to the banks.
pub(crate) struct Names {
    acquirer: AcquirerId,
    merchant: MerchantId,
    terminal: TerminalId,
}

impl Names {
    /// From our number. DE 32 has room for eleven digits; the twelfth of a BIN is its check digit and tells
    /// nothing.
    pub(crate) fn of(bin: Bin) -> Self {
        let digits = bin.to_string();
        Self {
            acquirer: digits[..11].parse().expect("a BIN has twelve digits"),
            merchant: digits.parse().expect("twelve digits fit fifteen places"),
            terminal: TERMINAL.parse().expect("eight letters fit eight places"),
        }
    }
}

impl<G: Gateway> Desk<G> {
    /// What the page has to show.
    ///
    /// # Errors
    /// Those of the call.
    pub(crate) async fn look_up(
        &self,
        token: &OneTimeToken,
        browser: BrowserDigest,
    ) -> Result<LookUpCardPaymentResponse, CallFailure> {
        let request = LookUpCardPayment { header: self.gateway.header(), token: token.clone(), browser };
        self.gateway.look_up(&request).await
    }

    /// Goes back without paying.
    ///
    /// # Errors
    /// Those of the call.
    pub(crate) async fn cancel(
        &self,
        token: &OneTimeToken,
        browser: BrowserDigest,
    ) -> Result<CancelCardPaymentResponse, CallFailure> {
        let request = CancelCardPayment { header: self.gateway.header(), token: token.clone(), browser };
        self.gateway.cancel(&request).await
    }

    /// Pays. Charges at most once, whatever happens; not knowing is left to the gateway, which asks the bank
    /// again.
    pub(crate) async fn pay(
        &self,
        token: &OneTimeToken,
        browser: BrowserDigest,
        card: Card,
        processing: Processing,
    ) -> Ending {
        let begun = match self.begin(token, browser, processing.bank).await {
            Ok(begun) => begun,
            // Somebody else began, paid, cancelled, or the time is over: the state tells.
            Err(CallFailure::Refused(fault)) if fault.code.as_str().starts_with("TLM-PAGE-") => {
                return Ending::Shown;
            }
            // The bank was not asked, so there surely was no payment, even if the attempt is on record.
            Err(failure) => {
                tracing::error!(event = "attempt-not-begun", %failure);
                return Ending::NotTaken("m-500-no-payment");
            }
        };
        let attempt = begun.attempt.clone();
        let verdict = self.lines.authorise(&processing, self.authorisation(card, begun)).await;
        let conclusion = |outcome, response_code, bank_reference| ConcludeCardPayment {
            header: self.gateway.header(),
            attempt,
            outcome,
            response_code,
            bank_reference,
            at: self.clock.now(),
        };
        match verdict {
            Verdict::Approved(reference) => {
                let approved = Some(ResponseCode::APPROVED);
                self.conclude(conclusion(CardVerdict::Approved, approved, Some(reference))).await;
                self.await_notice(token, browser).await;
                Ending::Shown
            }
            Verdict::Declined(code) => {
                self.conclude(conclusion(CardVerdict::Declined, Some(code), None)).await;
                Ending::NotTaken(refusal_text(code))
            }
            Verdict::NotSent => {
                self.conclude(conclusion(CardVerdict::Declined, None, None)).await;
                Ending::NotTaken("m-decl-7")
            }
            Verdict::Unknown => {
                self.conclude(conclusion(CardVerdict::Unknown, None, None)).await;
                Ending::Shown
            }
        }
    }

    /// Puts the attempt on record. A repeat under the same number gets the first answer, so it is harmless.
    async fn begin(
        &self,
        token: &OneTimeToken,
        browser: BrowserDigest,
        bank: Bin,
    ) -> Result<BeginCardPaymentResponse, CallFailure> {
        let request = BeginCardPayment { header: self.gateway.header(), token: token.clone(), browser, bank };
        for _ in 1..BEGIN_TRIES {
            match self.gateway.begin(&request).await {
                Err(CallFailure::Unknown(_)) => sleep(BEGIN_PAUSE).await,
                answered => return answered,
            }
        }
        self.gateway.begin(&request).await
    }

    fn authorisation(&self, card: Card, begun: BeginCardPaymentResponse) -> AuthorisationRequest {
        AuthorisationRequest {
            pan: card.pan,
            expiry: card.expiry,
            amount: begun.amount,
            trace: Trace {
                stan: Stan::from_counter(self.messages.fetch_add(1, Ordering::Relaxed)),
                at: self.clock.now(),
                acquirer: self.names.acquirer.clone(),
                retrieval: self.retrieval_reference(),
            },
            terminal: self.names.terminal.clone(),
            merchant: self.names.merchant.clone(),
            presented: Presented::OnPage {
                cvc2: card.cvc2,
                order: CardOrder {
                    payment_code: begun.payment_code,
                    service: begun.service,
                    provider: begun.provider,
                    recipient: begun.recipient,
                    payer: begun.payer,
                    beneficiary: begun.beneficiary,
                    attempt: begun.attempt,
                },
            },
        }
    }

    fn retrieval_reference(&self) -> RetrievalReference {
        let mut drawn = [0; 6];
        self.draw(&mut drawn);
        hex::encode_upper(drawn).parse().expect("twelve hexadecimal digits are letters and digits")
    }

    /// Fills the buffer with unguessable octets.
    pub(crate) fn draw(&self, buffer: &mut [u8]) {
        self.entropy.lock().expect("drawing does not panic").fill(buffer);
    }

    /// A fresh secret of 128 bits.
    pub(crate) fn draw_token(&self) -> OneTimeToken {
        OneTimeToken::generate(self.entropy.lock().expect("drawing does not panic").as_mut())
    }

    /// Tells the gateway; where it cannot be told now, a task goes on telling it.
    ///
    /// The task keeps only this message, which holds no card data. Should the process end first, the gateway
    /// asks the bank by itself. There are never many such tasks: while the gateway is away, no attempt
    /// begins.
    async fn conclude(&self, message: ConcludeCardPayment) {
        if !is_settled(&message, self.gateway.conclude(&message).await) {
            tokio::spawn(keep_telling(self.gateway.clone(), message));
        }
    }

    /// Waits until the bank's signed notice has made the code paid, or the time is over.
    async fn await_notice(&self, token: &OneTimeToken, browser: BrowserDigest) {
        let end = Instant::now() + self.wait_for_notice;
        while Instant::now() < end {
            match self.look_up(token, browser).await {
                Ok(page) if page.state != CardPageState::Asked => return,
                Ok(_) | Err(_) => sleep(LOOK_EVERY).await,
            }
        }
    }
}

async fn keep_telling<G: Gateway>(gateway: Arc<G>, message: ConcludeCardPayment) {
    let mut pause = CONCLUDE_PAUSE;
    loop {
        sleep(pause).await;
        if is_settled(&message, gateway.conclude(&message).await) {
            return;
        }
        pause = (pause * 2).min(LONGEST_CONCLUDE_PAUSE);
    }
}

/// Whether there is nothing more to be told: the gateway acknowledged, or refused for good.
fn is_settled<T>(message: &ConcludeCardPayment, told: Result<T, CallFailure>) -> bool {
    let attempt = &message.attempt;
    match told {
        Ok(_) => true,
        Err(CallFailure::Refused(fault)) if !fault.retryable => {
            tracing::error!(event = "conclusion-refused", %attempt, code = fault.code.as_str());
            true
        }
        Err(failure) => {
            tracing::warn!(event = "conclusion-not-told", %attempt, %failure);
            false
        }
    }
}
