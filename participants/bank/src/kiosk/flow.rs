//! What the screen of a kiosk shows and what a touch makes of it. Pure; serialised, because it must outlive a
//! power cut once cash is inside. The calls are made by the caller.

use serde::{Deserialize, Serialize};
use terms::{AttemptId, Language, Moment, Tiyn};

use crate::core::words;
use crate::machine::{WrongIin, amounts};
use crate::terminal::messages::{CashPayment, CashPaymentAnswer, CashReturnAnswer, Priced, Said};

/// The notes that the acceptor knows, in tenge.
pub(super) const NOTES: [u32; 7] = [200, 500, 1000, 2000, 5000, 10_000, 20_000];

/// What is being paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) service: Priced,
    /// The recipient's IIN, found in the registry.
    pub(super) iin: String,
    /// Enough of the name to notice a slip.
    pub(super) initials: Option<String>,
}

impl Payment {
    /// Price and commission, as shown.
    pub(super) fn amounts(&self) -> (Tiyn, Tiyn) {
        amounts(&self.service)
    }

    /// What must go in.
    pub(super) fn total(&self) -> Tiyn {
        let (price, commission) = self.amounts();
        [price, commission].into_iter().sum()
    }
}

words! {
    /// What the processing system has still to be asked.
    pub(super) Pending {
        /// To pay.
        Pay = "pay",
        /// To record cash that bought nothing.
        Return = "return",
    }
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// Paid.
    Paid {
        /// The code.
        code: String,
        /// The bank's reference.
        reference: String,
        /// What was too much.
        excess: String,
        /// Under which number the excess is claimed.
        claim: Option<String>,
    },
    /// The cash bought nothing and waits under a number.
    CashKept {
        /// What the person is told of the reason, where there is one.
        text: Option<Said>,
        /// The number.
        claim: String,
    },
    /// It is not known yet whether it was paid; the machine goes on asking.
    Unknown,
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Screen {
    /// Choose a language.
    Language,
    /// The machine takes no cash now: found before any is taken.
    OutOfService,
    /// Choose the service, with prices and the rule about change.
    Services {
        /// The price list.
        services: Vec<Priced>,
        /// Whether nothing was chosen.
        missing: bool,
    },
    /// The recipient's IIN.
    Recipient {
        /// For what.
        service: Priced,
        /// What is wrong with the number typed.
        wrong: Option<WrongIin>,
    },
    /// Cash goes in.
    Cash(Payment),
    /// The person has confirmed; the processing system is asked.
    Paying(Payment),
    /// It cannot be decided now; the person may try again or leave the cash under a number.
    NotNow(Payment),
    /// The cash is to be recorded as unused.
    Returning(Payment),
    /// The end, with the slip.
    Done {
        /// What was being paid.
        payment: Payment,
        /// How it ended.
        outcome: Outcome,
        /// When, RFC 3339.
        at: String,
    },
}

impl Screen {
    /// What the processing system has still to be asked while this screen is shown.
    pub(super) fn pending(&self) -> Option<Pending> {
        match self {
            Self::Paying(_) | Self::Done { outcome: Outcome::Unknown, .. } => Some(Pending::Pay),
            Self::Returning(_) => Some(Pending::Return),
            _ => None,
        }
    }

    /// What is being paid.
    pub(super) fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Cash(payment)
            | Self::Paying(payment)
            | Self::NotNow(payment)
            | Self::Returning(payment)
            | Self::Done { payment, .. } => Some(payment),
            _ => None,
        }
    }

    /// Every screen that may have money behind it.
    #[cfg(test)]
    pub(super) fn with_money(payment: &Payment) -> Vec<Self> {
        let done = |outcome| Self::Done {
            payment: payment.clone(),
            outcome,
            at: "2026-11-22T07:05:00.000000+05:00".to_owned(),
        };
        vec![
            Self::Cash(payment.clone()),
            Self::Paying(payment.clone()),
            Self::NotNow(payment.clone()),
            Self::Returning(payment.clone()),
            done(Outcome::Unknown),
            done(Outcome::CashKept { text: None, claim: "ALTB-C-000001".to_owned() }),
        ]
    }
}

/// An operation as the machine keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) attempt: AttemptId,
    pub(super) language: Language,
    pub(super) screen: Screen,
    /// What its notes come to.
    pub(super) inserted: Tiyn,
    pub(super) on_screen: bool,
    pub(super) pending: Option<Pending>,
}

/// One person before the machine.
#[derive(Debug, Clone)]
pub(super) struct Session {
    /// The token of this screen's forms.
    pub(super) step: String,
    pub(super) attempt: AttemptId,
    pub(super) language: Language,
    pub(super) screen: Screen,
    pub(super) inserted: Tiyn,
    pub(super) touched_at: Moment,
}

impl Session {
    pub(super) fn fresh(step: String, attempt: AttemptId, now: Moment) -> Self {
        Self {
            step,
            attempt,
            language: Language::default(),
            screen: Screen::Language,
            inserted: Tiyn::ZERO,
            touched_at: now,
        }
    }

