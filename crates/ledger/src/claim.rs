//! A claim to a bank for what its clients paid (cl. 23), from its forming to the last tiyn of its reimbursement (cl. 24).

use terms::{BankingDay, Bin, ShortText, Tiyn};

use crate::DocumentNumber;
use crate::register::Totals;

/// A claim of one banking day to one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its number.
    pub number: DocumentNumber,
    /// Whom it is made to.
    pub bank: Bin,
    /// The day whose payments it claims, and whatever of earlier days no claim took.
    pub day: BankingDay,
    /// What the bank took, and what it took back or gave back since.
    pub totals: Totals,
    /// The operator's fee under the contract.
    pub fee: Tiyn,
    /// What the bank is to pay: what is left of the payments, and the fee.
    pub due: Tiyn,
    /// When the contract wants it reimbursed.
    pub due_on: BankingDay,
    /// What the bank says to it.
    pub standing: Standing,
    /// How much of it has been reimbursed.
    pub reimbursed: Tiyn,
}

/// What a bank says to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing yet: it waits in the outbox, or its answer is missing.
    Sent,
    /// It will pay all of it.
    Accepted,
    /// It will pay this much of it, for this reason.
    Part(Tiyn, ShortText),
    /// It will pay nothing, for this reason.
    Disputed(ShortText),
}

impl Standing {
    /// The name in columns and files.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Part(..) => "part",
            Self::Disputed(_) => "disputed",
        }
    }
}

/// Why no claim is formed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFormed {
    /// What was taken back comes to as much as what was paid, or more.
    #[error("after what was taken back nothing is left to be claimed")]
    NothingLeft,
    /// More than one operation of a bank may carry.
    #[error("the claim is larger than one operation may be")]
    TooLarge,
}

/// Why an answer to a claim is not taken. Nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClaimRefusal {
    /// The claim was answered before, and otherwise.
    #[error("the claim was answered before, and otherwise")]
    AnsweredOtherwise,
    /// The bank accepts nothing, all or more in part.
    #[error("a part of a claim is more than nothing and less than all of it")]
    NoPart,
}

/// What a reimbursement did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reimbursed {
    /// The claim after it.
    pub claim: Claim,
    /// How much of the money went into the claim.
    pub taken: Tiyn,
    /// How much was more than was open, and belongs to nobody yet.
    pub over: Tiyn,
}

impl Claim {
    /// Forms a claim.
    ///
    /// # Errors
    /// [`NotFormed`]; what it would have claimed waits for the next day's claim.
    pub fn form(
        number: DocumentNumber,
        (bank, day): (Bin, BankingDay),
        totals: Totals,
        fee: Tiyn,
        due_on: BankingDay,
    ) -> Result<Self, NotFormed> {
        let net = u64::try_from(totals.net()).map_err(|_| NotFormed::NothingLeft)?;
        if net == 0 {
            return Err(NotFormed::NothingLeft);
        }
        let due = Tiyn::new(net.saturating_add(fee.as_u64())).map_err(|_| NotFormed::TooLarge)?;
        Ok(Self {
            number,
            bank,
            day,
            totals,
            fee,
            due,
            due_on,
            standing: Standing::Sent,
            reimbursed: Tiyn::ZERO,
        })
    }

    /// What the payments come to after what was taken back, without the fee.
    pub fn net(&self) -> Tiyn {
        self.due.checked_sub(self.fee).unwrap_or(Tiyn::ZERO)
    }

    /// What of it is not reimbursed.
    pub fn open(&self) -> Tiyn {
        self.due.checked_sub(self.reimbursed).unwrap_or(Tiyn::ZERO)
    }

    /// What of the open sum the bank will not pay of itself.
    pub fn contested(&self) -> Tiyn {
        let accepted = match &self.standing {
            Standing::Sent | Standing::Accepted => return Tiyn::ZERO,
            Standing::Part(accepted, _) => *accepted,
            Standing::Disputed(_) => Tiyn::ZERO,
        };
        let contested = self.due.checked_sub(accepted).unwrap_or(Tiyn::ZERO);
        contested.min(self.open())
    }

    /// How many days the open sum is overdue; nothing where it is not, or where none is open.
    pub fn overdue_days(&self, today: BankingDay) -> u64 {
        if self.open() == Tiyn::ZERO {
            return 0;
        }
        u64::try_from(today.days_since(self.due_on)).unwrap_or(0)
    }

