//! GetRegister: the register itself, part by part, for the bank that was sent its manifest (cl. 10). The message is ours.

use terms::{BankingDay, Bin};

use crate::closing::Whole;
use crate::common::{Count, Document};
use crate::example;
use crate::framework::{Kind, exchange, sample};

/// The most rows of one part.
pub const LONGEST_REGISTER_PART: usize = 250;

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for one part of a revision of the own register.
    request GetRegister {
        /// The bank whose register it is: whoever asks.
        required bank: Bin as "bank" = example::bank(),
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// The revision, as its manifest has it.
        required revision: Count as "revision" = sample("1"),
        /// The posting of the last row of the part before; 0 for the first part.
        required after: Whole as "after" = Whole(0),
    }

    /// The part. All parts together, in their order, are the canonical XML whose digest the manifest has.
    response GetRegisterResponse {
        /// The bank.
        required bank: Bin as "bank" = example::bank(),
        /// The day.
        required day: BankingDay as "day" = sample("2026-11-22"),
        /// The revision.
        required revision: Count as "revision" = sample("1"),
        /// The octets of the part.
        required part: Document as "part" = example::small(Document::new, "<Register/>"),
        /// The posting of its last row, to go on from.
        required last: Whole as "last" = Whole(417),
        /// Whether nothing follows.
        required is_last: bool as "isLast" = true,
    }
}
