//! The order of the Kazakh alphabet, for lists that people search by eye.

use std::cmp::Ordering;

/// The forty-two letters in their order; ё stands by е, as dictionaries have it.
const ALPHABET: &str = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя";

/// Compares two names for a list: Kazakh and Russian letters in alphabetical order without regard to case,
/// Latin letters and digits before them, names that differ in case only by their characters.
pub fn collate_kk(a: &str, b: &str) -> Ordering {
    let keys = |s: &str| s.chars().flat_map(char::to_lowercase).map(key).collect::<Vec<_>>();
    keys(a).cmp(&keys(b)).then_with(|| a.cmp(b))
}

fn key(c: char) -> (bool, usize, char) {
    match ALPHABET.chars().position(|letter| letter == c) {
        Some(place) => (true, place, c),
        None => (false, 0, c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kazakh_letters_stand_where_the_alphabet_has_them() {
        let mut names =
            ["Үміт", "Яна", "Ғани", "Гауһар", "Дина", "әділ", "Азат", "Bank", "Ыбырай", "Іңкәр", "Ерлан"];
        names.sort_by(|a, b| collate_kk(a, b));
        assert_eq!(
            names,
            ["Bank", "Азат", "әділ", "Гауһар", "Ғани", "Дина", "Ерлан", "Үміт", "Ыбырай", "Іңкәр", "Яна"]
        );
    }
}
