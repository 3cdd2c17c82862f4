//! The life of a payment code (УКП): issued, paid, bound, closed, and the ways out of the ordinary.
//!
//! `Payment::apply` is the only way from one state to the next. What it may do is written down once more as
//! data in [`crate::table`], which is printed into the documents and compared with this code in a test.
//! Facts (notice, cancellation, reversal, delivery, release) may come in any order and are never refused for
//! age; where one comes before the fact it presupposes, it is parked, and the final state does not depend on
//! the order of arrival.

use terms::{
    ApplicationNumber, BankReference, Bin, Channel, Moment, Party, PartyNumber, PaymentCode, Requisites,
    ServiceCode, ShortText, TicketId, Tiyn, TransactionNumber,
};

use crate::table::State;

/// How long a desk's ticket lives (ours; table 7 leaves the time between steps 8 and 15 open).
pub const TICKET_SECONDS: i64 = 600;

/// How long an unpaid code waits before it is void (ours).
pub const UNPAID_SECONDS: i64 = 24 * 3600;

/// How far a bank's clock may be off before its word on when it took the money is doubted (ours).
pub const PAID_AT_TOLERANCE_SECONDS: i64 = 24 * 3600;

/// What was asked for when the code was issued. None of it ever changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is paid for.
    pub service: ServiceCode,
    /// The state body that renders it.
    pub provider: Bin,
    /// The price, fixed at issue.
    pub amount: Tiyn,
    /// Who receives the service.
    pub recipient: Party,
    /// The way to pay.
    pub channel: Channel,
    /// The participant the code was issued to; only the bank it was issued to, or the bank the gateway
    /// itself asked for the money, may say that it is paid.
    pub issued_to: Bin,
    /// The portal's order, where there was one before payment (tables 1 and 2).
    pub application: Option<ApplicationNumber>,
    /// When the code was issued.
    pub issued_at: Moment,
}

impl Order {
    /// Until when an unpaid code waits.
    pub fn valid_until(&self) -> Moment {
        self.issued_at.plus_seconds(UNPAID_SECONDS)
    }
}

/// A payment code with its whole life so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The code.
    pub code: PaymentCode,
    /// What was asked for.
    pub order: Order,
    /// Where it stands.
    pub life: Life,
    /// A reversal that came before the notice it reverses, or while its money was disputed or asked back.
    pub parked_reversal: Option<Reversal>,
    /// How often two officers granted the money back and the bank would not give it.
    pub refusals: u32,
}

/// The states, each with what is known only in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Life {
    /// The code exists; no money is known to have been taken.
    Issued,
    /// The bank declined or nobody paid in time. A true notice still makes it paid.
    Void,
    /// Paid and free to be spent.
    Paid(Paid),
    /// Money came, but not as ordered: kept in suspense until two officers settle it.
    Disputed(Disputed),
    /// Tied to one order of one service.
    Bound(Paid, ApplicationNumber, Moment),
    /// Spent for good (аннулирован).
    Closed(Paid, Closing, Moment),
    /// The bank took the payment back before it was spent.
    Reversed(Paid, Reversal),
    /// Granted back by two officers: the code is spent for good unless the bank refuses.
    Refunded(Paid, Moment),
}

/// A payment that the bank has vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// All requisites, as the bank signed them.
    pub requisites: Requisites,
    /// The bank that signed.
    pub bank: Bin,
    /// When the data reached the gateway (T1.23).
    pub received_at: Moment,
    /// The gateway's number of the transaction (T1.28).
    pub transaction: TransactionNumber,
    /// A desk's permission to close, if one is open.
    pub ticket: Option<Ticket>,
}

/// Money that came otherwise than ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    /// What the bank said.
    pub paid: Paid,
    /// In what it differs from the order.
    pub differs_in: Difference,
}

/// The first field in which a notice differs from the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// Another amount.
    Amount,
    /// Another service.
    Service,
    /// Another recipient.
    Recipient,
    /// Another provider, or another account, bank, КБК, КНП or КБе of the beneficiary.
    Beneficiary,
    /// Another way to pay.
    Channel,
    /// The bank's own answer to the authorisation (T1.18-21 against T1.22).
    Authorisation,
    /// The bank's operation already pays for another code.
    BankReference,
    /// The money was taken a day before the code was issued, or a day from now.
    PaidAt,
    /// None in the notice: two officers granted the money back, and the bank would not give it.
    RefundRefused,
}

