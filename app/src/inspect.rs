//! `tolem payment`: what the gateway knows of a code, and whether its records are whole.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, anyhow};
use gateway::cx::Cx;
use ledger::RefundProgress;
use participant::{Config, Host, SystemClock, SystemEntropy};
use pki::{Certificate, CrlPolicy, Purpose, Trust};
use serde_json::{Value, json};
use store::{ChainReport, KeptEvidence, RefundRecord};
use terms::{Moment, PaymentCode, ShortText};

use crate::cli::PaymentCommand;
use crate::exit::Failure;
use crate::output;

pub(crate) fn host(config: &Path) -> Result<Arc<Host>, Failure> {
    Ok(Host::new(Config::read(config)?, Arc::new(SystemClock), Box::new(SystemEntropy))?)
}

pub(crate) fn open(config: &Path) -> Result<Arc<Cx>, Failure> {
    Ok(gateway::open_beside(&host(config)?)?)
}

pub(crate) async fn run(command: PaymentCommand, json: bool) -> Result<(), Failure> {
    match command {
        PaymentCommand::Show { code, config } => {
            let cx = open(&config)?;
            show(&cx, code, json).await
        }
        PaymentCommand::Search(arguments) => crate::search::run(*arguments, json).await,
        PaymentCommand::VerifyChain { config } => {
            let host = host(&config)?;
            verify_chain(&host, json).await
        }
    }
}

async fn show(cx: &Cx, code: PaymentCode, json: bool) -> Result<(), Failure> {
    let shown = gateway::show::show(cx, code).await.map_err(anyhow::Error::new)?;
    let shown = shown.ok_or_else(|| Failure::not_found(anyhow!("there is no such payment code")))?;
    let payment = &shown.payment;
    let refund = shown.refund.as_ref().map(|refund| refund_of(refund, shown.refund_asked_at()));
    let head = json!({
        "code": code.digits(),
        "state": payment.state().name(),
        "service": payment.order.service.to_string(),
        "amount": payment.order.amount.to_string(),
        "channel": payment.order.channel.name(),
        "issued_to": payment.order.issued_to.to_string(),
        "issued_at": payment.order.issued_at.to_string(),
        "transaction": payment.paid().map(|paid| paid.transaction.to_string()),
        "bank": payment.paid().map(|paid| paid.bank.to_string()),
        "received_at": payment.paid().map(|paid| paid.received_at.to_string()),
        "refund": refund.as_ref().map(|(object, _)| object),
    });
    output::one(json, &head, || {
        // Granted is not given back: that word is kept for money that the payer has.
        let state = match shown.refund.as_ref().map(|refund| &refund.refund.progress) {
            Some(RefundProgress::Granted | RefundProgress::Asked) => "refund granted".to_owned(),
            _ => payment.state().to_string(),
        };
        let head = format!(
            "{code}  {state}  {} ₸  {}  by {}",
            payment.order.amount, payment.order.service, payment.order.channel
        );
        match &refund {
            Some((_, money)) => format!("{head}\n  {money}"),
            None => head,
        }
    });
    for entry in &shown.timeline {
        let object = json!({
            "at": entry.at.to_string(),
            "event": entry.event,
            "actor": entry.actor,
            "detail": entry.detail,
        });
        output::one(json, &object, || {
            format!("  {}  {:<20} {}  {}", entry.at, entry.event, entry.actor, entry.detail)
        });
    }
    for record in &shown.evidence {
        let certificate = Certificate::from_der(&record.certificate);
        let (serial, signer, good_then) = match &certificate {
            Ok(certificate) => {
                let bin = certificate.subject().organisation.as_ref().map(ToString::to_string);
                let then = cx.host.trust.was_good(certificate, Purpose::MessageSigning, record.at);
                let then = then.map_or_else(|why| why.to_string(), |by| format!("good by {}", by.source));
                (certificate.serial().to_string(), bin.unwrap_or_default(), then)
            }
            Err(error) => (error.to_string(), String::new(), String::new()),
        };
        let object = json!({
            "evidence": record.kind,
            "arrived_at": record.at.to_string(),
            "signed_by": signer,
            "certificate": serial,
            "crl_number": record.crl_number,
            "checked_by": record.checked_by,
            "certificate_then": good_then,
            "octets": record.octets.len(),
        });
        output::one(json, &object, || {
            format!(
                "  {}  signed {} by {signer}, {} octets; the certificate then: {good_then}",
                record.at,
                record.kind,
                record.octets.len()
            )
        });
    }
    Ok(())
}

