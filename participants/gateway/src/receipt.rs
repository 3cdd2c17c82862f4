//! The receipt (электронный чек): made once, signed, the same for everyone (T1.28-30, T2.17-20).
//!
//! Three forms of one content: XML signed with the gateway's signing key, a PDF, and the QR code, which holds a compact
//! receipt signed with a key of its own, so that it verifies without a line: P-256 or GOST, whose signatures are short
//! enough for a QR code. The forms are drawn in `files` and `wire`.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use files::ReceiptDocument;
use participant::config::KeyFiles;
use payment::Receipt;
use pki::{FileSigner, Signer};
use store::{ReceiptRecord, Store, StoreError};
use terms::{Language, Moment, PaymentCode, Trilingual};

use crate::cx::Cx;

/// What stands before the compact receipt in the fragment of the QR's address; the number is its version.
pub const COMPACT_PREFIX: &str = "r1.";

/// The key of QR codes, read from its files at each receipt, so that a renewed one counts at once.
pub struct QrKey {
    files: KeyFiles,
    /// As the files last held it whole: between the writing of a new key and of its certificate the two do not fit.
    last: Mutex<Arc<FileSigner>>,
}

impl QrKey {
    /// Reads the key for the first time.
    ///
    /// # Errors
    /// Where a file cannot be read, or the two do not belong together.
    pub fn load(files: KeyFiles) -> Result<Self> {
        let last = Mutex::new(Arc::new(read(&files)?));
        Ok(Self { files, last })
    }

    fn present(&self) -> Arc<FileSigner> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match read(&self.files) {
            Ok(read) => *last = Arc::new(read),
            Err(error) => tracing::warn!(event = "qr-key-not-taken-up", error = format!("{error:#}")),
        }
        Arc::clone(&last)
    }
}

fn read(files: &KeyFiles) -> Result<FileSigner> {
    FileSigner::load(&files.key, &files.certificate).context("loading the QR key")
}

/// The compact receipt as text: what the QR's signature covers.
///
/// Fields in a fixed order, separated by `|`: code, transaction, amount in tiyn, service, the last four digits of the
/// recipient's number, date and time with offset, bank, way to pay.
pub fn compact_text(receipt: &Receipt) -> String {
    let requisites = &receipt.requisites;
    let recipient = requisites.recipient.number.to_string();
    format!(
        "{}|{}|{}|{}|{}|{}|{}|{}",
        receipt.code.digits(),
        receipt.transaction,
        requisites.amount.as_u64(),
        requisites.service,
        &recipient[8..],
        requisites.paid_at,
        receipt.bank,
        requisites.channel,
    )
}

/// The fragment of the QR's address: the compact receipt and its signature.
///
/// # Errors
/// Where the key does not sign.
pub fn compact(receipt: &Receipt, signer: &dyn Signer) -> Result<String> {
    let text = compact_text(receipt);
    let signature = signer.sign(text.as_bytes()).context("signing the compact receipt")?;
    Ok(format!("{COMPACT_PREFIX}{}.{}", URL_SAFE_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(signature)))
}

/// The receipt of a code in the forms that are kept; made at the first asking.
///
/// # Errors
/// Where the store fails or a key does not sign; `Ok(None)` while nothing is paid.
pub async fn receipt_of(cx: &Cx, code: PaymentCode) -> Result<Option<(Receipt, ReceiptRecord)>> {
    let found = cx
        .store
        .read(move |view| {
            let receipt = view.payment(code)?.as_ref().and_then(|stored| Receipt::of(&stored.value));
            Ok::<_, StoreError>((receipt, view.receipt(code)?))
        })
        .await?;
    let (Some(receipt), kept) = found else { return Ok(None) };
    if let Some(record) = kept {
        return Ok(Some((receipt, record)));
    }
    let record = make(cx, &receipt)?;
    let kept = cx
        .store
        .transact({
            let record = record.clone();
            move |tx| match tx.receipt(code)? {
                // Somebody else asked at the same moment; the first one counts for everyone.
                Some(first) => Ok(first),
                None => {
                    tx.insert_receipt(&record)?;
                    Ok::<_, StoreError>(record.clone())
                }
            }
        })
        .await?;
    Ok(Some((receipt, kept)))
}

fn make(cx: &Cx, receipt: &Receipt) -> Result<ReceiptRecord> {
    let host = &cx.host;
    let fragment = compact(receipt, cx.qr_key.present().as_ref())?;
    let made_at = host.now();
    let document = document(cx, receipt, made_at, format!("{}#{fragment}", cx.links.check_url(receipt.code)));
    let pdf = files::receipt_pdf(&document, Language::Ru).context("drawing the receipt")?;
    let said = wire::receipt::Receipt {
        payment_code: receipt.code,
        transaction_number: receipt.transaction.clone(),
        application: receipt.application.clone(),
        account: receipt.requisites.beneficiary_iban,
        requisites: receipt.requisites.clone(),
        bank: receipt.bank,
        bank_name: document.bank_name.clone(),
        service_name: document.service_name.clone(),
        provider_name: document.provider_name.clone(),
        made_at,
        gateway: host.bin,
    };
    let signed = xml::dsig::sign_enveloped(&said, host.signer().as_ref()).context("signing the receipt")?;
    Ok(ReceiptRecord {
        code: receipt.code,
        token_digest: crate::links::token_digest(&cx.links.receipt_token(receipt.code)),
        signed,
        pdf: Some(pdf),
        made_at,
    })
}

/// What a receipt shows. The account number is the beneficiary's: a card number is never on a receipt.
pub fn document(cx: &Cx, receipt: &Receipt, made_at: Moment, verify_url: String) -> ReceiptDocument {
    let requisites = &receipt.requisites;
    let service = cx.catalogue.find(&requisites.service);
    let unnamed = |what: &str| Trilingual::new(what, what, what);
    ReceiptDocument {
        code: receipt.code,
        transaction: receipt.transaction.clone(),
        application: receipt.application.clone(),
        account: Some(requisites.beneficiary_iban.to_string()),
        service_name: service
            .map_or_else(|| unnamed(requisites.service.as_str()), |service| service.name.clone()),
        provider_name: service.map_or_else(
            || unnamed(&requisites.provider.to_string()),
            |service| service.provider_name.clone(),
        ),
        bank: receipt.bank,
        bank_name: cx
            .host
            .registry()
            .find(receipt.bank)
            .map_or_else(|| unnamed(&receipt.bank.to_string()), |bank| bank.name.clone()),
        beneficiary: requisites.provider,
        issued_at: made_at,
        verify_url,
        requisites: requisites.clone(),
    }
}
