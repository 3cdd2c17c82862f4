//! Sequences of elements that several messages hold: parties, requisites, a service, a payment.

use terms::{
    ApplicationNumber, BankReference, Bic, Bin, Channel, Iban, Iin, Kbe, Kbk, Knp, Kod, Moment, Party,
    PartyNumber, PaymentCode, Purpose, Requisites, ServiceCode, ShortText, Tiyn, TransactionNumber,
    Trilingual,
};

use super::word::{ItemDispute, MovementKind, PaymentState};
use crate::framework::record;

record! {
    foreign
    /// A payer or a recipient: a person or an organisation.
    Party {
        /// ИИН of a person or БИН of an organisation.
        required number: PartyNumber as "number",
        /// Full name of the person, or the organisation's name.
        required name: ShortText as "name",
    }
}

record! {
    foreign
    /// All requisites of one payment, as the bank took it (T1.22, T3.15, T4.13, T5.21).
    Requisites {
        /// Who paid.
        required payer: Party as "payer",
        /// Who receives the service; may be the payer.
        required recipient: Party as "recipient",
        /// What is paid for.
        required service: ServiceCode as "service",
        /// The state body that renders it.
        required provider: Bin as "provider",
        /// What the service costs, without the bank's commission.
        required amount: Tiyn as "amount",
        /// What the bank took on top.
        required commission: Tiyn as "commission",
        /// The beneficiary's account.
        required beneficiary_iban: Iban as "beneficiaryIban",
        /// The beneficiary's bank.
        required beneficiary_bic: Bic as "beneficiaryBic",
        /// Budget classification (КБК).
        required kbk: Kbk as "kbk",
        /// Purpose code (КНП).
        required knp: Knp as "knp",
        /// Sender's residence and sector (КОд).
        required kod: Kod as "kod",
        /// Beneficiary's residence and sector (КБе).
        required kbe: Kbe as "kbe",
        /// Purpose in words.
        required purpose: Purpose as "purpose",
        /// The bank's own id of the operation.
        required bank_reference: BankReference as "bankReference",
        /// When the bank took the money.
        required paid_at: Moment as "paidAt",
        /// How it was paid.
        required channel: Channel as "channel",
    }
}

record! {
    /// Where the money of a service goes.
    pub struct Beneficiary {
        /// The account.
        required iban: Iban as "iban",
        /// Its bank.
        required bic: Bic as "bic",
        /// Budget classification (КБК).
        required kbk: Kbk as "kbk",
        /// Purpose code (КНП).
        required knp: Knp as "knp",
        /// Beneficiary's residence and sector (КБе).
        required kbe: Kbe as "kbe",
        /// Purpose in words.
        required purpose: Purpose as "purpose",
    }
}

record! {
    /// An operator of a service centre, named inside the portal's signed message.
    pub struct Operator {
        /// The operator's ИИН.
        required iin: Iin as "iin",
        /// Full name.
        required name: ShortText as "name",
        /// The service centre.
        required centre: ShortText as "centre",
    }
}

record! {
    /// A service that can be paid for.
    pub struct Service {
        /// Its code.
        required code: ServiceCode as "code",
        /// Its name.
        required name: Trilingual as "name",
        /// The state body that renders it.
        required provider: Bin as "provider",
        /// That body's name.
        required provider_name: Trilingual as "providerName",
        /// What it costs.
        required price: Tiyn as "price",
        /// Where the money goes.
        required beneficiary: Beneficiary as "beneficiary",
        /// Whether it can be received at the portal; else at a service centre only.
        required e_service: bool as "eService",
    }
}

record! {
    /// A payment as participants see it.
    pub struct PaymentView {
        /// Its code.
        required payment_code: PaymentCode as "paymentCode",
        /// Where it stands.
        required state: PaymentState as "state",
        /// What is paid for.
        required service: ServiceCode as "service",
        /// The state body that renders it.
        required provider: Bin as "provider",
        /// What was ordered.
        required amount: Tiyn as "amount",
        /// For whom.
        required recipient: Party as "recipient",
        /// How it is to be paid.
        required channel: Channel as "channel",
        /// When the code was issued.
        required issued_at: Moment as "issuedAt",
        /// Until when it can be paid.
        required valid_until: Moment as "validUntil",
        /// What the bank took, once it has.
        optional requisites: Requisites as "requisites",
        /// The number on the receipt, once there is one.
        optional transaction_number: TransactionNumber as "transactionNumber",
        /// The bank that vouched for it.
        optional bank: Bin as "bank",
        /// When its notice reached the gateway.
        optional received_at: Moment as "receivedAt",
        /// The order it is tied to.
        optional application: ApplicationNumber as "application",
        /// When it was spent.
        optional closed_at: Moment as "closedAt",
    }
}

record! {
    /// One payment or one return that a claim names.
    pub struct ClaimItem {
        /// Its code.
        required payment_code: PaymentCode as "paymentCode",
        /// The operation that took the money; a return is named by that of its payment.
        required bank_reference: BankReference as "bankReference",
        /// How much.
        required amount: Tiyn as "amount",
        /// A payment, or the return of one.
        required kind: MovementKind as "kind",
    }
}

record! {
    /// One item of a claim that the bank disputes.
    pub struct DisputedItem {
        /// The operation, as the claim names it.
        required bank_reference: BankReference as "bankReference",
        /// A payment, or the return of one.
        required kind: MovementKind as "kind",
        /// Why.
        required why: ItemDispute as "why",
        /// What the bank's own books have, where they have the operation.
        optional own_amount: Tiyn as "ownAmount",
    }
}

record! {
    /// One row of a bank's own register.
    pub struct BankMovement {
        /// The code, where the bank has it: a debit of an account was ordered before its code was made.
        optional payment_code: PaymentCode as "paymentCode",
        /// The operation that took the money; a return is named by that of its payment.
        required bank_reference: BankReference as "bankReference",
        /// How much.
        required amount: Tiyn as "amount",
        /// A payment, or the return of one.
        required kind: MovementKind as "kind",
        /// When the bank took the money, or gave it back.
        required at: Moment as "at",
    }
}

record! {
    foreign
    /// One meaning in three languages.
    Trilingual {
        /// Kazakh.
        required kk: String as "kk",
        /// Russian.
        required ru: String as "ru",
        /// English.
        required en: String as "en",
    }
}