    /// Where it stood when the power was cut.
    pub(super) fn resumed(kept: Kept, step: String, now: Moment) -> Self {
        let Kept { attempt, language, screen, inserted, .. } = kept;
        Self { step, attempt, language, screen, inserted, touched_at: now }
    }

    /// Whether nobody stands there any more. Never while money is inside: time does not eat money.
    pub(super) fn is_idle(&self, now: Moment, seconds: i64) -> bool {
        let may_end = match self.screen {
            Screen::Language | Screen::Paying(_) | Screen::NotNow(_) | Screen::Returning(_) => false,
            Screen::Cash(_) => self.inserted == Tiyn::ZERO,
            _ => true,
        };
        may_end && now.seconds_since(self.touched_at) > seconds
    }

    /// What must be kept of it: from the moment cash may go in.
    pub(super) fn kept(&self) -> Option<Kept> {
        self.screen.payment()?;
        Some(Kept {
            attempt: self.attempt.clone(),
            language: self.language,
            screen: self.screen.clone(),
            inserted: self.inserted,
            on_screen: true,
            pending: self.screen.pending(),
        })
    }

    fn at(self, screen: Screen) -> Self {
        Self { screen, ..self }
    }

    /// The self-test before anything else: with the price list there is a line to the bank. A machine without paper
    /// gets none.
    pub(super) fn with_language(self, language: Language, services: Option<Vec<Priced>>) -> Self {
        match (&self.screen, services) {
            (Screen::Language, Some(services)) if !services.is_empty() => {
                Self { language, screen: Screen::Services { services, missing: false }, ..self }
            }
            (Screen::Language, _) => Self { language, screen: Screen::OutOfService, ..self },
            _ => self,
        }
    }

    pub(super) fn with_service(self, code: &str) -> Self {
        let Screen::Services { services, .. } = &self.screen else { return self };
        let next = match services.iter().find(|service| service.code == code) {
            Some(service) => Screen::Recipient { service: service.clone(), wrong: None },
            None => Screen::Services { services: services.clone(), missing: true },
        };
        self.at(next)
    }

    /// The number was found: cash may go in.
    pub(super) fn with_recipient(self, iin: String, initials: Option<String>) -> Self {
        let Screen::Recipient { service, .. } = &self.screen else { return self };
        let payment = Payment { service: service.clone(), iin, initials };
        self.at(Screen::Cash(payment))
    }

    /// The number is not right: it is asked for again (T5.9).
    pub(super) fn wrong_recipient(self, wrong: WrongIin) -> Self {
        let Screen::Recipient { service, .. } = &self.screen else { return self };
        let service = service.clone();
        self.at(Screen::Recipient { service, wrong: Some(wrong) })
    }

    /// The note that would go in: one that the acceptor knows, and only while something is missing.
    pub(super) fn accepts(&self, tenge: u32) -> Option<Tiyn> {
        let Screen::Cash(payment) = &self.screen else { return None };
        let is_open = self.inserted < payment.total();
        (is_open && NOTES.contains(&tenge)).then(|| Tiyn::tenge(tenge))
    }

    /// The note is recorded.
    pub(super) fn with_note(self, note: Tiyn) -> Self {
        Self { inserted: [self.inserted, note].into_iter().sum(), ..self }
    }

    /// The person confirms; possible once enough is inside.
    pub(super) fn confirmed(self) -> Self {
        match &self.screen {
            Screen::Cash(payment) | Screen::NotNow(payment) if self.inserted >= payment.total() => {
                let payment = payment.clone();
                self.at(Screen::Paying(payment))
            }
            _ => self,
        }
    }

    /// The person gives up. Without cash that is the end; with cash it is to be recorded.
    pub(super) fn given_up(self) -> Option<Self> {
        match &self.screen {
            Screen::Cash(payment) | Screen::NotNow(payment) if self.inserted > Tiyn::ZERO => {
                let payment = payment.clone();
                Some(self.at(Screen::Returning(payment)))
            }
            Screen::Paying(_) | Screen::Returning(_) => Some(self),
            _ => None,
        }
    }

    /// The same with the payment to be asked for again, where it was not known.
    pub(super) fn asking_again(self) -> Self {
        match &self.screen {
            Screen::Done { payment, outcome: Outcome::Unknown, .. } => {
                let payment = payment.clone();
                self.at(Screen::Paying(payment))
            }
            _ => self,
        }
    }

    /// What the processing system answered to the payment.
    pub(super) fn paid(self, answer: Option<CashPaymentAnswer>, now: Moment) -> Self {
        let Screen::Paying(payment) = &self.screen else { return self };
        let payment = payment.clone();
        let screen = match answer {
            Some(CashPaymentAnswer::Paid { code, reference, paid_at, excess, claim }) => Screen::Done {
                payment,
                outcome: Outcome::Paid { code, reference, excess, claim },
                at: paid_at,
            },
            Some(CashPaymentAnswer::Refused { .. }) => Screen::Returning(payment),
            Some(CashPaymentAnswer::NotNow) => Screen::NotNow(payment),
            None => Screen::Done { payment, outcome: Outcome::Unknown, at: now.to_string() },
        };
        self.at(screen)
    }

