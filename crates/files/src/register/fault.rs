//! The faults of a register that was handed in, explained to a person.

use ledger::register::Column;
use ledger::register::intake::{Fault, MOST_ROWS, RowFault};
use terms::{Language, tenge};

/// One fault as a sentence: the row, what is wrong, and the value.
pub fn explained(language: Language, fault: &RowFault) -> String {
    let [row, value_word] = match language {
        Language::Kk => ["жол", "мәні"],
        Language::Ru => ["Строка", "значение"],
        Language::En => ["Row", "value"],
    };
    let what = what(language, fault.fault);
    let value =
        if fault.value.is_empty() { String::new() } else { format!(" ({value_word}: {})", fault.value) };
    if language == Language::Kk {
        format!("{}-{row}: {what}{value}.", fault.row)
    } else {
        format!("{row} {}: {what}{value}.", fault.row)
    }
}

fn what(language: Language, fault: Fault) -> String {
    let say = |kk: String, ru: String, en: String| match language {
        Language::Kk => kk,
        Language::Ru => ru,
        Language::En => en,
    };
    let plain = |kk: &str, ru: &str, en: &str| say(kk.to_owned(), ru.to_owned(), en.to_owned());
    let title = |column: Column| column.title(language);
    match fault {
        Fault::NoColumn(column) => say(
            format!("«{}» бағаны жоқ", title(column)),
            format!("нет столбца «{}»", title(column)),
            format!("there is no column “{}”", title(column)),
        ),
        Fault::ColumnTwice(column) => say(
            format!("«{}» бағаны екі рет кездеседі", title(column)),
            format!("столбец «{}» встречается дважды", title(column)),
            format!("the column “{}” occurs twice", title(column)),
        ),
        Fault::Missing(column) => say(
            format!("«{}» толтырылмаған", title(column)),
            format!("не заполнено поле «{}»", title(column)),
            format!("“{}” is empty", title(column)),
        ),
        Fault::Bad(column) => say(
            format!("«{}» дұрыс емес", title(column)),
            format!("неверное значение в поле «{}»", title(column)),
            format!("“{}” has a wrong value", title(column)),
        ),
        Fault::Formula(column) => say(
            format!("«{}» ұяшығында формула бар, мән болуы керек", title(column)),
            format!("в поле «{}» формула, а должно быть значение", title(column)),
            format!("“{}” holds a formula instead of a value", title(column)),
        ),
        Fault::NoField { column, found, expected } => say(
            format!("жолда {expected} өрістің орнына {found} өріс бар: «{}» жоқ", title(column)),
            format!("в строке полей {found} вместо {expected}: нет поля «{}»", title(column)),
            format!("the row has {found} fields of {expected}: “{}” is not there", title(column)),
        ),
        Fault::TooManyFields { found, expected } => say(
            format!("жолда {expected} өрістің орнына {found} өріс бар"),
            format!("в строке полей {found} вместо {expected}"),
            format!("the row has {found} fields instead of {expected}"),
        ),
        Fault::Sign(kind) if kind.takes_away() => say(
            format!("«{}» операциясы ақшаны кемітеді, ал сома минуссыз", kind.name()),
            format!("операция «{}» уменьшает сумму, а сумма без минуса", kind.name()),
            format!("a {} takes money away, and its amount is not below zero", kind.name()),
        ),
        Fault::Sign(kind) => say(
            format!("«{}» операциясы ақша әкеледі, ал сома минуспен", kind.name()),
            format!("операция «{}» приносит деньги, а сумма с минусом", kind.name()),
            format!("a {} brings money, and its amount is below zero", kind.name()),
        ),
        Fault::Duplicate { first } => say(
            format!("дәл осы операция {first}-жолда бар"),
            format!("эта же операция уже есть в строке {first}"),
            format!("the same operation stands in row {first}"),
        ),
        Fault::AnotherBank => {
            plain("төлем басқа банкке тиесілі", "платёж другого банка", "the payment is another bank’s")
        }
        Fault::AnotherDay => plain(
            "төлем басқа банк күніне жатады",
            "платёж другого банковского дня",
            "the payment is of another banking day",
        ),
        Fault::Currency => plain("валюта теңге емес", "валюта не тенге", "the currency is not tenge"),
        Fault::WrongCount { said, found } => say(
            format!("{said} жол деп көрсетілген, файлда {found} жол бар"),
            format!("указано строк: {said}, в файле: {found}"),
            format!("{said} rows are announced, the file has {found}"),
        ),
        Fault::WrongTotal { said, found } => say(
            format!("жалпы сома {} деп көрсетілген, жолдар бойынша {}", tenge(said), tenge(found)),
            format!("указан итог {}, по строкам получается {}", tenge(said), tenge(found)),
            format!("the total is said to be {}, the rows come to {}", tenge(said), tenge(found)),
        ),
        Fault::NoTotals => plain(
            "жалпы сома жоқ: файлдың толық екенін тексеру мүмкін емес",
            "нет итога: нельзя проверить, полон ли файл",
            "there is no total, so nobody can tell whether the file is whole",
        ),
        Fault::Truncated => {
            plain("файл аяғына дейін жазылмаған", "файл обрывается", "the file ends before its end")
        }
        Fault::Unreadable => plain(
            "файл осы жерден бастап оқылмайды",
            "файл не читается с этого места",
            "the file cannot be read from here on",
        ),
        Fault::TooManyRows => say(
            format!("{MOST_ROWS} жолдан артық"),
            format!("строк больше {MOST_ROWS}"),
            format!("there are more than {MOST_ROWS} rows"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_names_its_row_and_its_value_in_each_language() {
        let fault = RowFault { row: 17, fault: Fault::Bad(Column::Amount), value: "1,5".to_owned() };
        assert_eq!(explained(Language::Kk, &fault), "17-жол: «Сома» дұрыс емес (мәні: 1,5).");
        assert_eq!(
            explained(Language::Ru, &fault),
            "Строка 17: неверное значение в поле «Сумма» (значение: 1,5)."
        );
        assert_eq!(explained(Language::En, &fault), "Row 17: “Amount” has a wrong value (value: 1,5).");
        let total =
            RowFault { row: 9, fault: Fault::WrongTotal { said: 100, found: -5 }, value: String::new() };
        assert_eq!(
            explained(Language::Ru, &total),
            "Строка 9: указан итог 1.00, по строкам получается -0.05."
        );
    }
}
