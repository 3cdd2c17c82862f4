//! Verifying an evidence pack with nothing but the pack and the national CA's certificates.
//!
//! The first thing that does not agree ends it. What is not in the pack, and would have proved more, is a finding of
//! its own: a pack without a time stamp is no forgery.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use pki::time_stamp::{self, StampError};
use pki::{
    Certificate, CrlError, CrlPolicy, CrlSummary, DeltaUse, Lack, OcspUse, PastError, Purpose,
    RevocationPolicy, Source, Trust, TrustError, Wanted, verify_list,
};
use store::chain::{Group, Proof, commitment_of, leaf_of};
use store::rusqlite::types::ValueRef;
use terms::{Bin, Moment, PaymentCode, Tiyn};
use wire::evidence_pack::Manifest;
use xml::Limits;
use xml::dsig::{SignatureError, verify_enveloped};

use super::archive::{self, ArchiveFault};
use super::form::{
    CHAIN, GATEWAY_CERTIFICATES, Groups, LISTS, MANIFEST, Opened, RECORDS, REPLIES, Record, Records, STAMPS,
    Value,
};
use super::money::Money;
use super::pack::message_id;

/// How much earlier than its head's own time a stamp may be, in seconds: what two clocks may differ by.
const MAX_CLOCK_DIFFERENCE_SECONDS: i64 = 300;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What: a file of the pack, or a row.
    pub subject: String,
    /// Whether it holds; otherwise something is missing that would have proved more.
    pub holds: bool,
    /// What holds, or what is missing.
    pub says: String,
    /// What it does not prove; empty where that is plain.
    pub not_proved: &'static str,
}

/// What the whole pack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The payment.
    pub code: PaymentCode,
    /// Who made the pack.
    pub gateway: Bin,
    /// When, by its own word.
    pub made_at: Moment,
    /// How many findings hold.
    pub holding: usize,
    /// How many things are missing.
    pub missing: usize,
}

/// The pack is not what it says.
#[derive(Debug, thiserror::Error)]
#[error("{subject}: {fault}")]
pub struct Broken {
    /// Where it shows.
    pub subject: String,
    /// What shows.
    pub fault: Fault,
}

