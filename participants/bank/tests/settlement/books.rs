//! Any sequence of payments, returns, claims, reimbursements and payouts leaves the bank's books balanced.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use ::store::rusqlite::Connection;
use bank::card_key::CardKey;
use bank::claim::{OperatorFee, Verdict, decide_items, decide_whole};
use bank::core::{
    Account, Conduct, opposite, payment_postings, payout_postings, refund_postings, reimbursement_postings,
};
use bank::operation::GivenBackAs;
use bank::settings::{Operator, Seed, SeedClient};
use bank::store::settlement;
use proptest::prelude::*;
use wire::common::{ClaimAnswer, ClaimItem, Count, MovementKind};

use super::{
    AcceptClaim, Content, Ledger, Moment, Operation, Order, Origin, PayProvider, Stage, Tiyn, services,
    tables,
};
use super::{GOOD_ACCOUNT, OPERATOR, aigul, attempt, code, today};

const FEE: OperatorFee = OperatorFee { basis_points: 50, least: Tiyn::ZERO, most: None };

#[derive(Debug, Clone)]
enum Step {
    Pay(u32),
    GiveBack(usize, bool),
    /// Claims what is unclaimed: by items, one of them with a sum that is off by so much, or whole.
    Claim(bool, u32),
    Reimburse,
    PayOut(u32),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_u32..5000).prop_map(Step::Pay),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(which, refund)| Step::GiveBack(which, refund)),
        2 => (any::<bool>(), 0_u32..2).prop_map(|(by_items, off)| Step::Claim(by_items, off)),
        2 => Just(Step::Reimburse),
        1 => (1_u32..9000).prop_map(Step::PayOut),
    ];
    proptest::collection::vec(step, 1..40)
}

struct Books {
    conn: Connection,
    file: PathBuf,
    operations: Vec<Operation>,
    numbers: u32,
}

impl Drop for Books {
    fn drop(&mut self) {
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", self.file.display()));
        }
    }
}

