//! What happens to the payments of a history: a plan that depends on nothing but their numbers.

use anyhow::Result;
use terms::{Channel, Party, PartyNumber};

use crate::country::{COMPANY, PEOPLE, Role, SERVICES, Service};

/// The minute of the day in Almaty at which a day's payments are made; the next day has the next.
const MINUTES: [i64; 5] = [11 * 60 + 20, 17 * 60 + 45, 9 * 60 + 40, 15 * 60 + 30, 13 * 60 + 5];
/// No two days of a week are alike.
const OF_WEEK: [u32; 7] = [6, 5, 4, 5, 3, 2, 1];
/// Almaty is five hours ahead, in minutes.
const ALMATY_MINUTES: i64 = 300;
/// From an account of the demonstration only this many, or its money would be gone before a visitor comes.
const FROM_ACCOUNTS: u32 = 12;
/// How many people a history has, beside the few of the demonstration.
const STRANGERS: u32 = 200;

/// A moment of the past at which payments are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    days_ago: i64,
    minute: i64,
    share: u32,
}

impl Slot {
    /// How far back it lies, in seconds, from a present given in Unix seconds.
    pub(crate) fn seconds_back(self, now: i64) -> i64 {
        let midnight = (now + ALMATY_MINUTES * 60).div_euclid(86_400) * 86_400 - ALMATY_MINUTES * 60;
        now - (midnight - self.days_ago * 86_400 + self.minute * 60)
    }
}

/// One slot for each of so many days, the first first.
pub(crate) fn slots(days: i64) -> Vec<Slot> {
    (1..=days)
        .rev()
        .zip(MINUTES.iter().cycle().zip(OF_WEEK.iter().cycle()))
        .map(|(days_ago, (minute, share))| Slot { days_ago, minute: *minute, share: *share })
        .collect()
}

/// How many of `count` payments fall on each slot; together exactly `count`.
pub(crate) fn spread(count: u32, slots: &[Slot]) -> Vec<u32> {
    let whole: u64 = slots.iter().map(|slot| u64::from(slot.share)).sum();
    let mut so_far = 0;
    let mut given = 0;
    slots
        .iter()
        .map(|slot| {
            so_far += u64::from(slot.share);
            let until = u32::try_from(u64::from(count) * so_far / whole.max(1)).unwrap_or(count);
            let here = until - given;
            given = until;
            here
        })
        .collect()
}

/// How a payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// Nobody pays; the code is void a day later.
    Unpaid,
    /// The bank declines.
    Declined,
    /// Paid and not used yet.
    Paid,
    /// The notice names another amount.
    Disputed,
    /// The bank takes it back.
    Reversed,
    /// Used at the desk of a service centre.
    AtDesk,
    /// Used for an order at the portal.
    Delivered,
}

/// The story of one payment.
pub(crate) struct Story {
    pub(crate) number: u32,
    pub(crate) channel: Channel,
    pub(crate) service: &'static Service,
    pub(crate) end: End,
    /// Which of the two banks.
    pub(crate) at_second_bank: bool,
    pub(crate) recipient: Party,
    pub(crate) payer: Party,
}

