//! What a receipt (электронный чек) says: every field of T1.28-30 and T2.17-18.
//!
//! Made by the gateway, once, and signed; everyone shows the same one. Its forms (page, PDF, signed XML, QR) live
//! in `pages`, `files` and `wire`.

use terms::{ApplicationNumber, Bin, PaymentCode, Requisites, TransactionNumber};

use crate::{Life, Payment};

/// The receipt of one paid code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The code.
    pub code: PaymentCode,
    /// The gateway's number of the transaction.
    pub transaction: TransactionNumber,
    /// The portal's order the payment was made for or is bound to, where there is one.
    pub application: Option<ApplicationNumber>,
    /// The bank that vouched.
    pub bank: Bin,
    /// All requisites, as the bank signed them.
    pub requisites: Requisites,
}

impl Receipt {
    /// The receipt of a payment; `None` while no agreeing notice is known.
    pub fn of(payment: &Payment) -> Option<Self> {
        let paid = match &payment.life {
            Life::Disputed(_) => return None,
            _ => payment.paid()?,
        };
        Some(Self {
            code: payment.code,
            transaction: paid.transaction.clone(),
            application: payment.order.application.clone(),
            bank: paid.bank,
            requisites: paid.requisites.clone(),
        })
    }
}
