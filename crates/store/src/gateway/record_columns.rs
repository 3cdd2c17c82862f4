//! The gateway's plain records to their columns and back: pages, receipts, evidence, journal, reads, registry.
//!
//! All but the registry hold people's data or texts of peers; those are sealed together, one column a row. Records
//! that no natural key tells apart are sealed for their `id`, which is why it is given here.

use rusqlite::Row;
use terms::{BrowserDigest, Language, Trilingual};

use crate::columns::{Columns, Fields, code_column, unsigned_column};
use crate::sealing::{Opened, Place, Plain, RowKey, Sealing};
use crate::{
    Beneficiary, Endpoint, EvidenceRecord, JournalEntry, OwnCertificate, ParticipantRow, PaymentPage,
    ReadNote, ReadSubject, ReceiptRecord, ServiceRow, StoreError, Stored,
};

pub(super) fn place<'a>(table: &'static str, key: RowKey<'a>) -> Place<'a> {
    Place { table, column: "sealed", key }
}

/// What the one sealed column of a row holds.
fn opened(fields: Fields<'_>, sealing: &Sealing<'_>, place: Place<'_>) -> Result<Opened, StoreError> {
    sealing.open(place, &fields.all_octets("sealed")?)
}

pub(super) fn of_page(page: &PaymentPage, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let mut plain = Plain::new();
    plain.party(&page.recipient).party(&page.payer);
    let sealed = sealing.seal(place("payment_page", RowKey::Octets(&page.token_digest)), plain)?;
    let mut columns = Columns::new();
    columns
        .octets("token_digest", &page.token_digest)
        .text("channel", page.channel)
        .text("service", &page.service)
        .text("provider", page.provider)
        .amount("amount", page.amount)
        .maybe_text("application", page.application.as_ref())
        .text("language", page.language.tag())
        .text("portal", page.portal)
        .moment("opened_at", page.opened_at)
        .moment("expires_at", page.expires_at)
        .text("state", page.state.name())
        .maybe_text("attempt", page.attempt.as_ref())
        .maybe_code("code", page.code)
        .maybe_octets("browser", page.browser.as_ref().map(|browser| browser.as_bytes().as_slice()))
        .sealed("sealed", sealed);
    Ok(columns)
}

pub(super) fn to_page(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<Stored<PaymentPage>, StoreError> {
    let fields = Fields::of(row);
    let token_digest = fields.octets("token_digest")?;
    let mut opened = opened(fields, sealing, place("payment_page", RowKey::Octets(&token_digest)))?;
    let page = PaymentPage {
        token_digest,
        channel: fields.parsed("channel")?,
        service: fields.parsed("service")?,
        provider: fields.parsed("provider")?,
        amount: fields.amount("amount")?,
        recipient: opened.party()?,
        payer: opened.party()?,
        application: fields.maybe_parsed("application")?,
        language: fields.parsed::<Language>("language")?,
        portal: fields.parsed("portal")?,
        opened_at: fields.moment("opened_at")?,
        expires_at: fields.moment("expires_at")?,
        state: fields.parsed("state")?,
        attempt: fields.maybe_parsed("attempt")?,
        code: fields.maybe_code("code")?,
        browser: maybe_browser(fields)?,
    };
    opened.end()?;
    Ok(Stored { value: page, version: fields.number("version")? })
}

fn maybe_browser(fields: Fields<'_>) -> Result<Option<BrowserDigest>, StoreError> {
    match fields.maybe_octets("browser")? {
        Some(_) => Ok(Some(BrowserDigest::from_bytes(fields.octets("browser")?))),
        None => Ok(None),
    }
}

pub(super) fn of_receipt(receipt: &ReceiptRecord, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let pdf = receipt.pdf.as_deref();
    let mut plain = Plain::with_room_for(receipt.signed.len() + pdf.map_or(0, <[u8]>::len) + 8);
    plain.octets(&receipt.signed).maybe_octets(pdf);
    let (sealed, commitment) = sealing.seal_committed(receipt_place(code_column(receipt.code)), plain)?;
    let mut columns = Columns::new();
    columns
        .code("code", receipt.code)
        .octets("token_digest", &receipt.token_digest)
        .moment("made_at", receipt.made_at)
        .sealed("sealed", sealed)
        .octets("commitment", &commitment);
    Ok(columns)
}

pub(super) fn receipt_place(code: i64) -> Place<'static> {
    place("receipt", RowKey::Number(code))
}

