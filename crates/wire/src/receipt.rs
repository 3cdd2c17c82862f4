//! The signed receipt (T1.28-30) as a document: what stands in the XML that the gateway signs.
//!
//! The signature is enveloped and made in `xml::dsig`; `tolem receipt verify` reads the document from the very octets
//! that were signed.

use terms::{ApplicationNumber, Bin, Iban, Moment, PaymentCode, Requisites, TransactionNumber, Trilingual};
use xml::{Element, FieldError, FromElement, ToElement, Writer};

use crate::framework::{COMMON, Field, record};

/// The name of the document's root element.
pub const ELEMENT: &str = "Receipt";

record! {
    /// A receipt (электронный чек). Made by the gateway, once; everyone shows the same one.
    pub struct Receipt {
        /// The code.
        required payment_code: PaymentCode as "paymentCode",
        /// The gateway's number of the transaction.
        required transaction_number: TransactionNumber as "transactionNumber",
        /// The portal's order, where there was one before payment.
        optional application: ApplicationNumber as "application",
        /// The account credited. Never a card number.
        required account: Iban as "account",
        /// What the bank signed.
        required requisites: Requisites as "requisites",
        /// The bank that vouched.
        required bank: Bin as "bank",
        /// Its name.
        required bank_name: Trilingual as "bankName",
        /// The service's name.
        required service_name: Trilingual as "serviceName",
        /// The provider's name.
        required provider_name: Trilingual as "providerName",
        /// When the receipt was made.
        required made_at: Moment as "madeAt",
        /// The gateway operator, who signs.
        required gateway: Bin as "gateway",
    }
}

impl FromElement for Receipt {
    fn from_element(element: Element<'_, '_>) -> Result<Self, FieldError> {
        element.expect(COMMON.uri, ELEMENT)?;
        Field::read(element)
    }
}

impl ToElement for Receipt {
    fn write(&self, writer: &mut Writer) {
        Field::write(self, writer, &COMMON, ELEMENT);
    }
}
