//! AcceptRegister: the register of one day's payments (cl. 10).
//!
//! What comes is its signed manifest. The register itself is fetched part by part, held against the manifest's digest, and
//! its rows against the bank's own books; only then is it taken. The first row that differs is named in the answer. What
//! the register lacks is no difference: the gateway may not have been told of it yet, and asks for the bank's own register.

use std::fs::File;
use std::io::{BufReader, Seek as _, Write as _};
use std::time::Duration;

use ledger::register::intake::{Expected, Line, Said};
use participant::{Fault, once};
use pki::Purpose;
use rights::Permitted;
use store::StoreError;
use store::rusqlite::Connection;
use terms::Bin;
use tokio::sync::watch;
use wire::ResponseHeader;
use wire::bank::{AcceptRegister, AcceptRegisterResponse};
use wire::closing::Whole;
use wire::common::{Count, Reason};
use wire::fault::FaultCode;
use wire::gateway::GetRegister;
use wire::register::{FileDigest, FormatWord, Manifest, PartyWord, read_register};
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::cx::{Comparison, Cx};
use crate::store::{self as tables, settlement};

/// The most octets of a register that is fetched; a million rows have about two thirds of it.
const LARGEST_REGISTER: u64 = 3 << 30;
/// How long a message waits for its comparison. One that takes longer goes on; the gateway sends the message again and
/// finds it done.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// Rows that are looked up in the books at a time.
const ROWS_AT_ONCE: usize = 500;

/// Why a register is not taken.
enum NotTaken {
    /// It is not what it should be; this is answered.
    Differs(String),
    /// It could not be looked at now; the gateway sends it again.
    Later(Fault),
}

impl From<Fault> for NotTaken {
    fn from(fault: Fault) -> Self {
        Self::Later(fault)
    }
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Later(error.into())
    }
}

fn differs(what: impl ToString) -> NotTaken {
    NotTaken::Differs(what.to_string())
}

fn failed(why: impl ToString) -> NotTaken {
    NotTaken::Later(Fault::new(FaultCode::Internal).because(why.to_string()))
}

/// Compares the register with its manifest and with the bank's own books, and keeps the manifest with the answer.
///
/// # Errors
/// [`FaultCode::PeerUnavailable`] where the gateway does not give the register, [`FaultCode::Overloaded`] where the comparison
/// is not done yet, and those of the database; nothing is kept then.
pub async fn accept_register(cx: &Cx, request: Permitted<AcceptRegister>) -> Result<String, Fault> {
    let reason = what_differs(cx, request.command()).await?;
    let inner = cx.clone();
    once::once(cx.database(), request, cx.now(), move |tx, register: &AcceptRegister| {
        let now = inner.now();
        let (count, total) = (register.count.as_u32(), register.total);
        let document = register.document.as_slice();
        tables::keep_register(tx, register.day, register.provider, count, total, document, now)?;
        Ok(AcceptRegisterResponse {
            header: ResponseHeader::answering(&register.header, now, inner.host().bin),
            accepted_at: now,
            count: register.count,
            total,
            reason: reason.clone(),
        })
    })
    .await
}

/// In what the register differs, where it does, once that is known.
async fn what_differs(cx: &Cx, register: &AcceptRegister) -> Result<Option<Reason>, Fault> {
    let message = register.header.message_id;
    let under_way = cx.comparison(message, || begun(cx.clone(), register.clone()));
    let mut under_way = under_way.ok_or(FaultCode::Overloaded)?;
    let compared = match tokio::time::timeout(ANSWERS_WITHIN, under_way.wait_for(Option::is_some)).await {
        // Without its sender it has ended in the middle.
        Ok(compared) => compared.ok().and_then(|compared| compared.clone()),
        Err(_) => return Err(Fault::new(FaultCode::Overloaded).because("the register is being compared")),
    };
    cx.end_comparison(message);
    Ok(compared.unwrap_or(Err(FaultCode::Internal))?)
}

/// Compares beside the message that asks for it.
fn begun(cx: Cx, register: AcceptRegister) -> Comparison {
    let (says, hears) = watch::channel(None);
    tokio::spawn(async move {
        let compared = match compared(&cx, &register).await {
            Ok(()) => Ok(None),
            Err(NotTaken::Later(fault)) => {
                tracing::warn!(event = "register-not-compared", day = %register.day, cause = %fault);
                Err(fault.code)
            }
            Err(NotTaken::Differs(what)) => {
                tracing::warn!(event = "register-differs", day = %register.day, what);
                let cut: String = what.chars().take(Reason::LONGEST).collect();
                Ok(Some(cut.trim().parse().unwrap_or_else(|_| unnamed())))
            }
        };
        // Nobody may be waiting; the next one who asks hears it.
        says.send_replace(Some(compared));
    });
    hears
}

fn unnamed() -> Reason {
    "the register differs".parse().expect("a constant of its form")
}

/// All of it, in the order in which less is asked of others first.
async fn compared(cx: &Cx, register: &AcceptRegister) -> Result<(), NotTaken> {
    let manifest = proven(cx, register).await?;
    let file = manifest.file.iter().find(|file| file.format == FormatWord::Xml);
    let file = file.ok_or_else(|| differs("the manifest names no XML"))?.clone();
    let fetched = fetched(cx, register, &manifest, &file).await?;
    let (database, own, day) = (cx.database().clone(), cx.host().bin, register.day);
    let books = tokio::runtime::Handle::current();
    let checking = tokio::task::spawn_blocking(move || {
        let mut look_up =
            |lines: Vec<Line>| books.block_on(database.read(move |conn| first_difference(conn, &lines)));
        checked(&manifest, &file, fetched, own, day, &mut look_up)
    });
    checking.await.map_err(failed)?
}

