//! What the gateway does, one verb a file: read, decide, keep, tell.

mod bind_payment_code;
mod cancel_payment_code;
pub(crate) mod card_page;
mod close_payment;
mod get_payment;
mod get_receipt;
mod inquire_payment_code;
mod list_services;
mod notify_payment;
mod open_payment_page;
pub(crate) mod pay_from_account;
mod release_payment_code;
mod request_payment_code;
mod reverse_payment;

pub use bind_payment_code::bind_payment_code;
pub use cancel_payment_code::cancel_payment_code;
pub use card_page::{begin_card_payment, cancel_card_payment, conclude_card_payment, look_up_card_payment};
pub use close_payment::close_payment;
pub use get_payment::get_payment;
pub use get_receipt::get_receipt;
pub use inquire_payment_code::inquire_payment_code;
pub use list_services::list_services;
pub use notify_payment::notify_payment;
pub use open_payment_page::open_payment_page;
pub use pay_from_account::{AccountPaid, PayFromAccount, pay_from_account};
pub use release_payment_code::release_payment_code;
pub use request_payment_code::request_payment_code;
pub use reverse_payment::reverse_payment;
