//! The closing of a banking day: Σ notices = Σ journal = Σ registers = Σ claims, or each open tiyn with its reason.

use std::collections::BTreeMap;

use terms::{BankingDay, Bin, Tiyn};

use crate::register::Totals;

/// What is known of one banking day when it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The day.
    pub day: BankingDay,
    /// By bank.
    pub banks: BTreeMap<Bin, BankSums>,
    /// By provider.
    pub providers: BTreeMap<Bin, ProviderSums>,
    /// Money of the day that is nobody's yet: disputed and surplus sums.
    pub suspended: Totals,
    /// Granted to payers, less what the banks have given back.
    pub promised: Totals,
    /// Every open sum, with its reason.
    pub open: Vec<OpenItem>,
}

/// The four sums of a bank's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BankSums {
    /// As the bank's signed notices and reversals say.
    pub notices: Totals,
    /// As the journal has it.
    pub journal: Totals,
    /// As the last revision of the bank's register says; none where none is formed.
    pub register: Option<Totals>,
    /// As claimed from the bank.
    pub claimed: Totals,
    /// What no claim could take yet, because more went back than came.
    pub carried: Totals,
}

/// The sums of a provider's day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProviderSums {
    /// As the journal has it.
    pub journal: Totals,
    /// As the last revision of the provider's register says; none where none is formed.
    pub register: Option<Totals>,
}

/// A sum that is open at the end of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenItem {
    /// Why it is open.
    pub reason: OpenReason,
    /// What it is about: a payment code, the number of a claim, payout or refund, a bank.
    pub about: String,
    /// How much.
    pub amount: Tiyn,
    /// Who owes it to whom.
    pub owed: Owed,
}

/// Who owes an open sum to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owed {
    /// A bank owes it to the gateway's operator.
    ByBank,
    /// The operator owes it to a bank.
    ToBank,
    /// The operator owes it to a provider.
    ToProvider,
    /// A provider owes it to the operator.
    ByProvider,
    /// The operator owes it to a payer, whose bank gives it back.
    ToPayer,
    /// It came, and whose it is has to be settled.
    Suspense,
    /// It is not known yet whether anything is owed.
    Unknown,
}

impl Owed {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ByBank,
        Self::ToBank,
        Self::ToProvider,
        Self::ByProvider,
        Self::ToPayer,
        Self::Suspense,
        Self::Unknown,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::ByBank => "by-bank",
            Self::ToBank => "to-bank",
            Self::ToProvider => "to-provider",
            Self::ByProvider => "by-provider",
            Self::ToPayer => "to-payer",
            Self::Suspense => "suspense",
            Self::Unknown => "unknown",
        }
    }
}

/// Why a sum is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OpenReason {
    /// Money came otherwise than ordered, and two officers have to settle it.
    Disputed,
    /// A second sum came under one code.
    Surplus,
    /// Money came on a statement and names no claim.
    Unclaimed,
    /// Money came for a claim that had been paid before.
    ClaimRepeated,
    /// More money came for a claim than was open of it.
    ClaimOverpaid,
    /// A bank has not said whether it took the money.
    Unknown,
    /// More went back than came: the bank's next claim will take it.
    Carried,
    /// The bank has not answered the claim.
    ClaimUnanswered,
    /// The bank will not pay all of the claim.
    ClaimContested,
    /// The bank has accepted the claim and not paid it yet.
    ClaimUnpaid,
    /// The claim should have been paid before.
    ClaimOverdue,
    /// Granted to the payer, and not given back by the bank yet.
    RefundUnpaid,
    /// The bank would not pay the provider.
    PayoutRefused,
    /// The payout stands on no statement yet.
    PayoutUnconfirmed,
    /// More of a provider's payments went back after they were paid out than it is due since: its next payouts will take it.
    ProviderOverpaid,
    /// The bank's register or statement says otherwise, and nobody has settled it.
    Difference,
    /// The bank gave no statement for this closing: what it would have shown is not known.
    NoStatement,
}

impl OpenReason {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Disputed,
        Self::Surplus,
        Self::Unclaimed,
        Self::ClaimRepeated,
        Self::ClaimOverpaid,
        Self::Unknown,
        Self::Carried,
        Self::ClaimUnanswered,
        Self::ClaimContested,
        Self::ClaimUnpaid,
        Self::ClaimOverdue,
        Self::RefundUnpaid,
        Self::PayoutRefused,
        Self::PayoutUnconfirmed,
        Self::ProviderOverpaid,
        Self::Difference,
        Self::NoStatement,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disputed => "disputed",
            Self::Surplus => "surplus",
            Self::Unclaimed => "unclaimed",
            Self::ClaimRepeated => "claim-repeated",
            Self::ClaimOverpaid => "claim-overpaid",
            Self::Unknown => "unknown",
            Self::Carried => "carried",
            Self::ClaimUnanswered => "claim-unanswered",
            Self::ClaimContested => "claim-contested",
            Self::ClaimUnpaid => "claim-unpaid",
            Self::ClaimOverdue => "claim-overdue",
            Self::RefundUnpaid => "refund-unpaid",
            Self::PayoutRefused => "payout-refused",
            Self::PayoutUnconfirmed => "payout-unconfirmed",
            Self::ProviderOverpaid => "provider-overpaid",
            Self::Difference => "difference",
            Self::NoStatement => "no-statement",
        }
    }
}

