//! Making an evidence pack.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{SHA256, digest};
use pki::{Certificate, Source, verify_list};
use rights::Permitted;
use store::chain::Group;
use store::{KeptColumn, KeptRow, KeptValue, ReadNote, ReadSubject, SourceName, Store as _, StoreError};
use terms::{Bin, MessageId, PaymentCode};
use wire::evidence_pack::{Listed, Manifest};
use xml::dsig::sign_enveloped;

use super::archive;
use super::form::{
    CHAIN, GATEWAY_CERTIFICATES, Groups, LISTS, Link, MANIFEST, Opened, READ_ME, RECORDS, REPLIES, Record,
    Records, STAMPS,
};
use crate::cx::Cx;
use crate::stamps::stamp_newest;

/// The most groups between a record's and the stamped one that a pack shows. Beyond that it says that there is no stamp.
const MAX_LINKS: u64 = 20_000;
/// How much of a pack may be revocation lists; what the messages were judged by comes first. Beyond that it says what is
/// missing.
const MAX_LISTS_OCTETS: usize = 48 << 20;

/// Whose pack is wanted, by whom and what for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The payment.
    pub code: PaymentCode,
    /// Who will have it.
    pub reader: String,
    /// What for.
    pub reason: String,
}

/// Makes the pack of a payment; none where there is no such code. That somebody takes everything about it away is kept
/// first.
///
/// # Errors
/// Where the store fails, the key does not sign, or a bound of the pack is reached.
pub async fn pack(cx: &Cx, asked: &Permitted<Asked>) -> Result<Option<Vec<u8>>> {
    let Asked { code, reader, reason } = asked.command().clone();
    let now = cx.host.now();
    let noted = cx.store.transact(move |tx| {
        if tx.payment(code)?.is_none() {
            return Ok::<_, StoreError>(false);
        }
        let (actor, reason) = (reader.clone(), reason.clone());
        let fields = "everything, as an evidence pack".to_owned();
        tx.note_read(&ReadNote { at: now, actor, subject: ReadSubject::Payment(code), fields, reason })?;
        Ok(true)
    });
    if !noted.await? {
        return Ok(None);
    }
    if let Some(url) = &cx.settings.stamp_url {
        // Without a stamp over them the newest records are the weaker proved; the pack says so.
        if let Err(error) = stamp_newest(cx, url).await {
            tracing::warn!(event = "head-not-stamped", error = format!("{error:#}"));
        }
    }
    let rows = rows(cx, code).await?;
    let mut files = Files::default();
    let records = rows.iter().map(|row| files.record(row)).collect::<Result<_>>()?;
    files.json(RECORDS, &Records { records })?;
    let groups: BTreeSet<u64> =
        rows.iter().filter_map(|row| row.proof.as_ref()).map(|p| p.sequence).collect();
    let groups = files.chain(cx, &groups).await?;
    files.gateway(cx, &groups).await?;
    files.sources(cx, &rows).await?;
    files.0.insert(READ_ME.to_owned(), include_bytes!("READ-ME.txt").to_vec());
    let listed = |(name, octets): (&String, &Vec<u8>)| Listed {
        name: name.clone(),
        sha256: hex::encode(sha256(octets)),
    };
    let manifest =
        Manifest { code, gateway: cx.host.bin, made_at: now, files: files.0.iter().map(listed).collect() };
    let signed = sign_enveloped(&manifest, cx.host.signer().as_ref()).context("signing the manifest")?;
    files.0.insert(MANIFEST.to_owned(), signed);
    Ok(Some(archive::write(&files.0)?))
}

/// Everything kept about the code, with our answers behind the messages, and what officers signed about it.
async fn rows(cx: &Cx, code: PaymentCode) -> Result<Vec<KeptRow>> {
    let read = cx.store.read(move |view| {
        let mut rows = view.rows_about(code)?;
        let asked: Vec<(Bin, MessageId)> = rows.iter().filter_map(question).collect();
        for (signer, id) in asked {
            rows.extend(view.answer_row(signer, id)?);
        }
        let proposals: BTreeSet<MessageId> = rows.iter().filter_map(proposal).collect();
        for number in proposals {
            rows.extend(view.document_rows(number)?);
        }
        Ok::<_, StoreError>(rows)
    });
    Ok(read.await?)
}

