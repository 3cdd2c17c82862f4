//! Octets in base64, as `xs:base64Binary` writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// More octets than the type allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are more than {0} octets")]
pub struct TooManyOctets(pub usize);

/// Reads base64; white space is allowed between the characters, because several stacks fold long lines.
pub(crate) fn read_base64(text: &str, most: usize) -> Result<Vec<u8>, String> {
    let dense: Vec<u8> = text.bytes().filter(|octet| !octet.is_ascii_whitespace()).collect();
    if dense.len() > most.div_ceil(3) * 4 {
        return Err(TooManyOctets(most).to_string());
    }
    let octets = STANDARD.decode(dense).map_err(|_| "the text is not base64".to_owned())?;
    if octets.len() > most { Err(TooManyOctets(most).to_string()) } else { Ok(octets) }
}

pub(crate) fn write_base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}
