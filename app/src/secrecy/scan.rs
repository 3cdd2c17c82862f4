//! Looks for a secret in the memory of processes and in files, in every form in which it could lie there.
//!
//! Reads `/proc/<pid>/mem`, which a process that guards its memory opens to root alone. What is looked for, and when,
//! is decided in `secrecy`; what is found is told by place and form, never by its digits.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use memchr::memmem::Finder;

/// Octets looked through at once.
const PIECE: usize = 1 << 20;

/// A secret in one of its forms.
pub(crate) struct Needle {
    /// The form, in words.
    form: &'static str,
    finder: Finder<'static>,
}

/// What was found, and how much was looked through.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Octets looked through.
    pub(crate) octets: u64,
    /// How often the secret was there.
    pub(crate) hits: u64,
    /// Each hit: place and form.
    pub(crate) places: Vec<String>,
}

impl Found {
    /// Adds what was found elsewhere.
    pub(crate) fn add(&mut self, other: Self) {
        self.octets += other.octets;
        self.hits += other.hits;
        self.places.extend(other.places);
    }
}

/// The forms in which a text could lie in memory, in a file or in a message: raw, UTF-16, hexadecimal, base64 at each
/// of its three beginnings, escaped for a URL, listed as numbers; digits also packed two to an octet.
pub(crate) fn forms_of(secret: &str) -> Vec<Needle> {
    let needle = |form, octets: Vec<u8>| Needle { form, finder: Finder::new(&octets).into_owned() };
    let joined = |each: fn(u8) -> String, between: &str| {
        secret.bytes().map(each).collect::<Vec<_>>().join(between).into_bytes()
    };
    let mut forms = vec![
        needle("raw", secret.as_bytes().to_vec()),
        needle("UTF-16LE", secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        needle("UTF-16BE", secret.encode_utf16().flat_map(u16::to_be_bytes).collect()),
        needle("hexadecimal", hex::encode(secret).into_bytes()),
        needle("escaped", joined(|octet| format!("%{octet:02X}"), "")),
        needle("listed", joined(|octet| octet.to_string(), ", ")),
    ];
    let upper = hex::encode_upper(secret).into_bytes();
    if upper != hex::encode(secret).into_bytes() {
        forms.push(needle("hexadecimal", upper));
    }
    for shift in 0..3 {
        let text = STANDARD_NO_PAD.encode([" ".repeat(shift).as_str(), secret].concat());
        // The characters at both ends depend on what stands beside the secret.
        let begin = [0, 2, 3][shift];
        let end = text.len() - usize::from(!(shift + secret.len()).is_multiple_of(3));
        forms.push(needle("base64", text.as_bytes()[begin..end].to_vec()));
    }
    if secret.len().is_multiple_of(2) && secret.bytes().all(|octet| octet.is_ascii_digit()) {
        forms.push(needle("packed", hex::decode(secret).unwrap_or_default()));
    }
    forms
}

/// Looks through all memory of a process that can be read.
///
/// # Errors
/// Where its memory may not be read, or the process is gone.
pub(crate) fn memory(pid: u32, name: &str, needles: &[Needle]) -> io::Result<Found> {
    let memory = File::open(format!("/proc/{pid}/mem"))?;
    let mut found = Found::default();
    for line in fs::read_to_string(format!("/proc/{pid}/maps"))?.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        let what = words.nth(3).unwrap_or("anonymous memory");
        let Some((begin, end)) = range.split_once('-') else { continue };
        let (Ok(begin), Ok(end)) = (u64::from_str_radix(begin, 16), u64::from_str_radix(end, 16)) else {
            continue;
        };
        // The kernel's own pages in a process cannot be read this way, and hold nothing of it.
        if rights.starts_with('r') && !what.starts_with("[v") {
            found.add(search(&memory, begin, end, &format!("{name}: {what}"), needles));
        }
    }
    Ok(found)
}

/// Looks through every file below a folder.
///
/// # Errors
/// Where a file cannot be read.
pub(crate) fn files(folder: &Path, needles: &[Needle]) -> io::Result<Found> {
    let mut found = Found::default();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.add(files(&path, needles)?);
        } else {
            let file = File::open(&path)?;
            let length = file.metadata()?.len();
            found.add(search(&file, 0, length, &path.display().to_string(), needles));
        }
    }
    Ok(found)
}

/// Looks through one stretch. What cannot be read, because it has gone in the meantime, holds nothing any more.
fn search(source: &File, begin: u64, end: u64, place: &str, needles: &[Needle]) -> Found {
    let longest = needles.iter().map(|needle| needle.finder.needle().len()).max().unwrap_or(0);
    let mut found = Found::default();
    // A secret across two pieces lies whole in the first, which reaches over its end.
    let mut room = vec![0; PIECE + longest];
    let mut at = begin;
    while at < end {
        let wanted = usize::try_from(end - at).unwrap_or(usize::MAX).min(room.len());
        let read = source.read_at(&mut room[..wanted], at).unwrap_or(0);
        for needle in needles {
            for offset in needle.finder.find_iter(&room[..read]).filter(|offset| *offset < PIECE) {
                found.hits += 1;
                found.places.push(format!("{place} at {:x}: {}", at + offset as u64, needle.form));
            }
        }
        found.octets += read.min(PIECE) as u64;
        at += PIECE as u64;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every form is found, wherever the secret stands in a longer text, and across the end of a piece.
    ///
    /// Defends: A17
    #[test]
    fn a_secret_is_found_in_every_form_at_every_place() {
        let secret = "4902718365";
        let needles = forms_of(secret);
        let folder = std::env::temp_dir().join(format!("tolem-scan-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("haystack");
        let search = |octets: &[u8]| {
            fs::write(&path, octets).unwrap();
            files(&folder, &needles).unwrap().hits
        };
        assert_eq!(search(&vec![b'4'; 3 * PIECE]), 0);
        for shift in 0..6 {
            let text = format!("{}{secret}&code=1", "x".repeat(shift));
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for form in [
                text.clone().into_bytes(),
                wide,
                hex::encode(&text).into_bytes(),
                STANDARD_NO_PAD.encode(&text).into_bytes(),
                format!("{:?}", text.as_bytes()).into_bytes(),
            ] {
                // UTF-16 after an octet of nothing is UTF-16 of the other order too, hence not always one.
                let hits = search(&form);
                assert!(hits > 0, "{}", String::from_utf8_lossy(&form));
                for before in [PIECE - 1, PIECE - form.len() / 2, PIECE - form.len(), PIECE] {
                    assert_eq!(search(&[vec![b'.'; before], form.clone()].concat()), hits, "{before}");
                }
            }
        }
        fs::remove_dir_all(&folder).unwrap();
    }

    /// Defends: A17
    #[test]
    fn a_secret_is_found_in_the_memory_of_a_process() {
        let secret = format!("49{:010}", std::process::id());
        let found = memory(std::process::id(), "ourselves", &forms_of(&secret)).unwrap();
        assert!(found.hits > 0 && found.octets > PIECE as u64);
        assert!(found.places.iter().all(|place| !place.contains(&secret)), "what is found is not told");
    }
}
