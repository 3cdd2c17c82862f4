//! Registers of payments (cl. 10): formed from the postings of a day, signed, kept as revisions, sent to banks.
//!
//! A register is never changed: what is learnt of its day later makes another revision. Its rows are not kept a second
//! time; with the head that is kept they are written again, octet for octet. What it looks like is settled in `wire` and
//! `files`, what belongs to it in `ledger::register` and the store.

use std::collections::VecDeque;
use std::io::{self, Write};

use ledger::register::{Head, Party, Row};
use participant::Fault;
use rights::Permitted;
use store::{Deed, EvidenceRecord, Outgoing, RegisterRevision, RegisterState, Store, StoreError, Stored, Tx};
use terms::{BankingDay, Bin, MessageId, Tiyn, Trilingual};
use wire::bank::{AcceptRegister, AcceptRegisterResponse};
use wire::common::{Count, Document, FileName};
use wire::fault::FaultCode;
use wire::register::{Digested, Digesting, FileDigest, FormatWord, Manifest, RegisterWriter};
use wire::{Request as _, RequestHeader};
use xml::ToElement as _;

use crate::cx::{Cx, Work};

/// How many rows are read at a time.
pub(crate) const AT_ONCE: usize = 2000;
/// How many pages are read while one is handed over: opening the sealed parts of a page costs more than writing it.
const PAGES_AHEAD: usize = 2;

/// Form the registers of a banking day.
#[derive(Debug, Clone, Copy)]
pub struct FormRegisters {
    /// The day.
    pub day: BankingDay,
}

/// The newest revision of one register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Formed {
    /// The revision.
    pub revision: RegisterRevision,
    /// Whether it was formed just now: nothing had been posted since where it was not.
    pub is_new: bool,
}