/// A service-centre operator, as named inside the portal's signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The operator's IIN.
    pub iin: terms::Iin,
    /// Full name.
    pub name: ShortText,
    /// The service centre.
    pub centre: ShortText,
}

/// A desk's permission to close one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Its unguessable number.
    pub id: TicketId,
    /// Whose it is.
    pub operator: Operator,
    /// Until when it is good.
    pub until: Moment,
}

/// How a code was spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closing {
    /// The service was delivered at the portal under this application.
    Delivered(ApplicationNumber),
    /// An operator closed it at the desk, with this ticket.
    Desk(Operator, TicketId),
}

/// The bank takes a payment back (storno).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// The bank that does.
    pub bank: Bin,
    /// The operation it takes back.
    pub bank_reference: BankReference,
    /// How much.
    pub amount: Tiyn,
    /// When the bank did.
    pub reversed_at: Moment,
}

/// A bank's signed word that a code is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The bank that signed it.
    pub bank: Bin,
    /// The requisites as ordered: what a bank must repeat for the notice to agree.
    pub requisites: Requisites,
    /// The number the gateway gives the transaction if this is its first notice.
    pub transaction: TransactionNumber,
    /// What else speaks against it, beyond the order: what only the caller can see.
    pub contradiction: Option<Difference>,
}

/// How two officers settle a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settlement {
    /// The money is taken for the service after all.
    Accept,
    /// The money goes back.
    Refund,
}

/// What happens to a payment code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The bank says it is paid.
    Notice(Notice),
    /// The bank says that it declined (CancelPaymentCode).
    Declined,
    /// The time for payment is over.
    Expired,
    /// The portal ties it to an application.
    Bind {
        /// The order it is tied to.
        application: ApplicationNumber,
        /// For whom.
        recipient: PartyNumber,
        /// For what.
        service: ServiceCode,
    },
    /// The portal says the service was delivered.
    Delivered {
        /// The order that was fulfilled.
        application: ApplicationNumber,
    },
    /// The portal says the service could not be rendered.
    Released {
        /// The order that was not fulfilled.
        application: ApplicationNumber,
    },
    /// A desk asks about it.
    Inquire {
        /// The ticket to give, freshly drawn.
        ticket: TicketId,
        /// Who asks.
        operator: Operator,
        /// Which service the person asked for.
        service: ServiceCode,
    },
    /// A desk closes it.
    CloseAtDesk {
        /// The ticket given at the inquiry.
        ticket: TicketId,
        /// Who closes.
        operator: Operator,
    },
    /// The bank takes it back.
    Reverse(Reversal),
    /// Two officers give the money back.
    Refund,
    /// The bank would not give back what two officers had granted.
    RefundRefused,
    /// Two officers settle a dispute.
    Settle(Settlement),
}

/// What an event did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The payment after it.
    pub payment: Payment,
    /// What kind of change it was.
    pub effect: Effect,
}

/// Kinds of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// The state changed.
    Moved,
    /// A repeat: everything already was so.
    Same,
    /// Kept for the fact it presupposes.
    Parked,
    /// A second sum of money under one code: kept as evidence, in suspense, the state unchanged.
    Surplus,
    /// A ticket was given; the payment stays paid.
    Ticketed,
    /// A fact that no longer matters: acknowledged, nothing changed.
    Overtaken,
}

/// Why an event was refused. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The bank has not confirmed yet.
    #[error("the bank has not confirmed the payment yet")]
    NotConfirmed,
    /// The code was never paid and no longer can be expected to be.
    #[error("the payment code is void")]
    Void,
    /// Money came, but not as ordered.
    #[error("the payment is disputed")]
    Disputed,
    /// Tied to another order.
    #[error("the payment code is bound to another order")]
    BoundElsewhere,
    /// Spent.
    #[error("the payment code is already used")]
    Used,
    /// Taken back by the bank.
    #[error("the payment was reversed")]
    Reversed,
    /// Given back.
    #[error("the payment was refunded")]
    Refunded,
    /// Another recipient than the one paid for.
    #[error("the payment code belongs to another recipient")]
    OtherRecipient,
    /// Another service than the one paid for.
    #[error("the payment code pays for another service")]
    OtherService,
    /// The desk's ticket is missing, not this operator's, or over.
    #[error("the desk's ticket is not valid")]
    NoTicket,
    /// The payment is not tied to the application named.
    #[error("the payment code is not bound to this order")]
    NotBound,
    /// The reversal names another operation or another amount than the notice.
    #[error("the reversal does not match the payment")]
    ReversalMismatch,
    /// Money already spent cannot be taken back: a claim for compensation is the way (cl. 23–24).
    #[error("a spent payment cannot be taken back")]
    Spent,
    /// The event makes no sense in this state.
    #[error("not possible in this state")]
    NotPossible,
}

