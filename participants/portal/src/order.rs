//! The life of one order (заявка) at the portal: from the way to pay to the document in the cabinet.
//!
//! Pure: no clock, store or network. A payment code has its own life at the gateway; here is only what the portal
//! knows about the order it was paid or bound for. The table is data, so that it can be printed and walked.
//! Source: Instruction № 491, tables 1, 2 and 6; the states' names and «not rendered» are ours.

use std::fmt;
use std::str::FromStr;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// A card or an account was chosen; no payment is known yet (T1.5–21, T2.5–15).
    AwaitingPayment,
    /// Prepayment was chosen; no code is accepted yet (T6.4–7).
    AwaitingCode,
    /// The gateway said that this order is paid (T1.22–30, T2.17–20).
    Paid,
    /// The gateway was asked to tie a payment to this order; its answer is not known (T6.9–10).
    Binding,
    /// Tied; the order is on its way through the service bus (T6.14–15).
    Ordered,
    /// The document is in the cabinet (T6.16–18).
    Delivered,
    /// The service could not be rendered; the code is free again (T1.post, T2.post).
    NotRendered,
    /// The money went back to the payer.
    TakenBack,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// The gateway told of the payment.
    PaymentNotified,
    /// The gateway told that the money went back.
    MoneyTakenBack,
    /// The portal asks the gateway to tie a payment to the order.
    BindAsked,
    /// The gateway refused; the code was the one this order was paid under.
    BindRefusedWhenPaid,
    /// The gateway refused a code that was typed in.
    BindRefused,
    /// The gateway tied the payment to the order.
    Bound,
    /// The service bus brought the document.
    Delivered,
    /// The service bus said that there will be none.
    NotRendered,
}

/// Every allowed pair and where it leads. What is not listed is refused and changes nothing.
pub const TABLE: &[(State, Event, State)] = &[
    (State::AwaitingPayment, Event::PaymentNotified, State::Paid),
    (State::AwaitingPayment, Event::MoneyTakenBack, State::TakenBack),
    (State::Paid, Event::PaymentNotified, State::Paid),
    (State::Paid, Event::MoneyTakenBack, State::TakenBack),
    (State::Paid, Event::BindAsked, State::Binding),
    (State::AwaitingCode, Event::BindAsked, State::Binding),
    // After a restart the same question is asked again.
    (State::Binding, Event::BindAsked, State::Binding),
    (State::Binding, Event::PaymentNotified, State::Binding),
    (State::Binding, Event::BindRefusedWhenPaid, State::Paid),
    (State::Binding, Event::BindRefused, State::AwaitingCode),
    (State::Binding, Event::Bound, State::Ordered),
    (State::Ordered, Event::PaymentNotified, State::Ordered),
    (State::Ordered, Event::Delivered, State::Delivered),
    (State::Ordered, Event::NotRendered, State::NotRendered),
    // Facts may come twice.
    (State::Delivered, Event::PaymentNotified, State::Delivered),
    (State::Delivered, Event::Delivered, State::Delivered),
    (State::NotRendered, Event::PaymentNotified, State::NotRendered),
    (State::NotRendered, Event::NotRendered, State::NotRendered),
    (State::NotRendered, Event::MoneyTakenBack, State::NotRendered),
    (State::TakenBack, Event::MoneyTakenBack, State::TakenBack),
    // A notice that the money's return overtook.
    (State::TakenBack, Event::PaymentNotified, State::TakenBack),
];

/// The event makes no sense in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order that is {state} does not take the event {event:?}")]
pub struct NotPossible {
    /// Where the order stands.
    pub state: State,
    /// What was to happen.
    pub event: Event,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::AwaitingPayment,
        Self::AwaitingCode,
        Self::Paid,
        Self::Binding,
        Self::Ordered,
        Self::Delivered,
        Self::NotRendered,
        Self::TakenBack,
    ];

    /// The word in columns and in the pages' `data-state`.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwaitingPayment => "awaiting-payment",
            Self::AwaitingCode => "awaiting-code",
            Self::Paid => "paid",
            Self::Binding => "binding",
            Self::Ordered => "ordered",
            Self::Delivered => "delivered",
            Self::NotRendered => "not-rendered",
            Self::TakenBack => "taken-back",
        }
    }

    /// Where the event leads.
    ///
    /// # Errors
    /// [`NotPossible`] for a pair that [`TABLE`] does not list.
    pub fn after(self, event: Event) -> Result<Self, NotPossible> {
        TABLE
            .iter()
            .find(|(from, what, _)| (*from, *what) == (self, event))
            .map(|(.., to)| *to)
            .ok_or(NotPossible { state: self, event })
    }
}

impl Event {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::PaymentNotified,
        Self::MoneyTakenBack,
        Self::BindAsked,
        Self::BindRefusedWhenPaid,
        Self::BindRefused,
        Self::Bound,
        Self::Delivered,
        Self::NotRendered,
    ];
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The word names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state of an order")]
pub struct NoSuchState;

impl FromStr for State {
    type Err = NoSuchState;
    fn from_str(s: &str) -> Result<Self, NoSuchState> {
        Self::ALL.into_iter().find(|state| state.word() == s).ok_or(NoSuchState)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(from: State, events: &[Event]) -> Result<State, NotPossible> {
        events.iter().try_fold(from, |state, event| state.after(*event))
    }

    #[test]
    fn the_table_names_no_pair_twice_and_every_state_but_the_first_two_is_reached() {
        for (i, (from, event, _)) in TABLE.iter().enumerate() {
            assert!(!TABLE[..i].iter().any(|(f, e, _)| (f, e) == (from, event)), "{from} {event:?}");
        }
        for state in State::ALL {
            let is_first = matches!(state, State::AwaitingPayment | State::AwaitingCode);
            assert!(is_first || TABLE.iter().any(|(.., to)| *to == state), "{state}");
            assert_eq!(state.word().parse(), Ok(state));
        }
    }

    #[test]
    fn what_the_table_does_not_list_is_refused() {
        for state in State::ALL {
            for event in Event::ALL {
                let listed = TABLE.iter().any(|(from, what, _)| (*from, *what) == (state, event));
                assert_eq!(state.after(event).is_ok(), listed, "{state} {event:?}");
            }
        }
    }

    #[test]
    fn an_order_paid_by_card_is_ordered_with_the_code_counted_in() {
        let events = [Event::PaymentNotified, Event::BindAsked, Event::Bound, Event::Delivered];
        assert_eq!(walk(State::AwaitingPayment, &events), Ok(State::Delivered));
    }

    #[test]
    fn a_refused_code_leaves_a_prepaid_order_open_and_a_paid_one_paid() {
        let refused = [Event::BindAsked, Event::BindRefused];
        assert_eq!(walk(State::AwaitingCode, &refused), Ok(State::AwaitingCode));
        let refused = [Event::BindAsked, Event::BindRefusedWhenPaid];
        assert_eq!(walk(State::Paid, &refused), Ok(State::Paid));
    }

    #[test]
    fn a_delivered_order_is_never_ordered_again_and_never_fails() {
        for event in [Event::BindAsked, Event::NotRendered, Event::Bound] {
            assert!(State::Delivered.after(event).is_err());
        }
        assert!(State::NotRendered.after(Event::BindAsked).is_err(), "a new application is formed instead");
    }
}
