//! What the screen of an ATM shows and what a touch makes of it. Pure: the calls are made by the caller.

use terms::{BankReference, Iin, Language, Moment, PartyNumber, PaymentCode, ShortText, Tiyn, Trilingual};
use wire::iso8583::{Pan, Pin};

use crate::machine::{WrongIin, amounts};
use crate::terminal::messages::Priced;

/// The card in the slot, with the PIN that was right. Forgets itself when the session ends.
#[derive(Clone)]
pub(super) struct Inserted {
    pub(super) pan: Pan,
    pub(super) pin: Pin,
}

/// The client, as core banking knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) number: PartyNumber,
    pub(super) name: ShortText,
    /// What the bank calls the card at this machine.
    pub(super) card: String,
}

/// Who receives the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Recipient {
    /// The client.
    Own,
    /// Somebody whose number was typed and found in the registry.
    Other {
        /// The number.
        iin: Iin,
        /// Enough of the name to notice a slip.
        initials: Option<String>,
    },
}

impl Recipient {
    /// The number where it was typed.
    pub(super) fn typed(&self) -> Option<Iin> {
        match self {
            Self::Own => None,
            Self::Other { iin, .. } => Some(*iin),
        }
    }

    /// As the screen and a slip that may be lost may show it.
    pub(super) fn shown(&self, client: Option<&Client>) -> String {
        match self {
            Self::Own => client.map(|client| masked(client.number)).unwrap_or_default(),
            Self::Other { iin, initials } => {
                let initials = initials.clone().unwrap_or_default();
                format!("{} {initials}", iin.masked()).trim().to_owned()
            }
        }
    }
}

/// A person's number masked; an organisation's is no secret.
pub(super) fn masked(number: PartyNumber) -> String {
    match number {
        PartyNumber::Person(iin) => iin.masked(),
        PartyNumber::Organisation(bin) => bin.to_string(),
    }
}

/// What is wrong with the card or its PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CardTrouble {
    /// Number or PIN cannot be read.
    NotRead,
    /// The PIN is wrong; so many tries are left.
    WrongPin(u32),
    /// Not a card of this bank.
    Stranger,
}

/// What is being paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payment {
    pub(super) service: Priced,
    pub(super) recipient: Recipient,
}

impl Payment {
    /// Price and commission, as shown.
    pub(super) fn amounts(&self) -> (Tiyn, Tiyn) {
        amounts(&self.service)
    }

    /// The same once it has ended.
    pub(super) fn ended(self, client: Option<&Client>, outcome: Outcome, at: Moment) -> Ended {
        Ended { recipient: self.recipient.shown(client), service: self.service, outcome, at }
    }
}

/// A payment that has ended, with everything that is on its slip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) service: Priced,
    /// The recipient as the slip shows it.
    pub(super) recipient: String,
    pub(super) outcome: Outcome,
    pub(super) at: Moment,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Paid.
    Paid {
        /// The code.
        code: PaymentCode,
        /// The bank's reference.
        reference: BankReference,
    },
    /// Refused: nothing was taken.
    Refused {
        /// What the client is told.
        text: Trilingual,
        /// DE 39, where the card was refused.
        code: Option<String>,
    },
    /// Not known.
    Unknown {
        /// The operation's id at this machine.
        attempt: String,
    },
}

/// What is on the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Screen {
    /// Choose a language.
    Language,
    /// Insert the card, enter the PIN.
    Card(Option<CardTrouble>),
    /// Too many wrong PINs: the card is blocked and the machine keeps it.
    CardKept,
    /// Choose the operation.
    Menu,
    /// Choose the service, with prices.
    Services {
        /// The price list.
        services: Vec<Priced>,
        /// Whether nothing was chosen.
        missing: bool,
    },
    /// For whom.
    Recipient {
        /// For what.
        service: Priced,
        /// What is wrong with the number typed.
        wrong: Option<WrongIin>,
    },
    /// Everything once more, with the price.
    Confirm {
        /// What is being paid.
        payment: Payment,
        /// Whether a slip can be printed; where not, it is said before anything is paid.
        has_paper: bool,
    },
    /// The end, with the slip.
    Done {
        /// What was being paid, and how it ended.
        ended: Ended,
        /// Whether the slip came out.
        printed: bool,
        /// Whether it had ended before this card was put in: its slip was not handed out then.
        is_earlier: bool,
    },
    /// The machine cannot serve now; nothing was taken.
    OutOfOrder,
}

