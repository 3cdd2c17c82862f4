//! A claim of the gateway operator against the bank's own books: what is accepted of it, what is disputed and why (cl. 23–24).
//!
//! Pure: the books are looked up by `store`, money is moved by `use_case::reimburse`. A payment is accepted once, by the claim
//! that names it first; a reversal or refund is deducted once. What the claim deducts stays deducted even where the bank
//! disputes it: the bank never pays more than is claimed.

use std::collections::{BTreeMap, BTreeSet};

use terms::{BankReference, BankingDay, Bin, PaymentCode, Tiyn, tenge};
use wire::bank::AcceptClaim;
use wire::common::{ClaimAnswer, ClaimItem, DisputedItem, ItemDispute, MovementKind};

/// The operator's fee as the contract has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorFee {
    /// Hundredths of a per cent of what is claimed.
    pub basis_points: u32,
    /// Never less than this for anything at all.
    pub least: Tiyn,
    /// Never more than this, where there is a bound.
    pub most: Option<Tiyn>,
}

impl OperatorFee {
    /// The most that may be asked for payments of this sum; nothing for nothing.
    pub fn on(self, total: Tiyn) -> Tiyn {
        if total == Tiyn::ZERO {
            return Tiyn::ZERO;
        }
        let fee = total.basis_points(self.basis_points).max(self.least);
        self.most.map_or(fee, |most| fee.min(most))
    }
}

/// What the books have of one operation that took money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its row.
    pub row: i64,
    /// Its code, where the bank has it.
    pub code: Option<PaymentCode>,
    /// How much it took.
    pub amount: Tiyn,
    /// The banking day.
    pub paid_on: BankingDay,
    /// How the money went back, and on which day.
    pub returned: Option<(MovementKind, BankingDay)>,
    /// What earlier claims have taken of it.
    pub claimed: Vec<MovementKind>,
}

/// Sums over movements of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// How many payments.
    pub count: u64,
    /// What they come to, in tiyn.
    pub total: u64,
    /// How many reversals and refunds.
    pub returned_count: u64,
    /// What they come to, in tiyn.
    pub returned_total: u64,
}

impl Sums {
    /// What a claim states.
    pub fn stated(claim: &AcceptClaim) -> Self {
        Self {
            count: claim.count.as_u32().into(),
            total: claim.total.as_u64(),
            returned_count: claim.returned_count.as_u32().into(),
            returned_total: claim.returned_total.as_u64(),
        }
    }

    /// Counts one movement.
    pub fn add(&mut self, kind: MovementKind, amount: Tiyn) {
        let (count, total) = match kind {
            MovementKind::Payment => (&mut self.count, &mut self.total),
            MovementKind::Reversal | MovementKind::Refund => {
                (&mut self.returned_count, &mut self.returned_total)
            }
        };
        *count += 1;
        *total += amount.as_u64();
    }

    fn of(items: &[ClaimItem]) -> Self {
        let mut sums = Self::default();
        items.iter().for_each(|item| sums.add(item.kind, item.amount));
        sums
    }
}

impl std::fmt::Display for Sums {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { count, total, returned_count, returned_total } = self;
        let (total, returned) = (tenge(*total), tenge(*returned_total));
        write!(f, "{count} payments of {total} and {returned_count} returns of {returned}")
    }
}

/// What the bank says to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// In a word.
    pub answer: ClaimAnswer,
    /// What it will pay, with the fee.
    pub accepted: Tiyn,
    /// The fee in it.
    pub fee: Tiyn,
    /// In what it disagrees.
    pub reason: Option<String>,
    /// The items it disagrees with.
    pub disputed: Vec<DisputedItem>,
    /// Rows and movements the claim takes.
    pub taken: Vec<(i64, MovementKind)>,
}

impl Verdict {
    fn disputed(reason: String, disputed: Vec<DisputedItem>) -> Self {
        let (accepted, fee) = (Tiyn::ZERO, Tiyn::ZERO);
        Self {
            answer: ClaimAnswer::Disputed,
            accepted,
            fee,
            reason: Some(reason),
            disputed,
            taken: Vec::new(),
        }
    }
}

/// What a claim comes to: payments less returns, and the fee.
fn due(total: Tiyn, returned: Tiyn, fee: Tiyn) -> Option<Tiyn> {
    total.checked_sub(returned)?.checked_add(fee)
}

/// Whether the claim is made to this bank and agrees with itself.
///
/// # Errors
/// The verdict where it does not.
pub fn check_sums(claim: &AcceptClaim, own: Bin) -> Result<(), Box<Verdict>> {
    let dispute = |reason: &str| Err(Box::new(Verdict::disputed(reason.to_owned(), Vec::new())));
    if claim.bank != own {
        return dispute("the claim is made to another bank");
    }
    if due(claim.total, claim.returned_total, claim.fee) != Some(claim.due) {
        return dispute("the sum due is not payments less returns and the fee");
    }
    if !claim.items.is_empty() && Sums::of(&claim.items) != Sums::stated(claim) {
        return dispute("the items do not come to the totals");
    }
    Ok(())
}

