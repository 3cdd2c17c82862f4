//! What identifies one operation among the messages of a line: trace number, time, acquirer, references.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use terms::Moment;

use super::message::{FrameError, Message};
use super::private::{Tag, TagWriter, Tags};

/// The text does not have the form of its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text does not have the form of its field")]
pub struct WrongForm;

macro_rules! field_text {
    ($(#[$doc:meta])* $name:ident, $lengths:expr, $admits:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The characters.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = WrongForm;
            fn from_str(s: &str) -> Result<Self, WrongForm> {
                let admits: fn(u8) -> bool = $admits;
                let has_form = $lengths.contains(&s.len()) && s.bytes().all(admits);
                if has_form { Ok(Self(s.to_owned())) } else { Err(WrongForm) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

field_text! {
    /// DE 32: the acquiring institution, up to eleven digits.
    AcquirerId, (1..=11), |c| c.is_ascii_digit()
}
field_text! {
    /// DE 37: the acquirer's reference of the operation, twelve letters or digits.
    RetrievalReference, (12..=12), |c| c.is_ascii_alphanumeric()
}
field_text! {
    /// DE 38: the issuer's approval code, six letters or digits.
    ApprovalCode, (6..=6), |c| c.is_ascii_alphanumeric()
}
field_text! {
    /// DE 41: the terminal, up to eight characters without blanks.
    TerminalId, (1..=8), |c| c.is_ascii_graphic()
}
field_text! {
    /// DE 42: the merchant, up to fifteen characters without blanks.
    MerchantId, (1..=15), |c| c.is_ascii_graphic()
}

/// DE 11: the number of a message on its line, six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Stan(u32);

impl Stan {
    const COUNT: u32 = 1_000_000;

    /// From a counter, which begins anew after 999999.
    pub fn from_counter(counter: u32) -> Self {
        Self(counter % Self::COUNT)
    }
}

impl fmt::Display for Stan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// What ties an answer, or a reversal, to its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// DE 11.
    pub stan: Stan,
    /// DE 7, 12 and 13; exactly, under a tag of DE 48.
    pub at: Moment,
    /// DE 32.
    pub acquirer: AcquirerId,
    /// DE 37.
    pub retrieval: RetrievalReference,
}

/// What a reversal says of the request it reverses (DE 90).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OriginalKey {
    stan: Stan,
    transmitted: String,
    acquirer: AcquirerId,
}

impl Trace {
    /// The name under which this request can be reversed.
    pub fn original_key(&self) -> OriginalKey {
        OriginalKey { stan: self.stan, transmitted: transmitted(self.at), acquirer: self.acquirer.clone() }
    }

    pub(super) fn write(&self, message: &mut Message, tags: &mut TagWriter) -> Result<(), FrameError> {
        message.set(7, transmitted(self.at))?;
        message.set(11, self.stan.to_string())?;
        message.set(12, self.at.in_almaty("%H%M%S"))?;
        message.set(13, self.at.in_almaty("%m%d"))?;
        message.set(32, self.acquirer.as_str())?;
        message.set(37, self.retrieval.as_str())?;
        tags.put(Tag::Moment, &self.at.to_string())?;
        Ok(())
    }

    pub(super) fn read(message: &Message, tags: &Tags<'_>) -> Result<Self, FrameError> {
        let at: Moment = tags.value(Tag::Moment)?;
        if message.text(7)? != transmitted(at) {
            return Err(FrameError::Form(7));
        }
        Ok(Self {
            stan: read_stan(message)?,
            at,
            acquirer: read_text(message, 32)?,
            retrieval: read_text(message, 37)?,
        })
    }
}

impl OriginalKey {
    /// The standard has room for no date longer than ten digits and pads institutions to eleven.
    pub(super) fn write(&self, message: &mut Message) -> Result<(), FrameError> {
        let acquirer = self.acquirer.as_str();
        message.set(90, format!("0100{}{}{acquirer:0>11}{:011}", self.stan, self.transmitted, 0))
    }

    /// The acquirer stands in DE 32 too, there without padding; both must agree.
    pub(super) fn read(message: &Message, acquirer: &AcquirerId) -> Result<Self, FrameError> {
        let digits = message.text(90)?;
        let wrong = FrameError::Form(90);
        let stan = digits.get(4..10).and_then(|digits| digits.parse().ok()).ok_or(wrong)?;
        let transmitted = digits.get(10..20).ok_or(wrong)?.to_owned();
        let key = Self { stan: Stan(stan), transmitted, acquirer: acquirer.clone() };
        let mut again = Message::new(message.mti());
        key.write(&mut again)?;
        if again.text(90)? == digits { Ok(key) } else { Err(wrong) }
    }
}

/// DE 7: month, day, hours, minutes, seconds in universal time.
pub(super) fn transmitted(at: Moment) -> String {
    let instant = Timestamp::from_second(at.unix_seconds()).unwrap_or(Timestamp::UNIX_EPOCH);
    instant.strftime("%m%d%H%M%S").to_string()
}

pub(super) fn read_stan(message: &Message) -> Result<Stan, FrameError> {
    message.text(11)?.parse().map(Stan).map_err(|_| FrameError::Form(11))
}

/// A field as a value; the blanks that fill a fixed field up are no part of it.
pub(super) fn read_text<T: FromStr>(message: &Message, number: u8) -> Result<T, FrameError> {
    message.text(number)?.trim_end_matches(' ').parse().map_err(|_| FrameError::Form(number))
}
