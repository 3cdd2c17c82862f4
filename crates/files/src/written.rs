//! How amounts, moments and ways to pay are written for people, in the three languages.
//!
//! One function for each, used by pages, PDF files and slips alike: browsers and operating systems know
//! Kazakh too poorly to be trusted with it. Forms for machines are the `Display` of the terms.

use terms::{Channel, Language, Moment, Tiyn};

const NO_BREAK_SPACE: char = '\u{a0}';

/// An amount for people: `1 725,00 ₸` in Kazakh and Russian, `₸1,725.00` in English.
///
/// Groups are parted by a no-break space, so that an amount never falls apart at the end of a line.
pub fn money(language: Language, amount: Tiyn) -> String {
    sum(language, amount.as_u64().into())
}

/// A sum of many amounts, in tiyn, written as an amount is.
pub fn sum(language: Language, tiyn: u128) -> String {
    let (tenge, tiyn) = (u64::try_from(tiyn / 100).unwrap_or(u64::MAX), tiyn % 100);
    match language {
        Language::Kk | Language::Ru => {
            format!("{},{tiyn:02}{NO_BREAK_SPACE}₸", grouped(tenge, NO_BREAK_SPACE))
        }
        Language::En => format!("₸{}.{tiyn:02}", grouped(tenge, ',')),
    }
}

/// A whole number with its digits in groups of three.
pub fn number(language: Language, number: u64) -> String {
    grouped(number, if language == Language::En { ',' } else { NO_BREAK_SPACE })
}

fn grouped(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// Kazakh, Kazakh in the locative («on the …»), Russian in the genitive, English.
const MONTHS: [[&str; 4]; 12] = [
    ["қаңтар", "қаңтарда", "января", "January"],
    ["ақпан", "ақпанда", "февраля", "February"],
    ["наурыз", "наурызда", "марта", "March"],
    ["сәуір", "сәуірде", "апреля", "April"],
    ["мамыр", "мамырда", "мая", "May"],
    ["маусым", "маусымда", "июня", "June"],
    ["шілде", "шілдеде", "июля", "July"],
    ["тамыз", "тамызда", "августа", "August"],
    ["қыркүйек", "қыркүйекте", "сентября", "September"],
    ["қазан", "қазанда", "октября", "October"],
    ["қараша", "қарашада", "ноября", "November"],
    ["желтоқсан", "желтоқсанда", "декабря", "December"],
];

fn part(moment: Moment, pattern: &str) -> usize {
    moment.in_almaty(pattern).parse().expect("a part of a date is a number")
}

fn written_date(language: Language, moment: Moment, kazakh_form: usize) -> String {
    let (year, day) = (part(moment, "%Y"), part(moment, "%-d"));
    let month = MONTHS[part(moment, "%-m") - 1];
    let nb = NO_BREAK_SPACE;
    match language {
        Language::Kk => format!("{year}{nb}ж. {day}{nb}{}", month[kazakh_form]),
        Language::Ru => format!("{day}{nb}{} {year}{nb}г.", month[2]),
        Language::En => format!("{day}{nb}{} {year}", month[3]),
    }
}

/// A day: `2026 ж. 1 наурыз`, `1 марта 2026 г.`, `1 March 2026`.
pub fn date(language: Language, moment: Moment) -> String {
    written_date(language, moment, 0)
}

/// On a day, inside a sentence: `2026 ж. 1 наурызда`, `1 марта 2026 г.`, `on 1 March 2026`.
pub fn on_date(language: Language, moment: Moment) -> String {
    let date = written_date(language, moment, 1);
    if language == Language::En { format!("on {date}") } else { date }
}

/// Hours and minutes in Almaty: `14:35`.
pub fn time(moment: Moment) -> String {
    moment.in_almaty("%H:%M")
}

/// The offset of Almaty at that moment: `UTC+5`; `UTC+6` before March 2024.
pub fn offset(moment: Moment) -> String {
    let offset = moment.in_almaty("%z");
    let (sign, digits) = offset.split_at(1);
    format!("UTC{sign}{}", digits[..2].trim_start_matches('0'))
}

/// Date and time with the offset written: `1 марта 2026 г., 14:35:07 (UTC+5)`.
pub fn date_time(language: Language, moment: Moment) -> String {
    format!("{}, {} ({})", date(language, moment), moment.in_almaty("%H:%M:%S"), offset(moment))
}

/// By when something will be known: `14:35-ке дейін`, `до 14:35`, `by 14:35`.
///
/// Names the day as well where it is not the day of `now`.
pub fn until(language: Language, moment: Moment, now: Moment) -> String {
    let at = clock_time(language, moment, now);
    match language {
        Language::Kk => format!("{at}-{} дейін", dative(moment)),
        Language::Ru => format!("до {at}"),
        Language::En => format!("by {at}"),
    }
}

/// From when on something may be repeated: `15:00-ден кейін`, `после 15:00`, `after 15:00`.
///
/// Names the day as well where it is not the day of `now`.
pub fn after(language: Language, moment: Moment, now: Moment) -> String {
    let at = clock_time(language, moment, now);
    match language {
        Language::Kk => format!("{at}-{} кейін", ablative(moment)),
        Language::Ru => format!("после {at}"),
        Language::En => format!("after {at}"),
    }
}

fn clock_time(language: Language, moment: Moment, now: Moment) -> String {
    let hours = time(moment);
    if moment.banking_day() == now.banking_day() {
        return if language == Language::Kk { format!("сағат{NO_BREAK_SPACE}{hours}") } else { hours };
    }
    let date = date(language, moment);
    match language {
        Language::Kk => format!("{date}, сағат{NO_BREAK_SPACE}{hours}"),
        Language::Ru | Language::En => format!("{hours}, {date}"),
    }
}

/// The last word a Kazakh reader says of the minutes; its sounds choose the ending.
fn last_spoken(moment: Moment) -> usize {
    let minutes = part(moment, "%-M");
    if minutes.is_multiple_of(10) { minutes } else { minutes % 10 }
}

/// The ending of the dative after a number: бірге, үшке, алтыға, қырыққа.
fn dative(moment: Moment) -> &'static str {
    match last_spoken(moment) {
        3..=5 => "ке",
        6 | 9 | 10 | 20 | 30 => "ға",
        40 => "қа",
        _ => "ге",
    }
}