/// Where the money of a refund is, as an object and as a sentence.
fn refund_of(record: &RefundRecord, asked_at: Option<Moment>) -> (Value, String) {
    let RefundRecord { refund, granted_at, answered_at, .. } = record;
    let (given, reason) = match &refund.progress {
        RefundProgress::Granted | RefundProgress::Asked => (None, None),
        RefundProgress::GivenBack(given) => (Some(given), None),
        RefundProgress::Refused(reason) => (None, Some(reason)),
    };
    let mut object = json!({
        "state": refund.progress.name(),
        "bank": refund.bank.to_string(),
        "amount": refund.amount.to_string(),
        "granted_at": granted_at.to_string(),
        "asked_at": asked_at.map(|at| at.to_string()),
        "answered_at": answered_at.map(|at| at.to_string()),
        "given_back_at": given.map(|given| given.at.to_string()),
        "reason": reason.map(ShortText::as_str),
    });
    let asked = asked_at.map_or_else(String::new, |at| format!(", the bank asked at {at}"));
    let answered = answered_at.map_or_else(String::new, |at| format!(", answered at {at}"));
    let money = match (&refund.progress, given, reason) {
        (_, Some(given), _) => format!("the bank gave the money back at {}", given.at),
        (_, _, Some(reason)) => format!("the bank refused ({reason}), the money is in suspense"),
        (RefundProgress::Granted, ..) => "the bank is not reached yet and has the money".to_owned(),
        _ => "the bank has not said that it gave the money back".to_owned(),
    };
    object["money"] = money.as_str().into();
    let said = format!(
        "refund of {} by {}: granted at {granted_at}{asked}{answered}: {money}",
        refund.amount, refund.bank
    );
    (object, said)
}

/// Opens nothing that is confidential, so whoever holds no key for that can verify too.
async fn verify_chain(host: &Host, json: bool) -> Result<(), Failure> {
    let evidence = gateway::open_evidence(host)?;
    let report = whole_chain(&evidence, host).await?;
    let stamps = gateway::stamps::verify_all(&evidence, &host.trust.roots(), host.now()).await;
    let stamps = stamps.context("the time stamps over the chain").map_err(Failure::signature)?;
    let newest = stamps.newest.map(|newest| (newest.sequence, newest.stamped_at.to_string()));
    let object = json!({
        "groups": report.groups,
        "records": report.records,
        "stamps": stamps.count,
        "stamped_group": newest.as_ref().map(|(sequence, _)| sequence),
        "stamped_at": newest.as_ref().map(|(_, at)| at),
    });
    output::one(json, &object, || {
        let stamped = match &newest {
            None => "no head is time-stamped".to_owned(),
            Some((sequence, at)) => {
                format!("{} time stamps agree, the last over group {sequence} at {at}", stamps.count)
            }
        };
        format!("{} records in {} signed groups are whole; {stamped}", report.records, report.groups)
    });
    Ok(())
}

/// Whether every record is in the signed chain as it was written, and none is missing.
pub(crate) async fn whole_chain(evidence: &KeptEvidence, host: &Host) -> Result<ChainReport, Failure> {
    let kept = evidence.own_certificates().await.map_err(anyhow::Error::new)?;
    let trust = Trust::new(host.trust.roots().to_vec(), CrlPolicy::default());
    let mut own = vec![host.signer().certificate().clone()];
    for record in kept {
        own.push(Certificate::from_der(&record.certificate).map_err(anyhow::Error::new)?);
    }
    // Whoever changed the rows could add a certificate too, but not one of the national CA with our number in it.
    let of_ours = |certificate: &Certificate| {
        let bin = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
        let issued =
            trust.check_without_revocation(certificate, Purpose::MessageSigning, certificate.not_before());
        bin == Some(host.bin) && issued.is_ok()
    };
    own.retain(of_ours);
    let verify = move |key_id: &str, head: &[u8], signature: &[u8]| {
        // Serial numbers are one issuer's own, and the country has several; the signature tells them apart.
        own.iter().filter(|certificate| certificate.serial().to_string() == key_id).any(|certificate| {
            let suite = pki::suite_of(certificate);
            suite.is_ok_and(|suite| suite.verify(certificate.public_key(), head, signature).is_ok())
        })
    };
    evidence.verify_chain(verify, Vec::new()).await.context("the chain is broken").map_err(Failure::signature)
}