/// One person before the machine.
pub(super) struct Session {
    /// The token of this screen's forms.
    pub(super) step: String,
    pub(super) language: Language,
    pub(super) screen: Screen,
    pub(super) card: Option<Inserted>,
    pub(super) client: Option<Client>,
    pub(super) touched_at: Moment,
    /// Whether this screen was shown: a slip that nobody could see was not handed out.
    pub(super) was_shown: bool,
}

impl Session {
    pub(super) fn fresh(step: String, now: Moment) -> Self {
        Self {
            step,
            language: Language::default(),
            screen: Screen::Language,
            card: None,
            client: None,
            touched_at: now,
            was_shown: false,
        }
    }

    /// Whether nobody stands there any more. The first screen waits for ever, and so does a code that could not be
    /// printed: until the client has written it down.
    pub(super) fn is_idle(&self, now: Moment, seconds: i64) -> bool {
        let waits = match &self.screen {
            Screen::Language => true,
            Screen::Done { printed, .. } => self.paid().is_some() && !printed,
            _ => false,
        };
        !waits && now.seconds_since(self.touched_at) > seconds
    }

    /// The code of the payment on the screen, whose slip the client takes or has written down with the next step.
    pub(super) fn paid(&self) -> Option<PaymentCode> {
        match &self.screen {
            Screen::Done { ended: Ended { outcome: Outcome::Paid { code, .. }, .. }, .. } => Some(*code),
            _ => None,
        }
    }

    fn at(self, screen: Screen) -> Self {
        Self { screen, ..self }
    }

    pub(super) fn with_language(self, language: Language) -> Self {
        match self.screen {
            Screen::Language => Self { language, screen: Screen::Card(None), ..self },
            _ => self,
        }
    }

    fn trouble(self, trouble: CardTrouble) -> Self {
        match self.screen {
            Screen::Card(_) => Self { card: None, client: None, screen: Screen::Card(Some(trouble)), ..self },
            _ => self,
        }
    }

    pub(super) fn card_not_read(self) -> Self {
        self.trouble(CardTrouble::NotRead)
    }

    pub(super) fn wrong_pin(self, left: u32) -> Self {
        self.trouble(CardTrouble::WrongPin(left))
    }

    pub(super) fn pin_blocked(self) -> Self {
        match self.screen {
            Screen::Card(_) => Self { card: None, client: None, screen: Screen::CardKept, ..self },
            _ => self,
        }
    }

    pub(super) fn strange_card(self) -> Self {
        self.trouble(CardTrouble::Stranger)
    }

    pub(super) fn with_card(self, card: Inserted, client: Client) -> Self {
        match self.screen {
            Screen::Card(_) => Self { card: Some(card), client: Some(client), screen: Screen::Menu, ..self },
            _ => self,
        }
    }

    /// The right card with a payment whose slip was not handed out: that comes first, and the card comes out with it.
    pub(super) fn with_earlier(self, ended: Ended, printed: bool) -> Self {
        match self.screen {
            Screen::Card(_) => {
                Self { card: None, screen: Screen::Done { ended, printed, is_earlier: true }, ..self }
            }
            _ => self,
        }
    }

