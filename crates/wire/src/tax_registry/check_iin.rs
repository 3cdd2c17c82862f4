//! CheckIin: is this IIN valid, and whose is it (T5.4–8).

use terms::ShortText;

use crate::common::TypedIin;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in TAX_REGISTRY, kind |_| Kind::Question;

    /// Asks whether twelve digits are a person's number.
    request CheckIin {
        /// The digits as typed.
        required iin: TypedIin as "iin" = sample("850612200017"),
    }

    /// Whether they are.
    response CheckIinResponse {
        /// Whether a person has this number.
        required valid: bool as "valid" = true,
        /// The full name, for participants entitled to it.
        optional name: ShortText as "name" = None,
    }
}