/// Two sums of a day that should be equal and are not. A day with one of these does not close.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// What the bank signed is not what was posted.
    #[error("bank {bank}: its notices come to {notices}, the journal to {journal}")]
    NoticesJournal {
        /// The bank.
        bank: Bin,
        /// By the notices.
        notices: Totals,
        /// By the journal.
        journal: Totals,
    },
    /// A register is missing.
    #[error("no register of {0} is formed")]
    NoRegister(Bin),
    /// What was posted is not what stands in the register.
    #[error("{bin}: the journal comes to {journal}, the register to {register}")]
    JournalRegister {
        /// The bank or the provider.
        bin: Bin,
        /// By the journal.
        journal: Totals,
        /// By the register.
        register: Totals,
    },
    /// What was posted is neither claimed nor carried.
    #[error("bank {bank}: the journal comes to {journal}, claims to {claimed}, carried is {carried}")]
    JournalClaims {
        /// The bank.
        bank: Bin,
        /// By the journal.
        journal: Totals,
        /// Claimed.
        claimed: Totals,
        /// Carried to the next day.
        carried: Totals,
    },
    /// What banks took is neither a provider's nor a payer's nor in suspense.
    #[error("banks took {banks} tiyn, providers, suspense and payers have {holders}")]
    BanksProviders {
        /// Of all banks.
        banks: i128,
        /// Of all others.
        holders: i128,
    },
}

impl Disagreement {
    /// Whether forming the register anew may end it.
    pub fn is_of_register(&self) -> bool {
        matches!(self, Self::NoRegister(_) | Self::JournalRegister { .. })
    }
}

impl Closing {
    /// Whatever does not agree; nothing where the day closes.
    pub fn disagreements(&self) -> Vec<Disagreement> {
        let mut found = Vec::new();
        for (&bank, sums) in &self.banks {
            let BankSums { notices, journal, register, claimed, carried } = *sums;
            if notices != journal {
                found.push(Disagreement::NoticesJournal { bank, notices, journal });
            }
            check_register(bank, journal, register, &mut found);
            if claimed.plus(carried) != journal {
                found.push(Disagreement::JournalClaims { bank, journal, claimed, carried });
            }
        }
        for (&provider, sums) in &self.providers {
            check_register(provider, sums.journal, sums.register, &mut found);
        }
        let banks: i128 = self.banks.values().map(|sums| sums.journal.net()).sum();
        let providers: i128 = self.providers.values().map(|sums| sums.journal.net()).sum();
        let holders = providers + self.suspended.net() + self.promised.net();
        if banks != holders {
            found.push(Disagreement::BanksProviders { banks, holders });
        }
        found
    }
}

fn check_register(bin: Bin, journal: Totals, register: Option<Totals>, found: &mut Vec<Disagreement>) {
    match register {
        None if journal != Totals::default() => found.push(Disagreement::NoRegister(bin)),
        Some(register) if register != journal => {
            found.push(Disagreement::JournalRegister { bin, journal, register });
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn totals(added: u64, deducted: u64) -> Totals {
        Totals { additions: added / 1000, added, deductions: deducted / 1000, deducted }
    }

    fn bin(last: u32) -> Bin {
        format!("5001400001{last}").parse().unwrap()
    }

    fn day() -> Closing {
        let of_bank = BankSums {
            notices: totals(5000, 1000),
            journal: totals(5000, 1000),
            register: Some(totals(5000, 1000)),
            claimed: totals(5000, 1000),
            carried: totals(0, 0),
        };
        let of_provider = ProviderSums { journal: totals(4000, 1000), register: Some(totals(4000, 1000)) };
        Closing {
            day: "2026-11-22".parse().unwrap(),
            banks: BTreeMap::from([(bin(26), of_bank)]),
            providers: BTreeMap::from([(bin(26), of_provider)]),
            suspended: totals(1000, 0),
            promised: totals(0, 0),
            open: Vec::new(),
        }
    }

    /// Meets: C10, C23
    #[test]
    fn a_day_closes_only_where_all_its_sums_agree() {
        assert_eq!(day().disagreements(), []);
        let change = |change: fn(&mut BankSums)| {
            let mut day = day();
            day.banks.values_mut().for_each(change);
            day.disagreements().len()
        };
        assert_eq!(change(|sums| sums.notices = totals(4000, 1000)), 1);
        assert_eq!(change(|sums| sums.register = None), 1);
        assert_eq!(change(|sums| sums.register = Some(totals(5000, 0))), 1);
        assert_eq!(change(|sums| sums.claimed = totals(4000, 1000)), 1);
        assert_eq!(change(|sums| (sums.claimed, sums.carried) = (totals(4000, 0), totals(1000, 1000))), 0);
        // A tiyn more in one place shows in every sum that it is in.
        assert_eq!(change(|sums| sums.journal.added += 1), 4);
        let mut without_suspense = day();
        without_suspense.suspended = totals(0, 0);
        assert_eq!(
            without_suspense.disagreements(),
            [Disagreement::BanksProviders { banks: 4000, holders: 3000 }]
        );
    }
}
