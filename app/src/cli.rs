//! The command line: what can be asked, each with an example.

use std::net::SocketAddr;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bank::Paper;
use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use ledger::register::Party;
use ledger::report::{Dimension, Span};
use ledger::{Account, DocumentNumber, RefundProgress};
use payment::table::State;
use pki::{RevocationReason, Serial, SuiteId};
use rights::{Action, Resource};
use service_bus::agency::Mode;
use store::SearchCursor;
use terms::{
    ApplicationNumber, BankReference, BankingDay, Bin, Iin, Language, PartyNumber, PaymentCode, ServiceCode,
    ShortText,
};

use crate::country::Suites;
use crate::exit::{self, Failure};
use crate::output;

/// The payment gateway of the electronic government, its neighbours, and the tools around them.
#[derive(Debug, Parser)]
#[command(
    name = "tolem",
    version,
    before_help = "Example: tolem demo            the whole country on this machine, ready in seconds",
    after_help = exit::TABLE,
    max_term_width = 110
)]
pub(crate) struct Cli {
    /// Print JSON: one object per line.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Set up the country in a lasting directory and run it until Ctrl-C.
    #[command(before_help = "Example: tolem demo --dir /tmp/country --port-base 9000")]
    Demo(DemoArguments),
    /// Walk the tables of the instruction through a country, one line for each step.
    #[command(before_help = "Example: tolem walk all --dir demo --json")]
    Walk(WalkArguments),
    /// Run one participant alone.
    #[command(before_help = "Example: tolem serve gateway --config demo/gateway/config.toml")]
    Serve(ServeArguments),
    /// The national CA: issue, revoke, suspend, list, publish, roll over; ask its OCSP responder, stamp files.
    #[command(
        subcommand,
        before_help = "Example: tolem ca revoke --dir demo/national-ca SERIAL --reason key-compromise"
    )]
    Ca(CaCommand),
    /// Key containers (.p12) in the national CA's format: look into one, make one, take one apart.
    #[command(subcommand, before_help = "Example: tolem key show key.p12 --password-file password")]
    Key(KeyCommand),
    /// What the gateway knows of a payment.
    #[command(subcommand, before_help = "Example: tolem payment show '7291 4177 7631 7054'")]
    Payment(PaymentCommand),
    /// Everything that proves one payment, in one file that is verified without a line.
    #[command(
        subcommand,
        before_help = "Example: tolem evidence pack 7291417776317054 --out pack.tar --reason 'court order 12'"
    )]
    Evidence(EvidenceCommand),
    /// Statistics and summaries of payments: counts, sums, success and latency, beside the period before.
    #[command(before_help = "Example: tolem report --span week --by method")]
    Report(ReportArguments),
    /// The gateway's books: verify them by the evidence, show postings, print the trial balance.
    #[command(subcommand, before_help = "Example: tolem journal balance --day 2026-11-22 --json")]
    Journal(JournalCommand),
    /// Registers of a day's payments: form, list, write as files, verify by the signed manifest.
    #[command(subcommand, before_help = "Example: tolem register form --day 2026-11-22")]
    Register(RegisterCommand),
    /// Compare a bank's notices of a day with its register and its statement: three heaps, and every difference.
    #[command(before_help = "Example: tolem reconcile --bank 500140000017 --day 2026-11-22 --json")]
    Reconcile(ReconcileArguments),
    /// The contracts of the gateway's operator.
    #[command(subcommand, before_help = "Example: tolem contract list --json")]
    Contract(ContractCommand),
    /// Claims of the gateway's operator to banks for what their clients paid.
    #[command(subcommand, before_help = "Example: tolem claim list --json")]
    Claim(ClaimCommand),
    /// Statements of the operator's accounts at banks.
    #[command(subcommand, before_help = "Example: tolem statement list --day 2026-11-22")]
    Statement(StatementCommand),
    /// What is paid out to providers.
    #[command(subcommand, before_help = "Example: tolem payout list --json")]
    Payout(PayoutCommand),
    /// Unused payments that two officers give back to whoever paid.
    #[command(subcommand, before_help = "Example: tolem refund list --json")]
    Refund(RefundCommand),
    /// Close a banking day, show a closing, or verify one off line.
    #[command(subcommand, before_help = "Example: tolem day close 2026-11-22")]
    Day(DayCommand),
    /// The keys that the gateway's confidential data is sealed with.
    #[command(subcommand, before_help = "Example: tolem data-key rotate --config demo/gateway/config.toml")]
    DataKey(DataKeyCommand),
    /// The keys that other organisations may use, where this participant pins them.
    #[command(
        subcommand,
        before_help = "Example: tolem pin add new-signing.pem --config demo/gateway/config.toml"
    )]
    Pin(PinCommand),
    /// Receipts, without a line.
    #[command(subcommand, before_help = "Example: tolem receipt verify receipt.pdf")]
    Receipt(ReceiptCommand),
    /// How the agency system behind the service bus behaves.
    #[command(before_help = "Example: tolem agency P-0101 failing")]
    Agency(AgencyArguments),
    /// An ATM or a kiosk, as its operator sees it.
    #[command(subcommand, before_help = "Example: tolem atm paper out --config demo/bank1-atm/config.toml")]
    Atm(AtmCommand),
    /// What a client's authenticator shows now: the internet bank asks for it.
    #[command(before_help = "Example: tolem one-time-code aigul")]
    OneTimeCode {
        /// The login of a client of the demonstration, or a secret in base32.
        client: String,
    },
    /// What an order on the service bus said.
    #[command(before_help = "Example: tolem bus A20261122-000001 --json")]
    Bus(BusArguments),
    /// Measure beside the limit of this machine.
    #[command(subcommand, before_help = "Example: tolem bench exchange --seconds 10 --suite rsa2048 --json")]
    Bench(BenchCommand),
    /// The server that a bench compares with.
    #[command(hide = true)]
    BenchLimit {
        #[arg(long)]
        config: PathBuf,
    },
    /// One step of `bench registers`, in a process of its own.
    #[command(hide = true)]
    BenchRegisterStep {
        #[arg(long)]
        step: String,
        #[arg(long)]
        config: PathBuf,
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        rows: u64,
    },
    /// What a bank has on record under a payment code, or of a banking day.
    #[command(before_help = "Example: tolem bank 7291417776317054 --config demo/bank1/config.toml")]
    Bank(BankArguments),
    /// Whose data the operators of a portal's desks have looked at, and why.
    #[command(before_help = "Example: tolem readings --json")]
    Readings(ReadingsArguments),
    /// Print the life of a payment code: every permitted pair of state and event.
    #[command(before_help = "Example: tolem states --json")]
    States,
    /// Print the catalogue of refusals.
    #[command(before_help = "Example: tolem faults")]
    Faults,
    /// Print which group allows which action.
    #[command(before_help = "Example: tolem rights")]
    Rights,
    /// Who may do what at the gateway, by what path, and who can change it.
    #[command(subcommand, before_help = "Example: tolem access why 700707100057 CloseDay")]
    Access(AccessCommand),
    /// What an officer writes, signs and brings: proposals, and decisions about another officer's proposals.
    #[command(
        subcommand,
        before_help = "Example: tolem officer sign proposal.xml --key me.p12 --password-file password --out signed.xml"
    )]
    Officer(OfficerCommand),
    /// Print the reference of the configuration file.
    #[command(before_help = "Example: tolem config > config.toml")]
    Config,
    /// Bring a participant's database up to date.
    #[command(before_help = "Example: tolem migrate gateway --config demo/gateway/config.toml")]
    Migrate(ConfigArguments),
    /// Copy a participant's database, or the whole national CA with its key, while it runs.
    #[command(before_help = "Example: tolem backup --config demo/gateway/config.toml gateway.backup")]
    Backup(FileArguments),
    /// Put a backup in the place of a database, or of a national CA, that is not there.
    #[command(before_help = "Example: tolem restore --config demo/gateway/config.toml gateway.backup")]
    Restore(FileArguments),
    /// Print completions for a shell.
    #[command(before_help = "Example: tolem completions bash > /etc/bash_completion.d/tolem")]
    Completions { shell: clap_complete::Shell },
    /// Print the manual page.
    #[command(before_help = "Example: tolem man > tolem.1")]
    Man,
}

