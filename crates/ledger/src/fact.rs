//! Which postings a change of a payment brings: the difference between where its money stood and where it stands.

use payment::{Life, Paid, Payment, Reversal};
use terms::{BankReference, Moment, PaymentCode, Requisites};

use crate::{Account, Posting, PostingKind, Subject};

/// Where the money of a payment stands.
enum Place {
    /// Nowhere: none is known to have been taken.
    Nowhere,
    /// With the provider, or on its way there.
    Payable,
    /// In suspense.
    Suspended,
    /// Back where it came from, by the bank's own doing.
    TakenBack(Reversal),
    /// Promised back to the payer.
    Granted,
}

impl Place {
    fn of(payment: &Payment) -> Self {
        match &payment.life {
            Life::Issued | Life::Void => Self::Nowhere,
            Life::Disputed(_) => Self::Suspended,
            Life::Paid(_) | Life::Bound(..) | Life::Closed(..) => Self::Payable,
            Life::Reversed(_, reversal) => Self::TakenBack(reversal.clone()),
            Life::Refunded(..) => Self::Granted,
        }
    }
}

/// The postings that one change of a payment brings, in their order; none where its money stays where it stands.
///
/// `at` is when the change happened here. The day is that of the bank's word: when it took the money, or took it back;
/// what officers decided is of the day they did.
pub fn of_change(before: &Payment, after: &Payment, at: Moment) -> Vec<Posting> {
    let Some(paid) = after.paid() else { return Vec::new() };
    let mut moves = Moves { payment: after, paid, at, postings: Vec::new() };
    let mut from = Place::of(before);
    let to = Place::of(after);
    // A notice can find its reversal waiting: the money comes and goes in one change.
    if let (Place::Nowhere, Place::TakenBack(_)) = (&from, &to) {
        moves.taken(PostingKind::Payment);
        from = Place::Payable;
    }
    match (&from, &to) {
        (Place::Nowhere, Place::Payable) => moves.taken(PostingKind::Payment),
        (Place::Nowhere, Place::Suspended) => moves.taken(PostingKind::Dispute),
        (Place::Suspended, Place::Payable) => moves.accepted(),
        (Place::Suspended, Place::TakenBack(reversal)) => moves.taken_back(reversal, moves.suspense()),
        (Place::Payable, Place::TakenBack(reversal)) => moves.taken_back(reversal, moves.payable()),
        (Place::Suspended, Place::Granted) => moves.granted(moves.suspense()),
        (Place::Payable, Place::Granted) => moves.granted(moves.payable()),
        (Place::Granted, Place::Suspended) => moves.withdrawn(),
        // The bank had taken the money back by itself: what was granted is not owed any more.
        (Place::Granted, Place::TakenBack(reversal)) => {
            moves.withdrawn();
            moves.taken_back(reversal, moves.suspense());
        }
        _ => {}
    }
    moves.postings
}

/// The posting of a second sum that a bank took under one code: it waits in suspense.
pub fn of_surplus(code: PaymentCode, bank: terms::Bin, said: &Requisites, at: Moment) -> Posting {
    Posting {
        kind: PostingKind::Surplus,
        about: Subject::Operation(code, bank, said.bank_reference.clone()),
        debit: Account::BankReceivable(bank),
        credit: Account::Suspense(bank),
        amount: said.amount,
        day: said.paid_at.banking_day(),
        at,
    }
}

/// What a bank says of money that it gave back on our order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenBack {
    /// The bank's own id of it; none where it said none.
    pub reference: Option<BankReference>,
    /// When it did.
    pub at: Moment,
}

/// The posting of money that a bank gave back: it owes us less, and we owe the payer nothing. None where nothing was paid.
pub fn of_refund(payment: &Payment, given: &GivenBack, at: Moment) -> Option<Posting> {
    let paid = payment.paid().filter(|paid| paid.requisites.amount > terms::Tiyn::ZERO)?;
    let about = match &given.reference {
        Some(reference) => Subject::Operation(payment.code, paid.bank, reference.clone()),
        None => subject(payment),
    };
    Some(Posting {
        kind: PostingKind::Refund,
        about,
        debit: Account::RefundPayable(paid.bank),
        credit: Account::BankReceivable(paid.bank),
        amount: paid.requisites.amount,
        day: given.at.banking_day(),
        at,
    })
}

/// What the postings of a payment are about: each refusal of its bank to give it back begins anew.
fn subject(payment: &Payment) -> Subject {
    match payment.refusals {
        0 => Subject::Payment(payment.code),
        times => Subject::AfterRefusal(payment.code, times),
    }
}

/// The postings of one change as they are made.
struct Moves<'a> {
    payment: &'a Payment,
    paid: &'a Paid,
    at: Moment,
    postings: Vec<Posting>,
}

impl Moves<'_> {
    /// The provider is the one of the order: a disputed notice may name another.
    fn payable(&self) -> Account {
        Account::ProviderPayable(self.payment.order.provider)
    }

    fn suspense(&self) -> Account {
        Account::Suspense(self.paid.bank)
    }

    fn taken(&mut self, kind: PostingKind) {
        let credit = if kind == PostingKind::Payment { self.payable() } else { self.suspense() };
        let day = self.paid.requisites.paid_at;
        self.post(kind, Account::BankReceivable(self.paid.bank), credit, day);
    }

    fn accepted(&mut self) {
        self.post(PostingKind::Accept, self.suspense(), self.payable(), self.at);
    }

    fn taken_back(&mut self, reversal: &Reversal, from: Account) {
        self.post(PostingKind::Reversal, from, Account::BankReceivable(self.paid.bank), reversal.reversed_at);
    }

    fn granted(&mut self, from: Account) {
        self.post(PostingKind::RefundGrant, from, Account::RefundPayable(self.paid.bank), self.at);
    }

    /// The refusal is of the day it was heard of: the bank says of no other.
    fn withdrawn(&mut self) {
        let granted = Account::RefundPayable(self.paid.bank);
        self.post(PostingKind::RefundWithdrawn, granted, self.suspense(), self.at);
    }

    fn post(&mut self, kind: PostingKind, debit: Account, credit: Account, day: Moment) {
        let amount = self.paid.requisites.amount;
        // A service may cost nothing; nothing is not posted.
        if amount == terms::Tiyn::ZERO {
            return;
        }
        self.postings.push(Posting {
            kind,
            about: subject(self.payment),
            debit,
            credit,
            amount,
            day: day.banking_day(),
            at: self.at,
        });
    }
}