type Decision = Result<Change, Refusal>;

impl Payment {
    /// A code newly issued (T1.8–10, T3.9–11, T4.7–9, T5.14–16).
    pub fn issue(code: PaymentCode, order: Order) -> Self {
        Self { code, order, life: Life::Issued, parked_reversal: None, refusals: 0 }
    }

    /// A code born paid: the bank confirmed the debit of an account before the code existed (T2.15–18).
    pub fn born_paid(code: PaymentCode, order: Order, paid: Paid) -> Self {
        Self { code, order, life: Life::Paid(paid), parked_reversal: None, refusals: 0 }
    }

    /// The name of the state.
    pub fn state(&self) -> State {
        match self.life {
            Life::Issued => State::Issued,
            Life::Void => State::Void,
            Life::Paid(_) => State::Paid,
            Life::Disputed(_) => State::Disputed,
            Life::Bound(..) => State::Bound,
            Life::Closed(..) => State::Closed,
            Life::Reversed(..) => State::Reversed,
            Life::Refunded(..) => State::Refunded,
        }
    }

    /// What the bank vouched for, in whatever state the payment is since.
    pub fn paid(&self) -> Option<&Paid> {
        match &self.life {
            Life::Issued | Life::Void => None,
            Life::Disputed(disputed) => Some(&disputed.paid),
            Life::Paid(paid)
            | Life::Bound(paid, ..)
            | Life::Closed(paid, ..)
            | Life::Reversed(paid, _)
            | Life::Refunded(paid, _) => Some(paid),
        }
    }

    /// Lets an event happen at a moment.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing changed then.
    pub fn apply(self, event: Event, now: Moment) -> Decision {
        match event {
            Event::Notice(notice) => self.notice(notice, now),
            Event::Declined => self.decline(),
            Event::Expired => self.expire(),
            Event::Bind { application, recipient, service } => {
                self.bind(application, recipient, &service, now)
            }
            Event::Delivered { application } => self.deliver(application, now),
            Event::Released { application } => self.release(&application),
            Event::Inquire { ticket, operator, service } => self.inquire(ticket, operator, &service, now),
            Event::CloseAtDesk { ticket, operator } => self.close_at_desk(ticket, operator, now),
            Event::Reverse(reversal) => self.reverse(reversal),
            Event::Refund => self.refund(now),
            Event::RefundRefused => self.refund_refused(),
            Event::Settle(settlement) => self.settle(settlement, now),
        }
    }

    fn moved(mut self, life: Life) -> Change {
        self.life = life;
        Change { payment: self, effect: Effect::Moved }
    }

    fn unchanged(self, effect: Effect) -> Change {
        Change { payment: self, effect }
    }

    fn notice(mut self, notice: Notice, now: Moment) -> Decision {
        if let Some(paid) = self.paid() {
            let known = paid.bank == notice.bank
                && paid.requisites.bank_reference == notice.requisites.bank_reference;
            return Ok(self.unchanged(if known { Effect::Same } else { Effect::Surplus }));
        }
        let is_ahead = notice.requisites.paid_at > now.plus_seconds(PAID_AT_TOLERANCE_SECONDS);
        let difference = self
            .order
            .difference(&notice.requisites)
            .or(notice.contradiction)
            .or(is_ahead.then_some(Difference::PaidAt));
        let Notice { bank, requisites, transaction, .. } = notice;
        let paid = Paid { requisites, bank, received_at: now, transaction, ticket: None };
        if let Some(differs_in) = difference {
            return Ok(self.moved(Life::Disputed(Disputed { paid, differs_in })));
        }
        // A reversal that overtook its notice takes effect now; one that does not match stays parked as
        // a matter for officers, and the money counts as paid.
        if let Some(reversal) = self.parked_reversal.take_if(|reversal| reversal.matches(&paid)) {
            return Ok(self.moved(Life::Reversed(paid, reversal)));
        }
        Ok(self.moved(Life::Paid(paid)))
    }

