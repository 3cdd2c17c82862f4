//! What a newcomer is told when the country is ready: addresses, people, cards, accounts. The language follows `LANG`.

use serde_json::json;
use terms::Language;

use crate::country::{
    ACCOUNTS, CARDS, Country, OFFICERS, ONE_TIME_SECRETS, PASSWORD, PEOPLE, Port, one_time_secret,
};
use crate::history::History;
use crate::output;

/// A place to look at: its key in JSON, its name, its port, the paths behind it, and which certificate of the folder
/// opens it where it opens by certificate alone.
struct Place {
    key: &'static str,
    name: [&'static str; 3],
    port: Port,
    paths: &'static [&'static str],
    certificate: Option<&'static str>,
}

const fn place(
    key: &'static str,
    name: [&'static str; 3],
    port: Port,
    paths: &'static [&'static str],
) -> Place {
    Place { key, name, port, paths, certificate: None }
}

impl Place {
    const fn opened_by(self, certificate: &'static str) -> Self {
        Self { certificate: Some(certificate), ..self }
    }
}

/// Where people and integrators look. In JSON the first path of each counts.
const PLACES: &[Place] = &[
    place("portal", ["Портал", "Портал", "Portal"], Port::PortalPages, &["/", "/pod"]),
    place(
        "portal_by_certificate",
        ["Портал, куәлік бойынша", "Портал по сертификату", "Portal by certificate"],
        Port::PortalCertificatePages,
        &["/"],
    )
    .opened_by("people/aigul.p12"),
    place(
        "desk",
        ["ХҚО жұмыс орны", "Рабочее место ЦОН", "Service centre desk"],
        Port::PortalCertificatePages,
        &["/desk"],
    )
    .opened_by("people/operator.p12"),
    place(
        "gateway",
        ["Төлем (ЭҮТШ) · UDDI", "Оплата (ПШЭП) · UDDI", "Payment gateway · UDDI"],
        Port::GatewayPages,
        &["/uddi"],
    ),
    place("console", ["Консоль", "Консоль", "Console"], Port::GatewayConsoles, &["/"])
        .opened_by("people/security.p12"),
    // Opened by an order at the portal alone, each under a token of its own.
    place("account_page", ["Шот беті", "Страница счёта", "Account page"], Port::GatewayPages, &["/pay/…"]),
    place("card_page", ["Карточка беті", "Страница карточки", "Card page"], Port::CardPages, &["/pay/…"]),
    place("bank1", ["Интернет-банк 1", "Интернет-банк 1", "Internet bank 1"], Port::Bank1Pages, &["/"]),
    place("bank1_atm", ["Банкомат 1", "Банкомат 1", "ATM 1"], Port::Bank1Atm, &["/"]),
    place("bank1_kiosk", ["Киоск 1", "Киоск 1", "Kiosk 1"], Port::Bank1Kiosk, &["/"]),
    place("bank2", ["Интернет-банк 2", "Интернет-банк 2", "Internet bank 2"], Port::Bank2Pages, &["/"]),
    place("bank2_atm", ["Банкомат 2", "Банкомат 2", "ATM 2"], Port::Bank2Atm, &["/"]),
    place("bank2_kiosk", ["Киоск 2", "Киоск 2", "Kiosk 2"], Port::Bank2Kiosk, &["/"]),
    place(
        "wsdl",
        ["WSDL (куәлікпен)", "WSDL (по сертификату)", "WSDL (by certificate)"],
        Port::GatewayMessages,
        &["/ws/v1/gateway?wsdl"],
    )
    .opened_by("bank1/tls.pem"),
    place(
        "metrics",
        ["Метрикалар · күйі", "Метрики · здоровье", "Metrics · health"],
        Port::GatewayPages,
        &["/metrics", "/livez", "/readyz"],
    ),
];

/// Prints everything a newcomer needs.
pub(super) fn announce(country: &Country, history: &History, json: bool) {
    if json {
        output::say(&as_json(country, history).to_string());
    } else {
        let language = language(std::env::var("LC_ALL").or_else(|_| std::env::var("LANG")).ok().as_deref());
        in_words(country, history, language);
    }
}

/// The language of a locale's name; English where it is none of the other two.
fn language(locale: Option<&str>) -> Language {
    match locale.map(|name| name.get(..2).unwrap_or_default()) {
        Some("kk") => Language::Kk,
        Some("ru") => Language::Ru,
        _ => Language::En,
    }
}

