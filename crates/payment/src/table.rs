//! The life of a payment code as data: printed by `tolem states`, compared with the code by a test.
//!
//! Nothing here decides; [`crate::Payment::apply`] does. A pair of state and event that no row names is refused
//! and changes nothing.

use std::fmt;

/// A state of a payment code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Issued, no money known.
    Issued,
    /// Declined or never paid.
    Void,
    /// Paid and free to be spent.
    Paid,
    /// Paid otherwise than ordered.
    Disputed,
    /// Tied to one order.
    Bound,
    /// Spent.
    Closed,
    /// Taken back by the bank.
    Reversed,
    /// Given back.
    Refunded,
}

impl State {
    /// All states.
    pub const ALL: [Self; 8] = [
        Self::Issued,
        Self::Void,
        Self::Paid,
        Self::Disputed,
        Self::Bound,
        Self::Closed,
        Self::Reversed,
        Self::Refunded,
    ];

    /// The name in messages and columns.
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Void => "void",
            Self::Paid => "paid",
            Self::Disputed => "disputed",
            Self::Bound => "bound",
            Self::Closed => "closed",
            Self::Reversed => "reversed",
            Self::Refunded => "refunded",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such state")]
pub struct NoSuchState;

impl std::str::FromStr for State {
    type Err = NoSuchState;
    fn from_str(s: &str) -> Result<Self, NoSuchState> {
        Self::ALL.into_iter().find(|state| state.name() == s).ok_or(NoSuchState)
    }
}

/// What may happen, with the distinctions that decide the outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// The bank's notice agrees with the order.
    Notice,
    /// The same notice again.
    NoticeAgain,
    /// A notice with another amount, service, recipient or provider.
    NoticeDiffering,
    /// A notice of another operation for a code already paid.
    NoticeOfAnother,
    /// The bank says it declined.
    Declined,
    /// The time for payment is over.
    Expired,
    /// The portal binds for an application.
    Bind,
    /// The portal binds for the application it is bound to.
    BindAgain,
    /// The portal binds for another recipient.
    BindOtherRecipient,
    /// The portal binds for another service.
    BindOtherService,
    /// The service was delivered under the bound application.
    Delivered,
    /// The service was delivered under another application.
    DeliveredElsewhere,
    /// The service could not be rendered under the bound application.
    Released,
    /// Released under another application.
    ReleasedElsewhere,
    /// A desk inquires.
    Inquire,
    /// A desk inquires for another service.
    InquireOtherService,
    /// The operator closes with the ticket.
    CloseAtDesk,
    /// Somebody closes without a valid ticket of that operator.
    CloseWithoutTicket,
    /// The bank reverses the operation it noticed.
    Reverse,
    /// A reversal of another operation or amount.
    ReverseOther,
    /// Two officers refund.
    Refund,
    /// The bank would not give back what two officers had granted.
    RefundRefused,
    /// The same, and its own matching reversal is parked.
    RefundRefusedReversed,
    /// Two officers accept a disputed payment.
    SettleAccept,
    /// Two officers refund a disputed payment.
    SettleRefund,
    /// Two officers settle a dispute whose matching reversal is parked.
    SettleReversed,
}

impl Trigger {
    /// All triggers.
    pub const ALL: [Self; 26] = [
        Self::Notice,
        Self::NoticeAgain,
        Self::NoticeDiffering,
        Self::NoticeOfAnother,
        Self::Declined,
        Self::Expired,
        Self::Bind,
        Self::BindAgain,
        Self::BindOtherRecipient,
        Self::BindOtherService,
        Self::Delivered,
        Self::DeliveredElsewhere,
        Self::Released,
        Self::ReleasedElsewhere,
        Self::Inquire,
        Self::InquireOtherService,
        Self::CloseAtDesk,
        Self::CloseWithoutTicket,
        Self::Reverse,
        Self::ReverseOther,
        Self::Refund,
        Self::RefundRefused,
        Self::RefundRefusedReversed,
        Self::SettleAccept,
        Self::SettleRefund,
        Self::SettleReversed,
    ];

