//! What of a day's looks at people's data the work does not explain. Pure: who looked at what is read by the gateway.
//!
//! A sign is no proof. It says at whom to look, with the figures that made it one, so that whoever judges can count them
//! again. The bounds are low enough that a quiet day shows nothing and a day of harvesting shows.
//! Source: Instruction № 491, cl. 20.6; the signs are ours (A13).

use std::collections::BTreeMap;

use terms::Moment;

/// Fewer looks than this are no harvest, however quiet the day was.
pub const MANY_LOOKS: u64 = 30;
/// So many times the middle actor of the day is many.
const MANY_TIMES: u64 = 5;
/// Fewer inquiries left lying than this happen at any desk.
pub const LEFT_INQUIRIES: u64 = 10;
/// So many payments of one person closed by one operator in a day.
pub const CLOSED_FOR_ONE: u64 = 4;
/// So many looks at night.
pub const LOOKS_AT_NIGHT: u64 = 3;
/// Desks are open within these hours of Almaty.
const OPEN_HOURS: std::ops::Range<i64> = 7..22;

/// One look at somebody's data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Who looked.
    pub actor: String,
    /// When.
    pub at: Moment,
    /// What it was for.
    pub occasion: Occasion,
}

/// What a look was for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Occasion {
    /// A desk asked about a code, and the same operator closed that payment of this person.
    Closed(String),
    /// A desk asked about a code, and did not close the payment.
    Left,
    /// A search, a pack, a page: work that closes nothing.
    Other,
}

/// What is not explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sign {
    /// Many more looks than the middle actor of the day.
    Many {
        /// How many.
        looks: u64,
        /// How many the middle actor had.
        middle: u64,
    },
    /// Most codes that a desk asked about were not closed there.
    Left {
        /// How many were not.
        left: u64,
        /// Of how many.
        inquiries: u64,
    },
    /// One operator closed many payments of one person.
    ForOne {
        /// How many.
        closed: u64,
    },
    /// Looks when no desk is open.
    AtNight {
        /// How many.
        looks: u64,
    },
}

impl Sign {
    /// The word between machines.
    pub fn word(self) -> &'static str {
        match self {
            Self::Many { .. } => "many-looks",
            Self::Left { .. } => "inquiries-left",
            Self::ForOne { .. } => "closed-for-one",
            Self::AtNight { .. } => "at-night",
        }
    }

    /// How many there were, and of how many or beside how many where that belongs to it.
    pub fn figures(self) -> (u64, Option<u64>) {
        match self {
            Self::Many { looks, middle } => (looks, Some(middle)),
            Self::Left { left, inquiries } => (left, Some(inquiries)),
            Self::ForOne { closed } => (closed, None),
            Self::AtNight { looks } => (looks, None),
        }
    }
}

/// A sign, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Anomaly {
    /// Who looked.
    pub actor: String,
    /// What is not explained.
    pub sign: Sign,
}

#[derive(Default)]
struct Day {
    looks: u64,
    left: u64,
    inquiries: u64,
    at_night: u64,
    closed_of: BTreeMap<String, u64>,
}

/// The signs in the looks of one day, by actor.
pub fn anomalies(looks: impl IntoIterator<Item = Look>) -> Vec<Anomaly> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for look in looks {
        let day = days.entry(look.actor).or_default();
        day.looks += 1;
        day.at_night += u64::from(!OPEN_HOURS.contains(&hour(look.at)));
        match look.occasion {
            Occasion::Other => {}
            Occasion::Left => {
                day.inquiries += 1;
                day.left += 1;
            }
            Occasion::Closed(person) => {
                day.inquiries += 1;
                *day.closed_of.entry(person).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<u64> = days.values().map(|day| day.looks).collect();
    counts.sort_unstable();
    // Of an even number the lower one, so that one who looks much among two is seen.
    let middle = counts.get(counts.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    days.iter()
        .flat_map(|(actor, day)| {
            signs(day, middle).into_iter().map(|sign| Anomaly { actor: actor.clone(), sign })
        })
        .collect()
}

/// The hour by the clock in Almaty.
fn hour(at: Moment) -> i64 {
    at.seconds_since(at.banking_day().begins_at()) / 3600
}

fn signs(day: &Day, middle: u64) -> Vec<Sign> {
    let Day { looks, left, inquiries, at_night, ref closed_of } = *day;
    let mut signs = Vec::new();
    if looks >= MANY_LOOKS && looks >= middle * MANY_TIMES {
        signs.push(Sign::Many { looks, middle });
    }
    if left >= LEFT_INQUIRIES && left * 2 > inquiries {
        signs.push(Sign::Left { left, inquiries });
    }
    let closed = closed_of.values().copied().max().unwrap_or(0);
    if closed >= CLOSED_FOR_ONE {
        signs.push(Sign::ForOne { closed });
    }
    if at_night >= LOOKS_AT_NIGHT {
        signs.push(Sign::AtNight { looks: at_night });
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Moment {
        "2026-11-22T00:00:00+05:00".parse::<Moment>().unwrap().plus_seconds(hour * 3600)
    }

    fn look(actor: &str, hour: i64, occasion: Occasion) -> Look {
        Look { actor: actor.to_owned(), at: at(hour), occasion }
    }

    fn usual(actor: &str) -> Vec<Look> {
        let closed = |n: i64| look(actor, 9 + n % 8, Occasion::Closed(format!("person {n}")));
        (0..12).map(closed).chain([look(actor, 10, Occasion::Left)]).collect()
    }

    fn words(looks: Vec<Look>) -> Vec<(String, &'static str)> {
        anomalies(looks).into_iter().map(|one| (one.actor, one.sign.word())).collect()
    }

    #[test]
    fn a_usual_day_shows_nothing() {
        assert_eq!(words([usual("a"), usual("b"), usual("c")].concat()), []);
        assert_eq!(words(Vec::new()), []);
    }

    /// Four kinds of seeded fraud among honest colleagues: each is found, with the one who did it, and nobody else.
    ///
    /// Defends: A13
    #[test]
    fn whoever_harvests_or_closes_for_friends_is_named() {
        let honest = || [usual("a"), usual("b"), usual("c")].concat();
        let with = |seeded: Vec<Look>| words([honest(), seeded].concat());
        let harvest: Vec<Look> = (0..90).map(|_| look("harvester", 12, Occasion::Left)).collect();
        let named = |word| ("harvester".to_owned(), word);
        assert_eq!(with(harvest), [named("many-looks"), named("inquiries-left")]);
        let friends = (0..4).map(|_| look("friend", 12, Occasion::Closed("one person".to_owned())));
        assert_eq!(with(friends.collect()), [("friend".to_owned(), "closed-for-one")]);
        let night = (0..3).map(|n| look("night", 2 + n, Occasion::Other));
        assert_eq!(with(night.collect()), [("night".to_owned(), "at-night")]);
        // An honest colleague who turns.
        let turned = (0..11).map(|_| look("b", 15, Occasion::Left)).collect();
        assert_eq!(with(turned), []);
        let turned = (0..14).map(|_| look("b", 15, Occasion::Left)).collect();
        assert_eq!(with(turned), [("b".to_owned(), "inquiries-left")]);
    }
}
