//! The screens of an ATM. Only what is shown; the pieces are in `machine::pages`.

use ::pages::form::{ButtonKind, FormErrors, TextInput, button, named_button};
use ::pages::part::{Facts, Panel, Tone};
use ::pages::{Html, Markup, money, say};
use axum::response::Response;

use super::flow::{CardTrouble, Client, Ended, Outcome, Payment, Screen, Session, masked};
use crate::machine::pages::{REFRESH_SECONDS, Shown, View, mark, step_form};
use crate::machine::{WrongIin, amounts};
use crate::pages::{heading, paragraph};
use crate::slip::{self, Slip};
use crate::terminal::messages::Priced;

/// The screen of the session.
pub(super) fn show(view: &View<'_>, session: &Session) -> Response {
    let step = session.step.as_str();
    let client = session.client.as_ref();
    let (title, invalid, body) = match &session.screen {
        Screen::Language => view.choose_language(step, "atm-language"),
        Screen::Card(trouble) => card(view, step, *trouble),
        Screen::CardKept => card_kept(view, step),
        Screen::Menu => menu(view, step),
        Screen::Services { services, missing } => {
            view.choose_service(step, "atm-service", services, *missing, Html::default())
        }
        Screen::Recipient { service, wrong } => recipient(view, step, service, client, *wrong),
        Screen::Confirm { payment, has_paper } => confirm(view, step, payment, client, *has_paper),
        Screen::Done { ended, printed, is_earlier } => done(view, step, ended, *printed, *is_earlier),
        Screen::OutOfOrder => out_of_order(view, step),
    };
    let body = match session.screen {
        Screen::Language | Screen::CardKept | Screen::Done { .. } | Screen::OutOfOrder => body,
        _ => Html::join([body, view.leave(step)]),
    };
    let refresh = (session.screen != Screen::Language).then_some(REFRESH_SECONDS);
    view.page((title, invalid, body), refresh)
}

fn card(view: &View<'_>, step: &str, trouble: Option<CardTrouble>) -> Shown {
    let language = view.language;
    let title = view.text("atm-insert-card");
    let mut errors = FormErrors::new();
    match trouble {
        None => {}
        Some(CardTrouble::NotRead) => errors.add("card-number", say(language, "m-card-2")),
        Some(CardTrouble::WrongPin(left)) => {
            errors.add("pin", say(language, "atm-pin-wrong").with("left", left))
        }
        Some(CardTrouble::Stranger) => errors.add("card-number", say(language, "m-card-7")),
    }
    let stands_for = view.in_words([
        "Демонстрацияда карточканы салудың орнына оның нөмірі теріледі.",
        "В демонстрации вместо карточки набирается её номер.",
        "In the demonstration the card's number is typed instead of inserting the card.",
    ]);
    let fields = [
        TextInput::new(language, "card-number", say(language, "atm-card-number"))
            .hint(stands_for)
            .numeric(19)
            .error(errors.of("card-number"))
            .html(),
        TextInput::new(language, "pin", say(language, "atm-pin"))
            .password()
            .numeric(4)
            .longest(12)
            .error(errors.of("pin"))
            .html(),
        view.go_on(),
    ];
    let body = Html::join([
        errors.summary(language),
        heading(&title),
        step_form("card-form", "/card", step, fields),
    ]);
    (title, trouble.is_some(), body)
}

/// Three wrong PINs: nothing was paid, and only the bank can help.
fn card_kept(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("atm-pin-blocked");
    let kept = view.in_words([
        "ПИН-код үш рет қате енгізілді. Банкомат карточканы алып қалды. Ақша алынған жоқ.",
        "ПИН-код введён неверно три раза. Банкомат удержал карточку. Деньги не списаны.",
        "The PIN was wrong three times. The ATM has kept the card. No money has been taken.",
    ]);
    let body = Html::join([
        Panel::new(Tone::Bad, &title).line(kept).line(view.hot_line).html(),
        mark("card-kept", None, ""),
        step_form("end-form", "/end", step, [view.go_on()]),
    ]);
    (title, false, body)
}

/// T4.2: the operation has the label that the regulation prescribes.
fn menu(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("atm-menu");
    let prescribed = button(say(view.language, "pay-services"), ButtonKind::Main);
    let body = Html::join([heading(&title), step_form("menu-form", "/menu", step, [prescribed])]);
    (title, false, body)
}

