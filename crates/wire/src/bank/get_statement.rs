//! GetStatement: a statement of the gateway operator's account (cl. 24). The message is ours.

use terms::{BankingDay, Iban};

use crate::common::{Count, Document};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in BANK, kind |_| Kind::Question;

    /// Asks for one page of the statement of a banking day.
    request GetStatement {
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-23"),
        /// Which page; the first is 1.
        required page: Count as "page" = sample("1"),
    }

    /// The page.
    response GetStatementResponse {
        /// The account.
        required account: Iban as "account" = sample("KZ600010000000000001"),
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-23"),
        /// Which page it is.
        required page: Count as "page" = sample("1"),
        /// Whether it is the last one.
        required is_last: bool as "isLast" = true,
        /// Whether the day is over, so that nothing will be added to it.
        required is_final: bool as "isFinal" = true,
        /// How many entries the page has.
        required count: Count as "count" = sample("2"),
        /// The page as camt.053 with the bank's signature.
        required document: Document as "document" = example::small(Document::new, "<Document/>"),
    }
}
