//! One attempt to take money for one service, from its opening to its end.
//!
//! Pure. An operation is opened before anything is asked of the gateway, so that a process that dies in
//! between leaves a trace; it ends taken or refused, and a taken one may be given back. Its key is (origin,
//! attempt), for ever: the same attempt is answered, never charged anew. Source: tables 1–5; the stages are
//! ours.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{Context, SHA256};
use terms::{
    AttemptId, BankReference, Bin, Channel, Moment, Party, PaymentCode, Requisites, ServiceCode, Tiyn,
};
use wire::common::Beneficiary;

use crate::card::CardRefusal;
use crate::core::{Ledger, NoSuchWord, Refusal, kod_of, words};

/// Who made the attempt: attempts of one origin are unique, those of two may coincide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The gateway, by DebitAccount or ISO 8583.
    Gateway,
    /// A client in the internet bank.
    InternetBank,
    /// A terminal of the bank.
    Terminal(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway => f.write_str("gateway"),
            Self::InternetBank => f.write_str("internet-bank"),
            Self::Terminal(id) => write!(f, "terminal:{id}"),
        }
    }
}

impl FromStr for Origin {
    type Err = NoSuchWord;
    fn from_str(s: &str) -> Result<Self, NoSuchWord> {
        match s {
            "gateway" => Ok(Self::Gateway),
            "internet-bank" => Ok(Self::InternetBank),
            _ => match s.strip_prefix("terminal:") {
                Some(id) => Ok(Self::Terminal(id.to_owned())),
                None => Err(NoSuchWord(s.to_owned())),
            },
        }
    }
}

/// What an attempt is about, as a digest: the same attempt with other content is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content(pub [u8; 32]);

impl Content {
    /// The digest of these parts, each with its length, so that no two lists look alike.
    pub fn of(parts: &[&dyn fmt::Display]) -> Self {
        let mut digest = Context::new(&SHA256);
        for part in parts {
            let text = part.to_string();
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        Self(digest.finish().as_ref().try_into().expect("SHA-256 has 32 octets"))
    }
}

/// What the gateway said about the service: where the money goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The state body that renders it.
    pub provider: Bin,
    /// Where the money goes.
    pub beneficiary: Beneficiary,
}

words! {
    /// How money went back.
    pub GivenBackAs {
        /// The operation was taken back whole, before its use.
        Reversal = "reversal",
        /// Two officers of the gateway ordered a refund.
        Refund = "refund",
    }
}

/// Where an operation stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Recorded; nothing was taken. With a code where the gateway has issued one.
    Opened,
    /// The money was taken.
    Taken {
        /// The bank's own id of the operation.
        reference: BankReference,
        /// When.
        at: Moment,
    },
    /// Nothing was taken, and under this attempt nothing ever will be.
    Refused {
        /// Why.
        why: Refusal,
        /// DE 39, where a card was refused.
        card: Option<CardRefusal>,
        /// When.
        at: Moment,
    },
    /// The money was taken and given back.
    GivenBack {
        /// The operation that took it.
        reference: BankReference,
        /// When it was taken.
        at: Moment,
        /// How it went back.
        how: GivenBackAs,
        /// When it went back.
        back_at: Moment,
    },
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Who made the attempt.
    pub origin: Origin,
    /// Its id there.
    pub attempt: AttemptId,
    /// What it was about.
    pub content: Content,
    /// How it is paid.
    pub channel: Channel,
    /// For what.
    pub service: ServiceCode,
    /// What that costs.
    pub amount: Tiyn,
    /// What the bank takes on top.
    pub commission: Tiyn,
    /// Who pays.
    pub payer: Party,
    /// Who receives the service.
    pub recipient: Party,
    /// Where the money comes from.
    pub source: Ledger,
    /// The same as people may see it.
    pub source_shown: String,
    /// Cash put in, at a kiosk.
    pub inserted: Option<Tiyn>,
    /// When it was opened.
    pub opened_at: Moment,
    /// The payment code, once there is one. An account on the gateway's page has none here: the gateway makes
    /// it later.
    pub code: Option<PaymentCode>,
    /// Where the money goes, once known.
    pub order: Option<Order>,
    /// Where it stands.
    pub stage: Stage,
}

/// What the bank knows about an attempt at its arrival.
#[derive(Debug)]
pub enum Admission {
    /// Nothing: it may be decided.
    New,
    /// It was seen with the same content.
    Known(Box<Operation>),
    /// It was inquired or reversed before it came: never again.
    Blocked,
    /// It was used for something else.
    Reused,
}

impl Operation {
    /// The same with the gateway's code.
    #[must_use]
    pub fn with_code(self, code: PaymentCode, order: Order) -> Self {
        Self { code: Some(code), order: Some(order), ..self }
    }

    /// The same, with the money taken.
    #[must_use]
    pub fn taken(self, reference: BankReference, at: Moment) -> Self {
        Self { stage: Stage::Taken { reference, at }, ..self }
    }

    /// The same, refused for good.
    #[must_use]
    pub fn refused(self, why: Refusal, card: Option<CardRefusal>, at: Moment) -> Self {
        Self { stage: Stage::Refused { why, card, at }, ..self }
    }

    /// The same, given back; none where there is nothing to give back.
    pub fn given_back(self, how: GivenBackAs, back_at: Moment) -> Option<Self> {
        match self.stage.clone() {
            Stage::Taken { reference, at } => {
                Some(Self { stage: Stage::GivenBack { reference, at, how, back_at }, ..self })
            }
            _ => None,
        }
    }

    /// The bank's reference, once money was taken.
    pub fn reference(&self) -> Option<&BankReference> {
        match &self.stage {
            Stage::Taken { reference, .. } | Stage::GivenBack { reference, .. } => Some(reference),
            Stage::Opened | Stage::Refused { .. } => None,
        }
    }

    /// What was put in beyond price and commission.
    pub fn excess(&self) -> Tiyn {
        let total: Tiyn = [self.amount, self.commission].into_iter().sum();
        self.inserted.and_then(|inserted| inserted.checked_sub(total)).unwrap_or(Tiyn::ZERO)
    }

    /// All requisites, as the notice has them (T1.22, T3.15, T4.13, T5.21); none before the money is taken.
    pub fn requisites(&self) -> Option<Requisites> {
        let Stage::Taken { reference, at } = &self.stage else { return None };
        let Order { provider, beneficiary } = self.order.clone()?;
        Some(Requisites {
            payer: self.payer.clone(),
            recipient: self.recipient.clone(),
            service: self.service.clone(),
            provider,
            amount: self.amount,
            commission: self.commission,
            beneficiary_iban: beneficiary.iban,
            beneficiary_bic: beneficiary.bic,
            kbk: beneficiary.kbk,
            knp: beneficiary.knp,
            kod: kod_of(self.payer.number),
            kbe: beneficiary.kbe,
            purpose: beneficiary.purpose,
            bank_reference: reference.clone(),
            paid_at: *at,
            channel: self.channel,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_parts_apart() {
        assert_ne!(Content::of(&[&"ab", &"c"]), Content::of(&[&"a", &"bc"]));
        assert_eq!(Content::of(&[&"a", &1]), Content::of(&[&"a", &1]));
    }

    #[test]
    fn an_origin_survives_its_column() {
        for origin in [Origin::Gateway, Origin::InternetBank, Origin::Terminal("ATM-1".into())] {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        assert!("somewhere".parse::<Origin>().is_err());
    }
}