    fn decline(self) -> Decision {
        match self.life {
            Life::Issued => Ok(self.moved(Life::Void)),
            Life::Void => Ok(self.unchanged(Effect::Same)),
            // Money is never refused: once a notice came, a late cancellation changes nothing.
            _ => Ok(self.unchanged(Effect::Overtaken)),
        }
    }

    fn expire(self) -> Decision {
        match self.life {
            Life::Issued => Ok(self.moved(Life::Void)),
            Life::Void => Ok(self.unchanged(Effect::Same)),
            _ => Err(Refusal::NotPossible),
        }
    }

    fn bind(
        self,
        application: ApplicationNumber,
        recipient: PartyNumber,
        service: &ServiceCode,
        now: Moment,
    ) -> Decision {
        if self.order.recipient.number != recipient {
            return Err(Refusal::OtherRecipient);
        }
        if self.order.service != *service {
            return Err(Refusal::OtherService);
        }
        match self.life {
            Life::Paid(ref paid) => {
                let paid = Paid { ticket: None, ..paid.clone() };
                Ok(self.moved(Life::Bound(paid, application, now)))
            }
            Life::Bound(_, ref bound, _) if *bound == application => Ok(self.unchanged(Effect::Same)),
            _ => Err(self.cannot_be_spent()),
        }
    }

    fn deliver(self, application: ApplicationNumber, now: Moment) -> Decision {
        match self.life {
            Life::Bound(ref paid, ref bound, _) if *bound == application => {
                let paid = paid.clone();
                Ok(self.moved(Life::Closed(paid, Closing::Delivered(application), now)))
            }
            Life::Closed(_, Closing::Delivered(ref delivered), _) if *delivered == application => {
                Ok(self.unchanged(Effect::Same))
            }
            Life::Paid(_) => Err(Refusal::NotBound),
            _ => Err(self.cannot_be_spent()),
        }
    }

    fn release(self, application: &ApplicationNumber) -> Decision {
        match self.life {
            Life::Bound(ref paid, ref bound, _) if bound == application => {
                let paid = paid.clone();
                Ok(self.moved(Life::Paid(paid)))
            }
            // Released already, and perhaps ordered anew since: the fact no longer matters.
            Life::Paid(_) | Life::Bound(..) => Ok(self.unchanged(Effect::Overtaken)),
            _ => Err(self.cannot_be_spent()),
        }
    }

    fn inquire(
        mut self,
        ticket: TicketId,
        operator: Operator,
        service: &ServiceCode,
        now: Moment,
    ) -> Decision {
        if self.order.service != *service {
            return Err(Refusal::OtherService);
        }
        match &mut self.life {
            Life::Paid(paid) => {
                paid.ticket = Some(Ticket { id: ticket, operator, until: now.plus_seconds(TICKET_SECONDS) });
                Ok(self.unchanged(Effect::Ticketed))
            }
            _ => Err(self.cannot_be_spent()),
        }
    }

    fn close_at_desk(self, ticket: TicketId, operator: Operator, now: Moment) -> Decision {
        match self.life {
            Life::Paid(ref paid) => {
                let held = paid.ticket.as_ref().filter(|held| {
                    held.id == ticket && held.operator == operator && now.seconds_since(held.until) <= 0
                });
                if held.is_none() {
                    return Err(Refusal::NoTicket);
                }
                let paid = Paid { ticket: None, ..paid.clone() };
                Ok(self.moved(Life::Closed(paid, Closing::Desk(operator, ticket), now)))
            }
            Life::Closed(_, Closing::Desk(ref by, used), _) if *by == operator && used == ticket => {
                Ok(self.unchanged(Effect::Same))
            }
            _ => Err(self.cannot_be_spent()),
        }
    }

