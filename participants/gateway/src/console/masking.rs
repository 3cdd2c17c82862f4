//! Signed messages and notes with what tells of people taken out.
//!
//! Values are shown where they are known to be harmless; everything else is masked, so that a field nobody thought of
//! shows nothing.

use terms::{Bin, Iin, Moment};
use wire::privacy;
use xml::{Element, Limits, escaped, with_tree};

/// What stands in the place of a value.
const MASK: &str = "…";

/// The namespaces whose elements are about the message and its signature, not about people.
const ENVELOPES: [&str; 6] = [
    "http://www.w3.org/2000/09/xmldsig#",
    "http://www.w3.org/2001/10/xml-exc-c14n#",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd",
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd",
    "http://www.w3.org/2005/08/addressing",
    "http://schemas.xmlsoap.org/ws/2004/08/addressing",
];

/// A message as text, each element on its own line, with every value masked that may tell of a person. It is for eyes:
/// prefixes and the form that was signed are not in it.
pub(super) fn masked_document(root: Element<'_, '_>) -> String {
    let mut out = String::new();
    write(root, 0, &mut out);
    out
}

fn write(element: Element<'_, '_>, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    let name = element.name();
    let mut children = element.children().peekable();
    if children.peek().is_none() {
        let value = element.text().unwrap_or(MASK);
        let shown = if is_harmless(element, value) { value } else { MASK };
        out.push_str(&format!("{indent}<{name}>{}</{name}>\n", escaped(shown)));
        return;
    }
    out.push_str(&format!("{indent}<{name}>\n"));
    children.for_each(|child| write(child, depth + 1, out));
    out.push_str(&format!("{indent}</{name}>\n"));
}

fn is_harmless(element: Element<'_, '_>, value: &str) -> bool {
    let is_of_envelope = element.namespace().is_some_and(|namespace| ENVELOPES.contains(&namespace));
    let is_known = privacy::is_harmless(element.name()) && value.parse::<Iin>().is_err();
    value.is_empty() || is_of_envelope || is_known || value.parse::<Bin>().is_ok()
}

/// When a message says it was made: the time stamp of its security header, which the gateway's own clock is compared with.
pub(super) fn said_to_be_made_at(octets: &[u8]) -> Option<Moment> {
    let created = |root: Element<'_, '_>| {
        let created = root.descendants().find(|e| e.is(ENVELOPES[3], "Created"))?;
        created.text().ok()?.parse().ok()
    };
    with_tree(octets, &Limits::MESSAGE, created).ok().flatten()
}

/// A text with every IIN in it masked.
pub(super) fn people_in(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, digits) = rest.split_at(begin);
        out.push_str(before);
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        let (number, after) = digits.split_at(end);
        match number.parse::<Iin>() {
            Ok(iin) => out.push_str(&iin.masked()),
            Err(_) => out.push_str(number),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Defends: A13
    #[test]
    fn what_nobody_listed_is_masked_and_so_is_a_person_under_any_name() {
        let message = b"<a><service>P1</service><secret>850612200017</secret><provider>850612200017</provider>\
                        <payer><number>790304100022</number><name>Y</name></payer><number>500140000126</number></a>";
        let masked = with_tree(message, &Limits::MESSAGE, masked_document).unwrap();
        assert!(masked.contains("<service>P1</service>") && masked.contains("<number>500140000126</number>"));
        for hidden in ["850612200017", "790304100022", "Y"] {
            assert!(!masked.contains(hidden), "{masked}");
        }
        assert_eq!(people_in("by 850612200017 at 22, 500140000126"), "by 85******0017 at 22, 500140000126");
    }
}
