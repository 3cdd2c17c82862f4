//! What two officers decide: taking a signed proposal, and a signed decision about one with its effect.
//!
//! The rules are in [`rights::proposal`]; here documents are opened, everything is read and kept in one transaction, and
//! what an approval approves is carried out by [`super::matter`] in that same transaction. Both rights are looked up inside it, in what the
//! store says, so that of an approval and a loss of the right one comes first and the other sees it.
//! Source: Instruction № 491, cl. 19–20; the two officers are ours (A25).

use std::sync::Arc;

use ledger::{DocumentNumber, contract};
use participant::Fault;
use payment::Refusal;
use pki::{Certificate, Purpose, TrustError, Trusted};
use rights::proposal::{
    Decided, LAPSES_AFTER_SECONDS, MOST_OPEN, MOST_OPEN_OF_ONE, NoGroupChange, NoRequest, ProposalState,
    Proposed, Undecided, actions,
};
use rights::{Lack, NoChange, Officer, Permitted, Resource};
use store::{DocumentRole, ProposalDocument, ProposalRow, Store as _, StoreError};
use terms::{BankingDay, Bin, MessageId, Moment, ServiceCode};
use wire::acknowledgement::RegisterAcknowledgement;
use wire::proposal::{Decision, DecisionWord, Proposal, ProposalKind};
use xml::dsig::{SignatureError, SignedDocument, verify_enveloped};
use xml::{FromElement, Limits};

use super::acknowledge_register::acknowledge_register;
use super::matter::Matter;
use crate::authority;
use crate::cx::{Cx, Work};

/// The longest signed document that is taken, in octets.
pub(crate) const LONGEST_DOCUMENT: usize = 64 * 1024;

/// How far ahead of our clock an officer's machine may be, in seconds.
const AHEAD_SECONDS: i64 = 300;

/// How old a document may be when it comes, in seconds: signed today, brought today.
const OLDEST_SECONDS: i64 = 24 * 3600;

