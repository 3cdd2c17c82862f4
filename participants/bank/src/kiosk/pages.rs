//! The screens of a kiosk. Only what is shown; every form is a plain POST and names its step.

use ::pages::form::{ButtonKind, FormErrors, Radios, TextInput, button, named_button};
use ::pages::part::{Facts, Panel, Tone};
use ::pages::{Html, LanguageSwitch, Markup, Shell, money, page, say};
use axum::response::Response;
use http::header::{HeaderName, HeaderValue};
use http::{StatusCode, Uri};
use terms::{Iin, Language, Moment, PaymentCode, Tiyn, Trilingual};

use super::flow::{NOTES, Outcome, Payment, Screen, Session, WrongIin};
use crate::atm::{priced_choices, printed, step_form};
use crate::internet_bank::pages::{ResultMark, heading, in_words, paragraph, shown_code};
use crate::slip::{self, Slip};
use crate::terminal::messages::Priced;

/// A screen that is left shows the first one again.
const REFRESH_SECONDS: u32 = 75;
/// A screen that waits for the bank looks again.
const WAIT_SECONDS: u32 = 2;

/// What every screen has.
pub(super) struct View<'a> {
    pub(super) language: Language,
    pub(super) bank: &'a Trilingual,
    pub(super) number: &'a str,
    pub(super) hot_line: &'a str,
    pub(super) now: Moment,
}

type Shown = (String, bool, Html);

impl View<'_> {
    fn page(&self, title: &str, invalid: bool, refresh: Option<u32>, body: Html) -> Response {
        let machine = say(self.language, "kiosk-number").with("number", self.number).to_string();
        let site = format!("{}: {machine}", self.bank.get(self.language));
        let root = Uri::from_static("/");
        let mut response = page(&Shell {
            language: self.language,
            title,
            service: &site,
            state: None,
            invalid,
            switch: LanguageSwitch::Links(&root),
            signed_in: None,
            help: None,
            demonstration: true,
            status: StatusCode::OK,
            body,
        });
        if let Some(seconds) = refresh {
            let value = HeaderValue::from_str(&format!("{seconds};url=/")).expect("digits and a path");
            response.headers_mut().insert(HeaderName::from_static("refresh"), value);
        }
        response
    }

    fn text(&self, id: &str) -> String {
        say(self.language, id).to_string()
    }

    fn in_words(&self, words: [&str; 3]) -> String {
        in_words(self.language, words)
    }
}

fn mark(result: &str) -> Html {
    ResultMark { result, code: String::new(), reference: String::new() }.html()
}

/// The bank is being asked.
pub(super) fn wait(view: &View<'_>) -> Response {
    let panel = Panel::new(Tone::Wait, say(view.language, "atm-wait"));
    let body = Html::join([panel.html(), mark("waiting")]);
    view.page(&view.text("atm-wait"), false, Some(WAIT_SECONDS), body)
}

/// The screen of the session.
pub(super) fn show(view: &View<'_>, session: &Session) -> Response {
    let step = session.step.as_str();
    let (title, invalid, body) = match &session.screen {
        Screen::Language => language(view, step),
        Screen::OutOfService => out_of_service(view, step),
        Screen::Services { services: list, missing } => services(view, step, list, *missing),
        Screen::Recipient { service, wrong } => recipient(view, step, service, *wrong),
        Screen::Cash(payment) => cash(view, step, payment, session),
        Screen::Paying(_) => return wait(view),
        Screen::NotNow(payment) => not_now(view, step, payment, session.inserted),
        Screen::Returning(payment) => done(
            view,
            session,
            payment,
            &Outcome::CashKept { text: None, claim: session.attempt.to_string() },
            view.now,
        ),
        Screen::Done { payment, outcome, at } => {
            done(view, session, payment, outcome, at.parse().unwrap_or(view.now))
        }
    };
    let refresh = match session.screen {
        Screen::Language | Screen::Cash(_) | Screen::NotNow(_) => None,
        _ => Some(REFRESH_SECONDS),
    };
    view.page(&title, invalid, refresh, body)
}

/// K1: three buttons, each in its own language.
fn language(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("kiosk-language");
    let buttons = Language::ALL
        .map(|language| named_button(language.own_name(), ButtonKind::Main, "language", language.tag()));
    (
        title.clone(),
        false,
        Html::join([heading(&title), step_form("language-form", "/language", step, buttons)]),
    )
}

/// K2: found before any cash is taken.
fn out_of_service(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("kiosk-out");
    let body = Html::join([
        Panel::new(Tone::Bad, &title).html(),
        mark("refused"),
        step_form(
            "end-form",
            "/end",
            step,
            [button(say(view.language, "button-continue"), ButtonKind::Main)],
        ),
    ]);
    (title, false, body)
}

