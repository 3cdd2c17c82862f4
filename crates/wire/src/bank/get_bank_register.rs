//! GetBankRegister: what a bank itself has as payments of one day (cl. 10, 23). The message is ours.

use terms::{BankingDay, Tiyn};

use crate::common::{BankMovement, Count, MovementKind};
use crate::example;
use crate::framework::{Kind, exchange, sample};

/// The most rows of one page.
pub const LONGEST_REGISTER_PAGE: usize = 1000;

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Asks for one page of the bank's own register of a banking day.
    request GetBankRegister {
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// Which page; the first is 1.
        required page: Count as "page" = sample("1"),
    }

    /// The page, and the totals of the whole day.
    response GetBankRegisterResponse {
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// Which page it is.
        required page: Count as "page" = sample("1"),
        /// Whether it is the last one.
        required is_last: bool as "isLast" = true,
        /// Whether the day is over, so that nothing will be added to it.
        required is_final: bool as "isFinal" = true,
        /// How many payments the day has.
        required count: Count as "count" = sample("1"),
        /// What they come to.
        required total: Tiyn as "total" = example::price(),
        /// How many reversals and refunds the day has, of payments of any day.
        required returned_count: Count as "returnedCount" = sample("0"),
        /// What they come to.
        required returned_total: Tiyn as "returnedTotal" = Tiyn::ZERO,
        /// The rows of the page, in the order of their moments.
        list(LONGEST_REGISTER_PAGE) rows: BankMovement as "row" = vec![BankMovement {
            payment_code: Some(example::code()),
            bank_reference: sample("DEMO-20261122-000417"),
            amount: example::price(),
            kind: MovementKind::Payment,
            at: example::moment(),
        }],
    }
}
