//! The card line's published description: messages, fields, tags. What is described is in `field` and `private`.

use std::fmt::Write as _;

use super::field::{Content, FIELDS, Length};
use super::private::TAGS;

/// One message: its type, what it is for, its fields, and those it has only sometimes.
pub struct MessageSpec {
    /// Four digits.
    pub mti: &'static str,
    /// What it is for.
    pub purpose: &'static str,
    /// Fields it always has.
    pub fields: &'static [u8],
    /// Fields it may have.
    pub optional: &'static [u8],
    /// Tags of DE 48, in the order they are written; in brackets those it has only sometimes.
    pub tags: &'static str,
}

const fn row(
    mti: &'static str,
    purpose: &'static str,
    fields: &'static [u8],
    optional: &'static [u8],
    tags: &'static str,
) -> MessageSpec {
    MessageSpec { mti, purpose, fields, optional, tags }
}

/// Every message of the line.
pub const MESSAGES: &[MessageSpec] = &[
    row(
        "0100",
        "authorise a card of the card page; the payment code is there already (T1.18)",
        &[2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 32, 37, 41, 42, 48, 49, 63, 103, 120],
        &[121],
        "DT CV PC SV PV AT BC KB KN KE RI RN",
    ),
    row(
        "0100",
        "authorise a card at an ATM; the bank asks the gateway for the payment code (T4.5)",
        &[2, 3, 4, 7, 11, 12, 13, 14, 18, 22, 25, 28, 32, 37, 41, 42, 48, 49],
        &[],
        "DT PB SV AT [RI]",
    ),
    row(
        "0110",
        "the outcome; an ATM's approval brings the payment code (T1.21, T4.11-12)",
        &[3, 4, 7, 11, 12, 13, 32, 37, 39, 48, 49],
        &[38],
        "DT AT [BR] [PC]",
    ),
    row(
        "0400",
        "take an authorisation back: its outcome is not known or not wanted; 0401 repeats it",
        &[3, 4, 7, 11, 12, 13, 32, 37, 48, 49, 90],
        &[],
        "DT AT",
    ),
    row(
        "0410",
        "it is taken back, or was never made and never will be",
        &[3, 4, 7, 11, 12, 13, 32, 37, 39, 48, 49],
        &[],
        "DT AT",
    ),
    row("0800", "is anybody there?", &[7, 11, 70], &[], ""),
    row("0810", "yes", &[7, 11, 39, 70], &[], ""),
];

const HEAD: &str = "# The card line

ISO 8583:1987 between the card page or an ATM and a bank's processing, over mutual TLS with certificates of the
national CA. Before each frame stand two octets of length, the high one first. Fields are ASCII, the bitmap is
binary; a field that is not in the table makes a frame unreadable. National use of fields is ours. This page is
printed from the code that reads the frames.

An attempt (tag `AT`) is authorised once, however often its 0100 comes, and answered alike each time. Whoever
gets no answer sends a 0400, and a 0401 until a 0410 comes: then the money is back, or was never taken and never
will be. A code the bank was issued for an attempt that is taken back is taken back too, by CancelPaymentCode or
ReversePayment.

DE 52 holds eight octets, which is a PIN block under triple DES. Ours has sixteen under AES, so it stands in
DE 48 under its own tag; DE 52 is known and never written.

";

/// The description.
pub fn specification() -> String {
    let mut out = HEAD.to_owned();
    out.push_str(
        "## Messages\n\n| type | for | fields | sometimes | tags of DE 48 |\n|---|---|---|---|---|\n",
    );
    let numbers = |numbers: &[u8]| numbers.iter().map(u8::to_string).collect::<Vec<_>>().join(" ");
    for MessageSpec { mti, purpose, fields, optional, tags } in MESSAGES {
        let (fields, optional) = (numbers(fields), numbers(optional));
        let _ = writeln!(out, "| {mti} | {purpose} | {fields} | {optional} | {tags} |");
    }
    out.push_str("\n## Fields\n\n| field | content | length | meaning |\n|---|---|---|---|\n");
    for spec in FIELDS {
        let content = match spec.content {
            Content::Digits => "n",
            Content::Alphanumeric => "an",
            Content::Printable => "ans",
            Content::Binary => "b",
        };
        let length = match spec.length {
            Length::Fixed(length) => length.to_string(),
            Length::LlVar(most) => format!("LLVAR, at most {most}"),
            Length::LllVar(most) => format!("LLLVAR, at most {most}"),
        };
        let _ = writeln!(out, "| {} | {content} | {length} | {} |", spec.number, spec.name);
    }
    out.push_str("\n## Tags of DE 48 and DE 63\n\nTwo characters, three digits of length, the value.\n\n");
    out.push_str("| tag | meaning |\n|---|---|\n");
    for (_, characters, meaning) in TAGS {
        let _ = writeln!(out, "| {characters} | {meaning} |");
    }
    out
}
