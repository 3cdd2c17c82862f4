//! A country of three for the bench: national CA, gateway, one bank; and the limit beside the gateway.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;
use bytes::Bytes;
use envelope::{SoapVersion, TokenForm};
use national_ca::files::{write_public, write_secret};
use national_ca::{IssueRequest, NationalCa, RootRequest, Settings};
use participant::{Config, Host, SystemClock, SystemEntropy};
use payment::{Order, Payment};
use pki::SuiteId;
use pki::issue::{Organisation, Profile};
use store::{Store, StoreError};
use terms::{Channel, Entropy as _, Party, PaymentCode, Requisites, Tiyn};
use wire::gateway::NotifyPayment;
use xml::ToElement;

use crate::demo::free_ports;

const CA_BIN: &str = "500340000024";
const GATEWAY_BIN: &str = "500140000126";
const BANK_BIN: &str = "500340000054";
const PROVIDER_BIN: &str = "500340000084";
const DAYS: u32 = 2;
/// Payments put on record in one transaction.
const AT_ONCE: usize = 500;

/// The bench's folder and ports.
pub(crate) struct Bench {
    pub(crate) folder: PathBuf,
    pub(crate) gateway_port: u16,
    pub(crate) limit_port: u16,
}

impl Bench {
    /// Makes keys and configurations.
    pub(crate) fn set_up(folder: &Path, suite: SuiteId) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let base = free_ports(19_000)?;
        let bench = Self { folder: folder.to_owned(), gateway_port: base, limit_port: base + 1 };
        let root = RootRequest { common_name: "BENCH".parse()?, suite: SuiteId::Rsa2048, life_days: DAYS };
        let settings =
            Settings { crl_life_seconds: 24 * 3600, ..Settings::new("https://127.0.0.1/bench.crl") };
        let ca = NationalCa::init(&folder.join("ca"), &root, settings, Arc::new(SystemClock))?;
        fs::write(folder.join("list.crl"), ca.publish_crl()?.der)?;
        for (name, bin) in
            [("gateway", GATEWAY_BIN), ("limit", GATEWAY_BIN), ("bank", BANK_BIN), ("national-ca", CA_BIN)]
        {
            let organisation = Organisation { name: name.parse()?, bin: bin.parse()? };
            let host_names = vec!["127.0.0.1".to_owned()];
            let home = folder.join(name);
            fs::create_dir_all(home.join("confidential"))?;
            let profiles = [
                ("signing", Profile::ParticipantSigning { organisation: organisation.clone() }, suite),
                (
                    "confidential/only",
                    Profile::ParticipantSigning { organisation: organisation.clone() },
                    SuiteId::Gost512,
                ),
                (
                    "tls",
                    Profile::ParticipantTls { organisation: organisation.clone(), host_names },
                    SuiteId::P256,
                ),
                ("qr", Profile::ParticipantSigning { organisation }, SuiteId::P256),
            ];
            for (file, profile, suite) in profiles {
                let issued = ca.issue(IssueRequest { profile, suite, life_days: DAYS })?;
                write_secret(&home.join(format!("{file}.key")), issued.key_pem.expose_secret())?;
                write_public(&home.join(format!("{file}.pem")), &issued.certificate.to_pem())?;
            }
            write_public(&home.join("national-ca.pem"), &ca.certificate().to_pem())?;
            let mut secret = [0; 16];
            SystemEntropy.fill(&mut secret);
            fs::write(home.join("links.secret"), secret)?;
            fs::write(home.join("config.toml"), bench.configuration(name, bin))?;
        }
        Ok(bench)
    }

    fn configuration(&self, name: &str, bin: &str) -> String {
        let port = if name == "limit" { self.limit_port } else { self.gateway_port };
        let mut text = format!(
            "name = \"{name}\"\nbin = \"{bin}\"\ndatabase = \"{name}.db\"\nnational_ca = \"national-ca.pem\"\nlog = \"error\"\n\n\
             [signing]\ncertificate = \"signing.pem\"\nkey = \"signing.key\"\n\n[tls]\ncertificate = \"tls.pem\"\nkey = \"tls.key\"\n\n\
             [crl]\nurl = \"file:../list.crl\"\n\n[listen]\nmessages = \"127.0.0.1:{port}\"\npages = \"127.0.0.1:{}\"\n\n\
             [[peer]]\nbin = \"{BANK_BIN}\"\nname = [\"bank\", \"bank\", \"bank\"]\ngroups = [\"bank\"]\n\n",
            self.gateway_port + 2,
        );
        if name == "gateway" {
            let _ = write!(
                text,
                "[settings]\npages_url = \"https://127.0.0.1\"\ncard_pages_url = \"https://127.0.0.1\"\nlink_secret = \"links.secret\"\n\
                 confidential_keys = \"confidential\"\nportal = []\n\n[settings.qr_key]\ncertificate = \"qr.pem\"\nkey = \"qr.key\"\n\n\
                 [[settings.service]]\ncode = \"P-0101\"\nname = [\"a\", \"b\", \"c\"]\nprovider = \"{PROVIDER_BIN}\"\n\
                 provider_name = [\"a\", \"b\", \"c\"]\nprice = \"1725.00\"\niban = \"KZ24070105KSN0000000\"\nbic = \"KKMFKZ2A\"\n\
                 kbk = \"105402\"\nknp = \"911\"\nkbe = \"11\"\npurpose = \"bench\"\ne_service = true\n"
            );
        }
        text
    }

    fn host(&self, name: &str) -> Result<Arc<Host>> {
        let config = Config::read(&self.folder.join(name).join("config.toml"))?;
        Host::new(config, Arc::new(SystemClock), Box::new(SystemEntropy))
    }

    /// The gateway that is notified.
    pub(crate) fn gateway(&self) -> Result<Arc<Host>> {
        self.host("gateway")
    }

    /// The bank that sends the notices.
    pub(crate) fn bank(&self) -> Result<Arc<Host>> {
        self.host("bank")
    }

    /// Puts codes on record, as if the bank had asked for them before.
    pub(crate) async fn issue_codes(&self, count: u32) -> Result<Vec<Payment>> {
        let host = self.gateway()?;
        let cx = gateway::open(&host)?;
        let order = Order {
            service: "P-0101".parse()?,
            provider: PROVIDER_BIN.parse()?,
            amount: Tiyn::tenge(1725),
            recipient: person()?,
            channel: Channel::InternetBank,
            issued_to: BANK_BIN.parse()?,
            application: None,
            issued_at: host.now(),
        };
        let mut payments: Vec<Payment> = (0..count)
            .map(|_| Payment::issue(host.draw(|entropy| PaymentCode::generate(entropy)), order.clone()))
            .collect();
        payments.sort_by_key(|payment| payment.code);
        payments.dedup_by_key(|payment| payment.code);
        for part in payments.chunks(AT_ONCE) {
            let part = part.to_vec();
            cx.store
                .transact(move |tx| part.iter().try_for_each(|payment| tx.insert_payment(payment)))
                .await
                .map_err(|error: StoreError| error)?;
        }
        Ok(payments)
    }
}

