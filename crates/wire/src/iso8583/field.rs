//! The table of fields we read and write: number, content, length.
//!
//! A field outside the table makes a frame unreadable, because its length is unknown: the frame is refused.

/// What characters a field may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// `n`: digits.
    Digits,
    /// `an`: Latin letters, digits and the blanks that fill up.
    Alphanumeric,
    /// `ans`: printable ASCII.
    Printable,
    /// `b`: any octets.
    Binary,
}

/// How long a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// Always so many characters.
    Fixed(usize),
    /// Two digits of length, then at most so many characters.
    LlVar(usize),
    /// Three digits of length, then at most so many characters.
    LllVar(usize),
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its number, 2 to 128.
    pub number: u8,
    /// What it may hold.
    pub content: Content,
    /// How long it is.
    pub length: Length,
    /// What it means.
    pub name: &'static str,
}

const fn row(number: u8, content: Content, length: Length, name: &'static str) -> FieldSpec {
    FieldSpec { number, content, length, name }
}

/// All fields, in the order of their numbers.
pub const FIELDS: &[FieldSpec] = {
    use Content::{Alphanumeric, Binary, Digits, Printable};
    use Length::{Fixed, LlVar, LllVar};
    &[
        row(2, Digits, LlVar(19), "primary account number"),
        row(3, Digits, Fixed(6), "processing code"),
        row(4, Digits, Fixed(12), "amount in tiyn"),
        row(7, Digits, Fixed(10), "transmission date and time, UTC"),
        row(11, Digits, Fixed(6), "system trace audit number"),
        row(12, Digits, Fixed(6), "local time, Almaty"),
        row(13, Digits, Fixed(4), "local date, Almaty"),
        row(14, Digits, Fixed(4), "expiry of the card, YYMM"),
        row(18, Digits, Fixed(4), "merchant category"),
        row(22, Digits, Fixed(3), "how the card was read"),
        row(25, Digits, Fixed(2), "condition at the point of service"),
        row(28, Alphanumeric, Fixed(9), "transaction fee: D and tiyn"),
        row(32, Digits, LlVar(11), "acquiring institution"),
        row(37, Alphanumeric, Fixed(12), "retrieval reference number"),
        row(38, Alphanumeric, Fixed(6), "approval code"),
        row(39, Alphanumeric, Fixed(2), "response code"),
        row(41, Printable, Fixed(8), "terminal"),
        row(42, Printable, Fixed(15), "merchant"),
        row(43, Printable, Fixed(40), "name and place of the terminal"),
        row(48, Printable, LllVar(999), "private: the order, and in a 0110 its outcome, in tags"),
        row(49, Digits, Fixed(3), "currency"),
        row(52, Binary, Fixed(8), "PIN block of eight octets"),
        row(53, Digits, Fixed(16), "security control"),
        row(54, Printable, LllVar(120), "additional amounts"),
        row(63, Printable, LllVar(999), "private: the payer, in tags"),
        row(70, Digits, Fixed(3), "network management code"),
        row(90, Digits, Fixed(42), "original data elements"),
        row(95, Alphanumeric, Fixed(42), "replacement amounts"),
        row(102, Printable, LlVar(28), "account debited"),
        row(103, Printable, LlVar(28), "account credited"),
        row(120, Printable, LllVar(999), "private: purpose of payment, base64, first part"),
        row(121, Printable, LllVar(999), "private: purpose of payment, base64, second part"),
    ]
};

impl FieldSpec {
    /// The row of a number.
    pub fn of(number: u8) -> Option<&'static Self> {
        FIELDS.iter().find(|spec| spec.number == number)
    }

    /// Whether a value has the content and the length of this field.
    pub fn admits(&self, value: &[u8]) -> bool {
        let has_length = match self.length {
            Length::Fixed(length) => value.len() == length,
            Length::LlVar(most) | Length::LllVar(most) => (1..=most).contains(&value.len()),
        };
        has_length && value.iter().all(|octet| self.content.admits(*octet))
    }
}

impl Content {
    fn admits(self, octet: u8) -> bool {
        match self {
            Self::Digits => octet.is_ascii_digit(),
            Self::Alphanumeric => octet.is_ascii_alphanumeric() || octet == b' ',
            Self::Printable => matches!(octet, b' '..=b'~'),
            Self::Binary => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_its_lengths_can_be_written() {
        assert!(FIELDS.is_sorted_by(|a, b| a.number < b.number));
        for spec in FIELDS {
            assert!((2..=128).contains(&spec.number) && spec.number != 65);
            match spec.length {
                Length::LlVar(most) => assert!(most <= 99),
                Length::LllVar(most) => assert!(most <= 999),
                Length::Fixed(length) => assert!(length > 0),
            }
        }
    }
}
