//! The application number (номер заявки): formed by the portal when an order is made (T6.8).
//!
//! `A`, the day in Almaty, eight unguessable digits, two check digits by ISO 7064 MOD 97-10, in groups that can be
//! read aloud: `A20261122-48210377-41`. The form is ours.

use terms::{ApplicationNumber, Entropy, Moment};

const RANDOM_SPACE: u64 = 100_000_000;

/// A fresh number. Uniqueness is not decided here but by the unique key of the store.
pub(crate) fn form_application_number(now: Moment, entropy: &mut dyn Entropy) -> ApplicationNumber {
    let day = now.in_almaty("%Y%m%d");
    let chance = entropy.below(RANDOM_SPACE);
    let check = check_digits(&day, chance);
    format!("A{day}-{chance:08}-{check:02}").parse().expect("letters, digits and hyphens within the bound")
}

fn check_digits(day: &str, chance: u64) -> u64 {
    let body = format!("{day}{chance:08}");
    let number = body.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
    98 - (number * 100) % 97
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u64);

    impl Entropy for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.copy_from_slice(&self.0.to_le_bytes()[..buffer.len()]);
        }
    }

    #[test]
    fn a_number_says_its_day_and_its_digits_fit_together() {
        let now: Moment = "2026-11-22T23:30:00Z".parse().unwrap();
        let number = form_application_number(now, &mut Fixed(48_210_377)).to_string();
        assert!(number.starts_with("A20261123-48210377-"), "{number}");
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(digits.parse::<u64>().unwrap() % 97, 1);
    }
}
