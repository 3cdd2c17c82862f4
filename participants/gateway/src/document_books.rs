//! What should stand in the books about documents, told from the claims, the entries of statements and the payouts: for
//! `tolem journal verify`. What should stand there about payments is in `books`.
//!
//! The claims, payouts and entries are rows of the signed chain. How much of each sum a claim could take is lived again in
//! the order in which the entries came, and not read from what was posted.

use std::collections::{BTreeMap, BTreeSet};

use ledger::journal::{Mismatch, compare};
use ledger::statement::Direction;
use ledger::{Account, Claim, DocumentNumber, Posting, PostingKind, Subject};
use store::{LIST_BOUND, PayoutRecord, StatementEntry, StoreError, Stored, View};
use terms::{BankingDay, Moment, Tiyn};

/// How many postings are read at a time.
const AT_ONCE: usize = 500;

/// What the documents say, and in what the books differ.
#[derive(Debug, Default)]
pub struct DocumentBooks {
    /// How many postings the documents come to.
    pub postings: u64,
    /// Postings about documents that differ, are missing or should not be.
    pub differences: Vec<Mismatch>,
    /// What else is not as it must be, in words: a place without a posting, or a claim whose sum no entries come to.
    pub faults: Vec<String>,
}

/// What names a posting.
type Name = (PostingKind, Subject);

/// Tells the postings about all documents, and compares them with the books.
///
/// # Errors
/// Those of the store.
pub fn verify_documents(view: &(impl View + ?Sized), today: BankingDay) -> Result<DocumentBooks, StoreError> {
    let mut verified = DocumentBooks::default();
    let mut found: BTreeMap<Name, Posting> = BTreeMap::new();
    let mut first_day = today;
    let mut after = 0;
    loop {
        let page = view.postings_after(after, AT_ONCE)?;
        if page.is_empty() {
            break;
        }
        for placed in page {
            if placed.id != after + 1 {
                verified.faults.push(format!("the journal has nothing at place {}", after + 1));
            }
            after = placed.id;
            let posting = placed.posting;
            first_day = first_day.min(posting.day);
            if posting.about.code().is_none() {
                found.insert((posting.kind, posting.about.clone()), posting);
            }
        }
    }
    let mut tale = Tale::on(today);
    let mut day = first_day;
    while day <= today {
        view.claims(Some(day), LIST_BOUND)?.into_iter().for_each(|stored| tale.claim(stored.value));
        view.payouts(Some(day), LIST_BOUND)?.into_iter().for_each(|stored| tale.payout(stored));
        day = day.next();
    }
    for id in 1..=view.last_entry()? {
        match view.statement_entry(id)? {
            Some(entry) => tale.entry(&entry),
            None => verified.faults.push(format!("there is no entry E-{id} of a statement")),
        }
    }
    verified.faults.extend(tale.unreimbursed());
    verified.faults.append(&mut tale.faults);
    verified.postings = tale.wanted.len() as u64;
    let names: BTreeSet<&Name> = tale.wanted.keys().chain(found.keys()).collect();
    for name in names {
        let one = |all: &BTreeMap<Name, Posting>| all.get(name).cloned().into_iter().collect::<Vec<_>>();
        verified.differences.extend(compare(&one(&tale.wanted), &one(&found)));
    }
    Ok(verified)
}

/// The documents as they are lived again.
struct Tale {
    today: BankingDay,
    wanted: BTreeMap<Name, Posting>,
    /// Each claim as its row has it, and as the entries so far have reimbursed it.
    claims: BTreeMap<DocumentNumber, (Claim, Claim)>,
    payouts: BTreeMap<DocumentNumber, PayoutRecord>,
    faults: Vec<String>,
}