/// The ending of the ablative after a number: бірден, үштен, алтыдан, қырықтан.
fn ablative(moment: Moment) -> &'static str {
    match last_spoken(moment) {
        3..=5 => "тен",
        6 | 9 | 10 | 20 | 30 => "дан",
        40 => "тан",
        _ => "ден",
    }
}

/// The way to pay, in the words of clause 7.
pub fn channel(language: Language, channel: Channel) -> &'static str {
    let [kk, ru, en] = match channel {
        Channel::Card => [
            "Төлем карточкасы (интернет-эквайринг)",
            "Платёжная карточка (интернет-эквайринг)",
            "Card online",
        ],
        Channel::BankAccount => ["Банктік есеп-шот", "Банковский счёт", "Bank account"],
        Channel::InternetBank => [
            "Интернет-банкинг немесе мобильді банкинг",
            "Интернет-банкинг или мобильный банкинг",
            "Internet or mobile banking",
        ],
        Channel::Atm => ["Банкомат", "Банкомат", "ATM"],
        Channel::Kiosk => ["Инфокиоск (қолма-қол ақша)", "Инфокиоск (наличные)", "Kiosk (cash)"],
    };
    match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> Moment {
        text.parse().unwrap()
    }

    #[test]
    fn amounts_are_grouped_as_each_language_groups_them() {
        let amount = Tiyn::new(172_500).unwrap();
        assert_eq!(money(Language::Kk, amount), "1\u{a0}725,00\u{a0}₸");
        assert_eq!(money(Language::Ru, amount), "1\u{a0}725,00\u{a0}₸");
        assert_eq!(money(Language::En, amount), "₸1,725.00");
        assert_eq!(money(Language::Ru, Tiyn::ZERO), "0,00\u{a0}₸");
        assert_eq!(money(Language::En, Tiyn::LARGEST), "₸10,000,000,000.00");
        assert_eq!(money(Language::Kk, Tiyn::new(99_999).unwrap()), "999,99\u{a0}₸");
        assert_eq!(number(Language::Ru, 1_000), "1\u{a0}000");
    }

    #[test]
    fn dates_are_written_in_words_and_in_almaty() {
        let evening = moment("2026-02-28T20:00:05Z");
        assert_eq!(date(Language::Kk, evening), "2026\u{a0}ж. 1\u{a0}наурыз");
        assert_eq!(on_date(Language::Kk, evening), "2026\u{a0}ж. 1\u{a0}наурызда");
        assert_eq!(date(Language::Ru, evening), "1\u{a0}марта 2026\u{a0}г.");
        assert_eq!(on_date(Language::En, evening), "on 1\u{a0}March 2026");
        assert_eq!(date_time(Language::Ru, evening), "1\u{a0}марта 2026\u{a0}г., 01:00:05 (UTC+5)");
        assert_eq!(offset(moment("2024-02-01T00:00:00Z")), "UTC+6");
    }

    #[test]
    fn kazakh_endings_follow_the_spoken_number() {
        let now = moment("2026-03-01T08:00:00+05:00");
        let at = |time: &str| moment(&format!("2026-03-01T{time}:00+05:00"));
        assert_eq!(until(Language::Kk, at("14:35"), now), "сағат\u{a0}14:35-ке дейін");
        assert_eq!(until(Language::Kk, at("14:40"), now), "сағат\u{a0}14:40-қа дейін");
        assert_eq!(until(Language::Kk, at("14:46"), now), "сағат\u{a0}14:46-ға дейін");
        assert_eq!(until(Language::Kk, at("14:50"), now), "сағат\u{a0}14:50-ге дейін");
        assert_eq!(after(Language::Kk, at("15:00"), now), "сағат\u{a0}15:00-ден кейін");
        assert_eq!(after(Language::Kk, at("15:30"), now), "сағат\u{a0}15:30-дан кейін");
        assert_eq!(until(Language::Ru, at("14:35"), now), "до 14:35");
        let tomorrow = moment("2026-03-02T09:05:00+05:00");
        assert_eq!(after(Language::Ru, tomorrow, now), "после 09:05, 2\u{a0}марта 2026\u{a0}г.");
    }
}
