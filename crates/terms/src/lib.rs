//! The vocabulary of the payment gateway: values that are right if they exist.
//!
//! Every noun of the instruction has one type here, and every type has one way in, which checks it.
//! Nothing here knows I/O, a clock, randomness, XML, SQL or HTML; serialisation lives in `wire`, `store`
//! and `pages`. Values that identify a person write themselves masked in `Debug`, so that they cannot
//! reach a log by accident; `Display` writes them whole.

mod budget;
mod channel;
mod code;
mod iban;
mod identity;
mod language;
mod message;
mod money;
mod order;
mod requisites;
mod seam;
mod text;
mod time;

pub use budget::{Kbe, Kbk, Knp, Kod};
pub use channel::Channel;
pub use code::{CodeError, PaymentCode};
pub use iban::{Bic, Iban, IbanError};
pub use identity::{Bin, Iin, NumberError, Party, PartyNumber};
pub use language::{Language, Trilingual, UnknownLanguage};
pub use message::{BrowserDigest, MessageId, OneTimeToken, TicketId};
pub use money::{MoneyError, Tiyn, tenge};
pub use order::{ApplicationNumber, AttemptId, BankReference, ServiceCode, TransactionNumber};
pub use requisites::Requisites;
pub use seam::{Clock, Entropy};
pub use text::{Purpose, ShortText, TextError};
pub use time::{ALMATY, BankingDay, Moment, OnTheClock, TimeError};