/// Which gateway a command on its own machine is about.
#[derive(Debug, Args)]
pub(crate) struct GatewayConfig {
    /// The gateway's configuration file.
    #[arg(long, default_value = "demo/gateway/config.toml")]
    config: PathBuf,
}

impl Deref for GatewayConfig {
    type Target = Path;
    fn deref(&self) -> &Path {
        &self.config
    }
}

/// Of whose payments: all of them where neither is named.
#[derive(Debug, Args)]
pub(crate) struct Within {
    /// Only what this bank took.
    #[arg(long, conflicts_with = "provider")]
    bank: Option<Bin>,
    /// Only what is for this provider.
    #[arg(long)]
    provider: Option<Bin>,
}

impl Within {
    /// What the two name.
    pub(crate) fn resource(&self) -> Resource {
        match (self.bank, self.provider) {
            (None, None) => Resource::Everything,
            (Some(bank), _) => Resource::Bank(bank),
            (None, Some(provider)) => Resource::Provider(provider),
        }
    }
}

/// Whether a file that is there may be written over.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Overwrite {
    /// Write over a regular file that is there already.
    #[arg(long, requires = "out")]
    overwrite: bool,
}

impl Overwrite {
    /// For what only this command writes, under a name of its own: what is left of it by an interrupted one is replaced.
    pub(crate) const LEFT_OVER: Self = Self { overwrite: true };