fn leave(view: &View<'_>, step: &str) -> Html {
    step_form("leave", "/end", step, [button(say(view.language, "button-cancel"), ButtonKind::Other)])
}

/// K3: services with prices, and the rule about change before any cash.
fn services(view: &View<'_>, step: &str, list: &[Priced], missing: bool) -> Shown {
    let language = view.language;
    let title = view.text("kiosk-service");
    let mut errors = FormErrors::new();
    if missing {
        errors.add("service", say(language, "m-req"));
    }
    let question =
        Radios::new(language, "service", &title, priced_choices(language, list)).error(errors.of("service"));
    let fields = [question.html(), button(say(language, "button-continue"), ButtonKind::Main)];
    let body = Html::join([
        errors.summary(language),
        heading(&view.text("pay-services")),
        paragraph("no-change", &view.text("kiosk-no-change")),
        step_form("service-form", "/service", step, fields),
        leave(view, step),
    ]);
    (title, missing, body)
}

/// K4–K5: the recipient's IIN.
fn recipient(view: &View<'_>, step: &str, service: &Priced, wrong: Option<WrongIin>) -> Shown {
    let language = view.language;
    let title = view.text("kiosk-recipient");
    let mut errors = FormErrors::new();
    if let Some(wrong) = wrong {
        let text = match wrong {
            WrongIin::Count(count) => say(language, "m-iin-1").with("count", count).to_string(),
            WrongIin::Check => view.text("m-iin-2"),
            WrongIin::Nobody => view.text("m-iin-3"),
            WrongIin::NotChecked => view.text("m-iin-5"),
        };
        errors.add("iin", text);
    }
    let fields = [
        TextInput::new(language, "iin", say(language, "label-iin"))
            .numeric(12)
            .error(errors.of("iin"))
            .html(),
        button(say(language, "button-continue"), ButtonKind::Main),
    ];
    let body = Html::join([
        errors.summary(language),
        heading(&title),
        paragraph("", service.name.trilingual().get(language)),
        step_form("recipient-form", "/recipient", step, fields),
        leave(view, step),
    ]);
    (title, wrong.is_some(), body)
}

fn shown_recipient(payment: &Payment) -> String {
    let masked = payment.iin.parse::<Iin>().map(Iin::masked).unwrap_or_default();
    format!("{masked} {}", payment.initials.clone().unwrap_or_default()).trim().to_owned()
}

fn facts(language: Language, payment: &Payment) -> Facts {
    let (price, commission) = payment.amounts();
    Facts::new()
        .fact(say(language, "label-service"), payment.service.name.trilingual().get(language))
        .fact(say(language, "label-recipient"), shown_recipient(payment))
        .fact(say(language, "label-price"), money(language, price))
        .fact(say(language, "label-commission"), money(language, commission))
        .fact(say(language, "label-total"), money(language, payment.total()))
}

/// K6–K7: needed, inserted, left; the button to pay once it is enough.
fn cash(view: &View<'_>, step: &str, payment: &Payment, session: &Session) -> Shown {
    let language = view.language;
    let title = view.text("kiosk-insert");
    let sum = |id: &str, amount: Tiyn| say(language, id).with("sum", money(language, amount)).to_string();
    let (total, inserted) = (payment.total(), session.inserted);
    let left = total.checked_sub(inserted).unwrap_or(Tiyn::ZERO);
    let excess = inserted.checked_sub(total).unwrap_or(Tiyn::ZERO);
    let stands_for = view.in_words([
        "Демонстрацияда түймелер купюраларды ауыстырады.",
        "В демонстрации купюры заменены кнопками.",
        "In the demonstration buttons stand for notes.",
    ]);
    let mut pieces = vec![
        heading(&title),
        facts(language, payment).html(),
        paragraph("iin-good", &view.text("kiosk-iin-good")),
        paragraph("needed", &sum("kiosk-needed", total)),
        paragraph("inserted", &sum("kiosk-inserted", inserted)),
    ];
    if left > Tiyn::ZERO {
        let notes = NOTES.map(|tenge| {
            let label = sum("kiosk-note", Tiyn::tenge(tenge));
            named_button(label, ButtonKind::Other, "note", &tenge.to_string())
        });
        pieces.extend([
            paragraph("left", &sum("kiosk-left", left)),
            paragraph("no-change", &view.text("kiosk-no-change")),
            paragraph("", &stands_for),
            step_form("note-form", "/note", step, notes),
        ]);
    } else {
        if excess > Tiyn::ZERO {
            pieces.push(paragraph("excess", &sum("kiosk-excess", excess)));
        }
        pieces.push(step_form(
            "pay-form",
            "/pay",
            step,
            [button(say(language, "kiosk-confirm"), ButtonKind::Main)],
        ));
    }
    pieces.push(give_up(view, step, inserted));
    (title, false, Html::join(pieces))
}

