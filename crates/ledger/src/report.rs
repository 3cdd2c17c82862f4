//! Statistics and summaries of payments (cl. 11): what happened in a period, by what, and compared with the period before.
//!
//! Whole numbers throughout: sums are tiyn, shares are per mille, times are milliseconds. Drawing is the affair of
//! `pages` and `files`, and who may see which rows that of `rights`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use payment::table::State;
use terms::{BankingDay, Bin, Channel, Moment, ServiceCode, Tiyn};

/// Some banking days that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Period {
    first: BankingDay,
    last: BankingDay,
}

impl Period {
    /// From one day to another, both included; the earlier one is the first, whichever is named first.
    pub fn between(one: BankingDay, other: BankingDay) -> Self {
        Self { first: one.min(other), last: one.max(other) }
    }

    /// The first day.
    pub fn first(self) -> BankingDay {
        self.first
    }

    /// The last day.
    pub fn last(self) -> BankingDay {
        self.last
    }

    /// How many days it has; at least one.
    pub fn days(self) -> i64 {
        self.last.days_since(self.first) + 1
    }

    /// Whether the day is one of them.
    pub fn has(self, day: BankingDay) -> bool {
        (self.first..=self.last).contains(&day)
    }

    /// The period before, with which this one is compared: the month before a whole month, otherwise as many days.
    pub fn before(self) -> Self {
        let last = self.first.previous();
        if self == Span::Month.around(self.first) {
            return Span::Month.around(last);
        }
        Self { first: last.plus_days(1 - self.days()), last }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.last)
    }
}

/// How long a summary reaches (cl. 11(2)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Span {
    /// One banking day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month of the calendar.
    Month,
}

impl Span {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The period of this length that a day falls in.
    pub fn around(self, day: BankingDay) -> Period {
        match self {
            Self::Day => Period { first: day, last: day },
            Self::Week => Period { first: day.first_of_week(), last: day.first_of_week().plus_days(6) },
            Self::Month => Period { first: day.first_of_month(), last: day.last_of_month() },
        }
    }

    /// The name in addresses and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }
}

/// The word names no span or dimension of a report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("reports know no {0}")]
pub struct NotInReports(String);

impl FromStr for Span {
    type Err = NotInReports;
    fn from_str(s: &str) -> Result<Self, NotInReports> {
        Self::ALL.into_iter().find(|span| span.name() == s).ok_or_else(|| NotInReports(s.to_owned()))
    }
}

/// What a report needs to know of one payment; nothing in it names a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// When the code was issued.
    pub issued_at: Moment,
    /// Where it stands now.
    pub state: State,
    /// What is paid for.
    pub service: ServiceCode,
    /// Who renders it.
    pub provider: Bin,
    /// The price.
    pub price: Tiyn,
    /// The way to pay.
    pub channel: Channel,
    /// What the bank vouched for, where one did.
    pub paid: Option<PaidFact>,
}

/// What a bank vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidFact {
    /// The bank.
    pub bank: Bin,
    /// What it took.
    pub amount: Tiyn,
    /// When it took it.
    pub paid_at: Moment,
    /// When its word reached the gateway.
    pub received_at: Moment,
}

impl Fact {
    /// The banking day a payment counts for: that on which it was paid, otherwise that on which its code was issued.
    pub fn day(&self) -> BankingDay {
        self.counted_at().banking_day()
    }

    fn counted_at(&self) -> Moment {
        self.paid.as_ref().map_or(self.issued_at, |paid| paid.paid_at)
    }
}

/// By what a report is broken down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// By banking day.
    Day,
    /// By the hour of the day in Almaty.
    Hour,
    /// By the way to pay.
    Method,
    /// By bank; codes nobody paid have none.
    Bank,
    /// By provider.
    Provider,
    /// By service.
    Service,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Day, Self::Hour, Self::Method, Self::Bank, Self::Provider, Self::Service];

    /// The name in addresses and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Method => "method",
            Self::Bank => "bank",
            Self::Provider => "provider",
            Self::Service => "service",
        }
    }

    /// The key of the line that a payment counts for; empty where it has none.
    fn key(self, fact: &Fact) -> String {
        match self {
            Self::Day => fact.day().to_string(),
            Self::Hour => fact.counted_at().in_almaty("%H"),
            Self::Method => fact.channel.name().to_owned(),
            Self::Bank => fact.paid.as_ref().map_or_else(String::new, |paid| paid.bank.to_string()),
            Self::Provider => fact.provider.to_string(),
            Self::Service => fact.service.to_string(),
        }
    }
}

impl FromStr for Dimension {
    type Err = NotInReports;
    fn from_str(s: &str) -> Result<Self, NotInReports> {
        Self::ALL.into_iter().find(|known| known.name() == s).ok_or_else(|| NotInReports(s.to_owned()))
    }
}