    /// Refuses, before anything is done for it, a path that may not be written: exit code 7. Only what is not there, or a
    /// regular file that was said to be written over, may be: a link, a pipe or a device would be replaced by a file, and
    /// whoever named it as the superuser would have no `/dev/stdout` any more.
    pub(crate) fn vacant(self, path: &Path) -> Result<(), Failure> {
        let known = match std::fs::symlink_metadata(path) {
            Ok(known) => known,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(anyhow::Error::new(error).context(format!("writing {}", path.display())).into());
            }
        };
        match (known.is_file(), self.overwrite) {
            (true, true) => Ok(()),
            (true, false) => Err(Failure::conflict(anyhow::anyhow!(
                "{} is there already; --overwrite writes over it",
                path.display()
            ))),
            (false, _) => Err(Failure::conflict(anyhow::anyhow!(
                "{} is a link, a folder, a pipe or a device, and stays what it is, with --overwrite too: name a file",
                path.display()
            ))),
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// The country's directory; made where it is not there.
    #[arg(long, default_value = "demo")]
    pub(crate) dir: PathBuf,
    /// The first of its ports; the others follow it. Another base is taken where ports are in use.
    #[arg(long, default_value_t = 8080)]
    pub(crate) port_base: u16,
    /// How many payments a new country is given as its history: the first 200 over the last 30 days before it is
    /// opened, the others in the background.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) history: u32,
    /// What the participants of a new country sign with: customary (RSA and ECDSA), mixed, or one suite for all,
    /// such as gost512.
    #[arg(long, default_value = "customary")]
    pub(crate) suite: Suites,
    /// Forget everything and begin anew.
    #[arg(long)]
    pub(crate) reset: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WalkArguments {
    /// 1 to 7, or all.
    pub(crate) table: String,
    /// A running country; without it a fresh one is made, walked and forgotten.
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// What the participants of a fresh country sign with: customary (RSA and ECDSA), mixed, or one suite for all,
    /// such as gost512.
    #[arg(long, default_value = "customary", conflicts_with = "dir")]
    pub(crate) suite: Suites,
    /// Kill and restart a participant after every step, the next one each time; the twelve turns from 0
    /// together kill every participant after every step.
    #[arg(long, value_name = "TURN")]
    pub(crate) disturb: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Which kind of participant.
    pub(crate) kind: Kind,
    /// Its configuration file.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// Stop when stdin ends: how a supervisor that dies takes its children along.
    #[arg(long, hide = true)]
    pub(crate) stop_with_stdin: bool,
    /// For the sandbox only: go by the system's clock set back by as many seconds as this file says.
    #[arg(long, hide = true)]
    pub(crate) clock_set_back_by: Option<PathBuf>,
}

/// A kind of process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// The national certification authority.
    NationalCa,
    /// The payment gateway.
    Gateway,
    /// The gateway's card page.
    Card,
    /// The portal with the service centre's desk.
    Portal,
    /// The registry of IINs.
    TaxRegistry,
    /// The service bus with an agency system.
    ServiceBus,
    /// A bank: core banking, card processing, internet bank.
    Bank,
    /// A bank's ATM.
    Atm,
    /// A bank's kiosk.
    Kiosk,
    /// A signing key in a process of its own.
    Signer,
}

impl Kind {
    /// The word on the command line.
    pub(crate) fn word(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaCommand {
    /// Make a new CA in a folder.
    #[command(
        before_help = "Example: tolem ca init --dir my-ca --crl-url https://127.0.0.1:8100/crl/national-ca.crl"
    )]
    Init {
        /// The CA's folder; made where it is not there.
        #[arg(long)]
        dir: PathBuf,
        /// Its name.
        #[arg(long, default_value = "National CA (sandbox)")]
        name: String,
        /// Where its revocation list will be published; written into every certificate.
        #[arg(long)]
        crl_url: String,
        /// The suite of its key; p256 and rsa2048 are what every stack accepts.
        #[arg(long, default_value = "rsa2048")]
        suite: SuiteId,
    },
    /// Begin another hierarchy beside those there are, with an issuing key of its own.
    #[command(before_help = "Example: tolem ca add-hierarchy gost --suite gost512 --dir demo/national-ca")]
    AddHierarchy {
        /// Its name: small Latin letters, digits and hyphens.
        hierarchy: String,
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// The suite of its key.
        #[arg(long, default_value = "gost512")]
        suite: SuiteId,
        /// The CA's name in its certificate.
        #[arg(long, default_value = "National CA (sandbox)")]
        name: String,
    },
    /// Give a hierarchy a new issuing key; the old one goes on answering for what it issued.
    #[command(before_help = "Example: tolem ca roll-over main --dir demo/national-ca")]
    RollOver {
        /// The hierarchy.
        #[arg(default_value = "main")]
        hierarchy: String,
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// Another suite for the new key.
        #[arg(long)]
        suite: Option<SuiteId>,
    },
    /// List the issuing keys.
    #[command(before_help = "Example: tolem ca keys --dir demo/national-ca --json")]
    Keys {
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
    },
    /// Suspend a certificate until it is resumed.
    #[command(before_help = "Example: tolem ca suspend --dir demo/national-ca 4f00…")]
    Suspend {
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// The certificate's serial number, hexadecimal.
        serial: Serial,
    },
    /// End a suspension.
    #[command(before_help = "Example: tolem ca resume --dir demo/national-ca 4f00…")]
    Resume {
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// The certificate's serial number, hexadecimal.
        serial: Serial,
    },
    /// Ask the OCSP responder about a certificate, as a participant.
    #[command(
        before_help = "Example: tolem ca ocsp demo/bank1/signing.pem --config demo/gateway/config.toml"
    )]
    Ocsp {
        /// The certificate, PEM.
        certificate: PathBuf,
        /// The participant's configuration file, which names the responder.
        #[arg(long, default_value = "demo/gateway/config.toml")]
        config: PathBuf,
    },
    /// Have a file stamped with the time, as a participant.
    #[command(before_help = "Example: tolem ca stamp register.xml --out register.tst")]
    Stamp {
        /// The file.
        file: PathBuf,
        /// Where to write the stamp, DER.
        #[arg(long)]
        out: PathBuf,
        /// The authority's address; without it the `stamp_url` of the configuration.
        #[arg(long)]
        url: Option<String>,
        /// The participant's configuration file.
        #[arg(long, default_value = "demo/gateway/config.toml")]
        config: PathBuf,
    },
    /// Verify a time stamp over a file, without a line.
    #[command(before_help = "Example: tolem ca verify-stamp register.xml register.tst")]
    VerifyStamp {
        /// The file.
        file: PathBuf,
        /// The stamp, DER.
        stamp: PathBuf,
        /// The certificates of the national CA, PEM.
        #[arg(long, default_value = "demo/gateway/national-ca.pem")]
        national_ca: PathBuf,
    },
    /// Issue a certificate with a fresh key.
    #[command(
        before_help = "Example: tolem ca issue --dir demo/national-ca --profile participant-signing --bin 500340000024 --name 'My Bank' --out my-bank"
    )]
    Issue(IssueArguments),
    /// Revoke a certificate, for good unless the reason is certificate-hold.
    #[command(before_help = "Example: tolem ca revoke --dir demo/national-ca 4f00… --reason key-compromise")]
    Revoke {
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// The certificate's serial number, hexadecimal.
        serial: Serial,
        /// Why: unspecified, key-compromise, affiliation-changed, superseded, cessation-of-operation, …
        #[arg(long, default_value = "unspecified")]
        reason: RevocationReason,
    },
    /// Publish a revocation list now: a full one, or the delta that is due.
    #[command(before_help = "Example: tolem ca crl --dir demo/national-ca --out list.crl")]
    Crl {
        /// The issuing key whose list it is.
        #[arg(long, default_value = "national-ca")]
        issuer: String,
        /// The delta instead of a full list.
        #[arg(long)]
        delta: bool,
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
        /// Where to write it, DER.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// List the certificates issued.
    #[command(before_help = "Example: tolem ca list --dir demo/national-ca --json")]
    List {
        /// The CA's folder.
        #[arg(long, default_value = "demo/national-ca")]
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct IssueArguments {
    /// The CA's folder.
    #[arg(long, default_value = "demo/national-ca")]
    pub(crate) dir: PathBuf,
    /// participant-signing, participant-tls, person-authentication, person-signing, employee-authentication or
    /// employee-signing.
    #[arg(long)]
    pub(crate) profile: String,
    /// The organisation's BIN.
    #[arg(long)]
    pub(crate) bin: Option<Bin>,
    /// The organisation's name.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// The person's IIN.
    #[arg(long)]
    pub(crate) iin: Option<Iin>,
    /// The person's surname.
    #[arg(long)]
    pub(crate) surname: Option<String>,
    /// The person's given name.
    #[arg(long)]
    pub(crate) given_name: Option<String>,
    /// A host name or address of a TLS certificate; may be repeated.
    #[arg(long)]
    pub(crate) host: Vec<String>,
    /// The suite of its key: rsa2048, p256, gost512, gost256, gost2004, ru-gost512 or ru-gost256. Keys for TLS
    /// are rsa2048 or p256.
    #[arg(long, default_value = "rsa2048")]
    pub(crate) suite: SuiteId,
    /// The hierarchy that issues; without it the one of the key's suite.
    #[arg(long)]
    pub(crate) hierarchy: Option<String>,
    /// Days of validity.
    #[arg(long, default_value_t = 365)]
    pub(crate) days: u32,
    /// Path of the files without ending: OUT.pem and OUT.key.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Say what a container holds; no secret is shown.
    #[command(before_help = "Example: tolem key show key.p12 --password-file password --json")]
    Show {
        /// The container.
        container: PathBuf,
        #[command(flatten)]
        password: PasswordArguments,
    },
    /// Put a key (PKCS #8, PEM) and its certificates into a new container.
    #[command(
        before_help = "Example: tolem key pack --key me.key --certificate me.pem --password-file password --out me.p12"
    )]
    Pack {
        /// The private key.
        #[arg(long)]
        key: PathBuf,
        /// A PEM file of certificates, the key's own among them; may be repeated.
        #[arg(long, required = true)]
        certificate: Vec<PathBuf>,
        #[command(flatten)]
        password: PasswordArguments,
        /// The container; one that is there is replaced.
        #[arg(long)]
        out: PathBuf,
    },
    /// Take a container apart into PEM files. The key is then protected by its file's mode only.
    #[command(before_help = "Example: tolem key unpack me.p12 --password-file password --out me")]
    Unpack {
        /// The container.
        container: PathBuf,
        #[command(flatten)]
        password: PasswordArguments,
        /// Path of the files without ending: OUT.key, and OUT.pem with all certificates, the key's own first.
        #[arg(long)]
        out: PathBuf,
    },
}