/// Decides a claim that lists its items. `books` has what the bank holds of the operations the items name.
pub fn decide_items(claim: &AcceptClaim, books: &BTreeMap<BankReference, Held>, fee: OperatorFee) -> Verdict {
    let returns: BTreeSet<&BankReference> = claim
        .items
        .iter()
        .filter(|item| item.kind != MovementKind::Payment)
        .map(|item| &item.bank_reference)
        .collect();
    let mut seen = BTreeSet::new();
    let (mut disputed, mut taken, mut accepted) = (Vec::new(), Vec::new(), Vec::new());
    for item in &claim.items {
        let held = books.get(&item.bank_reference);
        let is_first = seen.insert((&item.bank_reference, item.kind == MovementKind::Payment));
        let is_deducted = returns.contains(&item.bank_reference);
        let why = if is_first {
            dispute_of(claim.day, item, held, is_deducted)
        } else {
            Some(ItemDispute::Repeated)
        };
        match (why, held) {
            (None, Some(held)) => {
                taken.push((held.row, item.kind));
                if item.kind == MovementKind::Payment {
                    accepted.push(item.amount);
                }
            }
            (why, held) => disputed.push(DisputedItem {
                bank_reference: item.bank_reference.clone(),
                kind: item.kind,
                why: why.unwrap_or(ItemDispute::Unknown),
                own_amount: held.map(|held| held.amount),
            }),
        }
    }
    let payments: Tiyn = accepted.into_iter().sum();
    let allowed = claim.fee.min(fee.on(payments));
    let Some(sum) = due(payments, claim.returned_total, allowed) else {
        return Verdict::disputed("more is deducted than the bank accepts".to_owned(), disputed);
    };
    let reason = match (disputed.len(), allowed == claim.fee) {
        (0, true) => None,
        (0, false) => Some(format!("the contract gives a fee of {allowed}")),
        (items, true) => Some(format!("{items} items differ from the bank's books")),
        (items, false) => Some(format!(
            "{items} items differ from the bank's books, and the contract gives a fee of {allowed}"
        )),
    };
    let answer = match &reason {
        None => ClaimAnswer::Accepted,
        Some(_) if sum > Tiyn::ZERO => ClaimAnswer::Part,
        Some(reason) => return Verdict::disputed(reason.clone(), disputed),
    };
    Verdict { answer, accepted: sum, fee: allowed, reason, disputed, taken }
}

/// Why an item is disputed; none where it is as the books have it.
fn dispute_of(
    day: BankingDay,
    item: &ClaimItem,
    held: Option<&Held>,
    is_deducted: bool,
) -> Option<ItemDispute> {
    let Some(held) = held else { return Some(ItemDispute::Unknown) };
    if held.code.is_some_and(|code| code != item.payment_code) {
        return Some(ItemDispute::OtherCode);
    }
    let happened_on = match (item.kind, held.returned) {
        (MovementKind::Payment, _) => held.paid_on,
        (kind, Some((how, on))) if kind == how => on,
        _ => return Some(ItemDispute::NotGivenBack),
    };
    if held.amount != item.amount {
        return Some(ItemDispute::OtherAmount);
    }
    if happened_on > day {
        return Some(ItemDispute::Later);
    }
    if held.claimed.contains(&item.kind) {
        return Some(ItemDispute::ClaimedBefore);
    }
    let is_return_open = held.returned.is_some_and(|(how, on)| on <= day && !held.claimed.contains(&how));
    (item.kind == MovementKind::Payment && is_return_open && !is_deducted).then_some(ItemDispute::GivenBack)
}