/// T4.3: the client's own number from core banking, or another one typed.
fn recipient(
    view: &View<'_>,
    step: &str,
    service: &Priced,
    client: Option<&Client>,
    wrong: Option<WrongIin>,
) -> Shown {
    let language = view.language;
    let own = client.map(|client| {
        let label = say(language, "atm-recipient-own").with("iin", masked(client.number)).to_string();
        let pieces = [
            paragraph("own-iin", &label),
            named_button(say(language, "button-continue"), ButtonKind::Main, "recipient", "own"),
        ];
        step_form("own-form", "/recipient", step, pieces)
    });
    let send = named_button(say(language, "button-continue"), ButtonKind::Other, "recipient", "other");
    view.ask_recipient(step, "atm-recipient", service, wrong, own.unwrap_or_default(), send)
}

fn confirm(
    view: &View<'_>,
    step: &str,
    payment: &Payment,
    client: Option<&Client>,
    has_paper: bool,
) -> Shown {
    let language = view.language;
    let title = view.text("atm-confirm-title");
    let (price, commission) = payment.amounts();
    let total = [price, commission].into_iter().sum();
    let facts = Facts::new()
        .fact(say(language, "label-service"), payment.service.name.trilingual().get(language))
        .fact(say(language, "label-recipient"), payment.recipient.shown(client))
        .fact(say(language, "label-price"), money(language, price))
        .fact(say(language, "label-commission"), money(language, commission))
        .fact(say(language, "label-total"), money(language, total));
    let no_paper = || Panel::new(Tone::Wait, say(language, "atm-no-paper")).html();
    let body = Html::join([
        heading(&title),
        if has_paper { Html::default() } else { no_paper() },
        facts.html(),
        step_form("confirm-form", "/confirm", step, [button(say(language, "atm-confirm"), ButtonKind::Main)]),
    ]);
    (title, false, body)
}

fn done(view: &View<'_>, step: &str, ended: &Ended, printed: bool, is_earlier: bool) -> Shown {
    let language = view.language;
    let Ended { service, recipient, outcome, at } = ended;
    let paid = match outcome {
        Outcome::Paid { code, reference } => Some((*code, reference.as_str())),
        Outcome::Refused { .. } | Outcome::Unknown { .. } => None,
    };
    let (title, tone, result, kind, authorisation) = match outcome {
        Outcome::Paid { reference, .. } => {
            let title = if printed { "atm-done-title" } else { "m-paid" };
            (title, Tone::Good, "paid", slip::Outcome::Paid, format!("00 {reference}"))
        }
        Outcome::Refused { code, .. } => {
            let code = code.clone().unwrap_or_else(|| "—".to_owned());
            ("atm-refused", Tone::Bad, "refused", slip::Outcome::Refused, code)
        }
        Outcome::Unknown { attempt } => {
            ("atm-unknown", Tone::Wait, "unknown", slip::Outcome::Unknown, attempt.clone())
        }
    };
    let title = view.text(title);
    let panel = match outcome {
        Outcome::Paid { .. } if printed => Panel::new(tone, &title).line(say(language, "atm-take-slip")),
        Outcome::Refused { text, code } => Panel::new(tone, &title)
            .line(text.get(language))
            .message_code(code.as_deref().unwrap_or_default()),
        Outcome::Paid { .. } | Outcome::Unknown { .. } => Panel::new(tone, &title),
    };
    let panel = if is_earlier { panel.line(earlier(view)) } else { panel };
    let (price, commission) = amounts(service);
    let (code, reference) = paid.map_or((None, ""), |(code, reference)| (Some(code), reference));
    let slip = printed.then(|| {
        slip::text(&Slip {
            language,
            bank: view.bank,
            machine: view.machine(),
            outcome: kind,
            at: *at,
            service: service.name.trilingual().get(language),
            recipient,
            price,
            commission,
            cash: None,
            claim: None,
            authorisation: authorisation.clone(),
            code,
            hot_line: view.hot_line,
        })
    });
    let number = if reference.is_empty() { authorisation.as_str() } else { reference };
    view.ended(step, title, panel, (mark(result, code, reference), code, number), slip)
}

/// Why somebody who has paid nothing today sees a payment.
fn earlier(view: &View<'_>) -> String {
    view.in_words([
        "Бұл — осы карточкамен бұрын жасалған төлем: банкомат оның чегін бере алмай қалды. Қайта төлемеңіз.",
        "Это прежний платёж этой карточкой: банкомат не успел выдать его чек. Не платите повторно.",
        "This is an earlier payment by this card, whose slip the ATM did not hand out. Do not pay again.",
    ])
}

fn out_of_order(view: &View<'_>, step: &str) -> Shown {
    let title = view.in_words([
        "Банкомат уақытша жұмыс істемейді",
        "Банкомат временно не работает",
        "The ATM is out of order for now",
    ]);
    view.out_of_order(step, &title, &view.text("money-not-taken"))
}