/// Where a container's password is. Never an argument: those are seen by everybody on the machine.
#[derive(Debug, Args)]
pub(crate) struct PasswordArguments {
    /// The file that holds the password and nothing else; - for stdin.
    #[arg(long)]
    pub(crate) password_file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// By what path somebody may do something; or which group is missing, and who can give it (exit code 4).
    #[command(before_help = "Example: tolem access why 700707100057 SeeReports --resource bank:500340000054")]
    Why {
        /// The IIN of an officer, or the BIN of an organisation.
        who: PartyNumber,
        /// The action, as `tolem access matrix` names it.
        #[arg(value_parser = action)]
        action: Action,
        /// What it touches: everything, bank:BIN or provider:BIN.
        #[arg(long, default_value = "everything")]
        resource: Resource,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Which group allows which action now; `tolem rights` prints how it begins.
    #[command(before_help = "Example: tolem access matrix --json")]
    Matrix {
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Whose looks at people's data a day's work does not explain: many, at night, of codes left lying, for one person.
    #[command(before_help = "Example: tolem access anomalies --day 2026-11-22 --json")]
    Anomalies {
        /// The day; today where none is given.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Who belongs to which group now, within what, since when.
    #[command(before_help = "Example: tolem access list --config demo/gateway/config.toml")]
    List {
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfficerCommand {
    /// Write a proposal; nothing is sent.
    #[command(
        before_help = "Example: tolem officer propose remove-member --group bank --member 500340000064 --reason 'the \
                       contract has ended' --proposer 810909200064 --out proposal.xml"
    )]
    Propose(ProposeArguments),
    /// Write a decision about a signed proposal, as the console hands it out; nothing is sent.
    #[command(
        before_help = "Example: tolem officer decide proposal.xml approve --decider 830404100086 --out decision.xml"
    )]
    Decide {
        /// The signed proposal.
        proposal: PathBuf,
        /// What is decided.
        decision: DecideWord,
        /// The IIN of whoever decides and will sign.
        #[arg(long)]
        decider: Iin,
        /// Why.
        #[arg(long)]
        reason: Option<String>,
        /// The document.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
    },
    /// Write what the party of a register says to it: that it is taken, or why not. Nothing is sent.
    #[command(
        before_help = "Example: tolem officer acknowledge register.xml --manifest register.manifest.xml --officer 860202200006 \
                       --out answer.xml"
    )]
    Acknowledge {
        /// The rows (XML), as the console hands them out.
        register: PathBuf,
        /// The signed manifest.
        #[arg(long)]
        manifest: PathBuf,
        /// Why the register is disputed; without it, it is taken.
        #[arg(long)]
        dispute: Option<String>,
        /// The IIN of whoever answers and will sign.
        #[arg(long)]
        officer: Iin,
        /// The BIN of the gateway it is for.
        #[arg(long, default_value = crate::country::GATEWAY_BIN)]
        gateway: Bin,
        /// The national CA's root certificates.
        #[arg(long, default_value = "demo/people/national-ca.pem")]
        national_ca: PathBuf,
        /// The document.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
    },
    /// Sign a proposal, a decision or an answer to a register with the officer's signing key.
    #[command(
        before_help = "Example: tolem officer sign proposal.xml --key demo/people/security-signing.p12 --password-file \
                       password --out signed.xml"
    )]
    Sign {
        /// The document.
        document: PathBuf,
        #[command(flatten)]
        key: OfficerKey,
        /// The signed document.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
    },
    /// Bring a signed document to the gateway's console; the connection shows the officer's authentication key.
    #[command(before_help = "Example: tolem officer submit signed.xml --url https://127.0.0.1:8101 --key \
                       demo/people/security.p12 --password-file password --national-ca demo/people/national-ca.pem")]
    Submit {
        /// The signed document.
        document: PathBuf,
        /// Address of the console.
        #[arg(long)]
        url: String,
        #[command(flatten)]
        key: OfficerKey,
        /// The root certificates of the national CA.
        #[arg(long, default_value = "demo/people/national-ca.pem")]
        national_ca: PathBuf,
    },
    /// Proposals at a gateway, the newest first, seen from its own machine.
    #[command(before_help = "Example: tolem officer proposals --json")]
    Proposals {
        #[command(flatten)]
        config: GatewayConfig,
    },
}