/// Counts, sums and times of some payments.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Codes issued, and codes born paid.
    pub issued: u64,
    /// Of them, those that a bank vouched for, whatever became of them since.
    pub paid: u64,
    /// What the banks took for them, in tiyn.
    pub sum: u64,
    /// Of the paid, those that are spent.
    pub closed: u64,
    /// Of the paid, those that two officers have to settle.
    pub disputed: u64,
    /// Of the paid, those taken back by the bank or given back by officers.
    pub returned: u64,
    /// What was taken or given back, in tiyn.
    pub returned_sum: u64,
    /// Codes that nobody paid in time, or whose bank declined.
    pub void: u64,
    /// How long the banks' word took to reach the gateway.
    pub latency: Latency,
}

impl Figures {
    fn count(&mut self, fact: &Fact) {
        self.issued += 1;
        if fact.state == State::Void {
            self.void += 1;
        }
        let Some(paid) = &fact.paid else { return };
        self.paid += 1;
        self.sum += paid.amount.as_u64();
        match fact.state {
            State::Closed => self.closed += 1,
            State::Disputed => self.disputed += 1,
            State::Reversed | State::Refunded => {
                self.returned += 1;
                self.returned_sum += paid.amount.as_u64();
            }
            State::Issued | State::Void | State::Paid | State::Bound => {}
        }
        let late = paid.received_at.unix_milliseconds() - paid.paid_at.unix_milliseconds();
        self.latency.count(u64::try_from(late).unwrap_or(0));
    }

    /// Of every thousand codes whose fate is known, how many were paid as ordered; none where none is known.
    pub fn success_per_mille(&self) -> Option<u64> {
        let known = self.paid + self.void;
        ((self.paid - self.disputed) * 1000).checked_div(known)
    }
}

/// Times, counted in classes each a quarter wider than the one before, so that percentiles of any number of payments
/// take little room. A percentile is the upper end of its class: at most a quarter above the true one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latency {
    classes: BTreeMap<u64, u64>,
    counted: u64,
}

impl Latency {
    fn count(&mut self, milliseconds: u64) {
        let mut end = 1;
        while end < milliseconds {
            end += (end / 4).max(1);
        }
        *self.classes.entry(end).or_default() += 1;
        self.counted += 1;
    }

    /// The time in milliseconds that so many of a hundred do not exceed; none where nothing was counted.
    pub fn percentile(&self, of_hundred: u64) -> Option<u64> {
        let wanted = (self.counted * of_hundred.min(100)).div_ceil(100).max(1);
        let mut seen = 0;
        self.classes.iter().find_map(|(end, count)| {
            seen += count;
            (seen >= wanted).then_some(*end)
        })
    }
}

/// A report: the figures of a period as a whole and by one dimension, beside those of the period before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The days reported on.
    pub period: Period,
    /// By what it is broken down.
    pub dimension: Dimension,
    /// The whole.
    pub whole: Figures,
    /// The whole of the period before.
    pub before: Figures,
    /// The figures by key, in the order of the keys. Of days and hours none is left out.
    pub lines: Vec<Line>,
}

/// One line of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The day, the hour, the bank…
    pub key: String,
    /// The figures.
    pub figures: Figures,
    /// The same in the period before; by days, the day as far from the beginning.
    pub before: Figures,
}

impl Report {
    /// Counts payments into a report; those of neither the period nor the one before are passed over.
    pub fn of<'a>(period: Period, dimension: Dimension, facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut counting = Counting::new(period, dimension);
        for fact in facts {
            counting.count(fact);
        }
        counting.report()
    }
}

/// A report as it is counted, for payments that come one after another.
#[derive(Debug)]
pub struct Counting {
    period: Period,
    earlier: Period,
    dimension: Dimension,
    whole: Figures,
    before: Figures,
    lines: BTreeMap<String, (Figures, Figures)>,
}

impl Counting {
    /// Nothing counted yet.
    pub fn new(period: Period, dimension: Dimension) -> Self {
        let mut lines = BTreeMap::new();
        match dimension {
            Dimension::Hour => lines.extend((0..24).map(|hour| (format!("{hour:02}"), Default::default()))),
            Dimension::Day => {
                let days = (0..period.days()).map(|ahead| period.first.plus_days(ahead).to_string());
                lines.extend(days.map(|day| (day, Default::default())));
            }
            _ => {}
        }
        let (whole, before) = Default::default();
        Self { period, earlier: period.before(), dimension, whole, before, lines }
    }

    /// Counts one payment more.
    pub fn count(&mut self, fact: &Fact) {
        let day = fact.day();
        if self.period.has(day) {
            self.whole.count(fact);
            self.lines.entry(self.dimension.key(fact)).or_default().0.count(fact);
        } else if self.earlier.has(day) {
            self.before.count(fact);
            let key = match self.dimension {
                Dimension::Day => {
                    let ahead = day.days_since(self.earlier.first);
                    let opposite = self.period.first.plus_days(ahead);
                    // A longer month has days that the shorter one cannot be compared with.
                    if !self.period.has(opposite) {
                        return;
                    }
                    opposite.to_string()
                }
                _ => self.dimension.key(fact),
            };
            self.lines.entry(key).or_default().1.count(fact);
        }
    }

