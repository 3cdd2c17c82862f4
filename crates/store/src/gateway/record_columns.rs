//! The gateway's plain records to their columns and back: pages, receipts, evidence, journal, reads,
//! registry.

use rusqlite::Row;
use terms::{Language, Trilingual};

use crate::columns::{Columns, Fields, code_column, unsigned_column};
use crate::{
    Beneficiary, Endpoint, EvidenceRecord, JournalEntry, ParticipantRow, PaymentPage, ReadNote, ReadSubject,
    ReceiptRecord, ServiceRow, StoreError, Stored,
};

pub(super) fn of_page(page: &PaymentPage) -> Columns {
    let mut columns = Columns::new();
    columns
        .octets("token_digest", &page.token_digest)
        .text("channel", page.channel)
        .text("service", &page.service)
        .text("provider", page.provider)
        .amount("amount", page.amount)
        .party("recipient", &page.recipient)
        .party("payer", &page.payer)
        .maybe_text("application", page.application.as_ref())
        .text("language", page.language.tag())
        .text("portal", page.portal)
        .moment("opened_at", page.opened_at)
        .moment("expires_at", page.expires_at)
        .text("state", page.state.name())
        .maybe_text("attempt", page.attempt.as_ref())
        .maybe_code("code", page.code);
    columns
}

pub(super) fn to_page(row: &Row<'_>) -> Result<Stored<PaymentPage>, StoreError> {
    let fields = Fields::of(row);
    let page = PaymentPage {
        token_digest: fields.octets("token_digest")?,
        channel: fields.parsed("channel")?,
        service: fields.parsed("service")?,
        provider: fields.parsed("provider")?,
        amount: fields.amount("amount")?,
        recipient: fields.party("recipient")?,
        payer: fields.party("payer")?,
        application: fields.maybe_parsed("application")?,
        language: fields.parsed::<Language>("language")?,
        portal: fields.parsed("portal")?,
        opened_at: fields.moment("opened_at")?,
        expires_at: fields.moment("expires_at")?,
        state: fields.parsed("state")?,
        attempt: fields.maybe_parsed("attempt")?,
        code: fields.maybe_code("code")?,
    };
    Ok(Stored { value: page, version: fields.number("version")? })
}

pub(super) fn of_receipt(receipt: &ReceiptRecord) -> Columns {
    let mut columns = Columns::new();
    columns
        .code("code", receipt.code)
        .octets("token_digest", &receipt.token_digest)
        .octets("signed", &receipt.signed)
        .maybe_octets("pdf", receipt.pdf.as_deref())
        .moment("made_at", receipt.made_at);
    columns
}

pub(super) fn to_receipt(row: &Row<'_>) -> Result<ReceiptRecord, StoreError> {
    let fields = Fields::of(row);
    Ok(ReceiptRecord {
        code: fields.code("code")?,
        token_digest: fields.octets("token_digest")?,
        signed: fields.all_octets("signed")?,
        pdf: fields.maybe_octets("pdf")?,
        made_at: fields.moment("made_at")?,
    })
}

pub(super) fn of_evidence(evidence: &EvidenceRecord) -> Result<Columns, StoreError> {
    let mut columns = Columns::new();
    columns
        .maybe_code("about", evidence.about)
        .text("kind", &evidence.kind)
        .octets("octets", &evidence.octets)
        .octets("certificate", &evidence.certificate)
        .number("crl_number", unsigned_column(evidence.crl_number, "crl_number")?)
        .moment("at", evidence.at)
        .octets("content_hash", &evidence.content_hash);
    Ok(columns)
}

pub(super) fn to_evidence(row: &Row<'_>) -> Result<EvidenceRecord, StoreError> {
    let fields = Fields::of(row);
    Ok(EvidenceRecord {
        about: fields.maybe_code("about")?,
        kind: fields.text("kind")?,
        octets: fields.all_octets("octets")?,
        certificate: fields.all_octets("certificate")?,
        crl_number: fields.number("crl_number")?,
        at: fields.moment("at")?,
        content_hash: fields.octets("content_hash")?,
    })
}

pub(super) fn of_entry(entry: &JournalEntry) -> Columns {
    let mut columns = Columns::new();
    columns
        .code("about", entry.about)
        .moment("at", entry.at)
        .text("event", &entry.event)
        .text("actor", &entry.actor)
        .text("detail", &entry.detail);
    columns
}

pub(super) fn to_entry(row: &Row<'_>) -> Result<JournalEntry, StoreError> {
    let fields = Fields::of(row);
    Ok(JournalEntry {
        about: fields.code("about")?,
        at: fields.moment("at")?,
        event: fields.text("event")?,
        actor: fields.text("actor")?,
        detail: fields.text("detail")?,
    })
}

pub(super) fn of_note(note: &ReadNote) -> Columns {
    let mut columns = Columns::new();
    columns
        .moment("at", note.at)
        .text("actor", &note.actor)
        .text("fields", &note.fields)
        .text("reason", &note.reason);
    match note.subject {
        ReadSubject::Payment(code) => columns.number("about_payment", code_column(code)),
        ReadSubject::Party(number) => columns.text("about_party", number),
    };
    columns
}

pub(super) fn to_note(row: &Row<'_>) -> Result<ReadNote, StoreError> {
    let fields = Fields::of(row);
    let subject = match fields.maybe_code("about_payment")? {
        Some(code) => ReadSubject::Payment(code),
        None => ReadSubject::Party(fields.parsed("about_party")?),
    };
    Ok(ReadNote {
        at: fields.moment("at")?,
        actor: fields.text("actor")?,
        subject,
        fields: fields.text("fields")?,
        reason: fields.text("reason")?,
    })
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

pub(super) fn to_participant(row: &Row<'_>) -> Result<ParticipantRow, StoreError> {
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

pub(super) fn to_service(row: &Row<'_>) -> Result<ServiceRow, StoreError> {
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
