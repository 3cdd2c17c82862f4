//! The schema of registers and manifests.
//!
//! It stands alone: whoever checks a register needs no schema of messages beside it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ledger::register::Column;
use terms::{
    ApplicationNumber, BankReference, BankingDay, Bic, Bin, Channel, Iban, Kbe, Kbk, Knp, Kod, Moment,
    PartyNumber, PaymentCode, Purpose, ServiceCode, ShortText, TransactionNumber,
};

use super::ELEMENT as REGISTER_ELEMENT;
use super::manifest::{
    ELEMENT as MANIFEST_ELEMENT, FileDigest, HeadRecord, Manifest, Number, Sum, TotalsRecord,
};
use crate::framework::{ComplexType, Field, FieldType, Occurs, REGISTER, SimpleType, Type, words};
use crate::publish::escaped;

words! {
    /// What happened: the kind of the posting.
    pub enum KindWord {
        /// A payment as ordered.
        Payment = "payment",
        /// Money that came otherwise than ordered.
        Dispute = "dispute",
        /// A second sum under one code.
        Surplus = "surplus",
        /// Disputed money that was taken for the service after all.
        Accept = "accept",
        /// The bank took a payment back.
        Reversal = "reversal",
        /// The money is to be given back to the payer.
        RefundGrant = "refund-grant",
        /// It was given back.
        Refund = "refund",
        /// It was not: the grant is undone.
        RefundWithdrawn = "refund-withdrawn",
    }
}

/// What stands in a column.
fn content(column: Column) -> Type {
    match column {
        Column::RecipientNumber | Column::PayerNumber => <PartyNumber as Field>::TYPE,
        Column::Application => <ApplicationNumber as Field>::TYPE,
        Column::Account => <Iban as Field>::TYPE,
        Column::Amount | Column::Commission => <Sum as Field>::TYPE,
        Column::PaidAt | Column::KnownAt => <Moment as Field>::TYPE,
        Column::Channel => <Channel as Field>::TYPE,
        Column::PaymentCode => <PaymentCode as Field>::TYPE,
        Column::TransactionNumber => <TransactionNumber as Field>::TYPE,
        Column::Kind => <KindWord as Field>::TYPE,
        Column::Day => <BankingDay as Field>::TYPE,
        Column::BankReference => <BankReference as Field>::TYPE,
        Column::Bank | Column::Provider => <Bin as Field>::TYPE,
        Column::Service => <ServiceCode as Field>::TYPE,
        Column::RecipientName | Column::PayerName => <ShortText as Field>::TYPE,
        Column::BeneficiaryBic => <Bic as Field>::TYPE,
        Column::Kbk => <Kbk as Field>::TYPE,
        Column::Knp => <Knp as Field>::TYPE,
        Column::Kod => <Kod as Field>::TYPE,
        Column::Kbe => <Kbe as Field>::TYPE,
        Column::Purpose => <Purpose as Field>::TYPE,
        Column::Posting => <Number as Field>::TYPE,
    }
}

/// The schema `register.xsd`.
pub fn register_xsd() -> String {
    let mut schema = Schema::default();
    let [head, totals, manifest] =
        [<HeadRecord as Field>::TYPE, <TotalsRecord as Field>::TYPE, <Manifest as Field>::TYPE].map(complex);
    for record in [head, totals, manifest, complex(<FileDigest as Field>::TYPE)].into_iter().flatten() {
        schema.complex(record);
    }
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <xs:schema xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:{prefix}=\"{uri}\" \
         targetNamespace=\"{uri}\" elementFormDefault=\"qualified\" version=\"1\">\n",
        prefix = REGISTER.prefix,
        uri = REGISTER.uri,
    );
    schema.row();
    let _ = write!(
        schema.types,
        "  <xs:element name=\"{REGISTER_ELEMENT}\">\n    <xs:complexType>\n      <xs:sequence>\n        \
         <xs:element name=\"head\" type=\"r:HeadRecord\"/>\n        \
         <xs:element name=\"row\" type=\"r:Row\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n        \
         <xs:element name=\"totals\" type=\"r:TotalsRecord\"/>\n      \
         </xs:sequence>\n    </xs:complexType>\n  </xs:element>\n  \
         <xs:element name=\"{MANIFEST_ELEMENT}\" type=\"r:Manifest\"/>\n"
    );
    for simple in schema.simple.values() {
        crate::publish::write_simple(&mut out, simple);
    }
    out.push_str(&schema.types);
    out.push_str("</xs:schema>\n");
    out
}

