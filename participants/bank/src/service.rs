//! The bank's messages: which operation goes to which use case.

use participant::{Call, Fault, Service, endpoint};
use wire::bank::{
    AcceptClaim, AcceptRegister, DebitAccount, GetBankRegister, GetStatement, InquireAttempt, PayProvider,
    RefundPayment,
};
use wire::{Request, ServiceDescription};

use crate::cx::Cx;
use crate::use_case::accept_claim::accept_claim;
use crate::use_case::accept_register::accept_register;
use crate::use_case::debit_account::debit_account;
use crate::use_case::get_bank_register::get_bank_register;
use crate::use_case::get_statement::get_statement;
use crate::use_case::inquire_attempt::inquire_attempt;
use crate::use_case::pay_provider::pay_provider;
use crate::use_case::refund_payment::refund_payment;

/// Answers the gateway.
pub(crate) struct BankService(pub(crate) Cx);

impl Service for BankService {
    fn description(&self) -> &'static ServiceDescription {
        endpoint::published(&wire::BANK)
    }

    async fn answer(&self, call: Call) -> Result<String, Fault> {
        let cx = &self.0;
        match call.operation().to_owned().as_str() {
            DebitAccount::OPERATION => debit_account(cx, call.permit()?).await,
            InquireAttempt::OPERATION => inquire_attempt(cx, call.permit()?).await,
            RefundPayment::OPERATION => refund_payment(cx, call.permit()?).await,
            AcceptRegister::OPERATION => accept_register(cx, call.permit()?).await,
            AcceptClaim::OPERATION => accept_claim(cx, call.permit()?).await,
            PayProvider::OPERATION => pay_provider(cx, call.permit()?).await,
            GetStatement::OPERATION => get_statement(cx, call.permit()?).await,
            GetBankRegister::OPERATION => get_bank_register(cx, call.permit()?).await,
            _ => Err(call.unknown_operation()),
        }
    }
}
