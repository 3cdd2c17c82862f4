//! GetReceipt: the one receipt of a payment, as everybody shows it (T1.28–30, T2.17–20).

use terms::{PaymentCode, TransactionNumber};

use crate::common::{Document, ReceiptXml, Url};
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Question;

    /// Asks for the receipt of a payment.
    request GetReceipt {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
    }

    /// The receipt.
    response GetReceiptResponse {
        /// Its number.
        required transaction_number: TransactionNumber as "transactionNumber" = sample("T-20261122-000001"),
        /// The signed XML.
        required document: ReceiptXml as "document" = example::small(ReceiptXml::new, "<receipt/>"),
        /// The same for people.
        required pdf: Document as "pdf" = example::small(Document::new, "%PDF-1.7 example"),
        /// The address at which it can be verified.
        required url: Url as "url" = example::url("/v/5f1d9c0a7be24c63a1f08e42d7b95c16"),
    }
}