fn give_up(view: &View<'_>, step: &str, inserted: Tiyn) -> Html {
    let label = if inserted > Tiyn::ZERO { "kiosk-return" } else { "button-cancel" };
    step_form("give-up-form", "/give-up", step, [button(say(view.language, label), ButtonKind::Other)])
}

/// The bank cannot decide now: the cash is on record, and nothing is lost by either choice.
fn not_now(view: &View<'_>, step: &str, payment: &Payment, inserted: Tiyn) -> Shown {
    let language = view.language;
    let title = view.in_words([
        "Қазір төлеу мүмкін емес. Ақшаңыз есепке алынды.",
        "Сейчас оплатить нельзя. Ваши деньги учтены.",
        "It cannot be paid now. Your cash is on record.",
    ]);
    let again = view.in_words(["Қайталау", "Повторить", "Try again"]);
    let inside = say(language, "kiosk-inserted").with("sum", money(language, inserted)).to_string();
    let body = Html::join([
        Panel::new(Tone::Wait, &title).line(&inside).html(),
        mark("waiting"),
        facts(language, payment).html(),
        step_form("pay-form", "/pay", step, [button(again, ButtonKind::Main)]),
        give_up(view, step, inserted),
    ]);
    (title, false, body)
}

/// K9–K10: the slip.
fn done(view: &View<'_>, session: &Session, payment: &Payment, outcome: &Outcome, at: Moment) -> Shown {
    let language = view.language;
    let amount = |text: &str| text.parse().unwrap_or(Tiyn::ZERO);
    let (title, tone, result, kind) = match outcome {
        Outcome::Paid { .. } => ("kiosk-done-title", Tone::Good, "paid", slip::Outcome::Paid),
        Outcome::CashKept { .. } => ("atm-refused", Tone::Bad, "refused", slip::Outcome::CashKept),
        Outcome::Unknown => ("kiosk-unknown-title", Tone::Wait, "unknown", slip::Outcome::Unknown),
    };
    let title = match outcome {
        Outcome::CashKept { .. } => view.in_words([
            "Төлем өтпеді. Ақшаңыз нөмір бойынша қайтарылады.",
            "Платёж не прошёл. Деньги вернут по номеру обращения.",
            "The payment did not go through. The cash is returned under the claim number.",
        ]),
        _ => view.text(title),
    };
    let mut panel = Panel::new(tone, &title);
    let (mut code, mut reference) = (None, String::new());
    let mut excess = Tiyn::ZERO;
    let claim;
    let authorisation = match outcome {
        Outcome::Paid { code: digits, reference: given, excess: too_much, claim: number } => {
            code = digits.parse::<PaymentCode>().ok();
            excess = amount(too_much);
            claim = number.clone();
            reference.clone_from(given);
            format!("00 {given}")
        }
        Outcome::CashKept { text, claim: number } => {
            if let Some(text) = text {
                panel = panel.line(text.trilingual().get(language));
            }
            panel = panel.line(say(language, "kiosk-claim-number").with("number", number.as_str()));
            claim = Some(number.clone());
            "—".to_owned()
        }
        Outcome::Unknown => {
            let number = session.attempt.to_string();
            panel = panel
                .line(say(language, "kiosk-unknown-about"))
                .line(say(language, "kiosk-claim-number").with("number", number.as_str()));
            claim = Some(number.clone());
            number
        }
    };
    let (price, commission) = payment.amounts();
    let text = slip::text(&Slip {
        language,
        bank: view.bank,
        machine: say(language, "kiosk-number").with("number", view.number).to_string(),
        outcome: kind,
        at,
        service: payment.service.name.trilingual().get(language),
        recipient: &shown_recipient(payment),
        price,
        commission,
        cash: Some((session.inserted, excess)),
        claim: claim.as_deref(),
        authorisation,
        code,
        hot_line: view.hot_line,
    });
    let digits = code.map(PaymentCode::digits).unwrap_or_default();
    let body = Html::join([
        panel.html(),
        ResultMark { result, code: digits, reference }.html(),
        code.map(|code| shown_code(language, code)).unwrap_or_default(),
        printed(language, &text),
        step_form(
            "end-form",
            "/end",
            &session.step,
            [button(say(language, "atm-written-down"), ButtonKind::Main)],
        ),
    ]);
    (title, false, body)
}
