//! The faults of a statement of account that was handed in, explained to a person.

use ledger::statement::{Fault, RowFault};
use terms::{Language, tenge};

/// One fault as a sentence: the row where it is one of a row, what is wrong, and the value. Fields are called what they are
/// called in the file.
pub fn explained_statement(language: Language, fault: &RowFault) -> String {
    let what = what(language, &fault.fault);
    match (fault.row, language) {
        (None, Language::Kk) => format!("Үзінді көшірме: {what}."),
        (None, Language::Ru) => format!("Выписка: {what}."),
        (None, Language::En) => format!("Statement: {what}."),
        (Some(row), Language::Kk) => format!("{row}-жол: {what}."),
        (Some(row), Language::Ru) => format!("Строка {row}: {what}."),
        (Some(row), Language::En) => format!("Row {row}: {what}."),
    }
}

fn what(language: Language, fault: &Fault) -> String {
    let say = |kk: String, ru: String, en: String| match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    };
    match fault {
        // What a program said of it is in English only.
        Fault::Unreadable(why) => say(
            "файл аяғына дейін оқылмайды".to_owned(),
            "файл не читается до конца".to_owned(),
            format!("the file cannot be read to its end: {why}"),
        ),
        Fault::Missing(field) => {
            say(format!("«{field}» жоқ"), format!("нет значения «{field}»"), format!("“{field}” is missing"))
        }
        Fault::Value { field, value, why } => {
            let [kk, ru] = expected(field);
            say(
                format!("«{field}» дұрыс емес (мәні: «{value}»){kk}"),
                format!("неверное значение в поле «{field}» (значение: «{value}»){ru}"),
                format!("“{field}” has a wrong value (value: “{value}”): {why}"),
            )
        }
        Fault::Currency(said) => say(
            format!("валюта «{said}», теңге (KZT) болуы керек"),
            format!("валюта «{said}», а должны быть тенге (KZT)"),
            format!("the currency is “{said}”, not tenge (KZT)"),
        ),
        Fault::Repeated { reference, first } => say(
            format!("{reference} сілтемесі {first}-жолда бар"),
            format!("ссылка {reference} уже есть в строке {first}"),
            format!("the reference {reference} stands in row {first} already"),
        ),
        Fault::Closing { said, counted } => {
            let (said, counted) = (tenge(*said), tenge(*counted));
            say(
                format!(
                    "соңғы қалдық {said} ₸ деп көрсетілген, бастапқы қалдық пен жазбалар бойынша {counted} ₸"
                ),
                format!("указан исходящий остаток {said} ₸, а входящий остаток и проводки дают {counted} ₸"),
                format!(
                    "the closing balance is said to be {said} ₸; the opening balance and the entries come to {counted} ₸"
                ),
            )
        }
        Fault::OtherDay(day) => say(
            format!("жазба {day} күнгі, үзінді көшірме басқа күнгі"),
            format!("проводка от {day}, а выписка за другой день"),
            format!("the entry was booked on {day}, another day than the statement's"),
        ),
        Fault::TooMany(most) => say(
            format!("{most} жазбадан артық"),
            format!("проводок больше {most}"),
            format!("there are more than {most} entries"),
        ),
    }
}

/// What stands in a field that is right, where that is not plain: in Kazakh and Russian, beginning with a colon.
fn expected(field: &str) -> [&'static str; 2] {
    match field {
        "amount" | "Amt" => [
            ": екі ондық таңбалы, нөлден үлкен теңге сомасы керек",
            ": нужна сумма в тенге с двумя знаками, больше нуля",
        ],
        "day" | "value_day" | "BookgDt" | "ValDt" => {
            [": 2026-11-22 түріндегі күн керек", ": нужна дата вида 2026-11-22"]
        }
        "direction" => [": credit немесе debit керек", ": нужно credit или debit"],
        "CdtDbtInd" => [": CRDT немесе DBIT керек", ": нужно CRDT или DBIT"],
        "row" => [
            ": алдымен opening, содан кейін entry, соңында closing тұруы керек",
            ": сначала должна стоять строка opening, потом entry, последней closing",
        ],
        "remittance" | "counterparty" => [": мәтін керек, формула емес", ": нужен текст, а не формула"],
        "NbOfNtries" => [": жазбалар саны бұдан басқа", ": проводок в файле другое число"],
        _ => ["", ""],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Meets: C24
    #[test]
    fn a_fault_of_a_statement_names_its_row_and_speaks_in_tenge_in_each_language() {
        let closing = RowFault { row: None, fault: Fault::Closing { said: 863, counted: -5 } };
        let amount = RowFault { row: Some(17), fault: Fault::value("amount", "1,5", &"no amount") };
        for (language, [of_all, of_row]) in [
            (
                Language::Kk,
                [
                    "Үзінді көшірме: соңғы қалдық 8.63 ₸ деп көрсетілген, бастапқы қалдық пен жазбалар бойынша -0.05 ₸.",
                    "17-жол: «amount» дұрыс емес (мәні: «1,5»): екі ондық таңбалы, нөлден үлкен теңге сомасы керек.",
                ],
            ),
            (
                Language::Ru,
                [
                    "Выписка: указан исходящий остаток 8.63 ₸, а входящий остаток и проводки дают -0.05 ₸.",
                    "Строка 17: неверное значение в поле «amount» (значение: «1,5»): нужна сумма в тенге с двумя знаками, больше нуля.",
                ],
            ),
            (
                Language::En,
                [
                    "Statement: the closing balance is said to be 8.63 ₸; the opening balance and the entries come to -0.05 ₸.",
                    "Row 17: “amount” has a wrong value (value: “1,5”): no amount.",
                ],
            ),
        ] {
            assert_eq!(explained_statement(language, &closing), of_all);
            assert_eq!(explained_statement(language, &amount), of_row);
        }
    }
}
