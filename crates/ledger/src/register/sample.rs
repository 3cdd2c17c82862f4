//! A made-up register of any length, the same each time: what benches measure and tests compare.
//!
//! Demonstration data only: numbers of nobody, accounts of bank codes that no bank has.

use std::str::FromStr;

use terms::{BankingDay, Bin, Channel, Moment, Party as Person, PaymentCode, Requisites, Tiyn, Trilingual};

use super::{Head, Party, Row};
use crate::PostingKind;

const BANK: &str = "500140000017";
const PROVIDER: &str = "500240000137";
const DAY: &str = "2026-11-22";
/// One row in so many is of money taken back.
const REVERSED_IN: u64 = 97;
/// One row in so many has no order.
const WITHOUT_ORDER_IN: u64 = 5;
/// One row in so many reached the gateway on the day after.
const LATE_IN: u64 = 211;

fn sample<T: FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("the made-up value is right")
}

/// The bank whose register it is.
pub fn bank() -> Bin {
    sample(BANK)
}

/// Its day.
pub fn day() -> BankingDay {
    sample(DAY)
}

/// The head of a made-up register of so many rows.
pub fn head(rows: u64) -> Head {
    Head {
        party: Party::Bank(bank()),
        name: Trilingual::new("«Үлгі» банкі", "Банк «Образец»", "Sample Bank"),
        day: day(),
        revision: 1,
        formed_at: sample("2026-11-23T01:00:00+05:00"),
        up_to: rows,
    }
}

/// The first rows of the made-up register, in the order of their postings from 1 on.
pub fn rows(count: u64) -> impl Iterator<Item = Row> + Clone {
    rows_after(0, count)
}

/// Rows of the made-up register after a posting, as pages of a store give them.
pub fn rows_after(posting: u64, count: u64) -> impl Iterator<Item = Row> + Clone {
    let world = World::new();
    (posting + 1..=posting + count).map(move |posting| world.row(posting))
}

/// The values that many rows share, read once.
#[derive(Clone)]
struct World {
    begins_at: Moment,
    day: BankingDay,
    bank: Bin,
    people: [Person; 4],
    requisites: Requisites,
}

impl World {
    fn new() -> Self {
        let person = |number: &str, name: &str| Person { number: sample(number), name: sample(name) };
        let day = day();
        let people = [
            person("850612200017", "Әбдіреева Айгүл Серікқызы"),
            person("790304100022", "Әбдіреев Серік Болатұлы"),
            person("880101200044", "Жұмабаева Дина Ерланқызы"),
            person("500140000126", "ЖШС «Өңір & Ко» <Қарағанды>"),
        ];
        let requisites = Requisites {
            payer: people[1].clone(),
            recipient: people[0].clone(),
            service: sample("P1.04"),
            provider: sample(PROVIDER),
            amount: Tiyn::tenge(1725),
            commission: Tiyn::tenge(100),
            beneficiary_iban: sample("KZ770000000000000001"),
            beneficiary_bic: sample("DEMOKZ2A"),
            kbk: sample("008126"),
            knp: sample("911"),
            kod: sample("09"),
            kbe: sample("11"),
            purpose: sample("Мемлекеттік баж: тұрғылықты жері туралы анықтама"),
            bank_reference: sample("DEMO"),
            paid_at: day.begins_at(),
            channel: Channel::InternetBank,
        };
        Self { begins_at: day.begins_at(), day, bank: bank(), people, requisites }
    }

    fn row(&self, posting: u64) -> Row {
        let is_reversal = posting.is_multiple_of(REVERSED_IN);
        // A reversal is of the payment before it.
        let payment = if is_reversal { posting - 1 } else { posting };
        let second = i64::try_from(payment % 86_400).unwrap_or(0);
        let pick = |count: usize| usize::try_from(payment % count as u64).unwrap_or(0);
        let late = if posting.is_multiple_of(LATE_IN) { 86_400 } else { 0 };
        let requisites = Requisites {
            payer: self.people[pick(4)].clone(),
            recipient: self.people[pick(3)].clone(),
            amount: Tiyn::new(100 + payment * 7_919 % 5_000_000).expect("a small amount"),
            bank_reference: sample(&format!("DEMO-20261122-{payment:09}")),
            paid_at: self.begins_at.plus_seconds(second),
            channel: Channel::ALL[pick(Channel::ALL.len())],
            ..self.requisites.clone()
        };
        Row {
            posting,
            kind: if is_reversal { PostingKind::Reversal } else { PostingKind::Payment },
            day: self.day,
            at: self.begins_at.plus_seconds(second + late + 2),
            amount: requisites.amount,
            code: code(payment),
            application: (!payment.is_multiple_of(WITHOUT_ORDER_IN))
                .then(|| sample(&format!("002-{payment:010}"))),
            transaction: sample(&format!("T-20261122-{payment:010}")),
            bank: self.bank,
            requisites,
        }
    }
}

/// The code of a made-up payment: the next body that makes a right one, so that no two are the same.
fn code(payment: u64) -> PaymentCode {
    const BODIES_EACH: u64 = 8;
    let first = 70_000_000_000_000 + payment * BODIES_EACH;
    (first..first + BODIES_EACH)
        .find_map(|body| format!("{body}{:02}", 98 - body * 100 % 97).parse().ok())
        .expect("of eight codes in a row one is no card number")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_made_up_payment_has_a_code_of_its_own() {
        let payments = rows(5_000).filter(|row| row.kind == PostingKind::Payment);
        let codes: HashSet<_> = payments.map(|row| row.code).collect();
        assert_eq!(codes.len(), 5_000 - 51);
        assert_eq!(rows(10).skip(4).collect::<Vec<_>>(), rows_after(4, 6).collect::<Vec<_>>());
    }
}
