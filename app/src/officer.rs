//! `tolem officer`: what an officer does on the own machine: writes a proposal or a decision, signs it, brings it to the
//! gateway. Keys never leave the machine; the gateway gets the signed document, by a program or by the console's page.

use std::io::Read as _;
use std::path::Path;

use anyhow::{Context, anyhow};
use bytes::Bytes;
use gateway::settings::ContractSetting;
use participant::{SystemClock, SystemEntropy, read_certificates};
use pki::{Container, FileSigner, MAX_CONTAINER_OCTETS, Password, Signer as _};
use serde::Deserialize;
use serde_json::json;
use store::Store as _;
use terms::{Bin, Clock as _, Iin, MessageId};
use transport::{ClientLimits, HttpClient, Identity, TlsRoots};
use wire::acknowledgement::{AcknowledgementWord, RegisterAcknowledgement};
use wire::proposal::{
    ContractChange, Decision, DecisionWord, DifferenceAcknowledgement, DisputeSettlement, GroupChange,
    GroupChangeKind, Proposal, ProposalKind, SettlementWord,
};
use wire::register::FormatWord;
use xml::{FromElement, Limits, ToElement, with_tree};
use zeroize::Zeroizing;

use crate::cli::{ChangeWord, DecideWord, OfficerCommand, OfficerKey, ProposeArguments};
use crate::exit::Failure;
use crate::register::genuine;
use crate::{inspect, output};

/// The longest line of a difference that is read from stdin, in octets.
const LONGEST_LINE: u64 = 64 * 1024;

pub(crate) async fn run(command: OfficerCommand, json: bool) -> Result<(), Failure> {
    match command {
        OfficerCommand::Propose(arguments) => propose(&arguments, json),
        OfficerCommand::Decide { proposal, decision, decider, reason, out, overwrite } => {
            overwrite.vacant(&out)?;
            let document = decide(&proposal, decision, decider, reason.as_deref())?;
            written(&out, document.to_xml().as_bytes(), document.proposal.number, json)
        }
        OfficerCommand::Acknowledge {
            register,
            manifest,
            dispute,
            officer,
            gateway,
            national_ca,
            out,
            overwrite,
        } => {
            overwrite.vacant(&out)?;
            let known = genuine(&register, &manifest, &national_ca)?;
            if known.file.format != FormatWord::Xml {
                return Err(Failure::usage(anyhow!("the answer is to the XML of a register")));
            }
            let now = SystemClock.now();
            let document = RegisterAcknowledgement {
                number: MessageId::generate(now, &mut SystemEntropy),
                gateway,
                officer,
                written_at: now,
                party: known.manifest.party,
                bin: known.manifest.bin,
                day: known.manifest.day,
                revision: needed(Some(&known.manifest.revision.to_string()), "revision")?,
                sha256: needed(Some(&known.file.sha256.to_string()), "sha256")?,
                answer: match dispute {
                    Some(_) => AcknowledgementWord::Dispute,
                    None => AcknowledgementWord::Accept,
                },
                reason: meant(dispute.as_deref(), "dispute")?,
            };
            written(&out, document.to_xml().as_bytes(), document.number, json)
        }
        OfficerCommand::Sign { document, key, out, overwrite } => {
            overwrite.vacant(&out)?;
            sign(&document, &key, &out, json)
        }
        OfficerCommand::Submit { document, url, key, national_ca } => {
            submit(&document, &url, &key, &national_ca, json).await
        }
        OfficerCommand::Proposals { config } => proposals(&config, json).await,
    }
}

pub(crate) fn written(out: &Path, octets: &[u8], number: MessageId, json: bool) -> Result<(), Failure> {
    std::fs::write(out, octets).with_context(|| format!("writing {}", out.display()))?;
    let object = json!({ "number": number.to_string(), "document": out });
    output::one(json, &object, || format!("{number} in {}", out.display()));
    Ok(())
}

/// A word of the command line as the value it means.
pub(crate) fn meant<T: std::str::FromStr>(text: Option<&str>, name: &str) -> Result<Option<T>, Failure>
where
    T::Err: std::fmt::Display,
{
    let value = text.map(|text| text.parse::<T>().map_err(|error| anyhow!("--{name}: {error}")));
    value.transpose().map_err(Failure::usage)
}

pub(crate) fn needed<T: std::str::FromStr>(text: Option<&str>, name: &str) -> Result<T, Failure>
where
    T::Err: std::fmt::Display,
{
    given(meant(text, name)?, name)
}