fn person() -> Result<Party> {
    Ok(Party { number: "850612200017".parse()?, name: "Сәрсенова Айгүл".parse()? })
}

/// One signed notice, ready to be sent.
pub(crate) fn signed_notice(bank: &Host, payment: &Payment) -> Result<Bytes> {
    let order = &payment.order;
    let notice = NotifyPayment {
        header: bank.header(),
        payment_code: payment.code,
        requisites: Requisites {
            payer: person()?,
            recipient: order.recipient.clone(),
            service: order.service.clone(),
            provider: order.provider,
            amount: order.amount,
            commission: Tiyn::tenge(20),
            beneficiary_iban: "KZ24070105KSN0000000".parse()?,
            beneficiary_bic: "KKMFKZ2A".parse()?,
            kbk: "105402".parse()?,
            knp: "911".parse()?,
            kod: "19".parse()?,
            kbe: "11".parse()?,
            purpose: "Плата за услугу".parse()?,
            bank_reference: format!("B{}", payment.code.digits()).parse()?,
            paid_at: bank.now(),
            channel: order.channel,
        },
    };
    let signer = bank.signer();
    let sealed = envelope::seal(
        SoapVersion::V11,
        &notice.to_xml(),
        signer.as_ref(),
        bank.now(),
        TokenForm::BinarySecurityToken,
    )?;
    Ok(sealed.into())
}
