//! The screens of a kiosk. Only what is shown; the pieces are in `machine::pages`.

use ::pages::form::{ButtonKind, button, named_button};
use ::pages::part::{Facts, Panel, Tone};
use ::pages::{Html, Markup, money, say};
use axum::response::Response;
use terms::{Iin, Language, Moment, PaymentCode, Tiyn};

use super::flow::{NOTES, Outcome, Payment, Screen, Session};
use crate::machine::pages::{REFRESH_SECONDS, Shown, View, mark, step_form};
use crate::pages::{heading, paragraph};
use crate::slip::{self, Slip};

/// The screen of the session.
pub(super) fn show(view: &View<'_>, session: &Session, now: Moment) -> Response {
    let step = session.step.as_str();
    let shown = match &session.screen {
        Screen::Language => view.choose_language(step, "kiosk-language"),
        Screen::OutOfService => view.out_of_order(step, &view.text("kiosk-out"), ""),
        Screen::Services { services, missing } => {
            // K3: the rule about change stands there before any cash.
            let no_change = paragraph("no-change", &view.text("kiosk-no-change"));
            let shown = view.choose_service(step, "kiosk-service", services, *missing, no_change);
            with_way_out(view, step, shown)
        }
        Screen::Recipient { service, wrong } => {
            let own = Html::default();
            let shown = view.ask_recipient(step, "kiosk-recipient", service, *wrong, own, view.go_on());
            with_way_out(view, step, shown)
        }
        Screen::Cash(payment) => cash(view, step, payment, session),
        Screen::Paying(_) => return view.wait(),
        Screen::NotNow(payment) => not_now(view, step, payment, session.inserted),
        Screen::Returning(payment) => {
            let claim = session.attempt.to_string();
            done(view, session, payment, &Outcome::CashKept { text: None, claim }, now)
        }
        Screen::Done { payment, outcome, at } => {
            done(view, session, payment, outcome, at.parse().unwrap_or(now))
        }
    };
    let refresh = match session.screen {
        Screen::Language | Screen::Cash(_) | Screen::NotNow(_) => None,
        _ => Some(REFRESH_SECONDS),
    };
    view.page(shown, refresh)
}

fn with_way_out(view: &View<'_>, step: &str, (title, invalid, body): Shown) -> Shown {
    (title, invalid, Html::join([body, view.leave(step)]))
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
        mark("waiting", None, ""),
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
        machine: view.machine(),
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
    let mark = mark(result, code, &reference);
    view.ended(&session.step, title, panel, (mark, code, &reference), Some(text))
}