/// An officer's key: a container (.p12) with its password in a file, or PEM files.
#[derive(Debug, Args)]
pub(crate) struct OfficerKey {
    /// The container, or the private key in PEM.
    #[arg(long)]
    pub(crate) key: PathBuf,
    /// The certificate of a PEM key.
    #[arg(long)]
    pub(crate) certificate: Option<PathBuf>,
    /// The file that holds the container's password and nothing else; - for stdin.
    #[arg(long, conflicts_with = "certificate")]
    pub(crate) password_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ProposeArguments {
    /// What is to change.
    pub(crate) change: ChangeWord,
    /// The group that changes.
    #[arg(long)]
    pub(crate) group: Option<ShortText>,
    /// Who joins or leaves: the IIN of an officer, the BIN of an organisation.
    #[arg(long)]
    pub(crate) member: Option<PartyNumber>,
    /// Full name of an officer who joins.
    #[arg(long)]
    pub(crate) name: Option<ShortText>,
    /// Within what the member belongs to the group: everything, bank:BIN or provider:BIN.
    #[arg(long, default_value = "everything")]
    pub(crate) resource: Resource,
    /// The action that is allowed or not any more.
    #[arg(long)]
    pub(crate) action: Option<ShortText>,
    /// The code of a disputed payment, or of a difference.
    #[arg(long)]
    pub(crate) code: Option<PaymentCode>,
    /// The difference: its line as `tolem reconcile --json` prints it, in a file; - for stdin.
    #[arg(long)]
    pub(crate) difference: Option<PathBuf>,
    /// The contract: a TOML file with what a `[[settings.contract]]` of the gateway's configuration holds.
    #[arg(long)]
    pub(crate) contract: Option<PathBuf>,
    /// Why; the second officer reads it.
    #[arg(long)]
    pub(crate) reason: String,
    /// The IIN of whoever proposes and will sign.
    #[arg(long)]
    pub(crate) proposer: Iin,
    /// The BIN of the gateway it is for.
    #[arg(long, default_value = crate::country::GATEWAY_BIN)]
    pub(crate) gateway: Bin,
    /// The document.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
}

/// What a proposal is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ChangeWord {
    /// Somebody joins a group.
    AddMember,
    /// Somebody leaves a group.
    RemoveMember,
    /// A group may do one thing more.
    AllowAction,
    /// A group may do one thing less.
    DisallowAction,
    /// A disputed payment is taken for its service.
    SettleAccept,
    /// A disputed payment goes back.
    SettleRefund,
    /// A difference with a bank is known and stays: as `tolem reconcile --json` names it.
    AcknowledgeDifference,
    /// What is agreed with a bank or the national operator from a day on.
    ChangeContract,
}