impl Story {
    /// The story of the payment with this number.
    ///
    /// # Errors
    /// Where the data of the demonstration is not well formed.
    pub(crate) fn of(number: u32) -> Result<Self> {
        let channel = match number % 10 {
            0..=2 => Channel::Kiosk,
            3 | 4 => Channel::Atm,
            5..=7 => Channel::InternetBank,
            9 if (number / 10).is_multiple_of(3) && number / 30 < FROM_ACCOUNTS => Channel::BankAccount,
            _ => Channel::Card,
        };
        let end = match number / 3 % 20 {
            // Born paid, and to be given back only by two officers.
            _ if channel == Channel::BankAccount => End::Paid,
            0 => End::Unpaid,
            1 => End::Declined,
            2 => End::Reversed,
            3..=8 => End::AtDesk,
            9..=15 => End::Delivered,
            16 if number % 100 == 48 => End::Disputed,
            _ => End::Paid,
        };
        let mut service = &SERVICES[(number / 7) as usize % SERVICES.len()];
        if !service.e_service && end != End::AtDesk {
            service = &SERVICES[0];
        }
        let person = person(number * 7 % (STRANGERS + 1))?;
        let company = service.code == "P-0203" && number.is_multiple_of(3);
        let recipient = if company { company_party()? } else { person.clone() };
        let payer = if number % 4 == 1 { self::person(number * 11 % STRANGERS + 1)? } else { person };
        // An account is charged in its owner's name.
        let payer = if channel == Channel::BankAccount { self::person(0)? } else { payer };
        Ok(Self {
            number,
            channel,
            service,
            end,
            at_second_bank: channel != Channel::BankAccount && number / 3 % 2 == 1,
            recipient,
            payer,
        })
    }
}

fn company_party() -> Result<Party> {
    Ok(Party { number: COMPANY.bin.parse()?, name: COMPANY.name[1].parse()? })
}

/// The first citizen of the demonstration, or a stranger: demonstration data too, with a marker of the nineteenth
/// century.
fn person(number: u32) -> Result<Party> {
    const SURNAMES: [&str; 10] = [
        "Ахметов",
        "Нұрғалиев",
        "Ким",
        "Петренко",
        "Оспанов",
        "Сейтқали",
        "Иванов",
        "Жұмабаев",
        "Ли",
        "Абай",
    ];
    const NAMES: [&str; 7] = ["Ерлан", "Данияр", "Олег", "Бауыржан", "Тимур", "Әлихан", "Марат"];
    if number == 0 {
        let citizen = PEOPLE.iter().find(|person| person.role == Role::Citizen);
        let citizen = citizen.ok_or_else(|| anyhow::anyhow!("there is no citizen"))?;
        return Ok(Party { number: citizen.iin.parse()?, name: citizen.full_name().parse()? });
    }
    let at = number as usize;
    let name = format!("{} {}", SURNAMES[at % SURNAMES.len()], NAMES[at % NAMES.len()]);
    let born = format!("{:02}{:02}{:02}", 60 + number % 40, 1 + number % 12, 1 + number % 28);
    // The serial number is chosen so that there is a check digit.
    let iin = (0..100).find_map(|more| {
        let head = format!("{born}1{:04}", 3000 + number * 10 + more);
        (0..10).find_map(|digit| format!("{head}{digit}").parse::<PartyNumber>().ok())
    });
    Ok(Party { number: iin.ok_or_else(|| anyhow::anyhow!("no check digit fits"))?, name: name.parse()? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_spread_gives_away_every_payment_and_no_more() {
        let slots = slots(30);
        for count in [0, 1, 7, 600, 10_000] {
            assert_eq!(spread(count, &slots).iter().sum::<u32>(), count);
        }
    }

    #[test]
    fn slots_lie_in_the_past_in_order() {
        let now = 1_795_325_000;
        let back: Vec<i64> = slots(30).iter().map(|slot| slot.seconds_back(now)).collect();
        assert!(back.is_sorted_by(|earlier, later| earlier > later));
        assert!(back.iter().all(|seconds| (0..=31 * 86_400).contains(seconds)), "{back:?}");
    }

    #[test]
    fn a_few_hundred_payments_use_every_channel_service_and_end() {
        let stories: Vec<Story> = (0..600).map(|number| Story::of(number).unwrap()).collect();
        let channels: BTreeSet<&str> = stories.iter().map(|story| story.channel.name()).collect();
        let services: BTreeSet<&str> = stories.iter().map(|story| story.service.code).collect();
        let ends: BTreeSet<String> = stories.iter().map(|story| format!("{:?}", story.end)).collect();
        assert_eq!((channels.len(), services.len(), ends.len()), (5, 4, 7));
    }
}