/// The manifest, over the gateway's signature, as that of this bank's register of the day.
async fn proven(cx: &Cx, register: &AcceptRegister) -> Result<Manifest, NotTaken> {
    let signed = verify_enveloped(register.document.as_slice(), &Limits::DOCUMENT)
        .map_err(|why| differs(format!("the manifest: {why}")))?;
    let certificate = signed.certificate();
    let signer = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    if signer != Some(cx.gateway()) {
        return Err(differs("the manifest is not signed by the gateway"));
    }
    cx.host()
        .check_by_all_sources(certificate, Purpose::MessageSigning, cx.now())
        .await
        .map_err(|why| differs(format!("the certificate of the manifest: {why}")))?;
    let manifest: Manifest = signed.parse().map_err(|why| differs(format!("the manifest: {why}")))?;
    if (manifest.party, manifest.bin, manifest.day) != (PartyWord::Bank, cx.host().bin, register.day) {
        return Err(differs("the manifest is of another register"));
    }
    let said = (u64::from(register.count.as_u32()), i128::from(register.total.as_u64()));
    if (manifest.additions.0, manifest.added.0) != said {
        return Err(differs("the message says other totals than the manifest"));
    }
    Ok(manifest)
}

/// The register in a file without a name, which is gone when it is closed: it holds people's data.
async fn fetched(
    cx: &Cx,
    register: &AcceptRegister,
    manifest: &Manifest,
    said: &FileDigest,
) -> Result<File, NotTaken> {
    if said.octets.0 > LARGEST_REGISTER {
        return Err(differs(format!("the register has more than {LARGEST_REGISTER} octets")));
    }
    let mut file = tempfile::tempfile().map_err(failed)?;
    let revision = Count::saturating(u32::try_from(manifest.revision.0).unwrap_or(u32::MAX));
    let (mut after, mut octets) = (0, 0_u64);
    loop {
        let header = cx.host().header();
        let part =
            GetRegister { header, bank: cx.host().bin, day: register.day, revision, after: Whole(after) };
        let answer = cx.ask_gateway(&part).await.map_err(|why| {
            NotTaken::Later(Fault::new(FaultCode::PeerUnavailable).because(format!("the register: {why}")))
        })?;
        let answer = answer.get();
        octets += answer.part.as_slice().len() as u64;
        // Whoever goes on beyond the length that was signed for is not listened to any longer.
        if octets > said.octets.0 {
            return Err(differs("the register is longer than its manifest says"));
        }
        file.write_all(answer.part.as_slice()).map_err(failed)?;
        if answer.is_last {
            file.rewind().map_err(failed)?;
            return Ok(file);
        }
        if answer.last.0 <= after {
            return Err(differs("the parts of the register do not go on"));
        }
        after = answer.last.0;
    }
}

type LookUp<'l> = &'l mut dyn FnMut(Vec<Line>) -> Result<Option<String>, StoreError>;

/// The octets by the manifest, the rows by the rules of a register, each row by the books.
fn checked(
    manifest: &Manifest,
    said: &FileDigest,
    mut file: File,
    own: Bin,
    day: terms::BankingDay,
    look_up: LookUp<'_>,
) -> Result<(), NotTaken> {
    manifest
        .verify_register(said.name.as_str(), &file)
        .map_err(|why| differs(format!("the register is not its manifest's: {why}")))?;
    file.rewind().map_err(failed)?;
    let rows = manifest.additions.0.saturating_add(manifest.deductions.0);
    let expected = Expected { bank: own, day, totals: Some(Said { rows, net: manifest.net.0 }) };
    let mut lines = Vec::new();
    let mut found: Result<Option<String>, StoreError> = Ok(None);
    let mut take = |line: Line| {
        lines.push(line);
        if lines.len() == ROWS_AT_ONCE {
            let all = std::mem::take(&mut lines);
            if matches!(found, Ok(None)) {
                found = look_up(all);
            }
        }
    };
    read_register(BufReader::new(file), expected, &mut take).map_err(|refused| {
        let first = refused.faults.first().map(|fault| format!("row {}: {}", fault.row, fault.fault));
        differs(first.unwrap_or_else(|| "the register has faults".to_owned()))
    })?;
    if matches!(found, Ok(None)) {
        found = look_up(lines);
    }
    found?.map_or(Ok(()), |what| Err(differs(what)))
}

/// The first of these rows that the books have otherwise, in words.
fn first_difference(conn: &Connection, lines: &[Line]) -> Result<Option<String>, StoreError> {
    let held = settlement::held(conn, lines.iter().map(|line| &line.reference))?;
    let difference = |line: &Line| {
        let Line { row, reference, amount, .. } = line;
        let Some(own) = held.get(reference) else {
            return Some(format!("row {row}: {reference} took no money here"));
        };
        if own.amount != *amount {
            return Some(format!("row {row}: {reference} is of {} here, not of {amount}", own.amount));
        }
        if own.code.is_some_and(|code| code != line.code) {
            return Some(format!("row {row}: {reference} is of another code here"));
        }
        match (line.is_deduction, own.returned) {
            (true, None) => Some(format!("row {row}: {reference} was not given back here")),
            (true, Some((_, on))) if on != line.day => {
                Some(format!("row {row}: {reference} was given back on {on} here"))
            }
            (false, _) if own.paid_on != line.day => {
                Some(format!("row {row}: {reference} was paid on {} here", own.paid_on))
            }
            _ => None,
        }
    };
    Ok(lines.iter().find_map(difference))
}