fn given<T>(value: Option<T>, name: &str) -> Result<T, Failure> {
    value.ok_or_else(|| Failure::usage(anyhow!("--{name} is needed for this change")))
}

/// Who proposes, to which gateway, and why.
pub(crate) struct Author<'a> {
    pub(crate) gateway: Bin,
    pub(crate) proposer: Iin,
    pub(crate) reason: &'a str,
}

/// A proposal of a kind without the part that says what it is about, freshly numbered.
pub(crate) fn draft(author: &Author<'_>, kind: ProposalKind) -> Result<Proposal, Failure> {
    let now = SystemClock.now();
    Ok(Proposal {
        number: MessageId::generate(now, &mut SystemEntropy),
        gateway: author.gateway,
        proposer: author.proposer,
        proposed_at: now,
        reason: needed(Some(author.reason), "reason")?,
        kind,
        group_change: None,
        dispute_settlement: None,
        refund: None,
        difference_acknowledgement: None,
        contract_change: None,
    })
}

fn propose(said: &ProposeArguments, json: bool) -> Result<(), Failure> {
    said.overwrite.vacant(&said.out)?;
    let change = |change| {
        let is_of_members = matches!(change, GroupChangeKind::AddMember | GroupChangeKind::RemoveMember);
        let resource = is_of_members.then(|| said.resource.to_string());
        Ok::<_, Failure>(GroupChange {
            change,
            group: given(said.group.clone(), "group")?,
            member: if is_of_members { Some(given(said.member, "member")?) } else { None },
            member_name: said.name.clone(),
            resource: meant(resource.as_deref(), "resource")?,
            action: if is_of_members { None } else { Some(given(said.action.clone(), "action")?) },
        })
    };
    let settlement = |settlement| {
        let payment_code = given(said.code, "code")?;
        Ok::<_, Failure>(DisputeSettlement { payment_code, settlement })
    };
    let (mut group_change, mut dispute_settlement) = (None, None);
    let (mut difference_acknowledgement, mut contract_change) = (None, None);
    match said.change {
        ChangeWord::AddMember => group_change = Some(change(GroupChangeKind::AddMember)?),
        ChangeWord::RemoveMember => group_change = Some(change(GroupChangeKind::RemoveMember)?),
        ChangeWord::AllowAction => group_change = Some(change(GroupChangeKind::AllowAction)?),
        ChangeWord::DisallowAction => group_change = Some(change(GroupChangeKind::DisallowAction)?),
        ChangeWord::SettleAccept => dispute_settlement = Some(settlement(SettlementWord::Accept)?),
        ChangeWord::SettleRefund => dispute_settlement = Some(settlement(SettlementWord::Refund)?),
        ChangeWord::AcknowledgeDifference => {
            difference_acknowledgement = Some(difference(said.difference.as_deref())?);
        }
        ChangeWord::ChangeContract => contract_change = Some(contract(said.contract.as_deref())?),
    }
    // What the gateway would refuse is said here, before anybody has signed it.
    if let Some(change) = &group_change {
        let membership = rights::GroupChange::of(change).map_err(Failure::usage)?;
        if let rights::GroupChange::AddMember(membership) = membership {
            membership.checked().map_err(Failure::usage)?;
        }
    }
    let kind = match said.change {
        ChangeWord::AddMember
        | ChangeWord::RemoveMember
        | ChangeWord::AllowAction
        | ChangeWord::DisallowAction => ProposalKind::ChangeGroup,
        ChangeWord::SettleAccept | ChangeWord::SettleRefund => ProposalKind::SettleDispute,
        ChangeWord::AcknowledgeDifference => ProposalKind::AcknowledgeDifference,
        ChangeWord::ChangeContract => ProposalKind::ChangeContract,
    };
    let author = Author { gateway: said.gateway, proposer: said.proposer, reason: &said.reason };
    let proposal = Proposal {
        group_change,
        dispute_settlement,
        difference_acknowledgement,
        contract_change,
        ..draft(&author, kind)?
    };
    written(&said.out, proposal.to_xml().as_bytes(), proposal.number, json)
}

/// A difference as `tolem reconcile --json` prints it.
#[derive(Deserialize)]
struct DifferenceLine {
    reconciliation: u64,
    bank: String,
    day: String,
    code: Option<String>,
    reference: String,
    deduction: bool,
    side: String,
    field: String,
    ours: String,
    theirs: String,
    until: Option<String>,
}

/// A value that may be empty.
fn unless_empty<T: std::str::FromStr>(text: &str, name: &str) -> Result<Option<T>, Failure>
where
    T::Err: std::fmt::Display,
{
    meant((!text.is_empty()).then_some(text), name)
}