/// Why the rows of a register were not all handed over.
#[derive(Debug, thiserror::Error)]
pub enum RowsError {
    /// They could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// They could not be written.
    #[error("the register cannot be written: {0}")]
    Write(#[from] anyhow::Error),
}

impl From<RowsError> for Fault {
    fn from(error: RowsError) -> Self {
        match error {
            RowsError::Store(error) => error.into(),
            RowsError::Write(error) => failed(format!("{error:#}")),
        }
    }
}

fn failed(why: impl std::fmt::Display) -> Fault {
    Fault::new(FaultCode::Internal).because(why.to_string())
}

/// Forms the registers of a day: one of every bank and every provider with payments posted on it, where their newest
/// revision does not know the last of those. Banks are sent theirs. Gives the newest revision of each, new or not; who
/// formed it is kept with it.
///
/// # Errors
/// Those of the store and the signing key; the registers formed before stay.
pub async fn form_registers(cx: &Cx, command: &Permitted<FormRegisters>) -> Result<Vec<Formed>, Fault> {
    let day = command.command().day;
    let parties = cx.store.read(move |view| view.register_parties(day)).await?;
    let mut formed = Vec::with_capacity(parties.len());
    for (party, last) in parties {
        formed.push(form(cx, command, party, last).await?);
    }
    Ok(formed)
}

/// The same for one party; none where nothing was posted for it that day.
///
/// # Errors
/// As [`form_registers`].
pub async fn form_register(
    cx: &Cx,
    command: &Permitted<FormRegisters>,
    party: Party,
) -> Result<Option<Formed>, Fault> {
    let day = command.command().day;
    let parties = cx.store.read(move |view| view.register_parties(day)).await?;
    match parties.into_iter().find(|(one, _)| *one == party) {
        Some((_, last)) => form(cx, command, party, last).await.map(Some),
        None => Ok(None),
    }
}

async fn form(cx: &Cx, command: &Permitted<FormRegisters>, party: Party, last: u64) -> Result<Formed, Fault> {
    let day = command.command().day;
    let (newest, up_to) = cx
        .store
        .read(move |view| Ok::<_, StoreError>((view.register(party, day, None)?, view.last_posting()?)))
        .await?;
    let number = match newest {
        Some(Stored { value: revision, .. }) if revision.head.up_to >= last => {
            return Ok(Formed { revision, is_new: false });
        }
        Some(Stored { value, .. }) => value.head.revision + 1,
        None => 1,
    };
    let name = party_name(cx, party);
    let head = Head { party, name, day, revision: number, formed_at: cx.host.now(), up_to };
    let signer = cx.host.signer();
    let digesting = Digesting::new(io::sink(), signer.suite().id().is_national());
    let (digesting, totals) = written(cx, &head, digesting).await?;
    let (_, digested) = digesting.finish();
    let chain_head = cx.store.evidence().head().await?.map_or([0; 32], |signed| signed.head);
    let manifest = Manifest::new(&head, &totals, chain_head, vec![xml_file(&head, &digested)?]);
    let signed = xml::dsig::sign_enveloped(&manifest, signer.as_ref());
    let signed = signed.map_err(|_| Fault::new(FaultCode::SigningUnavailable))?;
    let revision = RegisterRevision {
        head,
        totals,
        sha256: digested.sha256,
        manifest: signed,
        state: RegisterState::Formed,
        message: None,
        answered_at: None,
        answer: None,
    };
    let (bin, id) = (cx.host.bin, cx.host.message_id());
    cx.change(command, move |work| {
        let formed = keep(work, revision.clone(), bin, id)?;
        if formed.is_new {
            let Head { party, day, revision, .. } = formed.revision.head;
            work.done(&Deed::Register(party, day, revision))?;
        }
        Ok(formed)
    })
    .await
}

/// Keeps a revision, and for a bank puts it into the outbox.
fn keep(
    work: &mut Work<'_>,
    mut revision: RegisterRevision,
    own: Bin,
    id: MessageId,
) -> Result<Formed, Fault> {
    if let Party::Bank(bank) = revision.head.party {
        let message = message(&revision, RequestHeader { message_id: id, sent_at: work.now, sender: own })?;
        revision.state = RegisterState::Sent;
        revision.message = Some(id);
        match insert(work.tx, &revision)? {
            Some(first) => return Ok(Formed { revision: first, is_new: false }),
            None => work.tx.tell(&Outgoing {
                id,
                to: bank,
                operation: AcceptRegister::OPERATION.to_owned(),
                body: message.to_xml(),
                about: None,
                created_at: work.now,
            })?,
        }
        return Ok(Formed { revision, is_new: true });
    }
    Ok(match insert(work.tx, &revision)? {
        Some(first) => Formed { revision: first, is_new: false },
        None => Formed { revision, is_new: true },
    })
}

/// Keeps a revision; where somebody else has formed the one of this number meanwhile, gives that.
fn insert(tx: &mut dyn Tx, revision: &RegisterRevision) -> Result<Option<RegisterRevision>, Fault> {
    let head = &revision.head;
    match tx.insert_register(revision) {
        Ok(()) => Ok(None),
        Err(StoreError::Taken) => {
            let first = tx.register(head.party, head.day, Some(head.revision))?;
            Ok(Some(first.ok_or(StoreError::Taken)?.value))
        }
        Err(error) => Err(error.into()),
    }
}

/// The message that brings a bank its register: the signed manifest, which vouches for every file of it.
fn message(revision: &RegisterRevision, header: RequestHeader) -> Result<AcceptRegister, Fault> {
    Ok(AcceptRegister {
        header,
        day: revision.head.day,
        provider: None,
        count: count(revision),
        total: total(revision),
        document: Document::new(revision.manifest.clone()).map_err(failed)?,
    })
}

fn count(revision: &RegisterRevision) -> Count {
    Count::saturating(u32::try_from(revision.totals.additions).unwrap_or(u32::MAX))
}

fn total(revision: &RegisterRevision) -> Tiyn {
    Tiyn::new(revision.totals.added).unwrap_or(Tiyn::LARGEST)
}

/// The party has answered the message that brought a register. What it found in it decides whether it is acknowledged.
///
/// # Errors
/// Those of the store.
pub(crate) fn answered(
    tx: &mut dyn Tx,
    message: MessageId,
    answer: Option<&AcceptRegisterResponse>,
    evidence: &EvidenceRecord,
) -> Result<(), StoreError> {
    let (Some(stored), Some(answer)) = (tx.register_of_message(message)?, answer) else { return Ok(()) };
    let revision = stored.value.clone();
    let is_same =
        answer.reason.is_none() && answer.count == count(&revision) && answer.total == total(&revision);
    let reason = answer.reason.as_ref().map(|reason| format!("; {reason}")).unwrap_or_default();
    tx.save_register(&stored.with(RegisterRevision {
        state: if is_same { RegisterState::Acknowledged } else { RegisterState::Refused },
        answered_at: Some(evidence.at),
        answer: Some(format!("{}: {}{reason}", answer.count.as_u32(), answer.total)),
        ..revision
    }))
}

/// Hands over the rows of a register, in their order: the same for ever, whatever was posted since.
///
/// # Errors
/// [`RowsError`].
pub async fn each_row(
    cx: &Cx,
    head: &Head,
    take: &mut (dyn FnMut(&Row) -> anyhow::Result<()> + Send),
) -> Result<(), RowsError> {
    let Head { party, day, up_to, .. } = *head;
    let end_after = |after: u64| {
        let store = cx.store.clone();
        tokio::spawn(
            async move { store.read(move |view| view.page_end(party, day, up_to, after, AT_ONCE)).await },
        )
    };
    let page_between = |after: u64, end: u64| {
        let store = cx.store.clone();
        tokio::spawn(async move {
            store.read(move |view| view.register_rows(party, day, end, after, AT_ONCE)).await
        })
    };
    let mut after = 0;
    let mut end = Some(end_after(after));
    let mut coming = VecDeque::with_capacity(PAGES_AHEAD);
    loop {
        // The next pages are read and opened while one is handed over.
        while coming.len() < PAGES_AHEAD
            && let Some(found) = end.take()
        {
            if let Some(last) = found.await.map_err(anyhow::Error::new)?? {
                coming.push_back(page_between(after, last));
                after = last;
                end = Some(end_after(after));
            }
        }
        let Some(page) = coming.pop_front() else { return Ok(()) };
        let page: Vec<Row> = page.await.map_err(anyhow::Error::new)??;
        page.iter().try_for_each(&mut *take)?;
    }
}

/// Writes a register as canonical XML; what it was written to, and what its rows come to.
///
/// # Errors
/// [`RowsError`].
pub async fn written<W: Write + Send>(
    cx: &Cx,
    head: &Head,
    out: W,
) -> Result<(W, ledger::register::Totals), RowsError> {
    let mut writer = RegisterWriter::new(out, head).map_err(anyhow::Error::new)?;
    each_row(cx, head, &mut |row| Ok(writer.row(row)?)).await?;
    Ok(writer.finish().map_err(anyhow::Error::new)?)
}

/// The name of the register's XML: the one that its manifest vouches for.
pub fn xml_name(head: &Head) -> String {
    format!("{}.xml", head.file_stem())
}

fn xml_file(head: &Head, digested: &Digested) -> Result<FileDigest, Fault> {
    let name: FileName = xml_name(head).parse().map_err(|_| failed("the file has no name"))?;
    Ok(FileDigest::new(name, FormatWord::Xml, digested))
}

/// The party's name, by the registry of participants or the catalogue; its number where neither knows it.
fn party_name(cx: &Cx, party: Party) -> Trilingual {
    let name = match party {
        Party::Bank(bin) => cx.host.registry().find(bin).map(|bank| bank.name.clone()),
        Party::Provider(bin) => {
            let of_provider = cx.catalogue.all().iter().find(|service| service.provider == bin);
            of_provider.map(|service| service.provider_name.clone())
        }
    };
    name.unwrap_or_else(|| {
        let number = party.bin().to_string();
        Trilingual::new(&number, &number, &number)
    })
}
