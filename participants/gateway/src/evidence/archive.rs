//! The file: a POSIX ustar archive in one canonical form, so that any changed octet of it shows by itself.
//!
//! Nothing is ever unpacked to a disk here. Any tar program opens the file.

use std::collections::BTreeMap;

use wire::evidence_pack::MAX_FILES;

/// The longest pack that is made or read.
pub const MAX_PACK_OCTETS: usize = 64 << 20;
/// The longest name of a file: what the header has room for.
const MAX_NAME: usize = 100;
const BLOCK: usize = 512;
/// The largest size that eleven octal digits say.
const MAX_SIZE: usize = 0o777_7777_7777;

/// Why octets are no archive of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveFault {
    /// Longer than the bound.
    #[error("the file is longer than {MAX_PACK_OCTETS} octets")]
    TooLong,
    /// More files than the bound.
    #[error("there are more than {MAX_FILES} files in it")]
    TooMany,
    /// It ends in the middle, or something stands behind its end.
    #[error("the file is cut off, or longer than it says")]
    Length,
    /// A header is not as it is written by us.
    #[error("the header at octet {0} is not as it must be")]
    Header(usize),
    /// The room behind a file is not empty.
    #[error("there is something behind the end of {0}")]
    Padding(String),
    /// Two files have the same name.
    #[error("{0} stands in it twice")]
    Twice(String),
    /// A name that is too long, or not one of ours.
    #[error("a file may not be named {0}")]
    Name(String),
}

/// Letters, digits, `-`, `_`, `.` and `/`, beginning with a letter or a digit, and nothing that leads upwards.
fn is_name(name: &str) -> bool {
    let allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./".contains(&octet);
    name.len() <= MAX_NAME
        && name.bytes().all(allowed)
        && name.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
        && !name.contains("..")
}

fn header(name: &str, size: usize) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, text: &[u8]| block[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|octet| u32::from(*octet)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Writes files in the order of their names.
///
/// # Errors
/// [`ArchiveFault`] where a bound is reached.
pub(super) fn write(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, ArchiveFault> {
    if files.len() > MAX_FILES {
        return Err(ArchiveFault::TooMany);
    }
    let mut all = Vec::new();
    for (name, octets) in files {
        if !is_name(name) {
            return Err(ArchiveFault::Name(name.clone()));
        }
        if octets.len() > MAX_SIZE || all.len() + octets.len() > MAX_PACK_OCTETS {
            return Err(ArchiveFault::TooLong);
        }
        all.extend(header(name, octets.len()));
        all.extend(octets);
        all.resize(all.len().next_multiple_of(BLOCK), 0);
    }
    all.resize(all.len() + 2 * BLOCK, 0);
    if all.len() > MAX_PACK_OCTETS { Err(ArchiveFault::TooLong) } else { Ok(all) }
}

/// Reads an archive that [`write`] has written, and no other.
///
/// # Errors
/// [`ArchiveFault`].
pub(super) fn read(octets: &[u8]) -> Result<BTreeMap<String, &[u8]>, ArchiveFault> {
    if octets.len() > MAX_PACK_OCTETS {
        return Err(ArchiveFault::TooLong);
    }
    let mut files = BTreeMap::new();
    let mut at = 0;
    loop {
        let block = octets.get(at..at + BLOCK).ok_or(ArchiveFault::Length)?;
        if block.iter().all(|octet| *octet == 0) {
            let rest = &octets[at..];
            let is_end = rest.len() == 2 * BLOCK && rest.iter().all(|octet| *octet == 0);
            return if is_end { Ok(files) } else { Err(ArchiveFault::Length) };
        }
        let (name, size) = name_and_size(block).ok_or(ArchiveFault::Header(at))?;
        if !is_name(&name) {
            return Err(ArchiveFault::Name(name));
        }
        if header(&name, size) != block {
            return Err(ArchiveFault::Header(at));
        }
        let start = at + BLOCK;
        let end = start.checked_add(size).ok_or(ArchiveFault::Length)?;
        let next = end.checked_next_multiple_of(BLOCK).ok_or(ArchiveFault::Length)?;
        let padding = octets.get(end..next).ok_or(ArchiveFault::Length)?;
        if padding.iter().any(|octet| *octet != 0) {
            return Err(ArchiveFault::Padding(name));
        }
        if files.len() >= MAX_FILES {
            return Err(ArchiveFault::TooMany);
        }
        if files.insert(name.clone(), &octets[start..end]).is_some() {
            return Err(ArchiveFault::Twice(name));
        }
        at = next;
    }
}

fn name_and_size(block: &[u8]) -> Option<(String, usize)> {
    let name = block.get(..MAX_NAME)?;
    let name = &name[..name.iter().position(|octet| *octet == 0).unwrap_or(MAX_NAME)];
    let size = std::str::from_utf8(block.get(124..135)?).ok()?;
    Some((String::from_utf8(name.to_vec()).ok()?, usize::from_str_radix(size, 8).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> BTreeMap<String, Vec<u8>> {
        let files = [("a.txt", vec![1; 700]), ("b/c.xml", Vec::new()), ("d", vec![2; BLOCK])];
        files.into_iter().map(|(name, octets)| (name.to_owned(), octets)).collect()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let written = write(&sample()).unwrap();
        let read = read(&written).unwrap();
        let read: BTreeMap<String, Vec<u8>> =
            read.into_iter().map(|(name, octets)| (name, octets.to_vec())).collect();
        assert_eq!(read, sample());
    }

    #[test]
    fn a_cut_or_lengthened_archive_and_any_changed_header_are_refused() {
        let written = write(&sample()).unwrap();
        for length in 0..written.len() {
            assert!(read(&written[..length]).is_err(), "cut off at {length}");
        }
        assert_eq!(read(&[written.as_slice(), &[0; BLOCK]].concat()), Err(ArchiveFault::Length));
        for at in 0..BLOCK {
            let mut changed = written.clone();
            changed[at] ^= 1;
            // A header that becomes another valid one cannot be: its sum is in it.
            assert!(read(&changed).is_err(), "octet {at} of the first header");
        }
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["/etc/passwd", "../a", "a/../b", "a\nb", "", "ұ", &"a".repeat(MAX_NAME + 1)] {
            let files = BTreeMap::from([(name.to_owned(), vec![1])]);
            assert_eq!(write(&files), Err(ArchiveFault::Name(name.to_owned())));
        }
    }
}
