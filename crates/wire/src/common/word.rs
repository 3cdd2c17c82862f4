//! Enumerations that stand in messages as words.

use crate::framework::words;

/// The word is none of its enumeration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such word")]
pub struct NoSuchWord;

words! {
    /// Where a payment code stands.
    pub enum PaymentState {
        /// The code exists; no money is known to have been taken.
        Issued = "issued",
        /// Declined or not paid in time; a true notice still makes it paid.
        Void = "void",
        /// Paid and free to be spent.
        Paid = "paid",
        /// Money came, but not as ordered.
        Disputed = "disputed",
        /// Tied to one order.
        Bound = "bound",
        /// Spent for good.
        Closed = "closed",
        /// Taken back by the bank.
        Reversed = "reversed",
        /// Given back.
        Refunded = "refunded",
    }
}
words! {
    /// Where the money is. Nothing else is ever said about it.
    pub enum MoneyState {
        /// The matter has no money in it.
        None = "none",
        /// The money has been taken and is safe.
        Taken = "taken",
        /// No money has been taken; said only where it is proved.
        NotTaken = "notTaken",
        /// Not known yet.
        NotKnown = "notKnown",
        /// Paid and used.
        Spent = "spent",
    }
}
words! {
    /// What became of a notice of payment.
    pub enum NoticeOutcome {
        /// The code is paid.
        Accepted = "accepted",
        /// The same payment was known already.
        Repeated = "repeated",
        /// Kept, but it differs from the order: two officers will settle it.
        Disputed = "disputed",
        /// Kept: the code was paid before, this is a second sum.
        Surplus = "surplus",
        /// A reversal had come first: the payment is reversed.
        Reversed = "reversed",
    }
}
words! {
    /// What became of a reversal.
    pub enum ReversalOutcome {
        /// The payment is reversed.
        Reversed = "reversed",
        /// Kept until the notice it reverses comes.
        Parked = "parked",
        /// It was reversed already.
        Repeated = "repeated",
    }
}
words! {
    /// On what ground a payment is closed.
    pub enum Basis {
        /// The service was delivered at the portal: a fact.
        Delivered = "delivered",
        /// An operator of a service centre confirms it at the desk: a question.
        Desk = "desk",
    }
}
words! {
    /// The ways to pay that have a page of the gateway.
    pub enum PageChannel {
        /// A card (clause 7(1)).
        Card = "card",
        /// A bank account (clause 7(2)).
        BankAccount = "bankAccount",
    }
}
words! {
    /// What happened to a payment.
    pub enum PaymentEvent {
        /// It is paid.
        Paid = "paid",
        /// Money came, but not as ordered.
        Disputed = "disputed",
        /// The bank took it back.
        Reversed = "reversed",
        /// It was given back.
        Refunded = "refunded",
    }
}
words! {
    /// Whether a service was delivered.
    pub enum Delivery {
        /// The document is ready.
        Delivered = "delivered",
        /// The service could not be rendered; the payment becomes free again.
        Failed = "failed",
    }
}
words! {
    /// Where a card page stands.
    pub enum CardPageState {
        /// Waiting for the card.
        Open = "open",
        /// The bank was asked and has not answered yet.
        Asked = "asked",
        /// Paid.
        Paid = "paid",
        /// Declined by the bank.
        Declined = "declined",
        /// The bank did not answer; it will be known later.
        Unknown = "unknown",
        /// Left by the payer.
        Cancelled = "cancelled",
    }
}
words! {
    /// What the bank's processing said about a card.
    pub enum CardVerdict {
        /// Authorised.
        Approved = "approved",
        /// Refused.
        Declined = "declined",
        /// No answer came.
        Unknown = "unknown",
    }
}
words! {
    /// What became of a debit of an account.
    pub enum DebitOutcome {
        /// The money was taken.
        Debited = "debited",
        /// The bank refused; nothing was taken.
        Refused = "refused",
    }
}
words! {
    /// What a bank knows about an attempt.
    pub enum DebitState {
        /// It never heard of it.
        Unknown = "unknown",
        /// It is still at work.
        Pending = "pending",
        /// The money was taken.
        Debited = "debited",
        /// The bank refused; nothing was taken.
        Refused = "refused",
    }
}
words! {
    /// What became of an order to give money back.
    pub enum RefundOutcome {
        /// Given back.
        Refunded = "refunded",
        /// Refused.
        Refused = "refused",
    }
}
words! {
    /// A bank's answer to a claim (clause 23).
    pub enum ClaimAnswer {
        /// It will pay the whole.
        Accepted = "accepted",
        /// It will pay a part, and says what it disputes.
        Part = "part",
        /// It disagrees with the whole, and says why.
        Disputed = "disputed",
    }
}
words! {
    /// What moved the money of a payment at a bank.
    pub enum MovementKind {
        /// The bank took it from the payer.
        Payment = "payment",
        /// The bank took the payment back.
        Reversal = "reversal",
        /// The gateway operator had it given back.
        Refund = "refund",
    }
}
words! {
    /// Why a bank disputes an item of a claim.
    pub enum ItemDispute {
        /// Its books have no such operation.
        Unknown = "unknown",
        /// The operation was for another payment code.
        OtherCode = "otherCode",
        /// The operation has another amount.
        OtherAmount = "otherAmount",
        /// It happened after the day of the claim.
        Later = "later",
        /// An earlier claim has taken it.
        ClaimedBefore = "claimedBefore",
        /// The claim lists it twice.
        Repeated = "repeated",
        /// The money was given back, and the claim does not deduct it.
        GivenBack = "givenBack",
        /// The claim deducts it, and the money was not given back.
        NotGivenBack = "notGivenBack",
    }
}
words! {
    /// What became of an order to pay a provider.
    pub enum PayoutOutcome {
        /// The money has left the operator's account.
        Executed = "executed",
        /// Refused; nothing has left the account.
        Refused = "refused",
    }
}