    /// Takes the bank's answer, once. The same answer again changes nothing.
    ///
    /// # Errors
    /// [`ClaimRefusal`]; the first answer stands.
    pub fn answered(self, standing: Standing) -> Result<Self, ClaimRefusal> {
        if let Standing::Part(accepted, _) = &standing
            && (*accepted == Tiyn::ZERO || *accepted >= self.due)
        {
            return Err(ClaimRefusal::NoPart);
        }
        match &self.standing {
            Standing::Sent => Ok(Self { standing, ..self }),
            before if *before == standing => Ok(self),
            _ => Err(ClaimRefusal::AnsweredOtherwise),
        }
    }

    /// Takes money that came for the claim. It may come before the answer and in several sums.
    pub fn reimburse(self, sum: Tiyn) -> Reimbursed {
        let taken = sum.min(self.open());
        let over = sum.checked_sub(taken).unwrap_or(Tiyn::ZERO);
        let reimbursed = self.reimbursed.checked_add(taken).unwrap_or(self.reimbursed);
        Reimbursed { claim: Self { reimbursed, ..self }, taken, over }
    }
}

/// How old open claims are, by whole classes of days overdue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Age {
    /// Not yet due.
    Current,
    /// One to three days overdue.
    Days3,
    /// Four to ten days.
    Days10,
    /// Eleven to thirty days.
    Days30,
    /// Longer.
    Older,
}

impl Age {
    /// The class of a number of days overdue.
    pub fn of(overdue_days: u64) -> Self {
        match overdue_days {
            0 => Self::Current,
            1..=3 => Self::Days3,
            4..=10 => Self::Days10,
            11..=30 => Self::Days30,
            _ => Self::Older,
        }
    }

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Days3 => "1-3",
            Self::Days10 => "4-10",
            Self::Days30 => "11-30",
            Self::Older => "31+",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(added: u64, deducted: u64, fee: u64) -> Result<Claim, NotFormed> {
        let totals = Totals { additions: 3, added, deductions: 1, deducted };
        let day: BankingDay = "2026-11-22".parse().unwrap();
        let bank = "500140000017".parse().unwrap();
        let number = "C-500140000017-20261122-1".parse().unwrap();
        Claim::form(number, (bank, day), totals, Tiyn::new(fee).unwrap(), day.plus_days(3))
    }

    fn tiyn(sum: u64) -> Tiyn {
        Tiyn::new(sum).unwrap()
    }

    /// Meets: C23
    #[test]
    fn a_claim_is_for_what_was_taken_less_what_went_back() {
        let formed = claim(517_500, 172_500, 345).unwrap();
        assert_eq!((formed.net(), formed.due, formed.open()), (tiyn(345_000), tiyn(345_345), tiyn(345_345)));
        assert_eq!(claim(172_500, 172_500, 0), Err(NotFormed::NothingLeft));
        assert_eq!(claim(0, 172_500, 0), Err(NotFormed::NothingLeft));
        assert_eq!(claim(Tiyn::LARGEST.as_u64(), 0, 1), Err(NotFormed::TooLarge));
        assert!(claim(Tiyn::LARGEST.as_u64(), 0, 0).is_ok());
    }

    /// Meets: C24
    #[test]
    fn a_claim_is_answered_once_and_reimbursed_to_the_tiyn() {
        let reason: ShortText = "one payment is unknown to us".parse().unwrap();
        let part = Standing::Part(tiyn(300_000), reason.clone());
        let claim = claim(345_000, 0, 0).unwrap();
        for no_part in [0, 345_000, 345_001] {
            let standing = Standing::Part(tiyn(no_part), reason.clone());
            assert_eq!(claim.clone().answered(standing), Err(ClaimRefusal::NoPart));
        }
        let claim = claim.answered(part.clone()).unwrap();
        assert_eq!(claim.contested(), tiyn(45_000));
        assert_eq!(claim.clone().answered(part).unwrap(), claim);
        assert_eq!(claim.clone().answered(Standing::Accepted), Err(ClaimRefusal::AnsweredOtherwise));

        let first = claim.reimburse(tiyn(300_000));
        assert_eq!((first.taken, first.over, first.claim.open()), (tiyn(300_000), Tiyn::ZERO, tiyn(45_000)));
        assert_eq!(first.claim.overdue_days("2026-11-25".parse().unwrap()), 0);
        assert_eq!(first.claim.overdue_days("2026-11-30".parse().unwrap()), 5);
        assert_eq!(Age::of(5).name(), "4-10");
        let second = first.claim.reimburse(tiyn(50_000));
        assert_eq!((second.taken, second.over), (tiyn(45_000), tiyn(5_000)));
        assert_eq!((second.claim.open(), second.claim.contested()), (Tiyn::ZERO, Tiyn::ZERO));
        assert_eq!(second.claim.overdue_days("2027-11-30".parse().unwrap()), 0);
    }
}