    pub(super) fn with_services(self, services: Vec<Priced>) -> Self {
        match self.screen {
            Screen::Menu => self.at(Screen::Services { services, missing: false }),
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

    pub(super) fn with_recipient(self, recipient: Recipient, has_paper: bool) -> Self {
        let Screen::Recipient { service, .. } = &self.screen else { return self };
        let payment = Payment { service: service.clone(), recipient };
        self.at(Screen::Confirm { payment, has_paper })
    }

    pub(super) fn wrong_recipient(self, wrong: WrongIin) -> Self {
        let Screen::Recipient { service, .. } = &self.screen else { return self };
        let service = service.clone();
        self.at(Screen::Recipient { service, wrong: Some(wrong) })
    }

    /// What is being paid, where everything is known.
    pub(super) fn payment(&self) -> Option<Payment> {
        match &self.screen {
            Screen::Confirm { payment, .. } => Some(payment.clone()),
            _ => None,
        }
    }

    /// The end: the card comes out, and with it everything the machine knew of it.
    pub(super) fn done(self, ended: Ended, printed: bool) -> Self {
        match self.screen {
            Screen::Confirm { .. } => {
                Self { card: None, screen: Screen::Done { ended, printed, is_earlier: false }, ..self }
            }
            _ => self,
        }
    }

    pub(super) fn out_of_order(self) -> Self {
        Self { card: None, client: None, screen: Screen::OutOfOrder, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::messages::Said;

    fn now() -> Moment {
        "2026-11-22T07:05:00+05:00".parse().unwrap()
    }

    fn price_list() -> Vec<Priced> {
        let name =
            Said { kk: "Анықтама".into(), ru: "Справка".into(), en: "Certificate".into() };
        vec![Priced { code: "P-0101".into(), name, price: "1725.00".into(), commission: "20.00".into() }]
    }

    fn inserted() -> (Inserted, Client) {
        let card =
            Inserted { pan: "4242424242424242".parse().ok().unwrap(), pin: "1234".parse().ok().unwrap() };
        let number = "850612200017".parse().unwrap();
        let client = Client { number, name: "Айгүл".parse().unwrap(), card: "c1".into() };
        (card, client)
    }

    fn before_confirming() -> Session {
        let (card, client) = inserted();
        Session::fresh("1".into(), now())
            .with_language(Language::Ru)
            .with_card(card, client)
            .with_services(price_list())
            .with_service("P-0101")
            .with_recipient(Recipient::Own, true)
    }

    fn ended(outcome: Outcome) -> Ended {
        before_confirming().payment().unwrap().ended(Some(&inserted().1), outcome, now())
    }

    fn paid() -> Ended {
        ended(Outcome::Paid {
            code: "7291417776317054".parse().unwrap(),
            reference: "ALTB-20261122-000001".parse().unwrap(),
        })
    }

    /// Meets: T4.2, T4.4
    #[test]
    fn a_payment_is_confirmed_with_its_price_and_only_after_every_screen_before_it() {
        let session = before_confirming();
        let payment = session.payment().unwrap();
        assert_eq!(payment.amounts(), (Tiyn::tenge(1725), Tiyn::tenge(20)));
        assert_eq!(payment.recipient.typed(), None);
        let skipped =
            Session::fresh("1".into(), now()).with_service("P-0101").with_recipient(Recipient::Own, true);
        assert_eq!(skipped.screen, Screen::Language);
        assert!(skipped.payment().is_none());
    }

    #[test]
    fn nothing_but_a_listed_service_is_chosen() {
        let (card, client) = inserted();
        let session = Session::fresh("1".into(), now())
            .with_language(Language::Kk)
            .with_card(card, client)
            .with_services(price_list())
            .with_service("P-9999");
        assert!(matches!(session.screen, Screen::Services { missing: true, .. }));
    }

    /// Defends: A17
    #[test]
    fn the_card_is_forgotten_with_the_end_and_after_a_wrong_pin() {
        let unknown = ended(Outcome::Unknown { attempt: "1".into() });
        assert!(before_confirming().done(unknown, true).card.is_none());
        let session = Session::fresh("1".into(), now()).with_language(Language::Ru).wrong_pin(2);
        assert!(session.card.is_none());
        assert_eq!(session.screen, Screen::Card(Some(CardTrouble::WrongPin(2))));
    }

    #[test]
    fn a_card_whose_pin_was_wrong_too_often_is_kept_and_never_asked_for_again() {
        let session = Session::fresh("1".into(), now()).with_language(Language::Ru).pin_blocked();
        assert_eq!(session.screen, Screen::CardKept);
        let (card, client) = inserted();
        assert_eq!(session.with_card(card, client).screen, Screen::CardKept);
    }

    #[test]
    fn a_code_that_could_not_be_printed_stays_until_it_is_written_down() {
        let later = now().plus_seconds(3600);
        assert!(!before_confirming().done(paid(), false).is_idle(later, 60));
        assert!(before_confirming().done(paid(), true).is_idle(later, 60));
    }

    /// Defends: A9, A17
    #[test]
    fn a_slip_that_was_not_handed_out_comes_first_and_the_card_comes_out_with_it() {
        let session =
            Session::fresh("1".into(), now()).with_language(Language::Ru).with_earlier(paid(), true);
        assert!(matches!(&session.screen, Screen::Done { is_earlier: true, ended, .. } if *ended == paid()));
        assert!(session.card.is_none() && session.paid().is_some());
        let stranger = Session::fresh("1".into(), now()).with_earlier(paid(), true);
        assert_eq!(stranger.screen, Screen::Language, "without a card there is none");
    }

    #[test]
    fn a_person_who_has_left_is_forgotten_after_a_minute() {
        let session = before_confirming();
        assert!(!session.is_idle(now().plus_seconds(60), 60));
        assert!(session.is_idle(now().plus_seconds(61), 60));
        assert!(!Session::fresh("1".into(), now()).is_idle(now().plus_seconds(3600), 60));
    }
}
