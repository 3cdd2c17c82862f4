//! All requisites of one payment: what T1.22 and its sisters mean by «все платёжные реквизиты».

use crate::{
    BankReference, Bic, Bin, Channel, Iban, Kbe, Kbk, Knp, Kod, Moment, Party, Purpose, ServiceCode, Tiyn,
};

/// Everything a bank says about one payment it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requisites {
    /// Who paid.
    pub payer: Party,
    /// Who receives the service; may be the payer.
    pub recipient: Party,
    /// What is paid for.
    pub service: ServiceCode,
    /// The state body that renders it.
    pub provider: Bin,
    /// What the service costs, without the bank's commission.
    pub amount: Tiyn,
    /// What the bank took on top.
    pub commission: Tiyn,
    /// The beneficiary's account, as a rule the Treasury's.
    pub beneficiary_iban: Iban,
    /// The beneficiary's bank.
    pub beneficiary_bic: Bic,
    /// Budget classification.
    pub kbk: Kbk,
    /// Purpose code.
    pub knp: Knp,
    /// Sender's residence and sector.
    pub kod: Kod,
    /// Beneficiary's residence and sector.
    pub kbe: Kbe,
    /// Purpose in words.
    pub purpose: Purpose,
    /// The bank's own id of the operation.
    pub bank_reference: BankReference,
    /// When the bank took the money.
    pub paid_at: Moment,
    /// How it was paid.
    pub channel: Channel,
}