/// Why a signed document has no effect.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum NotTaken {
    /// More octets than any document of ours.
    #[error("the document is longer than {LONGEST_DOCUMENT} octets")]
    TooLong,
    /// No signature that holds, or a document of another form.
    #[error("the document: {0}")]
    Document(#[from] SignatureError),
    /// The certificate that signed is not trusted.
    #[error("the certificate: {0}")]
    Certificate(TrustError),
    /// The certificate that signed names no person, or another than the document and whoever brings it.
    #[error("the document is of another person than the one who signed it or brought it")]
    OtherPerson,
    /// Written for another gateway.
    #[error("the document is for another gateway")]
    OtherGateway,
    /// Written too long ago, or in the future.
    #[error("the document is of {0}")]
    Time(Moment),
    /// It holds another part than its kind says.
    #[error("the document holds another part than its kind says")]
    Parts,
    /// Its number was used before.
    #[error("a proposal of this number is there already")]
    NumberTaken,
    /// Nobody proposed this.
    #[error("there is no such proposal")]
    NoSuchProposal,
    /// The decision holds other words than the proposal.
    #[error("the decision is about other words than were proposed")]
    OtherWords,
    /// The certificate of the first officer is not trusted any more.
    #[error("the certificate of the first officer: {0}")]
    FirstCertificate(TrustError),
    /// The officer has not the right.
    #[error(transparent)]
    Lack(#[from] Box<Lack>),
    /// It cannot be decided so.
    #[error(transparent)]
    Undecided(#[from] Undecided),
    /// It says no change of groups.
    #[error(transparent)]
    NoGroupChange(#[from] NoGroupChange),
    /// The change of groups cannot be made.
    #[error(transparent)]
    NoChange(#[from] NoChange),
    /// The payment is not disputed, or there is none.
    #[error("the payment is not disputed")]
    NotDisputed,
    /// There is no such payment.
    #[error("there is no such payment")]
    NoSuchPayment,
    /// The payment cannot be given back: it is spent, or tied to an order, or went back already.
    #[error("no refund: {0}")]
    NotRefundable(Refusal),
    /// The refund is not grounded as its ground wants it.
    #[error(transparent)]
    NoRequest(#[from] NoRequest),
    /// The payer's request is older than the payment, which nobody can have asked to be given back then.
    #[error("the payer's request is older than the payment, which was made on {0}")]
    RequestedBefore(BankingDay),
    /// The code is still valid, so that it did not expire is no opinion.
    #[error("the code is valid until {0}: it has not expired")]
    NotExpired(Moment),
    /// No such difference stands in the reconciliation that is named and in the newest one.
    #[error("the newest reconciliation of that bank and day has no such difference")]
    NoSuchDifference,
    /// Two officers have acknowledged it before.
    #[error("the difference is acknowledged already")]
    DifferenceKnown,
    /// The contract would change what was agreed for days that are over.
    #[error("a contract begins today or later")]
    ContractPast,
    /// A contract with a bank is with a bank that is known, one with the national operator with nobody else.
    #[error("the party is not one for a contract of this kind")]
    ContractParty,
    /// The settlement account stands in a contract with another party that holds then.
    #[error("the settlement account is the one of the contract {0} with another party")]
    ContractAccount(DocumentNumber),
    /// The very same is agreed already, or its number or its first day is another one's.
    #[error(transparent)]
    Contract(#[from] contract::NotTaken),
    /// It names a service that nobody can pay for here.
    #[error("the service {0} is not in the catalogue")]
    ContractService(ServiceCode),
    /// No such register, or not of this digest.
    #[error("there is no such revision of a register with that digest")]
    NoSuchRegister,
    /// The party has answered it before.
    #[error("the register is answered already")]
    RegisterAnswered,
    /// The same waits for a decision already.
    #[error("the same is proposed already: {0}")]
    ProposedAlready(MessageId),
    /// As many proposals wait as may.
    #[error("{0} proposals wait for a decision already")]
    TooManyOpen(usize),
    /// Our own failure.
    #[error("{0}")]
    Fault(Fault),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl NotTaken {
    /// The reason in one word, the same in pages, in answers to programs and in the log.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::TooLong => "document-too-long",
            Self::Document(_) => "document-wrong",
            Self::Certificate(_) => "certificate-refused",
            Self::OtherPerson => "other-person",
            Self::OtherGateway => "other-gateway",
            Self::Time(_) => "wrong-time",
            Self::Parts | Self::NoGroupChange(_) => "not-understood",
            Self::NumberTaken => "number-taken",
            Self::NoSuchProposal => "no-such-proposal",
            Self::OtherWords => "other-words",
            Self::FirstCertificate(_) => "first-certificate-refused",
            Self::Lack(_) | Self::Undecided(Undecided::Decider(_)) => "not-allowed",
            Self::Undecided(Undecided::Over(_)) => "over",
            Self::Undecided(Undecided::SamePerson) => "same-person",
            Self::Undecided(Undecided::NotTheProposer) => "not-the-proposer",
            Self::Undecided(Undecided::Proposer(_)) => "first-officer-lost-right",
            Self::NoChange(_) => "no-change",
            Self::NotDisputed => "not-disputed",
            Self::NoSuchPayment => "no-such-payment",
            Self::NotRefundable(refusal) => not_refundable(*refusal),
            Self::NoRequest(_) => "no-request",
            Self::RequestedBefore(_) => "requested-before-payment",
            Self::NotExpired(_) => "not-expired",
            Self::NoSuchDifference => "no-such-difference",
            Self::DifferenceKnown => "difference-acknowledged",
            Self::ContractPast => "contract-in-the-past",
            Self::ContractParty => "contract-party",
            Self::ContractAccount(_) => "contract-account-taken",
            Self::Contract(contract::NotTaken::Same) => "no-change",
            Self::Contract(contract::NotTaken::Number(_)) => "contract-number-taken",
            Self::Contract(contract::NotTaken::Since { .. }) => "contract-day-taken",
            Self::ContractService(_) => "no-such-service",
            Self::NoSuchRegister => "no-such-register",
            Self::RegisterAnswered => "register-answered",
            Self::ProposedAlready(_) => "proposed-already",
            Self::TooManyOpen(_) => "too-many-open",
            Self::Fault(_) => "internal",
        }
    }

    /// The right that is missing, where one is.
    pub(crate) fn lack(&self) -> Option<&Lack> {
        match self {
            Self::Lack(lack) | Self::Undecided(Undecided::Decider(lack) | Undecided::Proposer(lack)) => {
                Some(lack)
            }
            _ => None,
        }
    }
}

/// Why a payment is not given back, in one word.
fn not_refundable(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Spent | Refusal::Used => "spent",
        Refusal::BoundElsewhere => "bound",
        Refusal::Disputed => "disputed",
        Refusal::Reversed => "reversed",
        Refusal::Refunded => "refunded",
        Refusal::NotConfirmed | Refusal::Void => "not-paid",
        _ => "not-possible",
    }
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Taken {
    pub(crate) number: MessageId,
    /// How far what it is about has come, in a word.
    pub(crate) state: &'static str,
    /// Where that is shown in the console.
    pub(crate) shown_at: String,
}

/// Takes a document of any kind: told apart by their root element.
///
/// # Errors
/// [`NotTaken`]; nothing has changed then.
pub(crate) async fn take_document(cx: &Cx, octets: Vec<u8>, brought_by: &Officer) -> Result<Taken, NotTaken> {
    let taken = match signed(&octets)? {
        (document, Said::Proposal(said)) => propose(cx, octets, document, *said, brought_by).await,
        (document, Said::Decision(said)) => decide_proposal(cx, octets, document, *said, brought_by).await,
        (document, Said::Acknowledgement(said)) => {
            acknowledge_register(cx, octets, document, *said, brought_by).await
        }
    };
    match &taken {
        Ok(Taken { number, state, .. }) => tracing::info!(event = "officer-document-taken", %number, %state),
        Err(error) => {
            tracing::warn!(event = "officer-document-refused", reason = error.word(), cause = %error);
        }
    }
    taken
}

enum Said {
    Proposal(Box<Proposal>),
    Decision(Box<Decision>),
    Acknowledgement(Box<RegisterAcknowledgement>),
}

impl Taken {
    fn proposal(number: MessageId, state: ProposalState) -> Self {
        Self { number, state: state.name(), shown_at: format!("/proposals/{number}") }
    }
}

/// A document within its bounds, and what it says in the very octets that were signed.
fn signed(octets: &[u8]) -> Result<(SignedDocument, Said), NotTaken> {
    if octets.len() > LONGEST_DOCUMENT {
        return Err(NotTaken::TooLong);
    }
    let document = verify_enveloped(octets, &Limits::DOCUMENT)?;
    let root = |element: xml::Element<'_, '_>| element.name().to_owned();
    let root = xml::with_tree(document.octets(), &Limits::DOCUMENT, root).unwrap_or_default();
    let said = match root.as_str() {
        wire::proposal::DECISION => Said::Decision(Box::new(document.parse()?)),
        wire::acknowledgement::ELEMENT => Said::Acknowledgement(Box::new(document.parse()?)),
        // What is none of these lacks what a proposal has.
        _ => Said::Proposal(Box::new(document.parse()?)),
    };
    Ok((document, said))
}

/// The officer who signed, after the national CA's lists were looked at.
pub(super) async fn signer(
    cx: &Cx,
    document: &SignedDocument,
    named: terms::Iin,
    brought_by: &Officer,
) -> Result<(Officer, Trusted), NotTaken> {
    let certificate = document.certificate();
    let trusted = cx
        .host
        .check_by_all_sources(certificate, Purpose::PersonSigning, cx.host.now())
        .await
        .map_err(NotTaken::Certificate)?;
    let subject = certificate.subject();
    let iin = subject.person.as_ref().and_then(|iin| iin.checked().ok());
    let name = subject.common_name.parse().ok();
    let (iin, name) = iin.zip(name).ok_or(NotTaken::OtherPerson)?;
    if iin != named || iin != brought_by.iin {
        return Err(NotTaken::OtherPerson);
    }
    Ok((Officer { iin, name }, trusted))
}

pub(super) fn check_written(gateway: Bin, at: Moment, cx: &Cx) -> Result<(), NotTaken> {
    if gateway != cx.host.bin {
        return Err(NotTaken::OtherGateway);
    }
    let age = cx.host.now().seconds_since(at);
    if (-AHEAD_SECONDS..=OLDEST_SECONDS).contains(&age) { Ok(()) } else { Err(NotTaken::Time(at)) }
}

fn evidence(
    number: MessageId,
    role: DocumentRole,
    octets: &[u8],
    certificate: &Certificate,
    trusted: &Trusted,
    at: Moment,
) -> ProposalDocument {
    ProposalDocument {
        number,
        role,
        octets: octets.to_vec(),
        certificate: certificate.der().to_vec(),
        crl_number: trusted.crl_number,
        checked_by: trusted.source.to_string(),
        at,
    }
}

/// Takes a proposal, so that another officer may decide about it.
async fn propose(
    cx: &Cx,
    octets: Vec<u8>,
    document: SignedDocument,
    said: Proposal,
    brought_by: &Officer,
) -> Result<Taken, NotTaken> {
    let (officer, trusted) = signer(cx, &document, said.proposer, brought_by).await?;
    check_written(said.gateway, said.proposed_at, cx)?;
    let matter = Matter::of(&said)?;
    matter.is_of_catalogue(&cx.catalogue)?;
    let certificate = document.certificate().clone();
    let number = said.number;
    cx.as_officer(&officer, move |work, officer| {
        let access = authority::read(&*work.tx)?;
        let touched = matter.touches(work)?;
        let (proposes, _) = actions(said.kind);
        let permitted = Permitted::officer(said.clone(), proposes, touched, officer, &access)?;
        matter.could_be_done(work, &access)?;
        nobody_proposed(work, &said)?;
        room_for_another(work, officer)?;
        keep_proposal(work, &permitted, officer)?;
        let kept = evidence(number, DocumentRole::Proposal, &octets, &certificate, &trusted, work.now);
        work.tx.keep_proposal_document(&kept)?;
        matter.journal_proposed(work, number)?;
        Ok(Taken::proposal(number, ProposalState::Proposed))
    })
    .await
}

/// Of two proposals that ask for the same only one can be carried out, and the other would wait for nothing. There is one
/// writer, so two that come at the same moment come here one after the other.
fn nobody_proposed(work: &Work<'_>, said: &Proposal) -> Result<(), NotTaken> {
    let open = work.tx.open_proposals(work.now, MOST_OPEN)?;
    for row in open.iter().filter(|row| row.kind == said.kind.word() && row.number != said.number) {
        let documents = work.tx.proposal_documents(row.number)?;
        let first = documents.iter().find(|document| document.role == DocumentRole::Proposal);
        if let Some(first) = first
            && reread::<Proposal>(first)?.asks_the_same(said)
        {
            return Err(NotTaken::ProposedAlready(row.number));
        }
    }
    Ok(())
}

/// Proposals that wait are few, so that whoever decides sees all of them.
fn room_for_another(work: &Work<'_>, officer: &Officer) -> Result<(), NotTaken> {
    let open = work.tx.open_proposals(work.now, MOST_OPEN)?;
    let own = open.iter().filter(|row| row.proposer == officer.iin).count();
    match (own, open.len()) {
        (own, _) if own >= MOST_OPEN_OF_ONE => Err(NotTaken::TooManyOpen(own)),
        (_, all) if all >= MOST_OPEN => Err(NotTaken::TooManyOpen(all)),
        _ => Ok(()),
    }
}

fn keep_proposal(
    work: &mut Work<'_>,
    permitted: &Permitted<Proposal>,
    officer: &Officer,
) -> Result<(), NotTaken> {
    let said = permitted.command();
    let row = ProposalRow {
        number: said.number,
        kind: said.kind.word().to_owned(),
        state: ProposalState::Proposed.name().to_owned(),
        proposer: officer.iin,
        proposer_name: officer.name.clone(),
        decider: None,
        decider_name: None,
        proposed_at: work.now,
        lapses_at: work.now.plus_seconds(LAPSES_AFTER_SECONDS),
        decided_at: None,
    };
    work.tx.insert_proposal(&row).map_err(|error| match error {
        StoreError::Taken => NotTaken::NumberTaken,
        other => other.into(),
    })
}

/// Takes a decision; an approval has its effect in the same transaction.
async fn decide_proposal(
    cx: &Cx,
    octets: Vec<u8>,
    document: SignedDocument,
    said: Decision,
    brought_by: &Officer,
) -> Result<Taken, NotTaken> {
    let (officer, trusted) = signer(cx, &document, said.decider, brought_by).await?;
    check_written(said.proposal.gateway, said.decided_at, cx)?;
    let number = said.proposal.number;
    let first = cx.store.read(move |view| view.proposal_documents(number)).await?;
    let first = first.into_iter().find(|document| document.role == DocumentRole::Proposal);
    let first = first.ok_or(NotTaken::NoSuchProposal)?;
    // The signature was checked when it came; what counts is what it covers.
    let proposed: Proposal = reread(&first)?;
    if proposed != said.proposal {
        return Err(NotTaken::OtherWords);
    }
    if said.decision == DecisionWord::Approve {
        let certificate = Certificate::from_der(&first.certificate).map_err(|_| TrustError::Malformed);
        let certificate = certificate.map_err(NotTaken::FirstCertificate)?;
        cx.host
            .check_by_all_sources(&certificate, Purpose::PersonSigning, cx.host.now())
            .await
            .map_err(NotTaken::FirstCertificate)?;
    }
    let (matter, kind) = (Matter::of(&proposed)?, proposed.kind);
    if said.decision == DecisionWord::Approve {
        matter.is_of_catalogue(&cx.catalogue)?;
    }
    let (certificate, links) = (document.certificate().clone(), Arc::clone(&cx.links));
    let state = cx
        .as_officer(&officer, move |work, officer| {
            let access = authority::read(&*work.tx)?;
            let stored = work.tx.proposal(number)?.ok_or(NotTaken::NoSuchProposal)?;
            let state = standing(&stored.value)?;
            let resource = match matter.touches(work) {
                // What is over is over, and may be rejected, whatever became meanwhile of what it was about.
                Err(NotTaken::NotDisputed)
                    if state != ProposalState::Proposed || said.decision != DecisionWord::Approve =>
                {
                    Resource::Everything
                }
                touched => touched?,
            };
            let standing = Proposed {
                kind,
                resource,
                proposer: stored.value.proposer,
                lapses_at: stored.value.lapses_at,
                state,
            };
            let decided = standing.decide(said.decision, officer.iin, &access, work.now)?;
            if let Decided::Approved(approval) = &decided {
                matter.carry_out(approval, work, &access, number, &links)?;
            }
            let state = decided.state();
            let row = ProposalRow {
                state: state.name().to_owned(),
                decider: Some(officer.iin),
                decider_name: Some(officer.name.clone()),
                decided_at: Some(work.now),
                ..stored.value.clone()
            };
            work.tx.save_proposal(&stored.with(row))?;
            let kept = evidence(number, DocumentRole::Decision, &octets, &certificate, &trusted, work.now);
            work.tx.keep_proposal_document(&kept)?;
            Ok::<_, NotTaken>(state)
        })
        .await?;
    if state == ProposalState::Approved && kind == ProposalKind::ChangeGroup {
        authority::put_in_force(cx).await?;
    }
    Ok(Taken::proposal(number, state))
}

/// How far a kept proposal has come, without regard to the time.
pub(crate) fn standing(row: &ProposalRow) -> Result<ProposalState, StoreError> {
    row.state.parse().map_err(|_| StoreError::Damaged("the state of a proposal".to_owned()))
}

/// What a kept document says.
///
/// # Errors
/// Where what is kept is not what was taken.
pub(crate) fn reread<T: FromElement>(document: &ProposalDocument) -> Result<T, NotTaken> {
    Ok(verify_enveloped(&document.octets, &Limits::DOCUMENT)?.parse()?)
}
