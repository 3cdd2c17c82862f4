//! NotifyPayment: a bank says that a code is paid (T1.22–25, T3.15–18, T4.13–16, T5.21–24; cl. 12(2)).

use terms::{Moment, PaymentCode, Requisites, TransactionNumber, Trilingual};

use crate::common::NoticeOutcome;
use crate::example;
use crate::framework::{Kind, exchange, sample};

exchange! {
    in GATEWAY, kind |_| Kind::Fact;

    /// Says that a code is paid, with all requisites. A fact: never refused for its age.
    request NotifyPayment {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// All requisites, as the bank took the payment.
        required requisites: Requisites as "requisites" = example::requisites(),
    }

    /// What became of the notice, with further information.
    response NotifyPaymentResponse {
        /// The payment code.
        required payment_code: PaymentCode as "paymentCode" = example::code(),
        /// What became of the notice.
        required outcome: NoticeOutcome as "outcome" = NoticeOutcome::Accepted,
        /// When the data reached the gateway (T1.23).
        required received_at: Moment as "receivedAt" = example::moment(),
        /// The number on the receipt.
        required transaction_number: TransactionNumber as "transactionNumber" = sample("T-20261122-000001"),
        /// What the payer may be told.
        required information: Trilingual as "information" =
            Trilingual::new("Төлем өтті.", "Оплата прошла.", "Payment successful."),
    }
}