/// How a broken pack shows.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file is no archive of ours.
    #[error(transparent)]
    Archive(#[from] ArchiveFault),
    /// A signed document is not what was signed.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A certificate is not one of this national CA for this use.
    #[error(transparent)]
    Certificate(#[from] TrustError),
    /// The certificate was revoked by then.
    #[error("at that moment, {0}")]
    Revoked(PastError),
    /// A certificate, or a document of the pack, cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// A revocation list is none of this national CA.
    #[error(transparent)]
    List(#[from] CrlError),
    /// The certificate is not the gateway's.
    #[error("the certificate is not that of the gateway which made the pack")]
    NotGateway,
    /// A file is not the one in the manifest.
    #[error("the file is not the one that the manifest names")]
    Digest,
    /// A file of the manifest is not there.
    #[error("the manifest names it, and it is not there")]
    Absent,
    /// A file is not in the manifest.
    #[error("the manifest does not name it")]
    Unlisted,
    /// The row is not about this payment.
    #[error("it is about another payment")]
    OtherPayment,
    /// A row is shown more than once.
    #[error("it stands in the pack twice")]
    RowTwice,
    /// An answer to a message that is not in the pack.
    #[error("it answers no message of the pack")]
    OtherMessage,
    /// What is shown open is not what was kept.
    #[error("what is shown is not what was kept")]
    Commitment,
    /// The row does not lead to the root of its group.
    #[error("the row is not in its group")]
    Path,
    /// The row of the payment is not its last kept version.
    #[error("it is not the version that was kept")]
    Version,
    /// A head is not signed by the gateway.
    #[error("the head is not signed by the gateway")]
    Head,
    /// The groups do not follow from each other up to the stamp.
    #[error("the groups do not lead to the stamped head")]
    Link,
    /// The stamp is not over the head.
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// The stamp is older than what it is over.
    #[error("the stamp was made before the head")]
    StampTooEarly,
    /// A message is not what was signed.
    #[error("{0}")]
    Message(envelope::Refused),
    /// A decision over something else.
    #[error("it decides about other words than those of the proposal")]
    OtherWords,
    /// One person proposed and decided, or another withdrew.
    #[error("it takes two officers to decide, and the proposer to withdraw")]
    SamePerson,
    /// The postings are not what the messages bring.
    #[error("the books are not what the messages tell: {0}")]
    Books(String),
    /// The certificate kept beside the message is not the one that signed it.
    #[error("another certificate than the one kept with it has signed it")]
    OtherSigner,
}

/// Verifies a pack and hands over each finding as it is made.
///
/// # Errors
/// [`Broken`] at the first thing that does not agree.
pub fn verify(
    octets: &[u8],
    roots: &[Certificate],
    now: Moment,
    each: &mut dyn FnMut(Finding),
) -> Result<Summary, Broken> {
    let files = archive::read(octets).map_err(at("the file"))?;
    let trust = Trust::new(roots.to_vec(), CrlPolicy::default());
    let (mut holding, mut missing) = (0, 0);
    let mut count = |finding: Finding| {
        if finding.holds {
            holding += 1
        } else {
            missing += 1
        }
        each(finding);
    };
    let manifest = manifest(&files, &trust, &mut count)?;
    let Manifest { code, gateway, made_at, .. } = manifest;
    let mut check = Check { files, trust, roots, now, code, gateway, lists: Vec::new(), each: &mut count };
    check.lists()?;
    let records: Records = check.json(RECORDS)?;
    let chain: Groups = check.json(CHAIN)?;
    let groups = check.groups(&chain)?;
    check.stamps(&groups)?;
    check.records(&records.records, &groups)?;
    Ok(Summary { code, gateway, made_at, holding, missing })
}

fn at<F: Into<Fault>>(subject: impl fmt::Display) -> impl FnOnce(F) -> Broken {
    move |fault| broken(subject, fault)
}

pub(super) fn broken(subject: impl fmt::Display, fault: impl Into<Fault>) -> Broken {
    Broken { subject: subject.to_string(), fault: fault.into() }
}

/// The signed list of files: by the gateway, and of these very files.
fn manifest(
    files: &BTreeMap<String, &[u8]>,
    trust: &Trust,
    each: &mut dyn FnMut(Finding),
) -> Result<Manifest, Broken> {
    let octets = files.get(MANIFEST).ok_or_else(|| broken(MANIFEST, Fault::Absent))?;
    let signed = verify_enveloped(octets, &Limits::DOCUMENT).map_err(at(MANIFEST))?;
    let manifest: Manifest = signed.parse().map_err(at(MANIFEST))?;
    is_gateway(trust, signed.certificate(), manifest.gateway, manifest.made_at).map_err(at(MANIFEST))?;
    let mut listed = BTreeSet::from([MANIFEST]);
    for file in &manifest.files {
        let octets = files.get(&file.name).ok_or_else(|| broken(&file.name, Fault::Absent))?;
        if hex::encode(digest(&SHA256, octets)) != file.sha256 {
            return Err(broken(&file.name, Fault::Digest));
        }
        listed.insert(&file.name);
    }
    if let Some(name) = files.keys().find(|name| !listed.contains(name.as_str())) {
        return Err(broken(name, Fault::Unlisted));
    }
    each(Finding {
        subject: MANIFEST.to_owned(),
        holds: true,
        says: format!(
            "the gateway {} made this pack of payment {} at {}, and all {} files are the ones it signed",
            manifest.gateway,
            manifest.code,
            manifest.made_at,
            manifest.files.len()
        ),
        not_proved: "that this organisation is the gateway, and that nothing about the payment was left out",
    });
    Ok(manifest)
}

fn is_gateway(trust: &Trust, certificate: &Certificate, gateway: Bin, then: Moment) -> Result<(), Fault> {
    trust.check_without_revocation(certificate, Purpose::MessageSigning, then)?;
    let bin = certificate.subject().organisation.as_ref().and_then(|bin| bin.checked().ok());
    if bin == Some(gateway) { Ok(()) } else { Err(Fault::NotGateway) }
}

struct Check<'a> {
    files: BTreeMap<String, &'a [u8]>,
    trust: Trust,
    roots: &'a [Certificate],
    now: Moment,
    code: PaymentCode,
    gateway: Bin,
    /// Every list of the pack, each verified by itself.
    lists: Vec<(CrlSummary, &'a [u8])>,
    each: &'a mut dyn FnMut(Finding),
}

impl<'a> Check<'a> {
    fn holds(&mut self, subject: impl fmt::Display, says: String, not_proved: &'static str) {
        (self.each)(Finding { subject: subject.to_string(), holds: true, says, not_proved });
    }

    fn missing(&mut self, subject: impl fmt::Display, says: impl Into<String>) {
        let (subject, says) = (subject.to_string(), says.into());
        (self.each)(Finding { subject, holds: false, says, not_proved: "" });
    }

    fn file(&self, name: &str) -> Result<&'a [u8], Broken> {
        self.files.get(name).copied().ok_or_else(|| broken(name, Fault::Absent))
    }

    fn json<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Broken> {
        serde_json::from_slice(self.file(name)?).map_err(|_| broken(name, Fault::Unreadable))
    }

    fn files_in(&self, folder: &str) -> Vec<(String, &'a [u8])> {
        let all = self.files.iter().filter(|(name, _)| name.starts_with(folder));
        all.map(|(name, octets)| (name.clone(), *octets)).collect()
    }

    /// Verifies every list by itself, and puts the newest in force: what they say of the past is the latest word.
    fn lists(&mut self) -> Result<(), Broken> {
        for (name, der) in self.files_in(LISTS) {
            let summary = verify_list(der, self.roots, self.now).map_err(at(&name))?;
            let kind = if summary.base.is_some() { "delta" } else { "revocation list" };
            self.holds(name, format!("{kind} {} of {}", summary.number, summary.this_update), "");
            self.lists.push((summary, der));
        }
        // A delta finds its base only after it. One that a newer list has overtaken says nothing more.
        let (deltas, full): (Vec<_>, Vec<_>) = self.lists.iter().partition(|(list, _)| list.base.is_some());
        for (_, der) in full.into_iter().chain(deltas) {
            drop(self.trust.install_crl(der, self.now));
        }
        Ok(())
    }

    /// What a certificate was judged by at a moment, where the pack has it all: the national CA's list of that number, its
    /// delta and its reply, each fresh at that moment.
    fn judged_by(
        &self,
        certificate: &Certificate,
        purpose: Purpose,
        then: Moment,
        said: &Source,
    ) -> Result<Source, TrustError> {
        let ocsp = match (said.ocsp, said.lists_lack) {
            (None, _) => OcspUse::Off,
            (Some(_), None) => OcspUse::AddsRefusals,
            (Some(_), Some(_)) => OcspUse::WhenListIsStale,
        };
        // "Without its delta" is said only where one must be there.
        let lacks_delta = said.list.is_some() && said.lists_lack == Some(Lack::Missing);
        let deltas = if lacks_delta { DeltaUse::Required } else { DeltaUse::WhereHeld };
        let policy = RevocationPolicy { ocsp, deltas, ..RevocationPolicy::default() };
        let trust = Trust::new(self.roots.to_vec(), policy);
        // A list of that number of another key of the national CA is put in force beside it and decides nothing.
        for (kind, number) in [(false, said.list), (true, said.delta)] {
            let is_it = |list: &CrlSummary| list.base.is_some() == kind && Some(list.number) == number;
            for (_, der) in self.lists.iter().filter(|(list, _)| is_it(list)) {
                drop(trust.install_crl(der, then));
            }
        }
        let issuers = self.roots.iter().filter(|root| certificate.is_issued_by(root));
        for issuer in issuers.filter(|_| said.ocsp.is_some()) {
            let wanted = Wanted { certificate: certificate.clone(), issuer: issuer.clone() };
            for (_, der) in self.files_in(REPLIES) {
                // Most replies of the pack are about other certificates, or of other moments.
                drop(trust.install_ocsp(&wanted, None, der, then));
            }
        }
        Ok(trust.check(certificate, purpose, then)?.source)
    }

    /// The heads, each signed by the gateway.
    fn groups(&mut self, chain: &Groups) -> Result<BTreeMap<u64, Group>, Broken> {
        let mut own = Vec::new();
        for (name, der) in self.files_in(GATEWAY_CERTIFICATES) {
            let certificate = Certificate::from_der(der).map_err(|_| broken(&name, Fault::Unreadable))?;
            own.push((name, certificate));
        }
        let mut groups = BTreeMap::new();
        for link in &chain.groups {
            let subject = format!("group {}", link.sequence);
            let group = link.group().ok_or_else(|| broken(&subject, Fault::Unreadable))?;
            let head = group.head();
            let signer = own.iter().find(|(_, certificate)| {
                // Serial numbers are one issuer's own, and the country has several; the signature tells them apart.
                let suite = pki::suite_of(certificate);
                certificate.serial().to_string() == group.key_id
                    && suite
                        .is_ok_and(|s| s.verify(certificate.public_key(), &head, &group.signature).is_ok())
            });
            let (name, certificate) = signer.ok_or_else(|| broken(&subject, Fault::Head))?;
            is_gateway(&self.trust, certificate, self.gateway, group.signed_at).map_err(at(name))?;
            if groups.insert(group.sequence, group).is_some() {
                return Err(broken(subject, Fault::Link));
            }
        }
        Ok(groups)
    }

    /// Each stamp is over the head of its group.
    fn stamps(&mut self, groups: &BTreeMap<u64, Group>) -> Result<(), Broken> {
        for (name, token) in self.files_in(STAMPS) {
            let place = name.strip_prefix(STAMPS).and_then(|name| name.strip_suffix(".tst"));
            let group = place.and_then(|place| groups.get(&place.parse().ok()?));
            let group = group.ok_or_else(|| broken(&name, Fault::Link))?;
            let stamp =
                time_stamp::verify(token, &group.head(), None, self.roots, self.now).map_err(at(&name))?;
            if stamp.at.plus_seconds(MAX_CLOCK_DIFFERENCE_SECONDS) < group.signed_at {
                return Err(broken(name, Fault::StampTooEarly));
            }
            let says = format!("the national CA's authority saw head {} at {}", group.sequence, stamp.at);
            self.holds(name, says, "");
        }
        Ok(())
    }

    /// Follows the groups from a record's to the first one with a stamp. That every later head follows from the earlier
    /// ones is what makes the stamp count for them.
    fn stamped(&self, from: u64, groups: &BTreeMap<u64, Group>) -> Result<Option<u64>, Broken> {
        let mut group = groups.get(&from).ok_or_else(|| broken(format!("group {from}"), Fault::Absent))?;
        loop {
            if self.files.contains_key(&format!("{STAMPS}{}.tst", group.sequence)) {
                return Ok(Some(group.sequence));
            }
            let Some(next) = groups.get(&(group.sequence + 1)) else { return Ok(None) };
            if next.previous != group.head() {
                return Err(broken(format!("group {}", next.sequence), Fault::Link));
            }
            group = next;
        }
    }

    fn records(&mut self, records: &[Record], groups: &BTreeMap<u64, Group>) -> Result<(), Broken> {
        let mut messages = BTreeSet::new();
        let (mut money, mut shown) = (Money::default(), BTreeSet::new());
        // The latest kept version of each row that changes: number and digest.
        let mut newest: BTreeMap<&str, (i64, Vec<u8>)> = BTreeMap::new();
        let mut places: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for record in records {
            let row = Row::read(record)?;
            let subject = row.subject();
            if !shown.insert(row.leaf()) {
                return Err(broken(subject, Fault::RowTwice));
            }
            self.is_about(&row, &messages)?;
            let values = self.values(record, &subject)?;
            self.is_committed(&row, record, &values, &subject)?;
            let unreadable = || broken(&subject, Fault::Unreadable);
            match row.table {
                "payment" => {
                    money.payment(self.code, &row, &values).ok_or_else(unreadable)?;
                    self.present(&row, newest.get("payment"))?;
                    continue;
                }
                "refund" => {
                    money.refund(&row).ok_or_else(unreadable)?;
                    self.present(&row, newest.get("refund"))?;
                    continue;
                }
                _ => {}
            }
            let group = self.is_in_group(&row, record, groups, &subject)?;
            if let std::collections::btree_map::Entry::Vacant(place) = places.entry(group.sequence) {
                place.insert(self.stamped(group.sequence, groups)?);
            }
            let then = row.moment("at").or_else(|| row.moment("made_at"));
            match row.table {
                "evidence" => {
                    let message = self.message(&row, &values, &subject)?;
                    messages.extend(message);
                    money.message(&row, &values).ok_or_else(unreadable)?;
                }
                "posting" => {
                    let says = money.posting(&row).ok_or_else(unreadable)?;
                    self.holds(&subject, says, "");
                }
                "proposal_document" => {
                    let signed = money.document(&row, &values, (self.code, self.gateway, &self.trust))?;
                    self.holds(&subject, signed.says, "when it was signed, beyond the gateway's word");
                    let (certificate, then) = (signed.certificate, then.ok_or_else(unreadable)?);
                    self.was_not_revoked(&certificate, Purpose::PersonSigning, then, &row, &subject)?;
                }
                "receipt" => self.receipt(&values, then, &subject)?,
                "snapshot" => {
                    let version = row.integer("version").unwrap_or_default();
                    let table = row.text("table_name").unwrap_or_default();
                    if newest.get(table).is_none_or(|(before, _)| *before < version) {
                        newest.insert(table, (version, row.octets("digest").unwrap_or_default()));
                    }
                }
                "journal" => {
                    let event = row.text("event").unwrap_or_default();
                    let by = values.first().cloned().flatten().unwrap_or_default();
                    let by = String::from_utf8_lossy(&by).into_owned();
                    let says =
                        format!("{}: {event}, by {by}", then.map_or_else(String::new, |at| at.to_string()));
                    self.holds(&subject, says, "anything beyond the gateway's own word of that day");
                    money.line(self.code, &row, &values).ok_or_else(unreadable)?;
                }
                "spend" => {
                    let says = format!("the code was spent: {}", row.text("how").unwrap_or_default());
                    self.holds(&subject, says, "anything beyond the gateway's own word of that day");
                }
                _ => self.holds(&subject, "what the gateway answered".to_owned(), "that the answer arrived"),
            }
        }
        let (told, missing) = money.told_again(&self.trust)?;
        if let Some(says) = told {
            self.holds(
                "postings",
                says,
                "what became of the money in sums of many payments: claims and payouts",
            );
        }
        for what in missing {
            self.missing("officers", format!("{what} is not in the pack"));
        }
        for (group, stamp) in places {
            let subject = format!("group {group}");
            match stamp {
                Some(stamped) => {
                    let says = format!("its records lead to the stamped head {stamped}");
                    self.holds(subject, says, "");
                }
                None => self.missing(subject, "no time stamp over it or a later head is in the pack"),
            }
        }
        Ok(())
    }

    /// Every row names this payment, in a column that its leaf covers.
    fn is_about(&self, row: &Row<'_>, messages: &BTreeSet<(String, Vec<u8>)>) -> Result<(), Broken> {
        let code = i64::try_from(self.code.as_u64()).ok();
        let (is_about, fault) = match row.table {
            "evidence" | "journal" => (row.integer("about") == code, Fault::OtherPayment),
            "receipt" | "spend" | "payment" | "refund" | "posting" => {
                (row.integer("code") == code, Fault::OtherPayment)
            }
            "snapshot" => {
                let is_its = matches!(row.text("table_name"), Some("payment" | "refund"));
                (is_its && row.integer("row_key") == code, Fault::OtherPayment)
            }
            // Which payment it is about is in what was signed.
            "proposal_document" => (true, Fault::OtherPayment),
            "received" => {
                let signer = row.text("signer").unwrap_or_default().to_owned();
                let id = row.octets("message_id").unwrap_or_default();
                (messages.contains(&(signer, id)), Fault::OtherMessage)
            }
            _ => (false, Fault::Unreadable),
        };
        if is_about { Ok(()) } else { Err(broken(row.subject(), fault)) }
    }

    fn values(&self, record: &Record, subject: &str) -> Result<Vec<Option<Vec<u8>>>, Broken> {
        let value = |value: &Option<Opened>| {
            value.as_ref().map(|opened| match opened {
                Opened::File(name) => self.file(name).map(<[u8]>::to_vec),
                Opened::Text(text) => Ok(text.clone().into_bytes()),
                Opened::Octets(text) => hex::decode(text).map_err(|_| broken(subject, Fault::Unreadable)),
            })
        };
        record.values.iter().map(|shown| value(shown).transpose()).collect()
    }

    fn is_committed(
        &mut self,
        row: &Row<'_>,
        record: &Record,
        values: &[Option<Vec<u8>>],
        subject: &str,
    ) -> Result<(), Broken> {
        // The payment's row changes and is sealed anew each time: what it has sealed is the gateway's word in the manifest.
        if values.is_empty() || row.table == "payment" {
            return Ok(());
        }
        let salt = record.salt.as_ref().and_then(|salt| hex::decode(salt).ok()?.try_into().ok());
        match (row.octets("commitment"), salt) {
            (None, None) => {
                self.missing(
                    subject,
                    "kept before commitments were: only the manifest ties what is shown to the row",
                );
                Ok(())
            }
            (Some(kept), Some(salt)) if commitment_of(&salt, &written(values)).as_slice() == kept => Ok(()),
            _ => Err(broken(subject, Fault::Commitment)),
        }
    }

    fn is_in_group<'g>(
        &self,
        row: &Row<'_>,
        record: &Record,
        groups: &'g BTreeMap<u64, Group>,
        subject: &str,
    ) -> Result<&'g Group, Broken> {
        let not_there = || broken(subject, Fault::Path);
        let sequence = record.group.ok_or_else(not_there)?;
        let group = groups.get(&sequence).ok_or_else(not_there)?;
        let path = record.path.iter().map(super::form::Step::sibling).collect::<Option<_>>();
        let proof = Proof { sequence, leaf: row.leaf(), path: path.ok_or_else(not_there)? };
        if proof.root() == group.root { Ok(group) } else { Err(not_there()) }
    }

    /// The row that says how the payment, or its refund, stands, under the digest of its last kept version.
    fn present(&mut self, row: &Row<'_>, newest: Option<&(i64, Vec<u8>)>) -> Result<(), Broken> {
        let version = row.integer("version").unwrap_or_default();
        let state = row.text("state").unwrap_or_default();
        match newest {
            Some((kept, digest)) if *kept == version => {
                if digest.as_slice() != row.leaf().as_slice() {
                    return Err(broken(row.subject(), Fault::Version));
                }
                let says = format!("the {} is {state}, in version {version}", row.table);
                self.holds(row.subject(), says, "that nothing happened to it after the pack was made");
            }
            _ => self.missing(row.subject(), "the digest of its last version is not in the pack"),
        }
        Ok(())
    }

    /// A signed message; who asked with it, and under what number.
    fn message(
        &mut self,
        row: &Row<'_>,
        values: &[Option<Vec<u8>>],
        subject: &str,
    ) -> Result<Option<(String, Vec<u8>)>, Broken> {
        let [Some(octets), Some(kept), ..] = values else { return Err(broken(subject, Fault::Unreadable)) };
        let then = row.moment("at").ok_or_else(|| broken(subject, Fault::Unreadable))?;
        let reopened = envelope::reopen(octets.clone(), &self.trust, then)
            .map_err(|refused| broken(subject, Fault::Message(refused)))?;
        let certificate = reopened.certificate;
        if certificate.der() != kept.as_slice() {
            return Err(broken(subject, Fault::OtherSigner));
        }
        let signer = reopened.signer.map_or_else(String::new, |bin| bin.to_string());
        let kind = row.text("kind").unwrap_or_default();
        let says =
            format!("{kind}: {signer} signed it, with a certificate of the national CA valid at {then}");
        self.holds(subject, says, "the moment of its arrival, beyond the gateway's word and the time stamp");
        self.was_not_revoked(&certificate, Purpose::MessageSigning, then, row, subject)?;
        Ok(message_id(octets).map(|id| (signer, id.as_bytes().to_vec())))
    }

    /// By what the gateway had before it then, and by what the national CA has said since.
    fn was_not_revoked(
        &mut self,
        certificate: &Certificate,
        purpose: Purpose,
        then: Moment,
        row: &Row<'_>,
        subject: &str,
    ) -> Result<(), Broken> {
        let told = row.text("checked_by").map_or_else(
            || row.integer("crl_number").map_or_else(String::new, |number| format!("list {number}")),
            str::to_owned,
        );
        let said = told.parse::<Source>().ok();
        let before = said.map(|said| (said, self.judged_by(certificate, purpose, then, &said)));
        let before = match before {
            Some((said, Ok(by))) if by == said => Some(by),
            Some((_, Err(why @ TrustError::Revoked { .. }))) => {
                return Err(broken(subject, Fault::Revoked(why.into())));
            }
            _ => None,
        };
        let since = self.trust.was_good(certificate, purpose, then);
        let (says, not_proved) = match (before, since) {
            (Some(by), Ok(later)) => (
                format!(
                    "its certificate was not revoked: neither by {by}, in force then, nor by {}",
                    later.source
                ),
                "",
            ),
            (Some(by), Err(PastError::NotToldYet { .. })) => (
                format!("its certificate was not revoked by {by}, in force then"),
                "a revocation that the national CA had not told of yet",
            ),
            (Some(by), Err(why)) => {
                let says =
                    format!("by {by}, in force then, its certificate was not revoked; said later: {why}");
                self.missing(subject, says);
                return Ok(());
            }
            (None, Ok(later)) => (
                format!(
                    "its certificate was not revoked then, by {} (the gateway looked at {told}, which is not in the pack)",
                    later.source
                ),
                "a suspension that had ended before the list was made",
            ),
            (None, Err(why @ PastError::Trust(TrustError::Revoked { .. }))) => {
                return Err(broken(subject, Fault::Revoked(why)));
            }
            (None, Err(why)) => {
                let says = format!(
                    "revocation then: {why} (the gateway looked at {told}, which is not in the pack)"
                );
                self.missing(subject, says);
                return Ok(());
            }
        };
        self.holds(subject, says, not_proved);
        Ok(())
    }

    fn receipt(
        &mut self,
        values: &[Option<Vec<u8>>],
        then: Option<Moment>,
        subject: &str,
    ) -> Result<(), Broken> {
        let unreadable = || broken(subject, Fault::Unreadable);
        let octets = values.first().cloned().flatten().ok_or_else(unreadable)?;
        let signed = verify_enveloped(&octets, &Limits::DOCUMENT).map_err(at(subject))?;
        let then = then.ok_or_else(unreadable)?;
        is_gateway(&self.trust, signed.certificate(), self.gateway, then).map_err(at(subject))?;
        let receipt: wire::receipt::Receipt = signed.parse().map_err(at(subject))?;
        if receipt.payment_code != self.code {
            return Err(broken(subject, Fault::OtherPayment));
        }
        let says = format!(
            "the gateway's receipt: {} ₸, transaction {}",
            receipt.requisites.amount, receipt.transaction_number
        );
        self.holds(subject, says, "");
        Ok(())
    }
}

