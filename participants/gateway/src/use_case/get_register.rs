//! The rows of a bank's own register, part by part (cl. 10): with them the bank sees what the manifest it was sent vouches for.

use ledger::register::{Party, Row};
use participant::Fault;
use rights::Permitted;
use store::{RegisterRevision, Store, StoreError};
use wire::ResponseHeader;
use wire::closing::Whole;
use wire::common::Document;
use wire::fault::FaultCode;
use wire::gateway::{GetRegister, GetRegisterResponse, LONGEST_REGISTER_PART};
use wire::register::RegisterWriter;
use xml::ToElement as _;

use crate::cx::{Answered, Cx};
use crate::fault::not_its_own;

/// From how many octets on no row is added to a part: far below what a message carries, and far above the longest row.
const FULL: usize = 256 * 1024;

/// One part. Nothing is kept of the question: what it is about stays as it is for ever.
///
/// # Errors
/// [`not_its_own`] for another's register and for one that there is not.
pub(crate) async fn get_register(cx: &Cx, request: Permitted<GetRegister>) -> Answered {
    let asked = request.command().clone();
    if asked.bank != request.sender() {
        return Err(not_its_own());
    }
    let (party, day, number, after) =
        (Party::Bank(asked.bank), asked.day, asked.revision.as_u32(), asked.after.0);
    let found = cx
        .store
        .read(move |view| {
            let Some(stored) = view.register(party, day, Some(number))? else { return Ok(None) };
            // One more than a part holds tells whether another follows.
            let most = LONGEST_REGISTER_PART + 1;
            let rows = view.register_rows(party, day, stored.value.head.up_to, after, most)?;
            Ok::<_, StoreError>(Some((stored.value, rows)))
        })
        .await?;
    let (revision, rows) = found.ok_or_else(not_its_own)?;
    let failed = |why: std::io::Error| Fault::new(FaultCode::Internal).because(why.to_string());
    let part = part(&revision, after, &rows).map_err(failed)?;
    let document = Document::new(part.octets);
    let answer = GetRegisterResponse {
        header: ResponseHeader::answering(&asked.header, cx.host.now(), cx.host.bin),
        bank: asked.bank,
        day,
        revision: asked.revision,
        part: document.map_err(|why| Fault::new(FaultCode::Internal).because(why.to_string()))?,
        last: Whole(part.last),
        is_last: part.is_last,
    };
    Ok(answer.to_xml())
}

/// A part of a register.
pub(crate) struct Part {
    /// Its octets.
    pub(crate) octets: Vec<u8>,
    /// The posting of its last row.
    pub(crate) last: u64,
    /// Whether nothing follows.
    pub(crate) is_last: bool,
}

/// As many rows as a part holds, after the head where it is the first and before the totals where it is the last.
pub(crate) fn part(revision: &RegisterRevision, after: u64, rows: &[Row]) -> std::io::Result<Part> {
    let mut writer = if after == 0 {
        RegisterWriter::new(Vec::new(), &revision.head)?
    } else {
        RegisterWriter::going_on(Vec::new())
    };
    let (mut last, mut taken) = (after, 0);
    for row in rows.iter().take(LONGEST_REGISTER_PART) {
        if writer.written().len() >= FULL {
            break;
        }
        writer.row(row)?;
        (last, taken) = (row.posting, taken + 1);
    }
    let is_last = taken == rows.len();
    let octets = if is_last { writer.finish_with(revision.totals)?.0 } else { writer.stop() };
    Ok(Part { octets, last, is_last })
}

#[cfg(test)]
mod tests {
    use ledger::register::{Totals, sample};
    use store::RegisterState;

    use super::*;

    /// Meets: C10
    #[test]
    fn all_parts_together_are_the_register_whose_digest_was_signed() {
        for count in [0, 1, 250, 251, 777] {
            let rows: Vec<Row> = sample::rows(count).collect();
            let mut totals = Totals::default();
            rows.iter().for_each(|row| totals.count(row));
            let revision = RegisterRevision {
                head: sample::head(count),
                totals,
                sha256: [0; 32],
                manifest: Vec::new(),
                state: RegisterState::Formed,
                message: None,
                answered_at: None,
                answer: None,
            };
            let mut whole = RegisterWriter::new(Vec::new(), &revision.head).unwrap();
            rows.iter().try_for_each(|row| whole.row(row)).unwrap();
            let (mut after, mut together, mut parts) = (0, Vec::new(), 0);
            loop {
                let read = rows.iter().filter(|row| row.posting > after).take(LONGEST_REGISTER_PART + 1);
                let part = part(&revision, after, &read.cloned().collect::<Vec<_>>()).unwrap();
                assert!(part.octets.len() <= Document::LARGEST, "{}", part.octets.len());
                (after, parts) = (part.last, parts + 1);
                together.extend(part.octets);
                if part.is_last {
                    break;
                }
            }
            assert_eq!(together, whole.finish().unwrap().0, "{count} rows in {parts} parts");
            assert!(parts >= count.div_ceil(LONGEST_REGISTER_PART as u64), "{parts}");
        }
    }
}