    /// What the processing system answered to the return; where it did not, the machine's own number serves
    /// and the machine goes on asking.
    pub(super) fn returned(self, answer: Option<CashReturnAnswer>, now: Moment) -> Self {
        let Screen::Returning(payment) = &self.screen else { return self };
        let payment = payment.clone();
        let at = now.to_string();
        let screen = match answer {
            Some(CashReturnAnswer::Claim { number }) => {
                Screen::Done { payment, outcome: Outcome::CashKept { text: None, claim: number }, at }
            }
            // It was paid after all: asking for the payment again brings the code.
            Some(CashReturnAnswer::Paid) => Screen::Paying(payment),
            None => return self,
        };
        self.at(screen)
    }
}

/// The question to the processing system.
pub(super) fn question(attempt: &AttemptId, payment: &Payment, inserted: Tiyn) -> CashPayment {
    CashPayment {
        operation: attempt.to_string(),
        service: payment.service.code.clone(),
        price: payment.service.price.clone(),
        commission: payment.service.commission.clone(),
        recipient: payment.iin.clone(),
        inserted: inserted.to_string(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn paying_for() -> Payment {
        let name =
            Said { kk: "Анықтама".into(), ru: "Справка".into(), en: "Certificate".into() };
        Payment {
            service: Priced {
                code: "P-0101".into(),
                name,
                price: "1725.00".into(),
                commission: "20.00".into(),
            },
            iin: "850612200017".into(),
            initials: None,
        }
    }

    fn now() -> Moment {
        "2026-11-22T07:05:00+05:00".parse().unwrap()
    }

    fn fresh() -> Session {
        Session::fresh("1".into(), "attempt-1".parse().unwrap(), now())
    }

    fn before_cash() -> Session {
        fresh()
            .with_language(Language::Ru, Some(vec![paying_for().service]))
            .with_service("P-0101")
            .with_recipient("850612200017".into(), None)
    }

    fn insert(session: Session, tenge: u32) -> Session {
        let note = session.accepts(tenge).expect("the acceptor is open");
        session.with_note(note)
    }

    #[test]
    fn a_machine_without_a_line_to_the_bank_says_so_before_it_takes_cash() {
        assert_eq!(fresh().with_language(Language::Ru, None).screen, Screen::OutOfService);
    }

    /// Meets: T5.1, T5.2, T5.10-11
    #[test]
    fn cash_goes_in_after_service_price_and_recipient_and_is_confirmed_when_it_is_enough() {
        assert_eq!(fresh().accepts(1000), None);
        let session = insert(before_cash(), 1000);
        assert!(matches!(session.clone().confirmed().screen, Screen::Cash(_)), "1000 is not enough");
        let session = insert(session, 1000);
        assert_eq!(session.accepts(200), None, "the acceptor closes once there is enough");
        assert!(matches!(session.confirmed().screen, Screen::Paying(_)));
    }

    #[test]
    fn only_notes_that_exist_go_in() {
        assert_eq!(before_cash().accepts(3000), None);
        assert_eq!(before_cash().accepts(0), None);
    }

    /// Meets: T5.3-9
    #[test]
    fn an_iin_that_nobody_has_is_asked_for_again() {
        let session =
            fresh().with_language(Language::Ru, Some(vec![paying_for().service])).with_service("P-0101");
        let session = session.wrong_recipient(WrongIin::Nobody);
        assert!(matches!(session.screen, Screen::Recipient { wrong: Some(WrongIin::Nobody), .. }));
        assert!(matches!(session.with_recipient("850612200017".into(), None).screen, Screen::Cash(_)));
    }

    #[test]
    fn time_never_eats_money() {
        let later = now().plus_seconds(3600);
        assert!(before_cash().is_idle(later, 60));
        let with_money = insert(before_cash(), 2000);
        assert!(!with_money.is_idle(later, 60));
        assert!(!with_money.confirmed().is_idle(later, 60));
    }

    #[test]
    fn cash_that_buys_nothing_waits_under_a_number_and_cash_that_did_brings_the_code() {
        let session = insert(before_cash(), 500).given_up().unwrap();
        assert_eq!(session.screen.pending(), Some(Pending::Return));
        assert!(matches!(session.clone().returned(None, now()).screen, Screen::Returning(_)));
        assert!(matches!(
            session.clone().returned(Some(CashReturnAnswer::Paid), now()).screen,
            Screen::Paying(_)
        ));
        let answer = CashReturnAnswer::Claim { number: "ALTB-C-000001".into() };
        assert!(matches!(session.returned(Some(answer), now()).screen, Screen::Done { .. }));
        assert!(before_cash().given_up().is_none(), "nothing inside, nothing to record");
    }

    #[test]
    fn an_unanswered_payment_stays_pending() {
        let session = insert(before_cash(), 2000).confirmed();
        assert_eq!(session.clone().paid(None, now()).screen.pending(), Some(Pending::Pay));
        assert!(matches!(session.paid(Some(CashPaymentAnswer::NotNow), now()).screen, Screen::NotNow(_)));
    }
}
