//! The payment gateway's service: what banks, portal and service centres ask of it and tell it.

mod bind_payment_code;
mod cancel_payment_code;
mod close_payment;
mod get_payment;
mod get_receipt;
mod get_register;
mod inquire_payment_code;
mod list_services;
mod notify_payment;
mod open_payment_page;
mod release_payment_code;
mod request_payment_code;
mod reverse_payment;

pub use bind_payment_code::{BindPaymentCode, BindPaymentCodeResponse};
pub use cancel_payment_code::{CancelPaymentCode, CancelPaymentCodeResponse};
pub use close_payment::{ClosePayment, ClosePaymentResponse};
pub use get_payment::{GetPayment, GetPaymentResponse};
pub use get_receipt::{GetReceipt, GetReceiptResponse};
pub use get_register::{GetRegister, GetRegisterResponse, LONGEST_REGISTER_PART};
pub use inquire_payment_code::{InquirePaymentCode, InquirePaymentCodeResponse};
pub use list_services::{LARGEST_CATALOGUE, ListServices, ListServicesResponse};
pub use notify_payment::{NotifyPayment, NotifyPaymentResponse};
pub use open_payment_page::{OpenPaymentPage, OpenPaymentPageResponse};
pub use release_payment_code::{ReleasePaymentCode, ReleasePaymentCodeResponse};
pub use request_payment_code::{RequestPaymentCode, RequestPaymentCodeResponse};
pub use reverse_payment::{ReversePayment, ReversePaymentResponse};

use crate::framework::{GATEWAY, Operation, ServiceDescription};

/// This service, as data.
pub(crate) static SERVICE: ServiceDescription = ServiceDescription {
    name: "Gateway",
    doc: "Payment codes: issue, notice, validation, closing.",
    namespace: &GATEWAY,
    operations: &[
        Operation::of::<RequestPaymentCode>(),
        Operation::of::<NotifyPayment>(),
        Operation::of::<CancelPaymentCode>(),
        Operation::of::<ReversePayment>(),
        Operation::of::<OpenPaymentPage>(),
        Operation::of::<BindPaymentCode>(),
        Operation::of::<ReleasePaymentCode>(),
        Operation::of::<InquirePaymentCode>(),
        Operation::of::<ClosePayment>(),
        Operation::of::<ListServices>(),
        Operation::of::<GetPayment>(),
        Operation::of::<GetReceipt>(),
        Operation::of::<GetRegister>(),
    ],
};