fn complex(content: Type) -> Option<&'static ComplexType> {
    if let Type::Complex(complex) = content { Some(complex) } else { None }
}

#[derive(Default)]
struct Schema {
    simple: BTreeMap<&'static str, &'static SimpleType>,
    types: String,
}

impl Schema {
    fn complex(&mut self, complex: &'static ComplexType) {
        let _ = writeln!(self.types, "  <xs:complexType name=\"{}\">", complex.name);
        self.doc(4, &complex.doc.concat());
        self.types.push_str("    <xs:sequence>\n");
        for FieldType { name, occurs, doc, content } in complex.fields {
            self.element(name, *occurs, &doc.concat(), *content);
        }
        if complex.name == "Manifest" {
            // The one element of another namespace: the signature, which its own rules check.
            self.types.push_str(
                "      <xs:any namespace=\"http://www.w3.org/2000/09/xmldsig#\" processContents=\"skip\" \
                 minOccurs=\"0\"/>\n",
            );
        }
        self.types.push_str("    </xs:sequence>\n  </xs:complexType>\n");
    }

    fn row(&mut self) {
        self.types.push_str("  <xs:complexType name=\"Row\">\n");
        self.doc(4, "One operation: what was moved, and everything known of its payment.");
        self.types.push_str("    <xs:sequence>\n");
        for column in Column::ALL {
            let occurs = if *column == Column::Application { Occurs::Optional } else { Occurs::Required };
            self.element(column.name(), occurs, column.doc(), content(*column));
        }
        self.types.push_str("    </xs:sequence>\n  </xs:complexType>\n");
    }

    fn element(&mut self, name: &str, occurs: Occurs, doc: &str, content: Type) {
        let of = match content {
            Type::Builtin(name) => format!("xs:{name}"),
            Type::Simple(simple) => {
                self.simple.insert(simple.name, simple);
                format!("{}:{}", REGISTER.prefix, simple.name)
            }
            Type::Complex(complex) => format!("{}:{}", REGISTER.prefix, complex.name),
        };
        let occurs = match occurs {
            Occurs::Required => String::new(),
            Occurs::Optional => " minOccurs=\"0\"".to_owned(),
            Occurs::AtMost(most) => format!(" minOccurs=\"0\" maxOccurs=\"{most}\""),
        };
        let _ = writeln!(self.types, "      <xs:element name=\"{name}\" type=\"{of}\"{occurs}>");
        self.doc(8, doc);
        self.types.push_str("      </xs:element>\n");
    }

    fn doc(&mut self, indent: usize, doc: &str) {
        let text = escaped(doc.trim());
        let _ = writeln!(
            self.types,
            "{:indent$}<xs:annotation><xs:documentation xml:lang=\"en\">{text}</xs:documentation></xs:annotation>",
            ""
        );
    }
}

#[cfg(test)]
mod tests {
    use ledger::PostingKind;

    use super::*;
    use crate::framework::Facet;

    /// Registers list what happens between payers, banks and providers; claims and payouts are others' affair.
    #[test]
    fn the_kinds_of_rows_are_kinds_of_postings() {
        let kinds: Vec<_> =
            PostingKind::ALL.iter().take(KindWord::ALL.len()).map(|kind| kind.name()).collect();
        let words: Vec<_> = KindWord::ALL.iter().map(|word| word.word()).collect();
        assert_eq!(kinds, words);
    }

    #[test]
    fn every_column_has_a_form_in_the_schema() {
        for column in Column::ALL {
            if let Type::Simple(simple) = content(*column) {
                assert!(
                    !simple.facets.is_empty() && !matches!(simple.facets, [Facet::MinLength(_)]),
                    "{}",
                    simple.name
                );
            }
        }
    }
}
