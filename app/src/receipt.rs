//! `tolem receipt verify`: is this receipt genuine? Without a line: the national CA's root is needed, and for
//! PDF and QR the gateway's certificate for them.
//!
//! Three forms are understood: the signed XML, the text of the QR code, and the PDF, whose QR text is also in its
//! document information. What is printed is what was signed, never what the page shows.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pki::{Certificate, CrlPolicy, Purpose, Trust};
use serde_json::json;
use terms::Clock as _;
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::cli::ReceiptCommand;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(command: ReceiptCommand, json: bool) -> Result<(), Failure> {
    let ReceiptCommand::Verify { file, national_ca, qr_certificate } = command;
    let octets = std::fs::read(&file)
        .with_context(|| format!("reading {}", file.display()))
        .map_err(Failure::not_found)?;
    let trust = Trust::new(roots(&national_ca)?, CrlPolicy::default());
    let object = if octets.trim_ascii_start().starts_with(b"<") {
        verify_xml(&octets, &trust).map_err(Failure::signature)?
    } else {
        verify_compact(&octets, &trust, &certificate(&qr_certificate)?).map_err(Failure::signature)?
    };
    if object["form"] == "compact" {
        eprintln!("only the fields named here are proved; compare them with what the paper shows");
    }
    output::one(json, &object, || {
        let text = |name: &str| object[name].as_str().unwrap_or_default().to_owned();
        format!(
            "genuine: {} paid {} ₸ for {} on {}, transaction {}",
            text("code"),
            text("amount"),
            text("service"),
            text("paid_at"),
            text("transaction")
        )
    });
    Ok(())
}

fn certificate(path: &Path) -> Result<Certificate> {
    let pem = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Certificate::from_pem(&pem).with_context(|| format!("in {}", path.display()))
}

pub(crate) fn roots(path: &Path) -> Result<Vec<Certificate>> {
    let pem = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    Certificate::all_from_pem(&pem).with_context(|| format!("in {}", path.display()))
}

/// Whether a certificate is the national CA's work and a participant's. Off line there is no revocation list: a
/// receipt outlives the certificate that signed it, and what counts is the path at the time of signing.
pub(crate) fn is_of(trust: &Trust, signer: &Certificate) -> Result<()> {
    trust
        .check_without_revocation(signer, Purpose::MessageSigning, signer.not_before())
        .context("the signer's certificate is not from this national CA")
}

fn verify_xml(octets: &[u8], trust: &Trust) -> Result<serde_json::Value> {
    let signed = verify_enveloped(octets, &Limits::DOCUMENT)?;
    is_of(trust, signed.certificate())?;
    let receipt: wire::receipt::Receipt = signed.parse()?;
    let signer = signed.certificate().subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    if signer != Some(receipt.gateway) {
        bail!("the receipt names another gateway than the one that signed it");
    }
    Ok(json!({
        "genuine": true,
        "form": "xml",
        "code": receipt.payment_code.digits(),
        "transaction": receipt.transaction_number.to_string(),
        "amount": receipt.requisites.amount.to_string(),
        "service": receipt.requisites.service.to_string(),
        "recipient": receipt.requisites.recipient.number.to_string(),
        "paid_at": receipt.requisites.paid_at.to_string(),
        "bank": receipt.bank.to_string(),
        "channel": receipt.requisites.channel.name(),
        "checked_at": participant::SystemClock.now().to_string(),
    }))
}

fn verify_compact(octets: &[u8], trust: &Trust, signer: &Certificate) -> Result<serde_json::Value> {
    is_of(trust, signer)?;
    let compact = find_compact(octets).ok_or_else(|| anyhow!("no receipt is found in the file"))?;
    let (text, signature) = compact.split_once('.').context("the compact receipt has no signature")?;
    let text = URL_SAFE_NO_PAD.decode(text).context("the compact receipt is not base64")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).context("the signature is not base64")?;
    pki::suite_of(signer)?
        .verify(signer.public_key(), &text, &signature)
        .context("the signature does not agree")?;
    let text = String::from_utf8(text).context("the compact receipt is not text")?;
    let fields: Vec<&str> = text.split('|').collect();
    let [code, transaction, tiyn, service, recipient, paid_at, bank, channel] = fields[..] else {
        bail!("the compact receipt has other fields than expected");
    };
    let amount = terms::Tiyn::new(tiyn.parse()?)?;
    Ok(json!({
        "genuine": true,
        "form": "compact",
        "code": code,
        "transaction": transaction,
        "amount": amount.to_string(),
        "service": service,
        "recipient": format!("********{recipient}"),
        "paid_at": paid_at,
        "bank": bank,
        "channel": channel,
    }))
}

/// The compact receipt in the text of a QR code, or in the document information of a PDF.
fn find_compact(octets: &[u8]) -> Option<String> {
    let mark = format!("#{}", gateway::receipt::COMPACT_PREFIX);
    let at = octets.windows(mark.len()).position(|window| window == mark.as_bytes())?;
    let of_compact = |octet: &u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.');
    let rest = &octets[at + mark.len()..];
    let end = rest.iter().position(|octet| !of_compact(octet)).unwrap_or(rest.len());
    String::from_utf8(rest[..end].to_vec()).ok()
}