/// Decides a claim that rests on its register alone: it agrees with all that no claim has taken yet, or is disputed whole.
pub fn decide_whole(claim: &AcceptClaim, own: Sums, fee: OperatorFee) -> Verdict {
    let stated = Sums::stated(claim);
    if stated != own {
        return Verdict::disputed(format!("the bank's books have {own} that no claim has taken"), Vec::new());
    }
    let allowed = claim.fee.min(fee.on(claim.total));
    let Some(sum) = due(claim.total, claim.returned_total, allowed) else {
        return Verdict::disputed("more is deducted than is claimed".to_owned(), Vec::new());
    };
    let is_whole = allowed == claim.fee;
    Verdict {
        answer: if is_whole { ClaimAnswer::Accepted } else { ClaimAnswer::Part },
        accepted: sum,
        fee: allowed,
        reason: (!is_whole).then(|| format!("the contract gives a fee of {allowed}")),
        disputed: Vec::new(),
        taken: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Request as _;
    use wire::common::Count;

    const FEE: OperatorFee = OperatorFee { basis_points: 50, least: Tiyn::ZERO, most: None };

    fn day(text: &str) -> BankingDay {
        text.parse().unwrap()
    }

    fn item(reference: &str, tenge: u32, kind: MovementKind) -> ClaimItem {
        let payment_code = "7291417776317054".parse().unwrap();
        ClaimItem {
            payment_code,
            bank_reference: reference.parse().unwrap(),
            amount: Tiyn::tenge(tenge),
            kind,
        }
    }

    fn held(row: i64, tenge: u32) -> Held {
        Held {
            row,
            code: None,
            amount: Tiyn::tenge(tenge),
            paid_on: day("2026-11-22"),
            returned: None,
            claimed: Vec::new(),
        }
    }

    fn claim(items: Vec<ClaimItem>, fee: &str) -> AcceptClaim {
        let sums = Sums::of(&items);
        let count = |number: u64| Count::new(number.try_into().unwrap()).unwrap();
        let (total, returned_total) =
            (Tiyn::new(sums.total).unwrap(), Tiyn::new(sums.returned_total).unwrap());
        let fee = fee.parse().unwrap();
        AcceptClaim {
            day: day("2026-11-22"),
            count: count(sums.count),
            total,
            returned_count: count(sums.returned_count),
            returned_total,
            fee,
            due: due(total, returned_total, fee).unwrap_or(Tiyn::ZERO),
            items,
            ..AcceptClaim::example()
        }
    }

    fn books(of: &[(&str, Held)]) -> BTreeMap<BankReference, Held> {
        of.iter().map(|(reference, held)| (reference.parse().unwrap(), held.clone())).collect()
    }

    /// Meets: C23
    #[test]
    fn a_claim_that_agrees_is_accepted_with_its_fee() {
        use MovementKind::{Payment, Refund};
        let back = Held { returned: Some((Refund, day("2026-11-22"))), ..held(2, 1000) };
        let items = vec![item("A-1", 1725, Payment), item("A-2", 1000, Payment), item("A-2", 1000, Refund)];
        let claim = claim(items, "13.63");
        check_sums(&claim, claim.bank).unwrap();
        let verdict = decide_items(&claim, &books(&[("A-1", held(1, 1725)), ("A-2", back)]), FEE);
        assert_eq!(verdict.answer, ClaimAnswer::Accepted);
        assert_eq!((verdict.accepted, verdict.fee), ("1738.63".parse().unwrap(), "13.63".parse().unwrap()));
        assert_eq!(verdict.taken, [(1, Payment), (2, Payment), (2, Refund)]);
    }

    /// Meets: C23
    #[test]
    fn each_item_that_differs_is_disputed_with_its_reason_and_the_rest_accepted() {
        use MovementKind::{Payment, Refund, Reversal};
        let on = |kind, text| Some((kind, day(text)));
        let other_code = PaymentCode::generate(&mut participant::SystemEntropy);
        let table = [
            (None, Payment, Some(ItemDispute::Unknown)),
            (Some(held(1, 1000)), Payment, None),
            (Some(held(1, 999)), Payment, Some(ItemDispute::OtherAmount)),
            (Some(Held { code: Some(other_code), ..held(1, 1000) }), Payment, Some(ItemDispute::OtherCode)),
            (Some(Held { paid_on: day("2026-11-23"), ..held(1, 1000) }), Payment, Some(ItemDispute::Later)),
            (
                Some(Held { claimed: vec![Payment], ..held(1, 1000) }),
                Payment,
                Some(ItemDispute::ClaimedBefore),
            ),
            (
                Some(Held { returned: on(Reversal, "2026-11-22"), ..held(1, 1000) }),
                Payment,
                Some(ItemDispute::GivenBack),
            ),
            // What went back on the day after is deducted from the claim of that day.
            (Some(Held { returned: on(Refund, "2026-11-23"), ..held(1, 1000) }), Payment, None),
            (
                Some(Held { returned: on(Refund, "2026-11-22"), claimed: vec![Refund], ..held(1, 1000) }),
                Payment,
                None,
            ),
            (Some(held(1, 1000)), Refund, Some(ItemDispute::NotGivenBack)),
            (
                Some(Held { returned: on(Reversal, "2026-11-22"), ..held(1, 1000) }),
                Refund,
                Some(ItemDispute::NotGivenBack),
            ),
        ];
        for (books_have, kind, expected) in table {
            let claim = claim(vec![item("A-0", 5000, Payment), item("A-1", 1000, kind)], "1.00");
            let mut books = books(&[("A-0", held(9, 5000))]);
            books.extend(books_have.clone().map(|held| ("A-1".parse().unwrap(), held)));
            let verdict = decide_items(&claim, &books, FEE);
            assert_eq!(verdict.disputed.first().map(|item| item.why), expected, "{books_have:?} {kind}");
            let wanted = if expected.is_some() { ClaimAnswer::Part } else { ClaimAnswer::Accepted };
            assert_eq!(verdict.answer, wanted, "{books_have:?} {kind}");
            let accepted = match (kind, expected) {
                (Payment, None) => "6001.00",
                (Payment, Some(_)) => "5001.00",
                // What is deducted stays deducted.
                _ => "4001.00",
            };
            assert_eq!(verdict.accepted, accepted.parse().unwrap(), "{books_have:?} {kind}");
            assert!(verdict.accepted <= claim.due, "never more than is claimed");
        }
        let twice = claim(vec![item("A-1", 1000, Payment), item("A-1", 1000, Payment)], "0.00");
        let verdict = decide_items(&twice, &books(&[("A-1", held(1, 1000))]), FEE);
        assert_eq!(verdict.disputed[0].why, ItemDispute::Repeated);
        assert_eq!((verdict.answer, verdict.accepted), (ClaimAnswer::Part, Tiyn::tenge(1000)));
    }

    #[test]
    fn a_claim_of_which_nothing_is_left_is_disputed_whole_and_takes_nothing() {
        let unknown = claim(vec![item("A-1", 1000, MovementKind::Payment)], "0.00");
        let verdict = decide_items(&unknown, &books(&[]), FEE);
        assert_eq!(
            (verdict.answer, verdict.accepted, verdict.taken.len()),
            (ClaimAnswer::Disputed, Tiyn::ZERO, 0)
        );
        let items = vec![item("A-1", 1000, MovementKind::Payment), item("A-2", 900, MovementKind::Refund)];
        let other = books(&[(
            "A-2",
            Held { returned: Some((MovementKind::Refund, day("2026-11-22"))), ..held(2, 900) },
        )]);
        let verdict = decide_items(&claim(items, "0.00"), &other, FEE);
        assert_eq!((verdict.answer, verdict.taken.len()), (ClaimAnswer::Disputed, 0));
    }

    /// Meets: C22
    #[test]
    fn more_fee_than_the_contract_gives_is_not_paid() {
        let claim = claim(vec![item("A-1", 1000, MovementKind::Payment)], "5.01");
        let verdict = decide_items(&claim, &books(&[("A-1", held(1, 1000))]), FEE);
        assert_eq!((verdict.answer, verdict.fee), (ClaimAnswer::Part, Tiyn::tenge(5)));
        assert_eq!(verdict.accepted, Tiyn::tenge(1005));
        assert_eq!(OperatorFee { least: Tiyn::tenge(9), ..FEE }.on(Tiyn::ZERO), Tiyn::ZERO);
        assert_eq!(OperatorFee { most: Some(Tiyn::tenge(3)), ..FEE }.on(Tiyn::tenge(1000)), Tiyn::tenge(3));
    }

    /// Meets: C23
    #[test]
    fn a_claim_without_items_agrees_with_all_that_is_unclaimed_or_is_disputed() {
        let claim = AcceptClaim {
            items: Vec::new(),
            ..claim(vec![item("A-1", 1725, MovementKind::Payment)], "0.00")
        };
        let own = Sums { count: 1, total: 172_500, ..Sums::default() };
        assert_eq!(decide_whole(&claim, own, FEE).answer, ClaimAnswer::Accepted);
        for other in
            [Sums { count: 2, ..own }, Sums { total: 172_499, ..own }, Sums { returned_count: 1, ..own }]
        {
            let verdict = decide_whole(&claim, other, FEE);
            assert_eq!((verdict.answer, verdict.accepted), (ClaimAnswer::Disputed, Tiyn::ZERO));
            assert!(verdict.reason.unwrap().contains(&format!("{} payments", other.count)));
        }
    }

    #[test]
    fn a_claim_that_does_not_agree_with_itself_is_disputed() {
        let right = claim(vec![item("A-1", 1725, MovementKind::Payment)], "1.00");
        check_sums(&right, right.bank).unwrap();
        let own = right.bank;
        for wrong in [
            AcceptClaim { bank: "500140000126".parse().unwrap(), ..right.clone() },
            AcceptClaim { due: Tiyn::tenge(1725), ..right.clone() },
            AcceptClaim { count: Count::new(2).unwrap(), ..right.clone() },
            AcceptClaim { returned_total: Tiyn::tenge(1726), ..right.clone() },
        ] {
            assert_eq!(check_sums(&wrong, own).unwrap_err().answer, ClaimAnswer::Disputed);
        }
    }
}