fn difference(path: Option<&Path>) -> Result<DifferenceAcknowledgement, Failure> {
    let path = path.ok_or_else(|| Failure::usage(anyhow!("--difference is needed for this change")))?;
    let octets = if path == Path::new("-") {
        let mut octets = Vec::new();
        std::io::stdin().lock().take(LONGEST_LINE).read_to_end(&mut octets).context("reading stdin")?;
        octets
    } else {
        read(path)?
    };
    let line: DifferenceLine = serde_json::from_slice(&octets)
        .map_err(|error| Failure::usage(anyhow!("no line of a difference: {error}")))?;
    if line.until.is_some() {
        return Err(Failure::usage(anyhow!("it only waits, and is no difference yet")));
    }
    Ok(DifferenceAcknowledgement {
        reconciliation: wire::closing::Whole(line.reconciliation),
        bank: needed(Some(&line.bank), "difference: bank")?,
        day: needed(Some(&line.day), "difference: day")?,
        payment_code: meant(line.code.as_deref(), "difference: code")?,
        bank_reference: unless_empty(&line.reference, "difference: reference")?,
        is_deduction: line.deduction,
        side: needed(Some(&line.side), "difference: side")?,
        field: needed(Some(&line.field), "difference: field")?,
        ours: unless_empty(&line.ours, "difference: ours")?,
        theirs: unless_empty(&line.theirs, "difference: theirs")?,
    })
}

fn contract(path: Option<&Path>) -> Result<ContractChange, Failure> {
    let path = path.ok_or_else(|| Failure::usage(anyhow!("--contract is needed for this change")))?;
    let text = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let setting: ContractSetting =
        toml::from_str(&text).map_err(|error| Failure::usage(anyhow!("{}: {error}", path.display())))?;
    let contract = setting.contract().map_err(Failure::usage)?;
    let change = ContractChange::of(&contract);
    // What the gateway would refuse is said here, before anybody has signed it.
    change.contract().map_err(Failure::usage)?;
    Ok(change)
}

/// Reads a document that is not signed yet.
fn unsigned<T: FromElement>(octets: &[u8]) -> Result<T, Failure> {
    let read = with_tree(octets, &Limits::DOCUMENT, T::from_element);
    Ok(read.map_err(anyhow::Error::new)?.map_err(anyhow::Error::new)?)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    Ok(std::fs::read(path).with_context(|| format!("reading {}", path.display()))?)
}

fn decide(
    proposal: &Path,
    decision: DecideWord,
    decider: Iin,
    reason: Option<&str>,
) -> Result<Decision, Failure> {
    let octets = read(proposal)?;
    // Signed, as the gateway hands it out; what counts of it is what the signature covers.
    let signed = xml::dsig::verify_enveloped(&octets, &Limits::DOCUMENT).map_err(Failure::signature)?;
    let proposal: Proposal = signed.parse().map_err(Failure::signature)?;
    let decision = match decision {
        DecideWord::Approve => DecisionWord::Approve,
        DecideWord::Reject => DecisionWord::Reject,
        DecideWord::Withdraw => DecisionWord::Withdraw,
    };
    let reason = meant(reason, "reason")?;
    Ok(Decision { proposal, decision, decider, decided_at: SystemClock.now(), reason })
}

/// An officer's key with its certificates, from a container or from PEM files.
struct Key {
    key_pem: Zeroizing<String>,
    chain_pem: String,
}

impl Key {
    fn read(arguments: &OfficerKey) -> Result<Self, Failure> {
        let shown = || arguments.key.display().to_string();
        if let Some(certificate) = &arguments.certificate {
            let key_pem = std::fs::read_to_string(&arguments.key).map(Zeroizing::new).with_context(shown)?;
            let certificates = read_certificates(certificate).map_err(Failure::signature)?;
            let chain_pem = certificates.iter().map(pki::Certificate::to_pem).collect();
            return Ok(Self { key_pem, chain_pem });
        }
        let file = arguments.password_file.as_ref();
        let file = file.ok_or_else(|| {
            Failure::usage(anyhow!("a container needs --password-file, a PEM key --certificate"))
        })?;
        let password =
            if file == Path::new("-") { Password::read(std::io::stdin()) } else { Password::of_file(file) };
        let password = password.with_context(|| format!("the password in {}", file.display()))?;
        let length = std::fs::metadata(&arguments.key).with_context(shown)?.len();
        if length > MAX_CONTAINER_OCTETS as u64 {
            return Err(Failure::signature(anyhow!("{} is too long for a key container", shown())));
        }
        let container = Container::read(&read(&arguments.key)?, &password).with_context(shown);
        let container = container.map_err(Failure::signature)?;
        let signer = container.signer().map_err(Failure::signature)?;
        let own = signer.certificate().clone();
        let others = container.certificates().iter().filter(|other| **other != own);
        let chain_pem = std::iter::once(&own).chain(others).map(pki::Certificate::to_pem).collect();
        Ok(Self { key_pem: container.key_pem().map_err(anyhow::Error::new)?, chain_pem })
    }

