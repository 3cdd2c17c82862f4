//! A voice under a participant's name: its own keys and configuration, used beside the running participant by whoever
//! makes traffic. What is said with it is its users' affair.

use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use participant::{Caller, Config, Host, SystemEntropy};
use terms::{BankReference, Channel, Clock, Moment, Party, Requisites, Tiyn};
use transport::{ClientLimits, HttpClient, KeepAlive};
use wire::gateway::RequestPaymentCodeResponse;

/// The bank's commission on each payment told by a voice, in tenge.
const COMMISSION: u32 = 20;

/// One that speaks under a participant's name over kept connections.
#[derive(Clone)]
pub(crate) struct Voice {
    pub(crate) host: Arc<Host>,
    pub(crate) caller: Caller,
}

impl Voice {
    /// Speaks by a participant's configuration; `purpose` tells its logs from the participant's own.
    pub(crate) async fn of(config: &Path, purpose: &str, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut config = Config::read(config)?;
        // The participant itself may be running: what this voice keeps beside the configuration is its own, and the
        // file of the national CA's certificates is the participant's to write.
        config.name = format!("{purpose}-of-{}", config.name);
        config.database = None;
        if let Some(crl) = &mut config.crl {
            crl.roots_url = None;
        }
        let host = Host::new(config, clock, Box::new(SystemEntropy))?;
        host.refresh_crl(&HttpClient::new(Some(&host.identity), &host.roots, ClientLimits::default())?)
            .await?;
        let limits = ClientLimits { keep_alive: KeepAlive::Yes, ..ClientLimits::default() };
        Ok(Self { caller: Caller::with(host.clone(), limits)?, host })
    }
}

/// The requisites of a payment in a bank's own channel, exactly as the gateway asked for it.
pub(crate) fn paid_as_asked(
    issued: &RequestPaymentCodeResponse,
    payer: Party,
    recipient: Party,
    bank_reference: BankReference,
    paid_at: Moment,
) -> Result<Requisites> {
    let to = issued.beneficiary.clone();
    Ok(Requisites {
        payer,
        recipient,
        service: issued.service.clone(),
        provider: issued.provider,
        amount: issued.amount,
        commission: Tiyn::tenge(COMMISSION),
        beneficiary_iban: to.iban,
        beneficiary_bic: to.bic,
        kbk: to.kbk,
        knp: to.knp,
        // A resident's household.
        kod: "19".parse()?,
        kbe: to.kbe,
        purpose: to.purpose,
        bank_reference,
        paid_at,
        channel: Channel::InternetBank,
    })
}