    /// The trigger in words, as the documents print it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Notice => "bank's notice, everything agreeing",
            Self::NoticeAgain => "the same notice again",
            Self::NoticeDiffering => "notice with another amount, service, recipient, provider or channel",
            Self::NoticeOfAnother => "notice of another operation under the same code",
            Self::Declined => "bank declined (CancelPaymentCode)",
            Self::Expired => "24 h unpaid",
            Self::Bind => "bound to an application",
            Self::BindAgain => "bound to the same application again",
            Self::BindOtherRecipient => "bound for another recipient",
            Self::BindOtherService => "bound for another service",
            Self::Delivered => "service delivered",
            Self::DeliveredElsewhere => "service delivered under another application",
            Self::Released => "service could not be rendered",
            Self::ReleasedElsewhere => "released under another application",
            Self::Inquire => "inquired by the desk",
            Self::InquireOtherService => "inquired for another service",
            Self::CloseAtDesk => "closed by the operator with the ticket",
            Self::CloseWithoutTicket => "closed without a valid ticket",
            Self::Reverse => "reversed by the bank",
            Self::ReverseOther => "reversal of another operation or amount",
            Self::Refund => "refunded by two officers",
            Self::RefundRefused => "the bank would not give it back",
            Self::RefundRefusedReversed => {
                "the bank would not give it back, the matching reversal being parked"
            }
            Self::SettleAccept => "settled by two officers: accepted",
            Self::SettleRefund => "settled by two officers: refunded",
            Self::SettleReversed => "settled by two officers, the matching reversal being parked",
        }
    }
}

/// What a row of the table says happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The state changes.
    To(State),
    /// Nothing changes and the answer is the one given before.
    Same,
    /// Kept until the fact it presupposes arrives.
    Parked,
    /// A second sum of money: evidence and suspense, the state unchanged.
    Surplus,
    /// A ticket is given.
    Ticketed,
    /// Acknowledged; it no longer matters.
    Overtaken,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::To(state) => state.fmt(f),
            Self::Same => f.write_str("unchanged, same answer"),
            Self::Parked => f.write_str("unchanged, the reversal is parked"),
            Self::Surplus => f.write_str("unchanged, the money is in suspense"),
            Self::Ticketed => f.write_str("unchanged, with a ticket of ten minutes"),
            Self::Overtaken => f.write_str("unchanged, acknowledged"),
        }
    }
}

/// One row: from this state, by this trigger, that outcome.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The state before.
    pub from: State,
    /// What happens.
    pub by: Trigger,
    /// What comes of it.
    pub outcome: Outcome,
    /// Where the rule comes from.
    pub source: &'static str,
}

const fn row(from: State, by: Trigger, outcome: Outcome, source: &'static str) -> Row {
    Row { from, by, outcome, source }
}

use Outcome::{Overtaken, Parked, Same, Surplus, Ticketed, To};
use State::{Bound, Closed, Disputed, Issued, Paid, Refunded, Reversed, Void};

