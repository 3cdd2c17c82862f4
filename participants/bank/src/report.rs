//! What the bank's own books say about one payment code: for `tolem bank show`, read beside a running bank
//! (T1.23).

use std::path::Path;

use anyhow::{Context, Result};
use terms::PaymentCode;

use crate::core::Posting;
use crate::operation::{Operation, Stage};
use crate::store::{self as tables, NoticeState};

/// Everything under one code, the latest operation first.
#[derive(Debug, Clone)]
pub struct PaymentsReport {
    /// The code.
    pub code: PaymentCode,
    /// The operations.
    pub payments: Vec<PaymentReport>,
}

/// One operation with its books.
#[derive(Debug, Clone)]
pub struct PaymentReport {
    /// The operation.
    pub operation: Operation,
    /// What was booked at the payment.
    pub postings: Vec<Posting>,
    /// The notice of payment, where one was written.
    pub notice: Option<NoticeState>,
    /// The cancellation, where one was written.
    pub cancellation: Option<NoticeState>,
    /// The reversal, where one was written.
    pub reversal: Option<NoticeState>,
}

/// Reads the bank's record of a code, without changing anything.
///
/// # Errors
/// Where the database cannot be read.
pub fn payments_report(database: &Path, code: PaymentCode) -> Result<PaymentsReport> {
    let conn = tables::open_read_only(database).with_context(|| format!("opening {}", database.display()))?;
    let mut payments = Vec::new();
    for (row, operation) in tables::under_code(&conn, code)? {
        payments.push(PaymentReport {
            operation,
            postings: tables::postings(&conn, row, "payment")?,
            notice: tables::notice(&conn, "NotifyPayment", code)?,
            cancellation: tables::notice(&conn, "CancelPaymentCode", code)?,
            reversal: tables::notice(&conn, "ReversePayment", code)?,
        });
    }
    Ok(PaymentsReport { code, payments })
}

impl std::fmt::Display for PaymentsReport {
    /// Lines of `name: value`; people are masked by their type's `Debug`, never written whole.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.payments.is_empty() {
            return writeln!(f, "the bank has no operation under this code");
        }
        for PaymentReport { operation, postings, notice, cancellation, reversal } in &self.payments {
            writeln!(f, "operation: {} {}", operation.origin, operation.attempt)?;
            writeln!(f, "  channel: {}, service: {}", operation.channel, operation.service)?;
            writeln!(f, "  amount: {}, commission: {}", operation.amount, operation.commission)?;
            writeln!(f, "  from: {}", operation.source_shown)?;
            match &operation.stage {
                Stage::Opened => writeln!(f, "  state: opened at {}", operation.opened_at)?,
                Stage::Taken { reference, at } => {
                    writeln!(f, "  state: taken at {at}, reference {reference}")?
                }
                Stage::Refused { why, at, .. } => writeln!(f, "  state: refused at {at}, {why}")?,
                Stage::GivenBack { reference, how, back_at, .. } => {
                    writeln!(f, "  state: given back by {how} at {back_at}, reference {reference}")?;
                }
            }
            for posting in postings {
                // A client's account is told by its end only.
                let ledger = posting.ledger.to_string();
                let shown = ledger.strip_prefix("client:").map(|iban| format!("client:…{}", &iban[16..]));
                writeln!(f, "  posting: {} {} tiyn", shown.unwrap_or(ledger), posting.tiyn)?;
            }
            for (name, message) in
                [("notice", notice), ("cancellation", cancellation), ("reversal", reversal)]
            {
                match message {
                    Some(NoticeState { acknowledged_at: Some(at), tries, .. }) => {
                        writeln!(f, "  {name}: acknowledged at {at} after {tries} tries")?;
                    }
                    Some(NoticeState { tries, last_error, .. }) => {
                        let error = last_error.as_deref().unwrap_or("none yet");
                        writeln!(f, "  {name}: waiting after {tries} tries, last error: {error}")?;
                    }
                    None => {}
                }
            }
        }
        Ok(())
    }
}
