//! A register as a file in any of its forms, and the manifest that vouches for the file.
//!
//! Rows go from the store into the file a page at a time, so that memory does not grow with the register. Where the file
//! lies, and who gets it, is the caller's affair.

use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use files::register::{CsvRegister, Dialect, JsonLines, Passport, XlsxRegister};
use ledger::register::{Head, Row};
use store::RegisterRevision;
use terms::Language;
use wire::common::FileName;
use wire::iso20022::camt054::Camt054Writer;
use wire::register::{Digested, Digesting, FileDigest, FormatWord, Manifest, RegisterWriter};
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::cx::Cx;
use crate::registers::{each_row, xml_name};

/// How many octets are held back before they are written.
const BUFFER_OCTETS: usize = 1 << 18;

/// The name that a file of this form has: the register's own, and what programs know the form by.
pub fn file_name(head: &Head, format: FormatWord) -> String {
    let stem = head.file_stem();
    match format {
        FormatWord::Xml => xml_name(head),
        FormatWord::Xlsx => format!("{stem}.xlsx"),
        FormatWord::CsvOffice => format!("{stem}.csv"),
        FormatWord::CsvOfficeEnglish => format!("{stem}-en.csv"),
        FormatWord::Csv => format!("{stem}-rfc.csv"),
        FormatWord::Camt054 => format!("{stem}-camt054.xml"),
        FormatWord::JsonLines => format!("{stem}.jsonl"),
    }
}

/// Writes a register into an empty file, row by row; `each` is called after each. Rows of a workbook wait in files of
/// `folder` until it is put together.
///
/// # Errors
/// Where rows cannot be read or written, or do not come to the totals that were signed: then the file is of no use.
pub async fn write_file(
    cx: &Cx,
    revision: &RegisterRevision,
    format: FormatWord,
    language: Language,
    file: &mut File,
    folder: &Path,
    each: &mut (dyn FnMut() + Send),
) -> Result<Digested> {
    let head = &revision.head;
    let with_streebog = cx.host.signer().suite().id().is_national();
    let mut out = Digesting::new(BufWriter::with_capacity(BUFFER_OCTETS, &mut *file), with_streebog);
    macro_rules! with_rows {
        ($writer:expr) => {{
            let mut writer = $writer;
            let mut take = |row: &Row| {
                each();
                Ok(writer.row(row)?)
            };
            each_row(cx, head, &mut take).await?;
            writer
        }};
    }
    let totals = match format {
        FormatWord::Xml => with_rows!(RegisterWriter::new(&mut out, head)?).finish()?.1,
        FormatWord::Camt054 => with_rows!(Camt054Writer::new(&mut out, head, &revision.totals)?).finish()?.1,
        FormatWord::JsonLines => with_rows!(JsonLines::new(&mut out, head)?).finish()?,
        FormatWord::CsvOffice | FormatWord::CsvOfficeEnglish | FormatWord::Csv => {
            let dialect = match format {
                FormatWord::CsvOffice => Dialect::Office(language),
                FormatWord::CsvOfficeEnglish => Dialect::OfficeEnglish,
                _ => Dialect::Machine,
            };
            with_rows!(CsvRegister::new(&mut out, head, dialect)?).finish()?
        }
        FormatWord::Xlsx => {
            let passport = Passport {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                sha256: hex::encode(revision.sha256),
                signature: format!("{}.manifest.xml", head.file_stem()),
            };
            let writer = with_rows!(XlsxRegister::new(head, language, passport, folder)?);
            // A workbook is put together at the end, back and forth, and is digested when it stands.
            drop(out);
            let totals = writer.finish(&mut *file)?;
            ensure!(totals == revision.totals, "the rows do not come to the totals of the register");
            return Ok(digest(file, with_streebog)?);
        }
    };
    ensure!(totals == revision.totals, "the rows do not come to the totals of the register");
    out.flush()?;
    Ok(out.finish().1)
}

fn digest(file: &mut File, with_streebog: bool) -> io::Result<Digested> {
    let mut digesting = Digesting::new(io::sink(), with_streebog);
    file.rewind()?;
    io::copy(file, &mut digesting)?;
    Ok(digesting.finish().1)
}

/// The manifest that vouches for the file of this name: the one that was signed when the register was formed, or for a file
/// of another form than XML one signed now, of the same register and with the digests of both.
///
/// # Errors
/// Where the name is none for a file of a register, or the signing key cannot be had.
pub fn manifest_of(
    cx: &Cx,
    revision: &RegisterRevision,
    format: FormatWord,
    name: &str,
    digested: &Digested,
) -> Result<Vec<u8>> {
    if format == FormatWord::Xml {
        return Ok(revision.manifest.clone());
    }
    let signed = verify_enveloped(&revision.manifest, &Limits::DOCUMENT)?;
    let mut manifest: Manifest = signed.parse()?;
    let name: FileName =
        name.parse().with_context(|| format!("{name} is no name for a file of a register"))?;
    manifest.file.push(FileDigest::new(name, format, digested));
    Ok(xml::dsig::sign_enveloped(&manifest, cx.host.signer().as_ref())?)
}