/// What an officer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DecideWord {
    /// Another officer than the proposer: let it be done.
    Approve,
    /// Another officer than the proposer: let it not be done.
    Reject,
    /// The proposer: forget it.
    Withdraw,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PaymentCommand {
    /// Show a payment: state, timeline, evidence.
    #[command(before_help = "Example: tolem payment show 7291417776317054 --json")]
    Show {
        /// The payment code.
        code: PaymentCode,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Look for payments; who was shown whose data is kept.
    #[command(
        before_help = "Example: tolem payment search --person 850612200017 --reason 'complaint 7' --json"
    )]
    Search(Box<SearchArguments>),
    /// Recompute the chain over all evidence and compare every signature.
    #[command(before_help = "Example: tolem payment verify-chain")]
    VerifyChain {
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SearchArguments {
    /// The payment code.
    #[arg(long, group = "wanted")]
    pub(crate) code: Option<PaymentCode>,
    /// The IIN or BIN of somebody who pays or receives.
    #[arg(long, group = "wanted")]
    pub(crate) person: Option<PartyNumber>,
    /// The IIN or BIN of the recipient.
    #[arg(long, group = "wanted")]
    pub(crate) recipient: Option<PartyNumber>,
    /// The IIN or BIN of the payer; known since payers are indexed.
    #[arg(long, group = "wanted")]
    pub(crate) payer: Option<PartyNumber>,
    /// The number of an application.
    #[arg(long, group = "wanted")]
    pub(crate) application: Option<ApplicationNumber>,
    /// The reference of a bank's operation.
    #[arg(long, group = "wanted")]
    pub(crate) reference: Option<BankReference>,
    /// Only in this state: issued, void, paid, disputed, bound, closed, reversed or refunded.
    #[arg(long)]
    pub(crate) state: Option<State>,
    /// Only issued on this day or later.
    #[arg(long)]
    pub(crate) from: Option<BankingDay>,
    /// Only issued on this day or earlier.
    #[arg(long)]
    pub(crate) until: Option<BankingDay>,
    #[command(flatten)]
    pub(crate) within: Within,
    /// Where the page before ended, as it said.
    #[arg(long, value_parser = crate::search::cursor)]
    pub(crate) after: Option<SearchCursor>,
    /// How many payments at most, up to 100.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=100))]
    pub(crate) limit: u16,
    /// What for; it is kept with the note of whose data was shown.
    #[arg(long)]
    pub(crate) reason: ShortText,
    #[command(flatten)]
    pub(crate) config: GatewayConfig,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Make the pack of a payment; who took it and why is kept.
    #[command(
        before_help = "Example: tolem evidence pack 7291417776317054 --out pack.tar --reason 'court order 12'"
    )]
    Pack {
        /// The payment code.
        code: PaymentCode,
        /// Where to write it.
        #[arg(long)]
        out: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
        /// What for.
        #[arg(long)]
        reason: ShortText,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Verify a pack with nothing but the national CA's root certificates.
    #[command(before_help = "Example: tolem evidence verify pack.tar --root demo/gateway/national-ca.pem")]
    Verify {
        /// The pack.
        file: PathBuf,
        /// The root certificates of the national CA, PEM; may be given several times.
        #[arg(long = "root", default_value = "demo/gateway/national-ca.pem")]
        roots: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// Tell every posting of a payment from the signed messages again, and compare it with the journal.
    #[command(before_help = "Example: tolem journal verify --json")]
    Verify {
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Show postings in their order: all, those about a code, or those of an account and day.
    #[command(
        before_help = "Example: tolem journal show --account bank-receivable:500140000017 --day 2026-11-22"
    )]
    Show {
        /// The payment code they are about.
        #[arg(long, conflicts_with_all = ["account", "day"])]
        code: Option<PaymentCode>,
        /// The account they move, such as suspense:500140000017.
        #[arg(long, requires = "day")]
        account: Option<Account>,
        /// The banking day of the fact.
        #[arg(long, requires = "account")]
        day: Option<BankingDay>,
        /// Only those after this place in the journal.
        #[arg(long, default_value_t = 0)]
        after: u64,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Print the trial balance: what was moved to and from every account, and what stands on it.
    #[command(before_help = "Example: tolem journal balance --day 2026-11-22 --json")]
    Balance {
        /// The last banking day that counts; without it all.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RegisterCommand {
    /// Form the registers of a day, of every bank and provider: a new revision where something was posted since.
    #[command(before_help = "Example: tolem register form --day 2026-11-22")]
    Form {
        /// The banking day; without it yesterday.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// List the revisions there are, the newest first.
    #[command(before_help = "Example: tolem register list --day 2026-11-22 --json")]
    List {
        /// Those of one banking day.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Write a register as a file, with its signed manifest beside it.
    #[command(
        before_help = "Example: tolem register write --party bank:500140000017 --day 2026-11-22 --format xlsx --out register.xlsx"
    )]
    Write(WriteArguments),
    /// Is this the file that was signed for, and does it come to what was signed? Without a line.
    #[command(
        before_help = "Example: tolem register verify register.xlsx --manifest register.xlsx.manifest.xml"
    )]
    Verify {
        /// The file, of any form.
        file: PathBuf,
        /// The signed manifest.
        #[arg(long)]
        manifest: PathBuf,
        /// The national CA's root certificate.
        #[arg(long, default_value = "demo/gateway/national-ca.pem")]
        national_ca: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct WriteArguments {
    /// Whose: bank:BIN or provider:BIN.
    #[arg(long)]
    pub(crate) party: Party,
    /// The banking day.
    #[arg(long)]
    pub(crate) day: BankingDay,
    /// The revision; without it the newest.
    #[arg(long)]
    pub(crate) revision: Option<u32>,
    /// The form of the file.
    #[arg(long)]
    pub(crate) format: RegisterFormat,
    /// The language of titles in forms for people: kk, ru, en.
    #[arg(long, default_value = "ru")]
    pub(crate) language: Language,
    /// The file; the manifest is written beside it, under its name and .manifest.xml.
    #[arg(long)]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
    #[command(flatten)]
    pub(crate) config: GatewayConfig,
}

/// The form of a register's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegisterFormat {
    /// Canonical XML: the form whose digest the register is known by.
    Xml,
    /// A workbook.
    Xlsx,
    /// CSV for office programs set to Kazakh or Russian.
    Csv,
    /// CSV for office programs set to English.
    CsvEn,
    /// CSV by RFC 4180.
    CsvRfc,
    /// ISO 20022 camt.054.
    Camt054,
    /// JSON lines.
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct ReconcileArguments {
    /// The bank's BIN.
    #[arg(long)]
    pub(crate) bank: Bin,
    /// The banking day.
    #[arg(long)]
    pub(crate) day: BankingDay,
    /// The bank's register as a file (XML, camt.054, CSV, XLSX); without it the bank is asked.
    #[arg(long)]
    pub(crate) register: Option<PathBuf>,
    /// The statement as a file (camt.053, CSV, XLSX); without it the bank is asked.
    #[arg(long)]
    pub(crate) statement: Option<PathBuf>,
    /// The language in which faults of a file are explained: kk, ru, en.
    #[arg(long, default_value = "ru")]
    pub(crate) language: Language,
    #[command(flatten)]
    pub(crate) config: GatewayConfig,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClaimCommand {
    /// Form the claims of a banking day, with whatever of earlier days no claim took.
    #[command(before_help = "Example: tolem claim form 2026-11-22")]
    Form {
        /// The banking day.
        day: BankingDay,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// List claims: what is due, what the bank says, how old they are.
    #[command(before_help = "Example: tolem claim list --day 2026-11-22 --json")]
    List {
        /// The banking day; without it all.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Show a claim with its items, and what the bank disputes.
    #[command(before_help = "Example: tolem claim show C-20261122-0001")]
    Show {
        /// Its number.
        number: DocumentNumber,
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StatementCommand {
    /// Take a statement from a file: camt.053, CSV, XLSX. What is known already counts no second time. A statement of several
    /// pages is taken with all of them together, in whatever order, or not at all.
    #[command(before_help = "Example: tolem statement import statement.xml --bank 500140000017")]
    Import {
        /// The files, one for each page.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The bank, where the file has no signature.
        #[arg(long)]
        bank: Option<Bin>,
        /// The language in which faults of a file are explained: kk, ru, en.
        #[arg(long, default_value = "ru")]
        language: Language,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// List entries, and what each was taken for.
    #[command(before_help = "Example: tolem statement list --day 2026-11-22 --json")]
    List {
        /// The day they were booked; without it all.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PayoutCommand {
    /// List payouts with their requisites, and how far they have come.
    #[command(before_help = "Example: tolem payout list --day 2026-11-22 --json")]
    List {
        /// The banking day of the payments; without it all.
        #[arg(long)]
        day: Option<BankingDay>,
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum RefundCommand {
    /// Write the proposal of a refund, ready for `tolem officer sign`; nothing is sent.
    #[command(
        before_help = "Example: tolem refund propose 7291417776317054 --ground erroneous --reason 'paid for a service \
                       that was not wanted' --proposer 700707100057 --out proposal.xml"
    )]
    Propose(RefundArguments),
    /// List refunds: on what ground, how far each has come, what the bank says.
    #[command(before_help = "Example: tolem refund list --state asked --json")]
    List {
        /// Only in this state: granted, asked, given-back or refused.
        #[arg(long, value_parser = PossibleValuesParser::new(RefundProgress::NAMES))]
        state: Option<String>,
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Args)]
pub(crate) struct RefundArguments {
    /// The payment code.
    pub(crate) code: PaymentCode,
    /// On what ground.
    #[arg(long)]
    pub(crate) ground: GroundWord,
    /// The statement of grounds; the second officer and the auditor read it.
    #[arg(long)]
    pub(crate) reason: String,
    /// The number of the payer's written request, for payer-request.
    #[arg(long)]
    pub(crate) request: Option<ShortText>,
    /// The day of that request.
    #[arg(long)]
    pub(crate) requested_on: Option<BankingDay>,
    /// The IIN of whoever proposes and will sign.
    #[arg(long)]
    pub(crate) proposer: Iin,
    /// The BIN of the gateway it is for.
    #[arg(long, default_value = crate::country::GATEWAY_BIN)]
    pub(crate) gateway: Bin,
    /// The document; without it the standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
}

/// On what ground an unused payment goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroundWord {
    /// The payer asked for it in writing.
    PayerRequest,
    /// It was paid by mistake.
    Erroneous,
    /// It was not used in time.
    Expired,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DayCommand {
    /// Form the day's claims, take its statements, and keep a signed closing. A day that does not close ends with 10.
    #[command(before_help = "Example: tolem day close 2026-11-22 --out closing.xml")]
    Close {
        /// The banking day.
        day: BankingDay,
        /// The file for the signed document.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        overwrite: Overwrite,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Show the last closing of a day, or one revision of it.
    #[command(before_help = "Example: tolem day show 2026-11-22 --revision 1")]
    Show {
        /// The banking day.
        day: BankingDay,
        /// Which revision; the first is 1.
        #[arg(long)]
        revision: Option<u32>,
        /// The file for the signed document.
        #[arg(long)]
        out: Option<PathBuf>,
        #[command(flatten)]
        overwrite: Overwrite,
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Verify a closing off line: its signature, and its sums added up again.
    #[command(before_help = "Example: tolem day verify closing.xml")]
    Verify {
        /// The signed document.
        file: PathBuf,
        /// The national CA's root certificates.
        #[arg(long, default_value = "demo/gateway/national-ca.pem")]
        national_ca: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ContractCommand {
    /// List all contracts ever kept: which holds today, which was replaced and by which, which ended, which begins later.
    #[command(before_help = "Example: tolem contract list --json")]
    List {
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataKeyCommand {
    /// List all keys, with the certificate each is wrapped for and how much it has sealed.
    #[command(before_help = "Example: tolem data-key list --json")]
    List {
        #[command(flatten)]
        config: GatewayConfig,
    },
    /// Make a new data key and wrap all keys for the newest certificate, while the gateway runs.
    #[command(before_help = "Example: tolem data-key rotate")]
    Rotate {
        #[command(flatten)]
        config: GatewayConfig,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PinCommand {
    /// Pin the key of an organisation's new certificate, before it is used.
    #[command(before_help = "Example: tolem pin add new-signing.pem")]
    Add {
        /// The certificate, PEM; its BIN says whose key it is, its dates from when and until when.
        certificate: PathBuf,
        /// The participant's configuration file, whose `[[peer]]` names the file of pins.
        #[arg(long, default_value = "demo/gateway/config.toml")]
        config: PathBuf,
    },
    /// Pin a key no longer, once nobody uses it; the last one stays.
    #[command(before_help = "Example: tolem pin remove --bin 500240000137 9f86d0…")]
    Remove {
        /// The organisation's BIN.
        #[arg(long)]
        bin: Bin,
        /// The key's SHA-256, as `tolem pin list` shows it.
        key: String,
        /// The participant's configuration file.
        #[arg(long, default_value = "demo/gateway/config.toml")]
        config: PathBuf,
    },
    /// List the keys pinned.
    #[command(before_help = "Example: tolem pin list --json")]
    List {
        /// The participant's configuration file.
        #[arg(long, default_value = "demo/gateway/config.toml")]
        config: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum BenchCommand {
    /// Signed notices of payment, answered and kept.
    #[command(before_help = "Example: tolem bench exchange --seconds 10 --suite p256 --json")]
    Exchange {
        /// How long each of the two servers is measured.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
        seconds: u32,
        /// The suite of every signature: rsa2048, p256, gost512, gost256, gost2004, ru-gost512 or ru-gost256.
        #[arg(long, default_value = "rsa2048")]
        suite: SuiteId,
    },
    /// Good traffic among thousands of peers that dawdle with heads, bodies and answers, or say nothing.
    #[command(before_help = "Example: tolem bench slow --connections 2000 --json")]
    Slow {
        /// How many slow peers at once, of each kind in turn.
        #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        connections: u32,
        /// How long good traffic is measured, in quiet and among each kind.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=600))]
        seconds: u32,
    },
    /// Our national cryptography beside OpenSSL's gost engine (Debian: libengine-gost-openssl), by turns.
    #[command(before_help = "Example: tolem bench gost --json")]
    Gost,
    /// Whether the time of signing and of key agreement tells keys apart, by Welch's t-test.
    #[command(before_help = "Example: tolem bench timing --measurements 100000 --json")]
    Timing {
        /// How many times each operation is measured on each curve.
        #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(1000..=10_000_000))]
        measurements: u32,
    },
    /// New keys for the national CA and everybody else, and a revocation in mid-connection, while payments go on.
    #[command(before_help = "Example: tolem bench roll-over --seconds 10 --json")]
    RollOver {
        /// How long payments go on before the roll-over, after it, and after each revocation.
        #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=60))]
        seconds: u32,
    },
    /// A register of many rows: forming, each format, matching; time and memory over the base, one object per step.
    #[command(before_help = "Example: tolem bench registers --rows 1000000 --json")]
    Registers {
        /// How many rows the register has.
        #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1..=5_000_000))]
        rows: u64,
    },
    /// Pay with marked cards and look for them in all memory, files and logs. Searching memory takes root.
    #[command(before_help = "Example: tolem bench secrecy --payments 1000 --json")]
    Secrecy {
        /// How many payments, each with a card of its own.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        payments: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReceiptCommand {
    /// Verify a signed receipt (XML), its PDF, or the text of its QR code.
    #[command(before_help = "Example: tolem receipt verify receipt.xml")]
    Verify {
        /// The file.
        file: PathBuf,
        /// The root certificates of the national CA, one or more in PEM.
        #[arg(long, default_value = "demo/gateway/national-ca.pem")]
        national_ca: PathBuf,
        /// The gateway's certificate for QR codes.
        #[arg(long, default_value = "demo/gateway/qr.pem")]
        qr_certificate: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AgencyArguments {
    /// The service's code.
    pub(crate) service: ServiceCode,
    /// normal, late or failing.
    pub(crate) mode: Mode,
    /// The service bus's configuration file.
    #[arg(long, default_value = "demo/service-bus/config.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AtmCommand {
    /// Whether the printer has paper; the screen says so, and shows what a slip would.
    #[command(before_help = "Example: tolem atm paper out --config demo/bank1-atm/config.toml")]
    Paper {
        /// loaded or out.
        paper: Paper,
        /// The machine's configuration file.
        #[arg(long, default_value = "demo/bank1-atm/config.toml")]
        config: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BusArguments {
    /// The application number.
    pub(crate) application: ApplicationNumber,
    /// The service bus's configuration file.
    #[arg(long, default_value = "demo/service-bus/config.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct BankArguments {
    /// The payment code.
    #[arg(required = true)]
    pub(crate) code: Option<PaymentCode>,
    /// What is asked of a day instead.
    #[command(subcommand)]
    pub(crate) day: Option<BankCommand>,
    /// The bank's configuration file.
    #[arg(long, global = true, default_value = "demo/bank1/config.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BankCommand {
    /// The gateway operator's claims, and what the bank accepted and paid of each.
    #[command(before_help = "Example: tolem bank claims --day 2026-11-22 --json")]
    Claims(BankDayArguments),
    /// The bank's own register: each payment and each return.
    #[command(before_help = "Example: tolem bank register --day 2026-11-22 --out register.txt")]
    Register(BankDayArguments),
    /// The statement of the gateway operator's account: camt.053, not signed; as JSON with --json.
    #[command(before_help = "Example: tolem bank statement --day 2026-11-22 --out statement.xml")]
    Statement {
        /// Of which day, and where to.
        #[command(flatten)]
        day: BankDayArguments,
        /// Which page.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
        page: u32,
    },
}

#[derive(Debug, Args)]
pub(crate) struct BankDayArguments {
    /// The banking day, such as 2026-11-22.
    #[arg(long)]
    pub(crate) day: BankingDay,
    /// The file to write instead of the standard output.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
}

#[derive(Debug, Args)]
pub(crate) struct ReadingsArguments {
    /// The portal's configuration file.
    #[arg(long, default_value = "demo/portal/config.toml")]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// How long the summary reaches: day, week or month.
    #[arg(long, default_value = "day", conflicts_with_all = ["from", "until"])]
    pub(crate) span: Span,
    /// A day of it, such as 2026-11-22; today where none is given.
    #[arg(long, conflicts_with_all = ["from", "until"])]
    pub(crate) day: Option<BankingDay>,
    /// The first day, instead of a span.
    #[arg(long)]
    pub(crate) from: Option<BankingDay>,
    /// The last day; today where none is given.
    #[arg(long, requires = "from")]
    pub(crate) until: Option<BankingDay>,
    /// By what: day, hour, method, bank, provider or service.
    #[arg(long, default_value = "method")]
    pub(crate) by: Dimension,
    #[command(flatten)]
    pub(crate) within: Within,
    /// Write the report into this file; its ending says how: .csv, .xlsx or .jsonl.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) overwrite: Overwrite,
    /// How a .csv file is written: ru, kk or en for office programs of that language, machine for RFC 4180.
    #[arg(long, default_value = "ru", requires = "out")]
    pub(crate) dialect: DialectWord,
    #[command(flatten)]
    pub(crate) config: GatewayConfig,
}

/// For whom a CSV file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DialectWord {
    /// Office programs set to Russian.
    Ru,
    /// Office programs set to Kazakh.
    Kk,
    /// Office programs set to English.
    En,
    /// Other programs: RFC 4180.
    Machine,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    /// Which kind of participant.
    pub(crate) kind: Kind,
    /// The participant's configuration file.
    #[arg(long)]
    pub(crate) config: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct FileArguments {
    /// The participant's configuration file.
    #[arg(long)]
    pub(crate) config: PathBuf,
    /// The backup.
    pub(crate) file: PathBuf,
}

/// An action by the name that `tolem access matrix` prints.
fn action(name: &str) -> Result<Action, &'static str> {
    Action::named(name).ok_or("there is no such action; `tolem access matrix` prints those there are")
}

/// Says what was not understood, or the help that was asked for: for machines where they asked for JSON.
pub(crate) fn not_understood(error: &clap::Error) -> ExitCode {
    let wants_json = std::env::args_os().any(|argument| argument == "--json");
    match error.kind() {
        ErrorKind::DisplayVersion if wants_json => {
            output::say(&serde_json::json!({ "version": env!("CARGO_PKG_VERSION") }).to_string());
            ExitCode::SUCCESS
        }
        _ if wants_json && error.use_stderr() => {
            let text = error.to_string();
            let text = text.trim_start_matches("error: ").trim_end().to_owned();
            exit::report(&Failure::usage(anyhow::Error::msg(text)), true)
        }
        // Where even this cannot be written, the code still says how it ended.
        _ => {
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}

/// Prints completions for a shell.
pub(crate) fn completions(shell: clap_complete::Shell, json: bool) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "tolem", &mut script);
    whole("completions", script, json)
}

/// Prints the manual page.
pub(crate) fn manual(json: bool) -> Result<(), Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command()).render(&mut page).map_err(anyhow::Error::new)?;
    whole("man", page, json)
}

/// A whole text as it is, or as one object.
fn whole(name: &str, octets: Vec<u8>, json: bool) -> Result<(), Failure> {
    let text = String::from_utf8(octets).map_err(anyhow::Error::new)?;
    if json {
        output::say(&serde_json::json!({ name: text }).to_string());
    } else {
        output::text(&text);
    }
    Ok(())
}

/// A loopback address.
pub(crate) fn loopback(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::Overwrite;

    #[test]
    fn only_a_regular_file_is_ever_written_over() {
        let folder = std::env::temp_dir().join(format!("tolem-vacant-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at = |name: &str| folder.join(name);
        std::fs::write(at("file"), "mine").unwrap();
        symlink(at("file"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
        std::fs::create_dir_all(at("folder")).unwrap();
        let [asked, unasked] = [true, false].map(|overwrite| Overwrite { overwrite });
        for name in ["link", "dangling", "pipe", "folder"] {
            for said in [asked, unasked] {
                let refused = said.vacant(&at(name)).expect_err(name).to_string();
                assert!(refused.contains("stays what it is"), "{name}: {refused}");
            }
        }
        assert!(unasked.vacant(&at("file")).is_err() && asked.vacant(&at("file")).is_ok());
        assert!(unasked.vacant(&at("new")).is_ok());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