    fn signer(&self) -> Result<FileSigner, Failure> {
        FileSigner::from_pem(&self.key_pem, &self.chain_pem).map_err(Failure::signature)
    }

    fn identity(&self) -> Result<Identity, Failure> {
        Identity::from_pem(self.chain_pem.as_bytes(), self.key_pem.as_bytes()).map_err(Failure::signature)
    }
}

fn sign(path: &Path, key: &OfficerKey, out: &Path, json: bool) -> Result<(), Failure> {
    let octets = read(path)?;
    let signer = Key::read(key)?.signer()?;
    let (number, named, signed) = if let Ok(decision) = unsigned::<Decision>(&octets) {
        (decision.proposal.number, decision.decider, enveloped(&decision, &signer)?)
    } else if let Ok(answer) = unsigned::<RegisterAcknowledgement>(&octets) {
        (answer.number, answer.officer, enveloped(&answer, &signer)?)
    } else {
        let proposal: Proposal = unsigned(&octets)?;
        (proposal.number, proposal.proposer, enveloped(&proposal, &signer)?)
    };
    let owner = signer.certificate().subject().person.as_ref().and_then(|iin| iin.checked().ok());
    if owner != Some(named) {
        return Err(Failure::refused(anyhow!("the document is of another person than the key")));
    }
    written(out, &signed, number, json)
}

fn enveloped(document: &impl ToElement, signer: &FileSigner) -> Result<Vec<u8>, Failure> {
    xml::dsig::sign_enveloped(document, signer).map_err(Failure::signature)
}

async fn submit(
    document: &Path,
    url: &str,
    key: &OfficerKey,
    national_ca: &Path,
    json: bool,
) -> Result<(), Failure> {
    let identity = Key::read(key)?.identity()?;
    let roots = TlsRoots::from_pem_file(national_ca).map_err(anyhow::Error::new)?;
    let client = HttpClient::new(Some(&identity), &roots, ClientLimits::default());
    let client = client.map_err(anyhow::Error::new)?;
    let url = format!("{}/documents", url.trim_end_matches('/'));
    let answer = client.post(&url, "application/xml", &[], Bytes::from(read(document)?)).await;
    let answer = answer.with_context(|| url.clone()).map_err(Failure::away)?;
    let said: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |name: &str| said.get(name).and_then(|text| text.as_str()).unwrap_or_default().to_owned();
    if !answer.status.is_success() {
        let (word, detail) = (text("error"), text("detail"));
        let error = anyhow!(
            "{}",
            if word.is_empty() {
                format!("the gateway answered {}", answer.status)
            } else {
                format!("{word}: {detail}")
            }
        );
        return Err(match answer.status.as_u16() {
            404 => Failure::not_found(error),
            409 => Failure::conflict(error),
            422 => Failure::signature(error),
            _ => Failure::refused(error),
        });
    }
    output::one(json, &said, || format!("{}  {}", text("number"), text("state")));
    Ok(())
}

async fn proposals(config: &Path, json: bool) -> Result<(), Failure> {
    let cx = inspect::open(config)?;
    let rows = cx.store.read(|view| view.proposals(store::LIST_BOUND)).await.map_err(anyhow::Error::new)?;
    for row in rows {
        let lapsed = row.state == "proposed" && cx.host.now() >= row.lapses_at;
        let state = if lapsed { "lapsed" } else { &row.state };
        let object = json!({
            "number": row.number.to_string(),
            "kind": row.kind,
            "state": state,
            "proposer": row.proposer.masked(),
            "proposed_at": row.proposed_at.to_string(),
            "decider": row.decider.map(terms::Iin::masked),
            "decided_at": row.decided_at.map(|at| at.to_string()),
        });
        output::one(json, &object, || {
            format!(
                "{}  {}  {:<14} {state}  by {}",
                row.number,
                row.proposed_at,
                row.kind,
                row.proposer.masked()
            )
        });
    }
    Ok(())
}
