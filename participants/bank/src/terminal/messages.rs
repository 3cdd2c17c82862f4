//! What terminals and the processing system say to one another, as JSON. Amounts are tenge, such as
//! `"1725.00"`.

use serde::{Deserialize, Serialize};
use terms::Trilingual;

/// Where the prices are.
pub const SERVICES: &str = "/terminals/v1/services";
/// Where a recipient is checked.
pub const RECIPIENTS: &str = "/terminals/v1/recipients";
/// Where the holder of a card is recognised.
pub const CLIENTS: &str = "/terminals/v1/clients";
/// Where a payment in cash is made.
pub const CASH_PAYMENTS: &str = "/terminals/v1/cash-payments";
/// Where cash that bought nothing is recorded.
pub const CASH_RETURNS: &str = "/terminals/v1/cash-returns";

/// One meaning in three languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Kazakh.
    pub kk: String,
    /// Russian.
    pub ru: String,
    /// English.
    pub en: String,
}

impl From<&Trilingual> for Said {
    fn from(text: &Trilingual) -> Self {
        Self { kk: text.kk.clone(), ru: text.ru.clone(), en: text.en.clone() }
    }
}

impl Said {
    /// In the vocabulary's form.
    pub fn trilingual(&self) -> Trilingual {
        Trilingual::new(&self.kk, &self.ru, &self.en)
    }
}

/// A service with its price at this terminal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Priced {
    /// Its code.
    pub code: String,
    /// Its name.
    pub name: Said,
    /// What it costs.
    pub price: String,
    /// What the bank takes on top.
    pub commission: String,
}

/// The price list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PriceList {
    /// The services.
    pub services: Vec<Priced>,
}

/// Is this somebody's IIN?
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientQuestion {
    /// Twelve digits as typed.
    pub iin: String,
}

/// Whether it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipientAnswer {
    /// Whether a person has this number.
    pub valid: bool,
    /// The person's initials, enough to notice a slip and too little to learn a name.
    pub initials: Option<String>,
}

/// Whose card is this?
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientQuestion {
    /// The card token: number and PIN, encrypted under the terminal's key.
    pub card: String,
}

/// Whose.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ClientAnswer {
    /// A client of the bank.
    Client {
        /// The client's IIN or BIN.
        number: String,
        /// The client's name.
        name: String,
        /// What the bank calls this card at this terminal: the same card has the same name here, and the name
        /// says nothing of its number.
        card: String,
    },
    /// The PIN is wrong.
    WrongPin {
        /// Tries that are left.
        left: u32,
    },
    /// Too many wrong PINs.
    Blocked,
    /// Not a card of this bank.
    Stranger,
}

/// Cash is inside and the person has confirmed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashPayment {
    /// The terminal's id of the operation: a repeat carries the same.
    pub operation: String,
    /// What is paid for.
    pub service: String,
    /// What the person was shown.
    pub price: String,
    /// What the person was shown on top.
    pub commission: String,
    /// The recipient's IIN.
    pub recipient: String,
    /// What was put in.
    pub inserted: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CashPaymentAnswer {
    /// Paid.
    Paid {
        /// The payment code.
        code: String,
        /// The bank's reference.
        reference: String,
        /// When, RFC 3339.
        paid_at: String,
        /// What was put in beyond price and commission.
        excess: String,
        /// Under which number the excess is claimed.
        claim: Option<String>,
    },
    /// Refused for good.
    Refused {
        /// What the person is told.
        text: Said,
    },
    /// Not decided; the same operation may be sent again.
    NotNow,
}

/// Cash that bought nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashReturn {
    /// The terminal's id of the operation.
    pub operation: String,
    /// What was put in.
    pub inserted: String,
}

/// Where it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CashReturnAnswer {
    /// In suspense, under this number.
    Claim {
        /// The number of the claim.
        number: String,
    },
    /// The operation was paid after all; ask for it again to get its code.
    Paid,
}