impl Tale {
    fn on(today: BankingDay) -> Self {
        Self {
            today,
            wanted: BTreeMap::new(),
            claims: BTreeMap::new(),
            payouts: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// When the gateway learnt of a fact is no part of what is compared.
    fn want(
        &mut self,
        kind: PostingKind,
        about: &DocumentNumber,
        (debit, credit): (Account, Account),
        amount: Tiyn,
        day: BankingDay,
    ) {
        if amount > Tiyn::ZERO {
            let about = Subject::Document(about.clone());
            let at: Moment = self.today.begins_at();
            let posting = Posting { kind, about: about.clone(), debit, credit, amount, day, at };
            self.wanted.insert((kind, about), posting);
        }
    }

    fn claim(&mut self, claim: Claim) {
        let bank = claim.bank;
        let claimed = Account::BankClaimed(bank);
        let number = claim.number.clone();
        self.want(
            PostingKind::Claim,
            &number,
            (claimed, Account::BankReceivable(bank)),
            claim.net(),
            claim.day,
        );
        self.want(PostingKind::Fee, &number, (claimed, Account::Fees(bank)), claim.fee, claim.day);
        if i128::from(claim.net().as_u64()) != claim.totals.net() {
            self.faults.push(format!("claim {number} is not of the sum of its payments"));
        }
        let unpaid = Claim { reimbursed: Tiyn::ZERO, ..claim.clone() };
        self.claims.insert(number, (claim, unpaid));
    }

    fn payout(&mut self, stored: Stored<PayoutRecord>) {
        let record = stored.value;
        let payout = &record.payout;
        let number = payout.number.clone();
        let provider = payout.to.provider;
        let accounts = (Account::ProviderPayable(provider), Account::PayoutInTransit(provider));
        match ordered_on(&number) {
            Some(day) => self.want(PostingKind::PayoutOrder, &number, accounts, payout.amount, day),
            None => self.faults.push(format!("payout {number} does not say when it was ordered")),
        }
        self.payouts.insert(number, record);
    }

    fn entry(&mut self, entry: &StatementEntry) {
        let Ok(number) = entry.number().parse::<DocumentNumber>() else { return };
        let settlement = Account::Settlement(entry.bank);
        let day = entry.booked_on;
        match entry.direction {
            Direction::Credit => {
                let claim = entry.matched.as_ref().and_then(|matched| self.claims.get_mut(matched));
                let (taken, over) = match claim {
                    Some((_, claim)) => {
                        let reimbursed = claim.clone().reimburse(entry.amount);
                        *claim = reimbursed.claim;
                        (reimbursed.taken, reimbursed.over)
                    }
                    None => (Tiyn::ZERO, entry.amount),
                };
                let claimed = Account::BankClaimed(entry.bank);
                self.want(PostingKind::Reimbursement, &number, (settlement, claimed), taken, day);
                let suspense = Account::Suspense(entry.bank);
                self.want(PostingKind::Overpaid, &number, (settlement, suspense), over, day);
            }
            Direction::Debit => {
                let Some(matched) = &entry.matched else { return };
                let Some(record) = self.payouts.get(matched) else {
                    self.faults
                        .push(format!("entry {number} is taken for {matched}, and there is no such payout"));
                    return;
                };
                let transit = Account::PayoutInTransit(record.payout.to.provider);
                self.want(PostingKind::Payout, matched, (transit, settlement), entry.amount, day);
            }
        }
    }

    /// Claims of which the entries have reimbursed another sum than is noted.
    fn unreimbursed(&self) -> Vec<String> {
        let differ = self.claims.values().filter(|(kept, told)| kept.reimbursed != told.reimbursed);
        differ
            .map(|(kept, told)| {
                format!(
                    "claim {} has {} as reimbursed, and the entries of statements come to {}",
                    kept.number, kept.reimbursed, told.reimbursed
                )
            })
            .collect()
    }
}

/// The day in a payout's number, on which it was ordered.
fn ordered_on(number: &DocumentNumber) -> Option<BankingDay> {
    let digits = number.as_str().split('-').nth(1).filter(|digits| digits.len() == 8 && digits.is_ascii())?;
    format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]).parse().ok()
}
