//! An officer of a provider or a bank takes a register, or disputes it: by a signed document over its digest (cl. 10).
//!
//! A provider has no service that a message could go to, so its officer's signature is its word. The document is kept as
//! evidence with the certificate; the revision itself says only by which document it was answered.

use ledger::register::Party;
use rights::{Action, Officer, Permitted, Resource};
use store::{EvidenceRecord, RegisterRevision, RegisterState, Stored};
use wire::acknowledgement::{AcknowledgementWord, RegisterAcknowledgement};
use wire::register::PartyWord;
use xml::dsig::SignedDocument;

use super::propose::{NotTaken, Taken, check_written, signer};
use crate::authority;
use crate::cx::{Cx, Work};

/// What allows it, within the party.
pub(crate) const ACKNOWLEDGE: Action = Action("AcknowledgeRegister");

/// What an officer of a party may do is within this.
pub(crate) fn resource_of(party: Party) -> Resource {
    match party {
        Party::Bank(bin) => Resource::Bank(bin),
        Party::Provider(bin) => Resource::Provider(bin),
    }
}

/// Takes the document; the register is answered in the same transaction.
pub(super) async fn acknowledge_register(
    cx: &Cx,
    octets: Vec<u8>,
    document: SignedDocument,
    said: RegisterAcknowledgement,
    brought_by: &Officer,
) -> Result<Taken, NotTaken> {
    let (officer, trusted) = signer(cx, &document, said.officer, brought_by).await?;
    check_written(said.gateway, said.written_at, cx)?;
    if (said.answer == AcknowledgementWord::Dispute) != said.reason.is_some() {
        return Err(NotTaken::Parts);
    }
    let record = EvidenceRecord {
        about: None,
        kind: format!("{} in", wire::acknowledgement::ELEMENT),
        octets,
        certificate: document.certificate().der().to_vec(),
        crl_number: trusted.crl_number,
        checked_by: Some(trusted.source.to_string()),
        at: cx.host.now(),
        content_hash: sha256(document.octets()),
    };
    let number = said.number;
    let state = cx.as_officer(&officer, move |work, officer| {
        let party = match said.party {
            PartyWord::Provider => Party::Provider(said.bin),
            PartyWord::Bank => Party::Bank(said.bin),
        };
        let access = authority::read(&*work.tx)?;
        Permitted::officer(said.clone(), ACKNOWLEDGE, resource_of(party), officer, &access)?;
        let stored = unanswered(work, party, &said)?;
        let state = match said.answer {
            AcknowledgementWord::Accept => RegisterState::Acknowledged,
            AcknowledgementWord::Dispute => RegisterState::Refused,
        };
        let reason = said.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
        let revision = RegisterRevision {
            state,
            answered_at: Some(work.now),
            answer: Some(format!("document {}{reason}", said.number)),
            ..stored.value.clone()
        };
        work.tx.save_register(&stored.with(revision))?;
        work.tx.keep_evidence(&record)?;
        Ok::<_, NotTaken>(state)
    });
    Ok(Taken { number, state: state.await?.name(), shown_at: "/acknowledge".to_owned() })
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, octets);
    digest.as_ref().try_into().expect("SHA-256 has 32 octets")
}

/// The revision that is named, of the digest that was signed, where its party has not answered it.
fn unanswered(
    work: &Work<'_>,
    party: Party,
    said: &RegisterAcknowledgement,
) -> Result<Stored<RegisterRevision>, NotTaken> {
    let stored = work.tx.register(party, said.day, Some(said.revision.as_u32()))?;
    let is_signed =
        |stored: &Stored<RegisterRevision>| hex::encode(stored.value.sha256) == said.sha256.as_str();
    let stored = stored.filter(is_signed).ok_or(NotTaken::NoSuchRegister)?;
    match stored.value.state {
        RegisterState::Formed | RegisterState::Sent => Ok(stored),
        RegisterState::Acknowledged | RegisterState::Refused => Err(NotTaken::RegisterAnswered),
    }
}