/// Who asked with a message, and under what number.
fn question(row: &KeptRow) -> Option<(Bin, MessageId)> {
    let [Some(octets), Some(certificate), ..] = row.opened.as_slice() else { return None };
    if row.table != "evidence" {
        return None;
    }
    let signer = Certificate::from_der(certificate).ok()?;
    let bin = signer.subject().organisation.as_ref()?.checked().ok()?;
    Some((bin, message_id(octets)?))
}

/// The proposal that a row names: a line of the timeline ends with it, a refund was granted by it. What no proposal has
/// for its number finds no document.
fn proposal(row: &KeptRow) -> Option<MessageId> {
    match row.table {
        "journal" => {
            let detail = std::str::from_utf8(row.opened.get(1)?.as_ref()?).ok()?;
            detail.rsplit(' ').next()?.parse().ok()
        }
        "refund" => text(&row.columns, "proposal")?.parse().ok(),
        _ => None,
    }
}

/// The number that a message's content says.
pub(super) fn message_id(octets: &[u8]) -> Option<MessageId> {
    xml::with_tree(octets, &xml::Limits::MESSAGE, |root| {
        let body = root.children().find(|child| child.name() == "Body")?;
        let content = body.only_child().ok()?;
        content.children().find(|child| child.name() == "messageId")?.parse().ok()
    })
    .ok()?
}

/// What the signer of a row's message or document was judged by when it arrived.
fn judged_by(row: &KeptRow) -> Vec<SourceName> {
    let said = text(&row.columns, "checked_by").and_then(|said| said.parse::<Source>().ok());
    let (Some(said), [_, Some(certificate), ..]) = (said, row.opened.as_slice()) else { return Vec::new() };
    let lists = [said.list.map(SourceName::List), said.delta.map(SourceName::Delta)];
    let about = sha256(certificate);
    let reply = said.ocsp.map(|made_at| SourceName::Ocsp(about, made_at));
    lists.into_iter().chain([reply]).flatten().collect()
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    digest(&SHA256, octets).as_ref().try_into().unwrap_or_default()
}

