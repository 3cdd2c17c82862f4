//! AcceptRegister: the register of one day's payments goes to a bank (cl. 10).

use terms::{BankingDay, Bin, Moment, Tiyn};

use crate::common::{Count, Document, Reason};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Hands over a register by its signed manifest; its rows are fetched by GetRegister.
    request AcceptRegister {
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// The provider, where the register is of one.
        optional provider: Bin as "provider" = None,
        /// How many payments.
        required count: Count as "count" = sample("1"),
        /// What they come to.
        required total: Tiyn as "total" = example::price(),
        /// The signed manifest.
        required document: Document as "document" = example::small(Document::new, "<register/>"),
    }

    /// Taken, as counted by the one who took it, after it was compared with the own books.
    response AcceptRegisterResponse {
        /// When.
        required accepted_at: Moment as "acceptedAt" = example::moment(),
        /// How many payments were found in it.
        required count: Count as "count" = sample("1"),
        /// What they come to.
        required total: Tiyn as "total" = example::price(),
        /// In what it is not what was signed, or not what the bank's own books say; absent where all agrees.
        optional reason: Reason as "reason" = None,
    }
}