pub(super) fn to_receipt(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<ReceiptRecord, StoreError> {
    let fields = Fields::of(row);
    let code = fields.code("code")?;
    let mut opened = opened(fields, sealing, receipt_place(code_column(code)))?;
    let receipt = ReceiptRecord {
        code,
        token_digest: fields.octets("token_digest")?,
        signed: opened.octets()?,
        pdf: opened.maybe_octets()?.map(<[u8]>::to_vec),
        made_at: fields.moment("made_at")?,
    };
    opened.end()?;
    Ok(receipt)
}

pub(super) fn of_evidence(
    id: i64,
    evidence: &EvidenceRecord,
    sealing: &Sealing<'_>,
) -> Result<Columns, StoreError> {
    let mut plain = Plain::with_room_for(evidence.octets.len() + evidence.certificate.len() + 32 + 12);
    plain.octets(&evidence.octets).octets(&evidence.certificate).octets(&evidence.content_hash);
    let (sealed, commitment) = sealing.seal_committed(place("evidence", RowKey::Number(id)), plain)?;
    let mut columns = Columns::new();
    columns
        .number("id", id)
        .maybe_code("about", evidence.about)
        .text("kind", &evidence.kind)
        .number("crl_number", unsigned_column(evidence.crl_number, "crl_number")?)
        .maybe_text("checked_by", evidence.checked_by.as_ref())
        .moment("at", evidence.at)
        .sealed("sealed", sealed)
        .octets("commitment", &commitment);
    Ok(columns)
}

pub(super) fn to_evidence(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<EvidenceRecord, StoreError> {
    let fields = Fields::of(row);
    let mut opened = opened(fields, sealing, place("evidence", RowKey::Number(fields.number("id")?)))?;
    let evidence = EvidenceRecord {
        about: fields.maybe_code("about")?,
        kind: fields.text("kind")?,
        octets: opened.octets()?,
        certificate: opened.octets()?,
        crl_number: fields.number("crl_number")?,
        checked_by: fields.maybe_text("checked_by")?,
        at: fields.moment("at")?,
        content_hash: opened
            .octets()?
            .try_into()
            .map_err(|_| StoreError::Damaged("a content hash".to_owned()))?,
    };
    opened.end()?;
    Ok(evidence)
}

pub(super) fn of_own_certificate(own: &OwnCertificate) -> Result<Columns, StoreError> {
    let mut columns = Columns::new();
    columns
        .octets("certificate", &own.certificate)
        .number("crl_number", unsigned_column(own.crl_number, "crl_number")?)
        .moment("at", own.at);
    Ok(columns)
}

pub(super) fn to_own_certificate(row: &Row<'_>) -> Result<OwnCertificate, StoreError> {
    let fields = Fields::of(row);
    Ok(OwnCertificate {
        certificate: fields.all_octets("certificate")?,
        crl_number: fields.number("crl_number")?,
        at: fields.moment("at")?,
    })
}

pub(super) fn of_entry(id: i64, entry: &JournalEntry, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let mut plain = Plain::new();
    plain.text(&entry.actor).text(&entry.detail);
    let (sealed, commitment) = sealing.seal_committed(place("journal", RowKey::Number(id)), plain)?;
    let mut columns = Columns::new();
    columns
        .number("id", id)
        .code("about", entry.about)
        .moment("at", entry.at)
        .text("event", &entry.event)
        .sealed("sealed", sealed)
        .octets("commitment", &commitment);
    Ok(columns)
}

pub(super) fn to_entry(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<JournalEntry, StoreError> {
    let fields = Fields::of(row);
    let mut opened = opened(fields, sealing, place("journal", RowKey::Number(fields.number("id")?)))?;
    let entry = JournalEntry {
        about: fields.code("about")?,
        at: fields.moment("at")?,
        event: fields.text("event")?,
        actor: opened.text()?,
        detail: opened.text()?,
    };
    opened.end()?;
    Ok(entry)
}

pub(super) fn of_note(id: i64, note: &ReadNote, sealing: &Sealing<'_>) -> Result<Columns, StoreError> {
    let party = match note.subject {
        ReadSubject::Payment(_) => None,
        ReadSubject::Party(number) => Some(number),
    };
    let mut plain = Plain::new();
    plain.text(&note.actor).text(&note.fields).text(&note.reason).maybe_text(party);
    let mut columns = Columns::new();
    columns
        .number("id", id)
        .moment("at", note.at)
        .sealed("sealed", sealing.seal(place("read_note", RowKey::Number(id)), plain)?);
    if let ReadSubject::Payment(code) = note.subject {
        columns.code("about_payment", code);
    }
    Ok(columns)
}

pub(super) fn to_note(row: &Row<'_>, sealing: &Sealing<'_>) -> Result<ReadNote, StoreError> {
    let fields = Fields::of(row);
    let mut opened = opened(fields, sealing, place("read_note", RowKey::Number(fields.number("id")?)))?;
    let (actor, read, reason) = (opened.text()?, opened.text()?, opened.text()?);
    let subject = match (fields.maybe_code("about_payment")?, opened.maybe_parsed()?) {
        (Some(code), None) => ReadSubject::Payment(code),
        (None, Some(number)) => ReadSubject::Party(number),
        _ => return Err(StoreError::Damaged("whose data a note of a read names".to_owned())),
    };
    opened.end()?;
    Ok(ReadNote { at: fields.moment("at")?, actor, subject, fields: read, reason })
}

fn put_name(columns: &mut Columns, prefix: &str, name: &Trilingual) {
    columns
        .text(format!("{prefix}_kk"), &name.kk)
        .text(format!("{prefix}_ru"), &name.ru)
        .text(format!("{prefix}_en"), &name.en);
}

fn name(fields: Fields<'_>, prefix: &str) -> Result<Trilingual, StoreError> {
    let text = |language: &str| fields.text(&format!("{prefix}_{language}"));
    Ok(Trilingual::new(text("kk")?, text("ru")?, text("en")?))
}

/// Groups are words, endpoints lines of a purpose and a URL; none of these contains a space.
pub(super) fn of_participant(participant: &ParticipantRow) -> Columns {
    let endpoint = |endpoint: &Endpoint| format!("{} {}", endpoint.purpose, endpoint.url);
    let endpoints: Vec<String> = participant.endpoints.iter().map(endpoint).collect();
    let mut columns = Columns::new();
    columns
        .text("bin", participant.bin)
        .text("groups", participant.groups.join(" "))
        .text("endpoints", endpoints.join("\n"))
        .maybe_text("return_url", participant.return_url.as_ref())
        .moment("valid_from", participant.valid_from)
        .maybe_moment("valid_until", participant.valid_until);
    put_name(&mut columns, "name", &participant.name);
    columns
}

pub(super) fn to_participant(row: &Row<'_>, _: &Sealing<'_>) -> Result<ParticipantRow, StoreError> {
    let fields = Fields::of(row);
    let damaged = || StoreError::Damaged("column endpoints".to_owned());
    let endpoint = |line: &str| {
        let (purpose, url) = line.split_once(' ').ok_or_else(damaged)?;
        Ok(Endpoint { purpose: purpose.to_owned(), url: url.to_owned() })
    };
    Ok(ParticipantRow {
        bin: fields.parsed("bin")?,
        name: name(fields, "name")?,
        groups: fields.text("groups")?.split_whitespace().map(str::to_owned).collect(),
        endpoints: fields.text("endpoints")?.lines().map(endpoint).collect::<Result<_, StoreError>>()?,
        return_url: fields.maybe_text("return_url")?,
        valid_from: fields.moment("valid_from")?,
        valid_until: fields.maybe_moment("valid_until")?,
    })
}

pub(super) fn of_service(service: &ServiceRow) -> Columns {
    let mut columns = Columns::new();
    columns
        .text("code", &service.code)
        .text("provider", service.provider)
        .amount("price", service.price)
        .text("iban", service.beneficiary.iban.as_str())
        .text("bic", &service.beneficiary.bic)
        .text("kbk", service.beneficiary.kbk)
        .text("knp", service.beneficiary.knp)
        .text("kod", service.beneficiary.kod)
        .text("kbe", service.beneficiary.kbe)
        .text("purpose", &service.beneficiary.purpose)
        .number("e_service", i64::from(service.e_service))
        .moment("valid_from", service.valid_from)
        .maybe_moment("valid_until", service.valid_until);
    put_name(&mut columns, "name", &service.name);
    put_name(&mut columns, "provider_name", &service.provider_name);
    columns
}

pub(super) fn to_service(row: &Row<'_>, _: &Sealing<'_>) -> Result<ServiceRow, StoreError> {
    let fields = Fields::of(row);
    Ok(ServiceRow {
        code: fields.parsed("code")?,
        name: name(fields, "name")?,
        provider: fields.parsed("provider")?,
        provider_name: name(fields, "provider_name")?,
        price: fields.amount("price")?,
        beneficiary: Beneficiary {
            iban: fields.parsed("iban")?,
            bic: fields.parsed("bic")?,
            kbk: fields.parsed("kbk")?,
            knp: fields.parsed("knp")?,
            kod: fields.parsed("kod")?,
            kbe: fields.parsed("kbe")?,
            purpose: fields.parsed("purpose")?,
        },
        e_service: fields.number::<i64>("e_service")? != 0,
        valid_from: fields.moment("valid_from")?,
        valid_until: fields.maybe_moment("valid_until")?,
    })
}