/// The files of the pack by name.
#[derive(Default)]
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn json(&mut self, name: &str, document: &impl serde::Serialize) -> Result<()> {
        self.0.insert(name.to_owned(), serde_json::to_vec_pretty(document)?);
        Ok(())
    }

    fn put(&mut self, name: String, octets: &[u8]) -> Opened {
        self.0.insert(name.clone(), octets.to_vec());
        Opened::File(name)
    }

    fn record(&mut self, row: &KeptRow) -> Result<Record> {
        let mut values = Vec::new();
        for (place, value) in row.opened.iter().enumerate() {
            let opened = value.as_ref().map(|octets| self.opened(row, place, octets));
            values.push(opened.transpose()?);
        }
        Ok(Record {
            table: row.table.to_owned(),
            columns: row.columns.iter().map(Into::into).collect(),
            salt: row.salt.map(hex::encode),
            values,
            group: row.proof.as_ref().map(|proof| proof.sequence),
            path: row.proof.iter().flat_map(|proof| &proof.path).map(Into::into).collect(),
        })
    }

    fn opened(&mut self, row: &KeptRow, place: usize, octets: &[u8]) -> Result<Opened> {
        let id = number(&row.columns, "id").unwrap_or_default();
        Ok(match (row.table, place) {
            ("evidence", 0) => {
                let kind = text(&row.columns, "kind").unwrap_or_default().replace(' ', "-");
                self.put(format!("messages/{id:09}-{kind}.xml"), octets)
            }
            ("evidence" | "proposal_document", 1) => {
                let name = hex::encode(&sha256(octets)[..16]);
                self.put(format!("certificates/{name}.der"), octets)
            }
            ("proposal_document", 0) => {
                let role = text(&row.columns, "role").unwrap_or_default();
                self.put(format!("officers/{id:09}-{role}.xml"), octets)
            }
            ("receipt", 0) => self.put("receipt.xml".to_owned(), octets),
            ("receipt", 1) => self.put("receipt.pdf".to_owned(), octets),
            ("received", 0) => self.put(format!("answers/{id:09}.xml"), octets),
            ("journal" | "payment", _) => {
                Opened::Text(String::from_utf8(octets.to_vec()).context("what a row has in words")?)
            }
            _ => Opened::Octets(hex::encode(octets)),
        })
    }

    /// The groups of the records, each followed to the first one with a time stamp.
    async fn chain(&mut self, cx: &Cx, wanted: &BTreeSet<u64>) -> Result<Vec<Group>> {
        let kept = cx.store.evidence();
        let mut groups: BTreeMap<u64, Group> = BTreeMap::new();
        for sequence in wanted {
            let stamp = kept.stamps_after(sequence.saturating_sub(1), 1).await?.pop();
            let stamp = stamp.filter(|stamp| stamp.sequence - sequence < MAX_LINKS);
            let length = stamp.as_ref().map_or(1, |stamp| stamp.sequence - sequence + 1);
            let links = kept.groups_from(*sequence, usize::try_from(length)?).await?;
            groups.extend(links.into_iter().map(|group| (group.sequence, group)));
            if let Some(stamp) = stamp {
                self.0.insert(format!("{STAMPS}{}.tst", stamp.sequence), stamp.token);
            }
        }
        let groups: Vec<Group> = groups.into_values().collect();
        self.json(CHAIN, &Groups { groups: groups.iter().map(Link::from).collect() })?;
        Ok(groups)
    }

    /// The lists and replies that the messages were judged by, and the lists that are in force: made later, they say
    /// more.
    async fn sources(&mut self, cx: &Cx, rows: &[KeptRow]) -> Result<()> {
        let kept = cx.store.evidence();
        let names: BTreeSet<SourceName> = rows.iter().flat_map(judged_by).collect();
        let mut lists = Vec::new();
        for name in names {
            let found = kept.sources_named(name).await?;
            if let SourceName::Ocsp(..) = name {
                for reply in found {
                    self.0.insert(format!("{REPLIES}{}.ors", hex::encode(&sha256(&reply)[..16])), reply);
                }
            } else {
                lists.extend(found);
            }
        }
        lists.extend(cx.host.kept_revocation_lists().context("reading the revocation lists")?);
        let (roots, now) = (cx.host.trust.roots(), cx.host.now());
        let mut room = MAX_LISTS_OCTETS;
        for list in lists {
            // One of a key that is not trusted any more proves nothing to whoever has the roots of today.
            let Ok(summary) = verify_list(&list, &roots, now) else { continue };
            let kind = if summary.base.is_some() { "delta" } else { "full" };
            let name =
                format!("{LISTS}{:09}-{kind}-{}.crl", summary.number, hex::encode(&sha256(&list)[..8]));
            if list.len() <= room && !self.0.contains_key(&name) {
                room -= list.len();
                self.0.insert(name, list);
            }
        }
        Ok(())
    }

    /// Our own certificates: the present one, and those that the heads were signed with.
    async fn gateway(&mut self, cx: &Cx, groups: &[Group]) -> Result<()> {
        let present = cx.host.signer().certificate().clone();
        let kept = cx.store.evidence().own_certificates().await?;
        for own in kept.iter().map(|own| own.certificate.as_slice()).chain([present.der()]) {
            let certificate = Certificate::from_der(own)?;
            let serial = certificate.serial().to_string();
            if certificate == present || groups.iter().any(|group| group.key_id == serial) {
                let name = hex::encode(&certificate.sha256()[..16]);
                self.0.insert(format!("{GATEWAY_CERTIFICATES}{name}.der"), own.to_vec());
            }
        }
        Ok(())
    }
}

fn number(columns: &[KeptColumn], name: &str) -> Option<i64> {
    columns.iter().find(|column| column.name == name).and_then(|column| match column.value {
        KeptValue::Integer(number) => Some(number),
        _ => None,
    })
}

fn text<'c>(columns: &'c [KeptColumn], name: &str) -> Option<&'c str> {
    columns.iter().find(|column| column.name == name).and_then(|column| match &column.value {
        KeptValue::Text(text) => Some(text.as_str()),
        _ => None,
    })
}
