//! An inquiry from envelope to envelope: SOAP 1.1 without signatures, as UDDI clients write it.
//!
//! Signed messages are the business of `envelope`. Nothing here needs a signature: what is told is
//! published, and nothing is changed. Dispatch is by the Body's element; SOAPAction is not looked at.
//! Source: UDDI 3.0.2, 4.3 and 4.8; SOAP 1.1.

use xml::{Element, Limits, Problem, ToElement, escaped, with_tree};

use super::disposition::Disposition;
use super::inquiry::Inquiry;
use super::registry::Registry;

const SOAP: &str = "http://schemas.xmlsoap.org/soap/envelope/";
/// Where a header is meant for whoever comes next, which is us.
const NEXT: &str = "http://schemas.xmlsoap.org/soap/actor/next";

/// An inquiry is small: a hundred keys are the longest.
const LIMITS: Limits =
    Limits { bytes: 64 << 10, depth: 16, attributes: 16, elements: 1000, ..Limits::MESSAGE };

/// What is sent back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Whether it is a fault, which goes with the status 500.
    pub is_fault: bool,
    /// The envelope.
    pub envelope: String,
}

/// Why there is no answer.
enum Unanswered {
    VersionMismatch,
    MustUnderstand,
    Disposition(Disposition),
}

impl<E: Into<Disposition>> From<E> for Unanswered {
    fn from(error: E) -> Self {
        Self::Disposition(error.into())
    }
}

/// Answers the octets of a message.
pub fn respond(registry: &Registry, octets: &[u8]) -> Response {
    let answer = with_tree(octets, &LIMITS, read)
        .unwrap_or_else(|error| Err(error.into()))
        .and_then(|inquiry| Ok(registry.answer(&inquiry)?.to_xml()));
    let (is_fault, body) = match answer {
        Ok(answer) => (false, answer),
        Err(unanswered) => (true, fault(&unanswered)),
    };
    Response {
        is_fault,
        envelope: format!("<s:Envelope xmlns:s=\"{SOAP}\"><s:Body>{body}</s:Body></s:Envelope>"),
    }
}

fn read(envelope: Element<'_, '_>) -> Result<Inquiry, Unanswered> {
    match (envelope.name(), envelope.namespace()) {
        ("Envelope", Some(SOAP)) => {}
        ("Envelope", _) => return Err(Unanswered::VersionMismatch),
        _ => return Err(envelope.fault(Problem::Unexpected).into()),
    }
    let mut parts = envelope.fields(SOAP)?;
    if let Some(header) = parts.optional("Header")?
        && header.children().any(must_be_understood)
    {
        return Err(Unanswered::MustUnderstand);
    }
    let body = parts.required("Body")?;
    parts.finish()?;
    Ok(Inquiry::read(body.only_child()?)?)
}

/// No header is understood here; one for somebody else is none of our business.
fn must_be_understood(header: Element<'_, '_>) -> bool {
    header.attribute(SOAP, "mustUnderstand").is_some_and(|value| matches!(value.trim(), "1" | "true"))
        && header.attribute(SOAP, "actor").is_none_or(|actor| actor == NEXT)
}

fn fault(unanswered: &Unanswered) -> String {
    let (code, reason, detail) = match unanswered {
        Unanswered::VersionMismatch => ("VersionMismatch", "SOAP 1.1 is spoken here".into(), None),
        Unanswered::MustUnderstand => ("MustUnderstand", "a header is not understood".into(), None),
        Unanswered::Disposition(disposition) => {
            ("Client", disposition.to_string(), Some(disposition.to_xml()))
        }
    };
    let detail = detail.map(|report| format!("<detail>{report}</detail>")).unwrap_or_default();
    let reason = escaped(&reason);
    format!(
        "<s:Fault><faultcode>s:{code}</faultcode><faultstring xml:lang=\"en\">{reason}</faultstring>\
         {detail}</s:Fault>"
    )
}