    /// The report of what was counted.
    pub fn report(self) -> Report {
        let line = |(key, (figures, before))| Line { key, figures, before };
        Report {
            period: self.period,
            dimension: self.dimension,
            whole: self.whole,
            before: self.before,
            lines: self.lines.into_iter().map(line).collect(),
        }
    }
}

/// By how many per mille something has grown; negative where it has shrunk, none where there was nothing before.
pub fn growth_per_mille(now: u64, before: u64) -> Option<i64> {
    let (now, before) = (i128::from(now), i128::from(before));
    let growth = ((now - before) * 1000).checked_div(before)?;
    i64::try_from(growth).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BankingDay {
        text.parse().unwrap()
    }

    fn fact(issued: &str, paid: Option<(&str, &str)>, state: State) -> Fact {
        Fact {
            issued_at: issued.parse().unwrap(),
            state,
            service: "PS-01".parse().unwrap(),
            provider: "500140000126".parse().unwrap(),
            price: Tiyn::tenge(1725),
            channel: Channel::Card,
            paid: paid.map(|(at, received)| PaidFact {
                bank: "500140000017".parse().unwrap(),
                amount: Tiyn::tenge(1725),
                paid_at: at.parse().unwrap(),
                received_at: received.parse().unwrap(),
            }),
        }
    }

    /// Meets: C11.2
    #[test]
    fn a_summary_reaches_over_a_day_a_week_or_a_month_of_the_calendar() {
        let leap = day("2024-02-29");
        assert_eq!(Span::Day.around(leap).to_string(), "2024-02-29/2024-02-29");
        assert_eq!(Span::Week.around(leap).to_string(), "2024-02-26/2024-03-03");
        assert_eq!(Span::Month.around(leap).to_string(), "2024-02-01/2024-02-29");
        assert_eq!(Span::Month.around(leap).before().to_string(), "2024-01-01/2024-01-31");
        assert_eq!(Span::Week.around(leap).before().to_string(), "2024-02-19/2024-02-25");
        assert_eq!(Period::between(leap, day("2024-02-20")).before().to_string(), "2024-02-10/2024-02-19");
        for span in Span::ALL {
            assert_eq!(span.name().parse(), Ok(span));
        }
    }

    /// Meets: C11.1
    #[test]
    fn payments_are_counted_by_time_and_compared_with_the_period_before() {
        let facts = [
            fact(
                "2026-11-22T08:59:00+05:00",
                Some(("2026-11-22T09:00:00+05:00", "2026-11-22T09:00:02+05:00")),
                State::Closed,
            ),
            // Paid a minute before midnight, known after it: of the day it was paid on.
            fact(
                "2026-11-22T23:58:00+05:00",
                Some(("2026-11-22T23:59:00+05:00", "2026-11-23T00:01:00+05:00")),
                State::Paid,
            ),
            fact("2026-11-22T10:00:00+05:00", None, State::Void),
            fact("2026-11-22T10:00:00+05:00", None, State::Issued),
            fact(
                "2026-11-21T12:00:00+05:00",
                Some(("2026-11-21T12:00:00+05:00", "2026-11-21T12:00:00+05:00")),
                State::Reversed,
            ),
            fact("2026-11-19T12:00:00+05:00", None, State::Void),
        ];
        let report = Report::of(Span::Day.around(day("2026-11-22")), Dimension::Hour, &facts);
        assert_eq!((report.whole.issued, report.whole.paid, report.whole.void), (4, 2, 1));
        assert_eq!(report.whole.sum, 345_000);
        assert_eq!(report.whole.success_per_mille(), Some(666));
        assert_eq!(report.whole.latency.percentile(50).map(|ms| (2000..=2500).contains(&ms)), Some(true));
        assert_eq!(report.before.returned_sum, 172_500);
        assert_eq!(report.lines.len(), 24);
        assert_eq!(report.lines[23].figures.paid, 1);
        assert_eq!(report.lines[12].before.paid, 1);

        let week = Report::of(Span::Week.around(day("2026-11-22")), Dimension::Day, &facts);
        assert_eq!(week.lines.len(), 7);
        assert_eq!(week.whole.issued, 6);
        let by_bank = Report::of(Span::Week.around(day("2026-11-22")), Dimension::Bank, &facts);
        assert_eq!(by_bank.lines.iter().map(|line| line.figures.sum).sum::<u64>(), by_bank.whole.sum);
    }

    #[test]
    fn growth_and_percentiles_are_whole_numbers() {
        assert_eq!(growth_per_mille(150, 100), Some(500));
        assert_eq!(growth_per_mille(0, 100), Some(-1000));
        assert_eq!(growth_per_mille(5, 0), None);
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(50), None);
        for milliseconds in 1..=1000 {
            latency.count(milliseconds);
        }
        for (percent, truth) in [(1, 10), (50, 500), (99, 990), (100, 1000)] {
            let told = latency.percentile(percent).unwrap();
            assert!((truth..=truth + truth / 4 + 1).contains(&told), "{percent}: {told}");
        }
    }
}
