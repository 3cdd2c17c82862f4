//! The life of one attempt to charge a card or an account at a bank.
//!
//! An attempt is opened before the bank is asked and concluded after: two transactions, because a process may
//! die between them. Not knowing is a state of its own, resolved by asking about the same attempt, never by
//! charging again (ours; tables 1 and 2 know only success and error).

use terms::{AttemptId, BankReference, Bin, Moment, PaymentCode, Tiyn};

/// When a silent attempt is asked about, in seconds after the last try; the last interval repeats.
pub const REPEATS_AFTER_SECONDS: [i64; 5] = [5, 15, 30, 60, 120];

/// When an attempt that stays silent becomes a named open item.
pub const OPEN_ITEM_AFTER_SECONDS: i64 = 15 * 60;

/// What is being charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptKind {
    /// A card, by the card page.
    Card,
    /// A bank account, by the gateway's page.
    Account,
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// The intent is on record; the bank surely has not been asked.
    Opened,
    /// The bank is being asked.
    Asked,
    /// The bank took the money.
    Confirmed,
    /// The bank surely took none.
    Declined,
    /// The bank was asked and its answer is missing.
    Unknown,
}

impl AttemptState {
    /// The name in messages and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Asked => "asked",
            Self::Confirmed => "confirmed",
            Self::Declined => "declined",
            Self::Unknown => "unknown",
        }
    }

    /// All states.
    pub const ALL: [Self; 5] = [Self::Opened, Self::Asked, Self::Confirmed, Self::Declined, Self::Unknown];
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its name, the same towards the bank however often it is asked.
    pub id: AttemptId,
    /// Card or account.
    pub kind: AttemptKind,
    /// The bank that is asked.
    pub bank: Bin,
    /// How much is charged.
    pub amount: Tiyn,
    /// The code it pays for; an account payment has none before it is confirmed.
    pub code: Option<PaymentCode>,
    /// When it was opened.
    pub opened_at: Moment,
    /// How far it has come.
    pub state: AttemptState,
    /// How often the bank was asked.
    pub tries: u32,
    /// When the bank is to be asked again, where it is.
    pub next_try_at: Option<Moment>,
    /// The bank's reference, once confirmed.
    pub bank_reference: Option<BankReference>,
}

/// What is learnt about an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The money was taken.
    Confirmed(BankReference),
    /// No money was taken.
    Declined,
    /// No answer.
    Silent,
}

/// What learning it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptChange {
    /// The attempt moved on.
    Moved,
    /// It was already so.
    Same,
    /// The bank contradicts what it said before: kept, and a matter for officers.
    Contradiction,
}

impl Attempt {
    /// A new attempt, on record before the bank is asked.
    pub fn open(
        id: AttemptId,
        kind: AttemptKind,
        bank: Bin,
        amount: Tiyn,
        code: Option<PaymentCode>,
        now: Moment,
    ) -> Self {
        Self {
            id,
            kind,
            bank,
            amount,
            code,
            opened_at: now,
            state: AttemptState::Opened,
            tries: 0,
            next_try_at: None,
            bank_reference: None,
        }
    }

    /// The bank is about to be asked. From here on silence means not knowing.
    pub fn ask(&mut self, now: Moment) {
        if matches!(self.state, AttemptState::Opened | AttemptState::Unknown) {
            self.state = AttemptState::Asked;
        }
        self.tries += 1;
        let interval = REPEATS_AFTER_SECONDS[(self.tries as usize - 1).min(REPEATS_AFTER_SECONDS.len() - 1)];
        // A process that dies while asking leaves this behind, and the watchdog takes it up.
        self.next_try_at = Some(now.plus_seconds(interval));
    }

    /// Something is learnt.
    pub fn learn(&mut self, outcome: Outcome) -> AttemptChange {
        use AttemptState::{Confirmed, Declined, Unknown};
        match (self.state, outcome) {
            (Confirmed, Outcome::Confirmed(reference))
                if self.bank_reference.as_ref() == Some(&reference) =>
            {
                AttemptChange::Same
            }
            (Declined, Outcome::Declined) | (Confirmed | Declined, Outcome::Silent) => AttemptChange::Same,
            (Confirmed, _) | (Declined, Outcome::Confirmed(_)) => AttemptChange::Contradiction,
            (_, Outcome::Confirmed(reference)) => {
                self.state = Confirmed;
                self.bank_reference = Some(reference);
                self.next_try_at = None;
                AttemptChange::Moved
            }
            (_, Outcome::Declined) => {
                self.state = Declined;
                self.next_try_at = None;
                AttemptChange::Moved
            }
            (Unknown, Outcome::Silent) => AttemptChange::Same,
            (_, Outcome::Silent) => {
                self.state = Unknown;
                AttemptChange::Moved
            }
        }
    }

    /// Whether it has been silent so long that officers must see it by name.
    pub fn is_open_item(&self, now: Moment) -> bool {
        matches!(self.state, AttemptState::Asked | AttemptState::Unknown)
            && now.seconds_since(self.opened_at) >= OPEN_ITEM_AFTER_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Attempt {
        let now = Moment::from_unix_microseconds(0);
        let (id, bank) = ("a-1".parse().unwrap(), "500140000017".parse().unwrap());
        Attempt::open(id, AttemptKind::Card, bank, Tiyn::tenge(1725), None, now)
    }

    fn reference(text: &str) -> BankReference {
        text.parse().unwrap()
    }

    /// Every state × every outcome, as data: what is learnt once stays learnt.
    ///
    /// Defends: A9
    #[test]
    fn every_outcome_in_every_state() {
        use AttemptChange::{Contradiction, Moved, Same};
        use AttemptState::{Asked, Confirmed, Declined, Opened, Unknown};
        let outcomes = [Outcome::Confirmed(reference("r1")), Outcome::Declined, Outcome::Silent];
        let expected = [
            (Opened, [(Confirmed, Moved), (Declined, Moved), (Unknown, Moved)]),
            (Asked, [(Confirmed, Moved), (Declined, Moved), (Unknown, Moved)]),
            (Unknown, [(Confirmed, Moved), (Declined, Moved), (Unknown, Same)]),
            (Confirmed, [(Confirmed, Same), (Confirmed, Contradiction), (Confirmed, Same)]),
            (Declined, [(Declined, Contradiction), (Declined, Same), (Declined, Same)]),
        ];
        for (state, row) in expected {
            for (outcome, (after, change)) in outcomes.iter().zip(row) {
                let mut attempt = attempt();
                attempt.state = state;
                attempt.bank_reference = (state == Confirmed).then(|| reference("r1"));
                assert_eq!(attempt.learn(outcome.clone()), change, "{state:?} {outcome:?}");
                assert_eq!(attempt.state, after, "{state:?} {outcome:?}");
            }
        }
    }

    #[test]
    fn a_silent_bank_is_asked_again_and_becomes_an_open_item() {
        let mut attempt = attempt();
        let start = attempt.opened_at;
        attempt.ask(start);
        attempt.learn(Outcome::Silent);
        assert_eq!(attempt.next_try_at, Some(start.plus_seconds(5)));
        for _ in 0..9 {
            attempt.ask(start);
        }
        assert_eq!(attempt.next_try_at, Some(start.plus_seconds(120)));
        assert!(!attempt.is_open_item(start.plus_seconds(899)));
        assert!(attempt.is_open_item(start.plus_seconds(900)));
        attempt.learn(Outcome::Confirmed(reference("r1")));
        assert!(!attempt.is_open_item(start.plus_seconds(900)));
        assert_eq!(attempt.next_try_at, None);
    }
}