fn as_json(country: &Country, history: &History) -> serde_json::Value {
    let urls: serde_json::Map<String, serde_json::Value> = PLACES
        .iter()
        .map(|place| (place.key.to_owned(), json!(format!("{}{}", country.url(place.port), place.paths[0]))))
        .collect();
    let certificates: serde_json::Map<String, serde_json::Value> = PLACES
        .iter()
        .filter_map(|place| Some((place.key.to_owned(), json!(country.folder().join(place.certificate?)))))
        .collect();
    let people: Vec<_> = PEOPLE
        .iter()
        .map(|person| {
            json!({
                "iin": person.iin,
                "name": person.full_name(),
                "role": person.role.word(),
                "password": person.role.logs_in_by_password().then_some(PASSWORD),
                "bank_login": person.bank_login,
                "one_time_secret": person.bank_login.and_then(one_time_secret),
                "certificate": country.folder().join("people").join(format!("{}.pem", person.files)),
                "container": country.folder().join("people").join(format!("{}.p12", person.files)),
                "signing_container": country.folder().join("people").join(format!("{}-signing.p12", person.files)),
            })
        })
        .collect();
    let officers: Vec<_> = OFFICERS
        .iter()
        .map(|officer| {
            let file = |ending: &str| {
                country.folder().join("people").join(format!("{}{ending}", officer.person.files))
            };
            json!({
                "iin": officer.person.iin,
                "name": officer.person.full_name(),
                "role": officer.person.role.word(),
                "group": officer.group,
                "resource": officer.resource,
                "certificate": file(".pem"),
                "container": file(".p12"),
                "signing_container": file("-signing.p12"),
            })
        })
        .collect();
    let meant = |what: &[&'static str; 3]| what[2];
    json!({
        "dir": country.folder(),
        "urls": urls,
        "url_certificates": certificates,
        "password": PASSWORD,
        "pin": "1234",
        "people": people,
        "officers": officers,
        "cards": CARDS.iter().map(|(number, what)| json!({ "number": number, "what": meant(what) })).collect::<Vec<_>>(),
        "accounts": ACCOUNTS.iter().map(|(iban, what)| json!({ "iban": iban, "what": meant(what) })).collect::<Vec<_>>(),
        "history": { "days": crate::history::DAYS, "payments": history.wanted(), "there": history.told() },
        "national_ca": country.folder().join("people/national-ca.pem"),
    })
}

fn in_words(country: &Country, history: &History, language: Language) {
    let at = match language {
        Language::Kk => 0,
        Language::Ru => 1,
        Language::En => 2,
    };
    let say = |texts: [String; 3]| output::say(&texts[at]);
    for place in PLACES {
        let (first, others) = (place.paths[0], place.paths[1..].join("   "));
        let by = place.certificate.map_or_else(String::new, |file| format!("({file})"));
        let url = country.url(place.port);
        output::say(format!("  {:<24} {url}{first}   {others}{by}", place.name[at]).trim_end());
    }
    say([
        format!("  Кіру (ЖСН, құпиясөз «{PASSWORD}», .p12 құпиясөзі де сол; оператор — тек куәлікпен):"),
        format!("  Вход (ИИН, пароль «{PASSWORD}», он же от .p12; оператор — только по сертификату):"),
        format!("  Log-in (IIN, password “{PASSWORD}”, also of the .p12; the operator by certificate only):"),
    ]);
    for person in PEOPLE {
        let bank = ["банк", "банк", "bank"][at];
        let bank = person.bank_login.map_or_else(String::new, |login| format!("   {bank}: {login}"));
        let (iin, name, role) = (person.iin, person.full_name(), person.role.name()[at]);
        output::say(&format!("    {iin}  {name} ({role})   people/{}.p12{bank}", person.files));
    }
    say([
        "  Консоль қызметкерлері (кіру: .p12, қол қою: -signing.p12):".to_owned(),
        "  Сотрудники консоли (вход: .p12, подпись: -signing.p12):".to_owned(),
        "  Officers of the console (to come in: .p12, to sign: -signing.p12):".to_owned(),
    ]);
    for officer in OFFICERS {
        let (iin, name, files) = (officer.person.iin, officer.person.full_name(), officer.person.files);
        output::say(&format!("    {iin}  {name} ({})   people/{files}.p12", officer.group));
    }
    say([
        "  Интернет-банктің бір реттік кодтары: tolem one-time-code АТЫ, не аутентификатор, құпиясы:"
            .to_owned(),
        "  Одноразовые коды интернет-банка: tolem one-time-code ЛОГИН, или аутентификатор с секретом:"
            .to_owned(),
        "  One-time codes of the internet banks: tolem one-time-code LOGIN, or an authenticator:".to_owned(),
    ]);
    for (login, secret) in ONE_TIME_SECRETS {
        output::say(&format!("    {login:<10}  {secret}"));
    }
    say([
        "  Карточкалар (келешектегі кез келген мерзім, кез келген код, ПИН 1234):".to_owned(),
        "  Карточки (любой срок в будущем, любой код, ПИН 1234):".to_owned(),
        "  Cards (any date in the future, any code, PIN 1234):".to_owned(),
    ]);
    for (number, what) in CARDS {
        output::say(&format!("    {number}  {}", what[at]));
    }
    say(["  Шоттар:".to_owned(), "  Счета:".to_owned(), "  Accounts:".to_owned()]);
    for (iban, what) in ACCOUNTS {
        output::say(&format!("    {iban:<29}  {}", what[at]));
    }
    let (days, wanted, told) = (crate::history::DAYS, history.wanted(), history.told());
    if told < wanted {
        say([
            format!("  {days} күндік тарих: {wanted} төлемнің {told}-і бар, қалғаны фонда қосылады."),
            format!("  История за {days} дней: {told} платежей из {wanted}, остальные добавляются в фоне."),
            format!(
                "  A history of {days} days: {told} payments of {wanted}, the others follow in the background."
            ),
        ]);
    } else if wanted > 0 {
        say([
            format!("  {days} күндік тарих: {wanted} төлем."),
            format!("  История за {days} дней: {wanted} платежей."),
            format!("  A history of {days} days: {wanted} payments."),
        ]);
    }
    let root = country.folder().join("people/national-ca.pem");
    let root = root.display();
    say([
        format!("  Браузерде {root} куәлігіне сеніңіз. Тоқтату: Ctrl-C. Қайтадан: tolem demo --reset"),
        format!("  Доверьте браузеру {root}. Стоп: Ctrl-C. Заново: tolem demo --reset"),
        format!("  Let your browser trust {root}. Stop: Ctrl-C. Anew: tolem demo --reset"),
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_follows_the_locale() {
        assert_eq!(language(Some("kk_KZ.UTF-8")), Language::Kk);
        assert_eq!(language(Some("ru_RU.UTF-8")), Language::Ru);
        for other in [Some("C.UTF-8"), Some(""), None, Some("й")] {
            assert_eq!(language(other), Language::En);
        }
    }
}
