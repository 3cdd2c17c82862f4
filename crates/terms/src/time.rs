//! Time: moments with the offset of Almaty, and the banking day.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use jiff::fmt::StdFmtWrite;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The name of the country's time zone in the time-zone data (UTC+5 since March 2024).
pub const ALMATY: &str = "Asia/Almaty";

fn almaty() -> TimeZone {
    TimeZone::get(ALMATY).expect("the time-zone data is compiled in")
}

/// A moment, to the microsecond. Written in Almaty's time with its offset: `2026-11-22T07:05:00.000000+05:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Moment(Timestamp);

/// Why something is no moment or no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not a date and time with an offset, by RFC 3339.
    #[error("the time is not written as 2026-11-22T07:05:00+05:00")]
    Form,
    /// Not a date, or a date that the calendar does not have.
    #[error("it is no day of the calendar, written as 2026-11-22")]
    Day,
}

impl Moment {
    /// The system's present moment. Only `app` calls it; everybody else is handed a [`crate::Clock`].
    pub fn from_system_clock() -> Self {
        Self::from_unix_microseconds(Timestamp::now().as_microsecond())
    }

    /// From microseconds since 1970, saturating at the ends of the calendar.
    pub fn from_unix_microseconds(microseconds: i64) -> Self {
        Self(Timestamp::from_microsecond(microseconds).unwrap_or(if microseconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        }))
    }

    /// Microseconds since 1970: the form in columns.
    pub fn unix_microseconds(self) -> i64 {
        self.0.as_microsecond()
    }

    /// Milliseconds since 1970.
    pub fn unix_milliseconds(self) -> i64 {
        self.0.as_millisecond()
    }

    /// Seconds since 1970, as certificates count.
    pub fn unix_seconds(self) -> i64 {
        self.0.as_second()
    }

    /// This many seconds later; earlier where negative.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(
            self.0
                .saturating_add(SignedDuration::from_secs(seconds))
                .expect("a duration has no calendar units"),
        )
    }

    /// Whole seconds from `earlier` to this moment; negative where it is later.
    pub fn seconds_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_secs()
    }

    /// The beginning of the hour this moment falls in, for counts by the hour.
    pub fn start_of_hour(self) -> Self {
        let microseconds = self.unix_microseconds();
        Self::from_unix_microseconds(microseconds - microseconds.rem_euclid(3_600_000_000))
    }

    /// The banking day this moment falls in.
    pub fn banking_day(self) -> BankingDay {
        BankingDay(self.0.to_zoned(almaty()).date())
    }

    /// What the calendar and the clock in Almaty show, for forms that want numbers.
    pub fn on_the_clock(self) -> OnTheClock {
        let shown = almaty().to_datetime(self.0);
        OnTheClock {
            day: BankingDay(shown.date()),
            hour: shown.hour().unsigned_abs(),
            minute: shown.minute().unsigned_abs(),
            second: shown.second().unsigned_abs(),
        }
    }

    /// Date and time in Almaty for people and forms, by a `strftime` pattern such as `%d.%m.%Y %H:%M`.
    pub fn in_almaty(self, pattern: &str) -> String {
        self.0.to_zoned(almaty()).strftime(pattern).to_string()
    }
}

impl FromStr for Moment {
    type Err = TimeError;

    /// Reads RFC 3339. An offset is required: a time without one means nothing between organisations.
    fn from_str(s: &str) -> Result<Self, TimeError> {
        // The bound keeps a peer from making the parser read a long tail of digits.
        if s.len() > 40 {
            return Err(TimeError::Form);
        }
        let moment: Timestamp = s.parse().map_err(|_| TimeError::Form)?;
        Ok(Self::from_unix_microseconds(moment.as_microsecond()))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const TO_THE_MICROSECOND: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
        let offset = almaty().to_offset(self.0);
        TO_THE_MICROSECOND
            .print_timestamp_with_offset(&self.0, offset, StdFmtWrite(f))
            .map_err(|_| fmt::Error)
    }
}

/// What a clock in Almaty shows: a date, hours from 0 to 23, minutes and seconds from 0 to 59.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnTheClock {
    /// The date, which is the banking day.
    pub day: BankingDay,
    /// The hour.
    pub hour: u8,
    /// The minute.
    pub minute: u8,
    /// The second.
    pub second: u8,
}

/// A banking day: 00:00 to 24:00 in Almaty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BankingDay(Date);

impl BankingDay {
    /// When it begins.
    pub fn begins_at(self) -> Moment {
        let start = self.0.to_zoned(almaty()).expect("Almaty has a midnight on every day");
        Moment::from_unix_microseconds(start.timestamp().as_microsecond())
    }

    /// When the next one begins.
    pub fn ends_at(self) -> Moment {
        self.next().begins_at()
    }

