//! BER, as some makers of key containers write it, brought into DER so that one strict reader suffices.
//!
//! Lengths that are left open or written at length and octet strings in pieces become definite, shortest and whole.
//! What the elements mean is not looked at here. Source: ITU-T X.690, clauses 8.1.3, 8.1.5 and 8.7.

use zeroize::Zeroizing;

/// How deep elements may stand in each other: key containers need nine.
const MAX_DEPTH: usize = 16;
const CONSTRUCTED: u8 = 0x20;
const OCTET_STRING: u8 = 0x04;
const OPEN_LENGTH: u8 = 0x80;
const END_OF_CONTENTS: [u8; 2] = [0, 0];

/// The octets are no single element of BER, or one beyond the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The one element that the octets hold, in DER's form of lengths. DER comes back as it is.
pub(crate) fn to_der(octets: &[u8]) -> Result<Zeroizing<Vec<u8>>, Malformed> {
    // Nothing grows but lengths, by less than they are long: without reallocation nothing is left unwiped.
    let mut der = Zeroizing::new(Vec::with_capacity(2 * octets.len()));
    let mut rest = octets;
    element(&mut rest, &mut der, 0)?;
    if rest.is_empty() { Ok(der) } else { Err(Malformed) }
}

fn element(rest: &mut &[u8], der: &mut Vec<u8>, depth: usize) -> Result<(), Malformed> {
    let tag = octet(rest)?;
    // The end of contents belongs to an open length only; tags of several octets occur nowhere in a container.
    if depth > MAX_DEPTH || tag == 0 || tag & 0x1f == 0x1f {
        return Err(Malformed);
    }
    let length = length(rest)?;
    if tag & CONSTRUCTED == 0 {
        let content = take(rest, length.ok_or(Malformed)?)?;
        return write(tag, content, der);
    }
    let mut inside = Zeroizing::new(Vec::with_capacity(2 * rest.len()));
    let in_pieces = tag == OCTET_STRING | CONSTRUCTED;
    let mut one = |from: &mut &[u8]| {
        if in_pieces { piece(from, &mut inside, depth + 1) } else { element(from, &mut inside, depth + 1) }
    };
    match length {
        Some(length) => {
            let mut content = take(rest, length)?;
            while !content.is_empty() {
                one(&mut content)?;
            }
        }
        None => {
            while !rest.starts_with(&END_OF_CONTENTS) {
                one(rest)?;
            }
            take(rest, END_OF_CONTENTS.len())?;
        }
    }
    write(if in_pieces { OCTET_STRING } else { tag }, &inside, der)
}

/// A piece of an octet string: the content of a whole octet string, of whatever form.
fn piece(rest: &mut &[u8], content: &mut Vec<u8>, depth: usize) -> Result<(), Malformed> {
    if rest.first().is_none_or(|tag| tag & !CONSTRUCTED != OCTET_STRING) {
        return Err(Malformed);
    }
    let mut whole = Zeroizing::new(Vec::with_capacity(2 * rest.len()));
    element(rest, &mut whole, depth)?;
    let mut whole = whole.as_slice();
    octet(&mut whole)?;
    length(&mut whole)?;
    content.extend_from_slice(whole);
    Ok(())
}

fn octet(rest: &mut &[u8]) -> Result<u8, Malformed> {
    let (first, after) = rest.split_first().ok_or(Malformed)?;
    *rest = after;
    Ok(*first)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Malformed> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Malformed)?;
    *rest = after;
    Ok(taken)
}

/// `None` where the length is left open.
fn length(rest: &mut &[u8]) -> Result<Option<usize>, Malformed> {
    let first = octet(rest)?;
    match first {
        ..OPEN_LENGTH => Ok(Some(usize::from(first))),
        OPEN_LENGTH => Ok(None),
        _ => {
            let octets = take(rest, usize::from(first & !OPEN_LENGTH))?;
            if octets.len() > 4 {
                return Err(Malformed);
            }
            let number = octets.iter().fold(0_u32, |number, octet| number << 8 | u32::from(*octet));
            usize::try_from(number).map(Some).map_err(|_| Malformed)
        }
    }
}

fn write(tag: u8, content: &[u8], der: &mut Vec<u8>) -> Result<(), Malformed> {
    der.push(tag);
    match u8::try_from(content.len()) {
        Ok(short @ ..OPEN_LENGTH) => der.push(short),
        _ => {
            let length = u32::try_from(content.len()).map_err(|_| Malformed)?.to_be_bytes();
            let zeros = length.iter().take_while(|octet| **octet == 0).count();
            // At most four.
            der.push(OPEN_LENGTH | u8::try_from(length.len() - zeros).map_err(|_| Malformed)?);
            der.extend_from_slice(&length[zeros..]);
        }
    }
    der.extend_from_slice(content);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(octets: &str) -> Result<String, Malformed> {
        to_der(&hex::decode(octets.replace(' ', "")).unwrap()).map(|der| hex::encode(&*der))
    }

    #[test]
    fn open_lengths_and_pieces_become_definite_and_whole() {
        assert_eq!(der("30 80 02 01 03 00 00").unwrap(), "3003020103");
        assert_eq!(der("24 80 04 01 61 24 03 04 01 62 04 00 00 00").unwrap(), "04026162");
        assert_eq!(der("30 81 03 02 01 03").unwrap(), "3003020103");
        let long = format!("30 84 00 00 00 84 04 81 81 {}", "00".repeat(129));
        assert_eq!(der(&long).unwrap(), format!("308184048181{}", "00".repeat(129)));
    }

    #[test]
    fn what_is_no_single_bounded_element_is_refused() {
        for octets in [
            "",
            "30",
            "30 03 02 01",
            "30 80",
            "30 80 02 01 03",
            "02 80 01 00 00",
            "30 00 00",
            "00 00",
            "30 85 00 00 00 00 00",
            "30 ff",
            "1f 01 00",
            "24 03 02 01 61",
            "30 02 00 00",
            "04 84 ff ff ff ff",
        ] {
            assert_eq!(der(octets), Err(Malformed), "{octets}");
        }
        let deep = |levels: usize| format!("{}{}", "3080".repeat(levels), "0000".repeat(levels));
        assert!(der(&deep(MAX_DEPTH + 1)).is_ok());
        assert_eq!(der(&deep(MAX_DEPTH + 2)), Err(Malformed));
        assert_eq!(der(&deep(10_000)), Err(Malformed));
    }
}
