//! What stands above the rows of a register, and which of them belong under it.

use terms::{BankingDay, Moment, Trilingual};

use super::{Party, Row};

/// Whose register it is, of which day, and as known when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Whose payments it lists.
    pub party: Party,
    /// The party's name.
    pub name: Trilingual,
    /// The banking day.
    pub day: BankingDay,
    /// 1 for the first one of that day; each correction is one more.
    pub revision: u32,
    /// When this revision was formed.
    pub formed_at: Moment,
    /// The last posting it knew of: with it the same rows can be found again for ever.
    pub up_to: u64,
}

impl Head {
    /// The offset of Almaty at noon of that day, such as `+05:00`: the one clock of the register.
    ///
    /// At noon, because the last hour of 29 February 2024 was passed twice, under one offset and then the other.
    pub fn offset(&self) -> String {
        self.day.begins_at().plus_seconds(12 * 3600).in_almaty("%:z")
    }

    /// The name that its files share, without what comes after the point: `register-bank-500140000017-2026-11-22-r1`.
    pub fn file_stem(&self) -> String {
        let party = match self.party {
            Party::Provider(_) => "provider",
            Party::Bank(_) => "bank",
        };
        format!("register-{party}-{}-{}-r{}", self.party.bin(), self.day, self.revision)
    }

    /// Whether the row is one of this register.
    pub fn holds(&self, row: &Row) -> bool {
        let is_theirs = match self.party {
            Party::Provider(bin) => row.requisites.provider == bin,
            Party::Bank(bin) => row.bank == bin,
        };
        is_theirs && row.day == self.day && row.posting <= self.up_to
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use terms::Tiyn;

    use super::*;
    use crate::PostingKind;
    use crate::register::{Totals, sample};

    const BINS: [&str; 3] = ["500140000017", "500140000126", "500240000137"];
    const DAYS: [&str; 3] = ["2024-02-29", "2024-03-01", "2026-11-22"];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        /// Meets: C10
        /// Defends: A29
        #[test]
        fn every_row_is_in_one_register_of_a_bank_and_in_one_of_a_provider(
            choices in prop::collection::vec((0_usize..3, 0_usize..3, 0_usize..3, 1_u64..1_000_000, any::<bool>()), 1..60),
        ) {
            let rows: Vec<Row> = (1..).zip(choices).map(|(posting, (bank, provider, day, tiyn, taken_back))| {
                let mut row = sample::rows(1).next().unwrap();
                row.posting = posting;
                row.bank = BINS[bank].parse().unwrap();
                row.requisites.provider = BINS[provider].parse().unwrap();
                row.day = DAYS[day].parse().unwrap();
                row.amount = Tiyn::new(tiyn).unwrap();
                row.kind = if taken_back { PostingKind::Reversal } else { PostingKind::Payment };
                row
            }).collect();
            let net: i128 = rows.iter().map(|row| i128::from(row.signed())).sum();
            for party in [Party::Bank, Party::Provider] {
                let (mut of_all, mut found) = (0, 0);
                for (bin, day) in BINS.iter().flat_map(|bin| DAYS.iter().map(move |day| (bin, day))) {
                    let head = Head {
                        party: party(bin.parse().unwrap()),
                        day: day.parse().unwrap(),
                        ..sample::head(rows.len() as u64)
                    };
                    let mut totals = Totals::default();
                    rows.iter().filter(|row| head.holds(row)).for_each(|row| totals.count(row));
                    of_all += totals.net();
                    found += totals.rows();
                }
                prop_assert_eq!((found, of_all), (rows.len() as u64, net));
            }
        }
    }

    #[test]
    fn a_register_holds_its_own_rows_only() {
        let head = sample::head(1);
        let row = sample::rows(1).next().unwrap();
        assert!(head.holds(&row));
        assert!(!head.holds(&Row { day: row.day.next(), ..row.clone() }));
        assert!(!head.holds(&Row { posting: head.up_to + 1, ..row.clone() }));
        assert!(!head.holds(&Row { bank: "500240000137".parse().unwrap(), ..row }));
    }

    #[test]
    fn the_offset_is_that_of_the_day() {
        let of = |day: &str| Head { day: day.parse().unwrap(), ..sample::head(1) }.offset();
        assert_eq!(of("2024-02-29"), "+06:00");
        assert_eq!(of("2024-03-01"), "+05:00");
    }
}
