//! What the gateway does, one verb a file: read, decide, keep, tell.

pub(crate) mod acknowledge_register;
mod bind_payment_code;
mod cancel_payment_code;
pub(crate) mod card_page;
pub(crate) mod close_day;
mod close_payment;
pub(crate) mod form_claims;
mod get_payment;
mod get_receipt;
pub(crate) mod get_register;
pub(crate) mod hear_bank;
mod inquire_payment_code;
mod list_services;
pub(crate) mod matter;
mod notify_payment;
mod open_payment_page;
pub(crate) mod pay_from_account;
pub(crate) mod pay_out;
pub(crate) mod propose;
mod release_payment_code;
mod request_payment_code;
mod reverse_payment;
pub(crate) mod take_statement;

pub(crate) use bind_payment_code::bind_payment_code;
pub(crate) use cancel_payment_code::cancel_payment_code;
pub(crate) use card_page::{
    begin_card_payment, cancel_card_payment, conclude_card_payment, look_up_card_payment,
};
pub(crate) use close_payment::close_payment;
pub(crate) use get_payment::get_payment;
pub(crate) use get_receipt::get_receipt;
pub(crate) use get_register::get_register;
pub(crate) use inquire_payment_code::inquire_payment_code;
pub(crate) use list_services::list_services;
pub(crate) use notify_payment::notify_payment;
pub(crate) use open_payment_page::open_payment_page;
pub(crate) use pay_from_account::HOUSEHOLD;
pub(crate) use pay_from_account::{AccountPaid, PayFromAccount, pay_from_account};
pub(crate) use release_payment_code::release_payment_code;
pub(crate) use request_payment_code::request_payment_code;
pub(crate) use reverse_payment::reverse_payment;