impl Books {
    fn open() -> Self {
        static OPENED: AtomicU32 = AtomicU32::new(0);
        let name = format!("bank-books-{}-{}.db", std::process::id(), OPENED.fetch_add(1, Ordering::Relaxed));
        let file = std::env::temp_dir().join(name);
        let _ = std::fs::remove_file(&file);
        drop(tables::open(&file).unwrap());
        let conn = Connection::open(&file).unwrap();
        conn.execute_batch("BEGIN").unwrap();
        let seed = Seed {
            clients: vec![SeedClient { number: aigul().number, name: aigul().name, access: None }],
            accounts: vec![Account {
                iban: GOOD_ACCOUNT.parse().unwrap(),
                owner: aigul().number,
                balance: Tiyn::tenge(10_000_000),
                is_open: true,
                conduct: Conduct::Normal,
            }],
            cards: Vec::new(),
        };
        let now = Moment::from_system_clock();
        tables::seed(&conn, &seed, &[None], &CardKey::new(&[7; 32]), now).unwrap();
        let operator = Operator {
            account: OPERATOR.parse().unwrap(),
            name: "«Төлем шлюзі» АҚ".parse().unwrap(),
            fee: FEE,
            reimburse_after: 0,
        };
        tables::open_operator_account(&conn, super::GATEWAY.parse().unwrap(), &operator).unwrap();
        Self { conn, file, operations: Vec::new(), numbers: 0 }
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    fn pay(&mut self, tenge: u32) {
        let (service, number, now) = (services().remove(0), self.number(), Moment::from_system_clock());
        let operation = Operation {
            origin: Origin::Gateway,
            attempt: attempt(&format!("A-{number}")),
            content: Content::of(&[&number]),
            channel: terms::Channel::BankAccount,
            service: service.code,
            amount: Tiyn::tenge(tenge),
            commission: Tiyn::ZERO,
            payer: aigul(),
            recipient: aigul(),
            source: Ledger::Client(GOOD_ACCOUNT.parse().unwrap()),
            source_shown: "KZ77".into(),
            inserted: None,
            opened_at: now,
            code: Some(code()),
            order: Some(Order { provider: service.provider, beneficiary: service.beneficiary }),
            stage: Stage::Opened,
        };
        tables::insert(&self.conn, &operation).unwrap();
        let (row, operation) = self.present(&operation);
        let entry = payment_postings(operation.source.clone(), operation.amount, Tiyn::ZERO, Tiyn::ZERO);
        tables::post(&self.conn, Some(row), "payment", &entry, now).unwrap();
        let reference = tables::reference("ALTB", now.banking_day(), row).unwrap();
        let operation = operation.taken(reference, now);
        tables::save(&self.conn, row, &operation).unwrap();
        self.operations.push(operation);
    }

    fn present(&self, operation: &Operation) -> (i64, Operation) {
        tables::find(&self.conn, &operation.origin, &operation.attempt).unwrap().unwrap()
    }

    fn give_back(&mut self, which: usize, is_refund: bool) {
        if self.operations.is_empty() {
            return;
        }
        let place = which % self.operations.len();
        let ((row, operation), now) = (self.present(&self.operations[place]), Moment::from_system_clock());
        let how = if is_refund { GivenBackAs::Refund } else { GivenBackAs::Reversal };
        let payment = tables::postings(&self.conn, row, "payment").unwrap();
        let entry = match how {
            GivenBackAs::Refund => refund_postings(operation.source.clone(), operation.amount),
            GivenBackAs::Reversal => opposite(&payment),
        };
        let Some(back) = operation.given_back(how, now) else { return };
        tables::post(&self.conn, Some(row), how.word(), &entry, now).unwrap();
        tables::save(&self.conn, row, &back).unwrap();
        self.operations[place] = back;
    }

    /// What a gateway that knows everything would claim.
    fn items(&self) -> Vec<ClaimItem> {
        let item = |operation: &Operation, kind| ClaimItem {
            payment_code: code(),
            bank_reference: operation.reference().unwrap().clone(),
            amount: operation.amount,
            kind,
        };
        let references: Vec<_> =
            self.operations.iter().map(|operation| operation.reference().unwrap()).collect();
        let held = settlement::held(&self.conn, references.into_iter()).unwrap();
        let mut items = Vec::new();
        for operation in &self.operations {
            let claimed = &held[operation.reference().unwrap()].claimed;
            let returned = match operation.stage {
                Stage::GivenBack { how: GivenBackAs::Refund, .. } => Some(MovementKind::Refund),
                Stage::GivenBack { how: GivenBackAs::Reversal, .. } => Some(MovementKind::Reversal),
                _ => None,
            };
            let kinds = [Some(MovementKind::Payment), returned].into_iter().flatten();
            items.extend(kinds.filter(|kind| !claimed.contains(kind)).map(|kind| item(operation, kind)));
        }
        items
    }

    fn claim(&mut self, by_items: bool, off: u32) {
        let sums = settlement::unclaimed(&self.conn, today()).unwrap();
        let mut items = if by_items { self.items() } else { Vec::new() };
        let Some(first) = items.first_mut().map(|item| (item.kind, &mut item.amount)) else {
            if !by_items {
                self.answer(Vec::new(), sums.total, sums.returned_total, (sums.count, sums.returned_count));
            }
            return;
        };
        *first.1 = first.1.checked_add(Tiyn::tenge(off)).unwrap();
        let of = |is_payment: bool| {
            let chosen = items.iter().filter(move |item| (item.kind == MovementKind::Payment) == is_payment);
            chosen.fold((0, 0), |(count, sum), item| (count + 1, sum + item.amount.as_u64()))
        };
        let ((count, total), (returned_count, returned_total)) = (of(true), of(false));
        self.answer(items, total, returned_total, (count, returned_count));
    }

    fn answer(
        &mut self,
        items: Vec<ClaimItem>,
        total: u64,
        returned: u64,
        (count, returned_count): (u64, u64),
    ) {
        if returned > total {
            return;
        }
        let counted = |number: u64| Count::new(number.try_into().unwrap()).unwrap();
        let amount = |tiyn| Tiyn::new(tiyn).unwrap();
        let number = self.number();
        let fee = FEE.on(amount(total));
        let claim = AcceptClaim {
            claim: format!("C-{number}").parse().unwrap(),
            day: today(),
            count: counted(count),
            total: amount(total),
            returned_count: counted(returned_count),
            returned_total: amount(returned),
            fee,
            due: amount(total - returned).checked_add(fee).unwrap(),
            items,
            ..<AcceptClaim as wire::Request>::example()
        };
        let verdict: Verdict = if claim.items.is_empty() {
            decide_whole(&claim, settlement::unclaimed(&self.conn, claim.day).unwrap(), FEE)
        } else {
            let references = claim.items.iter().map(|item| &item.bank_reference);
            decide_items(&claim, &settlement::held(&self.conn, references).unwrap(), FEE)
        };
        assert!(verdict.accepted <= claim.due);
        let content = Content::of(&[&number]);
        settlement::keep_claim(&self.conn, &claim, &content, &verdict, "", Moment::from_system_clock())
            .unwrap();
        if claim.items.is_empty() {
            assert_eq!(verdict.answer, ClaimAnswer::Accepted, "the bank's own sums were claimed");
        }
    }

    fn reimburse(&self) {
        let now = Moment::from_system_clock();
        for claim in settlement::waiting(&self.conn, now, 1000).unwrap() {
            let owed = claim.accepted.checked_sub(claim.fee).unwrap();
            let entry = reimbursement_postings(OPERATOR.parse().unwrap(), owed, claim.fee);
            let number = claim.number.as_str();
            tables::post_document(&self.conn, number, "reimbursement", &entry, now).unwrap();
            let second = tables::post_document(&self.conn, number, "reimbursement", &entry, now);
            assert!(second.is_err(), "an entry of a claim is unique");
            let reference = tables::marked_reference("ALTB", now.banking_day(), 'C', claim.row).unwrap();
            settlement::mark_reimbursed(&self.conn, &claim, &reference, now).unwrap();
            assert!(settlement::mark_reimbursed(&self.conn, &claim, &reference, now).is_err());
        }
    }

    fn pay_out(&mut self, tenge: u32) {
        let (number, now, account) = (self.number(), Moment::from_system_clock(), OPERATOR.parse().unwrap());
        let order = PayProvider {
            payout: format!("P-{number}").parse().unwrap(),
            amount: Tiyn::tenge(tenge),
            ..<PayProvider as wire::Request>::example()
        };
        let row = settlement::order_payout(&self.conn, &order, &Content::of(&[&number]), now).unwrap();
        let balance = tables::account(&self.conn, &account).unwrap().unwrap().balance;
        if balance < order.amount {
            settlement::end_payout(&self.conn, row, Err("too little"), now).unwrap();
            return;
        }
        let entry = payout_postings(account, order.amount);
        tables::post_document(&self.conn, order.payout.as_str(), "payout", &entry, now).unwrap();
        let reference = tables::marked_reference("ALTB", now.banking_day(), 'P', row).unwrap();
        settlement::end_payout(&self.conn, row, Ok(&reference), now).unwrap();
    }

    fn number_of(&self, sql: &str) -> i64 {
        self.conn.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    fn are_balanced(&self) {
        assert_eq!(self.number_of("SELECT coalesce(sum(tiyn), 0) FROM posting"), 0, "debits and credits");
        for iban in [GOOD_ACCOUNT, OPERATOR] {
            let iban = iban.parse().unwrap();
            let account = tables::account(&self.conn, &iban).unwrap().unwrap();
            assert_eq!(tables::balance(&self.conn, &Ledger::Client(iban)).unwrap(), account.balance.as_i64());
        }
        // What is owed to the operator: taken, less given back, less what was reimbursed.
        let taken = self.number_of("SELECT coalesce(sum(amount), 0) FROM operation WHERE stage = 'taken'");
        let paid = self.number_of(
            "SELECT coalesce(sum(accepted - accepted_fee), 0) FROM claim WHERE reimbursed_at IS NOT NULL",
        );
        assert_eq!(tables::balance(&self.conn, &Ledger::Settlement).unwrap(), taken - paid);
        let fees = self
            .number_of("SELECT coalesce(sum(accepted_fee), 0) FROM claim WHERE reimbursed_at IS NOT NULL");
        assert_eq!(tables::balance(&self.conn, &Ledger::OperatorFee).unwrap(), -fees);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Meets: C23, C24
    #[test]
    fn any_sequence_of_events_leaves_the_books_balanced(steps in steps()) {
        let mut books = Books::open();
        for step in steps {
            match step {
                Step::Pay(tenge) => books.pay(tenge),
                Step::GiveBack(which, is_refund) => books.give_back(which, is_refund),
                Step::Claim(by_items, off) => books.claim(by_items, off),
                Step::Reimburse => books.reimburse(),
                Step::PayOut(tenge) => books.pay_out(tenge),
            }
            books.are_balanced();
        }
    }
}
