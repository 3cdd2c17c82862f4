//! Which fields of messages tell of no person. Whatever is not among them is masked where a message is only to be looked
//! at, so that a field nobody thought of shows nothing. What masks is the consoles' affair.

/// Codes, sums, times, outcomes, organisations, the treasury's requisites; in alphabetical order.
const HARMLESS: [&str; 50] = [
    "acknowledgedAt",
    "amount",
    "application",
    "attempt",
    "bank",
    "bankReference",
    "basis",
    "beneficiaryBic",
    "beneficiaryIban",
    "boundAt",
    "channel",
    "closedAt",
    "commission",
    "count",
    "day",
    "disputed",
    "due",
    "eService",
    "errorCode",
    "event",
    "executedAt",
    "expiresAt",
    "fee",
    "inReplyTo",
    "isFinal",
    "isLast",
    "issuedAt",
    "kbe",
    "kbk",
    "kind",
    "knp",
    "kod",
    "language",
    "messageId",
    "outcome",
    "ownAmount",
    "paidAt",
    "paymentCode",
    "price",
    "provider",
    "receivedAt",
    "refundedAt",
    "responseCode",
    "reversedAt",
    "sender",
    "sentAt",
    "service",
    "state",
    "total",
    "transactionNumber",
];

/// Whether a field tells of no person.
pub fn is_harmless(field: &str) -> bool {
    HARMLESS.binary_search(&field).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_listed_is_found_and_no_other() {
        assert!(HARMLESS.iter().all(|field| is_harmless(field)));
        assert!(["", "name", "number", "payer", "recipient", "iban"].iter().all(|field| !is_harmless(field)));
    }
}
