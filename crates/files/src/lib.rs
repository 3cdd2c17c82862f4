//! Files for people: the receipt and the certificate in PDF, QR codes, slips of ATMs and kiosks, statements as CSV and out of workbooks.
//! Files for people: the receipt and the certificate in PDF, QR codes, slips of ATMs and kiosks, registers, tables.
//!
//! Terms in, octets out: nothing here opens a file, a clock or a network, and the same input gives the same
//! octets. How an amount, a date and a way to pay are written for people lives here too (`written`), because
//! paper and screen must write them alike; HTML is the affair of `pages`.
//! Source: Instruction № 491, table 1 steps 28–30, table 2 steps 17–20, tables 4 and 5 (printed slips), cl. 10 (registers).

mod certificate;
mod paper;
mod qr;
mod receipt;
pub mod register;
mod slip;
mod statement;
mod statement_fault;
mod statement_xlsx;
pub mod table;
pub mod written;

pub use certificate::{AgencyCertificate, document_pdf};
pub use paper::PaperError;
pub use qr::{QR_LONGEST, QrError, QrModules, qr_modules, qr_svg};
pub use receipt::{ReceiptDocument, ReceiptError, Row, receipt_pdf};
pub use slip::{Columns, SlipLine, receipt_slip, slip_text};
pub use statement::{LARGEST_STATEMENT_FILE, STATEMENT_COLUMNS, read_statement_csv, statement_csv};
pub use statement_fault::explained_statement;
pub use statement_xlsx::read_statement_xlsx;