/// Every permitted pair of state and trigger.
pub const TABLE: &[Row] = &[
    row(Issued, Trigger::Notice, To(Paid), "T1.22-24, T3.16-18, T4.14-16, T5.22-24"),
    row(Issued, Trigger::NoticeAgain, To(Paid), "the first to arrive is the first"),
    row(Issued, Trigger::NoticeOfAnother, To(Paid), "the first to arrive is the first"),
    row(Issued, Trigger::NoticeDiffering, To(Disputed), "ours: never paid by itself"),
    row(Issued, Trigger::Declined, To(Void), "ours"),
    row(Issued, Trigger::Expired, To(Void), "ours: 24 h"),
    row(Issued, Trigger::Reverse, Parked, "ours: a reversal before its notice"),
    row(Issued, Trigger::ReverseOther, Parked, "ours: which notice it reverses is not known yet"),
    row(Void, Trigger::Notice, To(Paid), "ours: money is never refused"),
    row(Void, Trigger::NoticeAgain, To(Paid), "ours: money is never refused"),
    row(Void, Trigger::NoticeOfAnother, To(Paid), "ours: money is never refused"),
    row(Void, Trigger::NoticeDiffering, To(Disputed), "ours"),
    row(Void, Trigger::Declined, Same, "ours"),
    row(Void, Trigger::Expired, Same, "ours"),
    row(Void, Trigger::Reverse, Parked, "ours"),
    row(Void, Trigger::ReverseOther, Parked, "ours"),
    row(Paid, Trigger::NoticeAgain, Same, "ours: a repeat is harmless"),
    row(Paid, Trigger::Notice, Surplus, "ours: paid twice"),
    row(Paid, Trigger::NoticeDiffering, Surplus, "ours: paid twice"),
    row(Paid, Trigger::NoticeOfAnother, Surplus, "ours: paid twice"),
    row(Paid, Trigger::Declined, Overtaken, "ours: facts come in any order"),
    row(Paid, Trigger::Bind, To(Bound), "T6.8-14"),
    row(Paid, Trigger::BindAgain, To(Bound), "T6.8-14"),
    row(Paid, Trigger::Released, Overtaken, "ours"),
    row(Paid, Trigger::ReleasedElsewhere, Overtaken, "ours"),
    row(Paid, Trigger::Inquire, Ticketed, "T7.5-11"),
    row(Paid, Trigger::CloseAtDesk, To(Closed), "T7.14-15"),
    row(Paid, Trigger::Reverse, To(Reversed), "ours"),
    row(Paid, Trigger::Refund, To(Refunded), "ours"),
    row(Disputed, Trigger::NoticeAgain, Same, "ours"),
    row(Disputed, Trigger::Notice, Surplus, "ours"),
    row(Disputed, Trigger::NoticeDiffering, Surplus, "ours"),
    row(Disputed, Trigger::NoticeOfAnother, Surplus, "ours"),
    row(Disputed, Trigger::Declined, Overtaken, "ours"),
    row(Disputed, Trigger::Reverse, Parked, "ours: officers see it"),
    row(Disputed, Trigger::ReverseOther, Parked, "ours: officers see it"),
    row(Disputed, Trigger::SettleAccept, To(Paid), "ours"),
    row(Disputed, Trigger::SettleRefund, To(Refunded), "ours"),
    row(Disputed, Trigger::SettleReversed, To(Reversed), "ours: the bank has taken it back already"),
    row(Bound, Trigger::NoticeAgain, Same, "ours"),
    row(Bound, Trigger::Notice, Surplus, "ours"),
    row(Bound, Trigger::NoticeDiffering, Surplus, "ours"),
    row(Bound, Trigger::NoticeOfAnother, Surplus, "ours"),
    row(Bound, Trigger::Declined, Overtaken, "ours"),
    row(Bound, Trigger::BindAgain, Same, "ours: a repeat is harmless"),
    row(Bound, Trigger::Delivered, To(Closed), "T6.post (timing ours)"),
    row(Bound, Trigger::Released, To(Paid), "T1.post, T2.post"),
    row(Bound, Trigger::ReleasedElsewhere, Overtaken, "ours"),
    row(Closed, Trigger::NoticeAgain, Same, "ours"),
    row(Closed, Trigger::Notice, Surplus, "ours"),
    row(Closed, Trigger::NoticeDiffering, Surplus, "ours"),
    row(Closed, Trigger::NoticeOfAnother, Surplus, "ours"),
    row(Closed, Trigger::Declined, Overtaken, "ours"),
    row(Closed, Trigger::Delivered, Same, "ours: a repeat is harmless"),
    row(Reversed, Trigger::NoticeAgain, Same, "ours"),
    row(Reversed, Trigger::Notice, Surplus, "ours"),
    row(Reversed, Trigger::NoticeDiffering, Surplus, "ours"),
    row(Reversed, Trigger::NoticeOfAnother, Surplus, "ours"),
    row(Reversed, Trigger::Declined, Overtaken, "ours"),
    row(Reversed, Trigger::Reverse, Same, "ours: a repeat is harmless"),
    row(Refunded, Trigger::NoticeAgain, Same, "ours"),
    row(Refunded, Trigger::Notice, Surplus, "ours"),
    row(Refunded, Trigger::NoticeDiffering, Surplus, "ours"),
    row(Refunded, Trigger::NoticeOfAnother, Surplus, "ours"),
    row(Refunded, Trigger::Declined, Overtaken, "ours"),
    row(Refunded, Trigger::Refund, Same, "ours"),
    row(Refunded, Trigger::Reverse, Parked, "ours: the bank's answer to the refund decides"),
    row(Refunded, Trigger::ReverseOther, Parked, "ours: officers see it"),
    row(Refunded, Trigger::RefundRefused, To(Disputed), "ours: neither spendable nor lost; officers see it"),
    row(Refunded, Trigger::RefundRefusedReversed, To(Reversed), "ours: the bank has taken it back already"),
];

/// The row for a pair, if it is permitted.
pub fn find(from: State, by: Trigger) -> Option<&'static Row> {
    TABLE.iter().find(|row| row.from == from && row.by == by)
}