    fn reverse(mut self, reversal: Reversal) -> Decision {
        match self.life {
            // A bank that has taken a payment back by itself will not give it back once more: its answer to the
            // refund decides.
            Life::Issued | Life::Void | Life::Disputed(_) | Life::Refunded(..) => match &self.parked_reversal
            {
                Some(parked) if *parked == reversal => Ok(self.unchanged(Effect::Same)),
                Some(_) => Err(Refusal::ReversalMismatch),
                None => {
                    self.parked_reversal = Some(reversal);
                    Ok(self.unchanged(Effect::Parked))
                }
            },
            Life::Paid(ref paid) if reversal.matches(paid) => {
                let paid = Paid { ticket: None, ..paid.clone() };
                Ok(self.moved(Life::Reversed(paid, reversal)))
            }
            Life::Paid(_) => Err(Refusal::ReversalMismatch),
            Life::Reversed(_, ref done) if *done == reversal => Ok(self.unchanged(Effect::Same)),
            Life::Reversed(..) => Err(Refusal::ReversalMismatch),
            Life::Bound(..) | Life::Closed(..) => Err(Refusal::Spent),
        }
    }

    fn refund(self, now: Moment) -> Decision {
        match self.life {
            Life::Paid(ref paid) => {
                let paid = Paid { ticket: None, ..paid.clone() };
                Ok(self.moved(Life::Refunded(paid, now)))
            }
            Life::Refunded(..) => Ok(self.unchanged(Effect::Same)),
            // What is spent is claimed from the bank, if from anybody, and not given back (cl. 23–24).
            Life::Closed(..) => Err(Refusal::Spent),
            _ => Err(self.cannot_be_spent()),
        }
    }

    /// Neither spendable nor lost: two officers look at the bank's reason and settle it as any dispute.
    fn refund_refused(mut self) -> Decision {
        match self.life {
            Life::Refunded(ref paid, _) => {
                let paid = paid.clone();
                self.refusals = self.refusals.saturating_add(1);
                if let Some(reversal) = self.parked_reversal.take_if(|reversal| reversal.matches(&paid)) {
                    return Ok(self.moved(Life::Reversed(paid, reversal)));
                }
                Ok(self.moved(Life::Disputed(Disputed { paid, differs_in: Difference::RefundRefused })))
            }
            _ => Err(Refusal::NotPossible),
        }
    }

    fn settle(mut self, settlement: Settlement, now: Moment) -> Decision {
        match self.life {
            Life::Disputed(ref disputed) => {
                let paid = disputed.paid.clone();
                // The bank has taken the money back meanwhile: there is nothing left to accept or to give back.
                if let Some(reversal) = self.parked_reversal.take_if(|reversal| reversal.matches(&paid)) {
                    return Ok(self.moved(Life::Reversed(paid, reversal)));
                }
                Ok(self.moved(match settlement {
                    Settlement::Accept => Life::Paid(paid),
                    Settlement::Refund => Life::Refunded(paid, now),
                }))
            }
            _ => Err(Refusal::NotPossible),
        }
    }

    /// Why a payment in this state cannot be spent. Only a paid one can, and that is settled before.
    fn cannot_be_spent(&self) -> Refusal {
        match self.life {
            Life::Issued => Refusal::NotConfirmed,
            Life::Void => Refusal::Void,
            Life::Paid(_) => Refusal::NotPossible,
            Life::Disputed(_) => Refusal::Disputed,
            Life::Bound(..) => Refusal::BoundElsewhere,
            Life::Closed(..) => Refusal::Used,
            Life::Reversed(..) => Refusal::Reversed,
            Life::Refunded(..) => Refusal::Refunded,
        }
    }
}

impl Order {
    /// In what a notice differs from what was ordered, if in anything that matters.
    pub fn difference(&self, said: &Requisites) -> Option<Difference> {
        if said.amount != self.amount {
            Some(Difference::Amount)
        } else if said.service != self.service {
            Some(Difference::Service)
        } else if said.recipient.number != self.recipient.number {
            Some(Difference::Recipient)
        } else if said.provider != self.provider {
            Some(Difference::Beneficiary)
        } else if said.channel != self.channel {
            Some(Difference::Channel)
        } else if said.paid_at < self.issued_at.plus_seconds(-PAID_AT_TOLERANCE_SECONDS) {
            Some(Difference::PaidAt)
        } else {
            None
        }
    }
}

impl Reversal {
    fn matches(&self, paid: &Paid) -> bool {
        self.bank == paid.bank
            && self.bank_reference == paid.requisites.bank_reference
            && self.amount == paid.requisites.amount
    }
}

#[cfg(test)]
pub(crate) mod tests;