/// Values as they stand under a commitment.
fn written(values: &[Option<Vec<u8>>]) -> Vec<u8> {
    let mut all = Vec::new();
    for value in values {
        // One longer than a length says cannot have been kept; with this length it has another commitment.
        let length = value.as_ref().map_or(u32::MAX, |value| u32::try_from(value.len()).unwrap_or(u32::MAX));
        all.extend(length.to_be_bytes());
        all.extend(value.as_deref().unwrap_or_default());
    }
    all
}

/// A row with its octets decoded.
pub(super) struct Row<'r> {
    pub(super) table: &'r str,
    columns: Vec<(&'r str, Decoded<'r>)>,
}

enum Decoded<'r> {
    Integer(i64),
    Text(&'r str),
    Octets(Vec<u8>),
}

impl<'r> Row<'r> {
    fn read(record: &'r Record) -> Result<Self, Broken> {
        let table = record.table.as_str();
        let column = |column: &'r super::form::Column| {
            let value = match &column.value {
                Value::Integer(number) => Decoded::Integer(*number),
                Value::Text(text) => Decoded::Text(text),
                Value::Octets(text) => {
                    Decoded::Octets(hex::decode(text).map_err(|_| broken(table, Fault::Unreadable))?)
                }
            };
            Ok((column.name.as_str(), value))
        };
        Ok(Self { table, columns: record.columns.iter().map(column).collect::<Result<_, _>>()? })
    }

    pub(super) fn subject(&self) -> String {
        match self.integer("id") {
            Some(id) => format!("{} {id}", self.table),
            None => self.table.to_owned(),
        }
    }

    fn leaf(&self) -> [u8; 32] {
        let columns = self.columns.iter().map(|(name, value)| {
            let value = match value {
                Decoded::Integer(number) => ValueRef::Integer(*number),
                Decoded::Text(text) => ValueRef::Text(text.as_bytes()),
                Decoded::Octets(octets) => ValueRef::Blob(octets),
            };
            (*name, value)
        });
        leaf_of(self.table, columns)
    }

    fn find(&self, name: &str) -> Option<&Decoded<'r>> {
        self.columns.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        match self.find(name)? {
            Decoded::Integer(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn text(&self, name: &str) -> Option<&'r str> {
        match self.find(name)? {
            Decoded::Text(text) => Some(text),
            _ => None,
        }
    }

    fn octets(&self, name: &str) -> Option<Vec<u8>> {
        match self.find(name)? {
            Decoded::Octets(octets) => Some(octets.clone()),
            _ => None,
        }
    }

    pub(super) fn moment(&self, name: &str) -> Option<Moment> {
        self.integer(name).map(Moment::from_unix_microseconds)
    }

    pub(super) fn amount(&self, name: &str) -> Option<Tiyn> {
        Tiyn::new(self.integer(name)?.try_into().ok()?).ok()
    }

    pub(super) fn parsed<T: FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}