    /// Its year, its month from 1 and its day of the month from 1.
    pub fn year_month_day(self) -> (i16, u8, u8) {
        (self.0.year(), self.0.month().unsigned_abs(), self.0.day().unsigned_abs())
    }

    /// The Monday of its week.
    pub fn first_of_week(self) -> Self {
        let since_monday = i64::from(self.0.weekday().to_monday_zero_offset());
        Self(self.0.saturating_sub(SignedDuration::from_hours(24 * since_monday)))
    }

    /// The first day of its month.
    pub fn first_of_month(self) -> Self {
        Self(self.0.first_of_month())
    }

    /// The last day of its month.
    pub fn last_of_month(self) -> Self {
        Self(self.0.last_of_month())
    }

    /// This many days later; earlier where negative. Saturates at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(SignedDuration::from_hours(24 * days)))
    }

    /// Days from `earlier` to this one; negative where it is later.
    pub fn days_since(self, earlier: Self) -> i64 {
        self.0.duration_since(earlier.0).as_hours() / 24
    }

    /// The day after; the last day of the calendar is its own.
    pub fn next(self) -> Self {
        Self(self.0.tomorrow().unwrap_or(self.0))
    }

    /// The day before; the first day of the calendar is its own.
    pub fn previous(self) -> Self {
        Self(self.0.yesterday().unwrap_or(self.0))
    }
}

impl fmt::Display for BankingDay {
    /// Writes `2026-11-22`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for BankingDay {
    type Err = TimeError;
    fn from_str(s: &str) -> Result<Self, TimeError> {
        s.parse().map(Self).map_err(|_| TimeError::Day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_follows_the_time_zone_data_over_the_change_of_2024() {
        let before: Moment = "2024-02-29T17:59:59Z".parse().unwrap();
        assert_eq!(before.to_string(), "2024-02-29T23:59:59.000000+06:00");
        let after: Moment = "2024-02-29T19:00:00Z".parse().unwrap();
        assert_eq!(after.to_string(), "2024-03-01T00:00:00.000000+05:00");
        assert_eq!(after.banking_day().to_string(), "2024-03-01");
    }

    #[test]
    fn a_banking_day_ends_where_the_next_begins_over_the_change_of_2024() {
        let day: BankingDay = "2024-02-29".parse().unwrap();
        assert_eq!(day.begins_at().to_string(), "2024-02-29T00:00:00.000000+06:00");
        // The clock went back at midnight: the day has an hour more.
        assert_eq!(day.ends_at().to_string(), "2024-03-01T00:00:00.000000+05:00");
        assert_eq!(day.ends_at().seconds_since(day.begins_at()), 25 * 3600);
        assert_eq!(day.ends_at().banking_day(), day.next());
        assert_eq!(day.ends_at().plus_seconds(-1).banking_day(), day);
        assert_eq!(day.next().previous(), day);
    }

    #[test]
    fn a_banking_day_knows_its_week_and_its_month() {
        // A Thursday in a leap year.
        let day: BankingDay = "2024-02-29".parse().unwrap();
        assert_eq!(day.first_of_week().to_string(), "2024-02-26");
        assert_eq!(day.first_of_week().first_of_week(), day.first_of_week());
        assert_eq!(day.first_of_month().to_string(), "2024-02-01");
        assert_eq!("2024-02-01".parse::<BankingDay>().unwrap().last_of_month(), day);
        assert_eq!(day.plus_days(-29).to_string(), "2024-01-31");
        assert_eq!(day.plus_days(1).days_since(day.first_of_month()), 29);
    }

    #[test]
    fn the_clock_shows_the_hour_of_almaty_over_the_change_of_2024() {
        let shown = |moment: &str| {
            let OnTheClock { day, hour, minute, second } = moment.parse::<Moment>().unwrap().on_the_clock();
            (day.to_string(), hour, minute, second)
        };
        assert_eq!(shown("2024-02-29T17:59:59.9Z"), ("2024-02-29".to_owned(), 23, 59, 59));
        assert_eq!(shown("2024-02-29T18:00:01Z"), ("2024-02-29".to_owned(), 23, 0, 1));
        let day: BankingDay = "2024-02-29".parse().unwrap();
        assert_eq!(day.year_month_day(), (2024, 2, 29));
    }

    #[test]
    fn a_moment_survives_writing_and_reading() {
        let moment = Moment::from_unix_microseconds(1_795_000_000_123_456);
        assert_eq!(moment.to_string().parse(), Ok(moment));
        assert_eq!("2026-11-22T07:05:00".parse::<Moment>(), Err(TimeError::Form));
        assert_eq!(moment.plus_seconds(60).seconds_since(moment), 60);
    }
}
