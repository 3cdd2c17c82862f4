//! The screens of an ATM. Only what is shown; every form is a plain POST and names its step.

use ::pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, hidden, named_button};
use ::pages::part::{Facts, Panel, Tone};
use ::pages::{Html, LanguageSwitch, Markup, Shell, Texts, money, page, say};
use askama::Template;
use axum::response::Response;
use http::header::{HeaderName, HeaderValue};
use http::{StatusCode, Uri};
use terms::{Language, Moment, PartyNumber, PaymentCode, Trilingual};

use super::flow::{CardTrouble, Client, Outcome, Payment, Recipient, Screen, Session, WrongIin};
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
}

/// A form of a machine: no session and no cookie, but the step it belongs to.
#[derive(Template)]
#[template(
    source = r#"<form id="{{ id }}" method="post" action="{{ action }}" novalidate>
{{ step }}{{ pieces }}
</form>"#,
    ext = "html"
)]
struct StepForm<'a> {
    id: &'a str,
    action: &'a str,
    step: Html,
    pieces: Html,
}

/// A form that names its step.
pub(crate) fn step_form(id: &str, action: &str, step: &str, pieces: impl IntoIterator<Item = Html>) -> Html {
    let form = StepForm { id, action, step: hidden("step", step), pieces: Html::join(pieces) };
    Html::render(&form).unwrap_or_default()
}

/// What came out of the printer.
#[derive(Template)]
#[template(
    source = r#"<section aria-label="{{ t.say("word-receipt") }}"><pre id="slip">{{ slip }}</pre></section>"#,
    ext = "html"
)]
struct Printed<'a> {
    t: Texts,
    slip: &'a str,
}

/// The slip as the machine prints it.
pub(crate) fn printed(language: Language, slip: &str) -> Html {
    Html::render(&Printed { t: Texts(language), slip }).unwrap_or_default()
}

impl View<'_> {
    fn page(&self, title: &str, invalid: bool, refresh: Option<u32>, body: Html) -> Response {
        let machine = say(self.language, "atm-number").with("number", self.number).to_string();
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
}

/// The bank is being asked.
pub(super) fn wait(view: &View<'_>) -> Response {
    let body = Html::join([
        Panel::new(Tone::Wait, say(view.language, "atm-wait")).html(),
        ResultMark { result: "waiting", code: String::new(), reference: String::new() }.html(),
    ]);
    view.page(&view.text("atm-wait"), false, Some(WAIT_SECONDS), body)
}

/// The screen of the session.
pub(super) fn show(view: &View<'_>, session: &Session) -> Response {
    let step = session.step.0.as_str();
    let (title, invalid, body) = match &session.screen {
        Screen::Language => language(view, step),
        Screen::Card(trouble) => card(view, step, *trouble),
        Screen::Menu => menu(view, step),
        Screen::Services { services: list, missing } => services(view, step, list, *missing),
        Screen::Recipient { service, wrong } => {
            recipient(view, step, service, session.client.as_ref(), *wrong)
        }
        Screen::Confirm { payment } => confirm(view, step, payment, session.client.as_ref()),
        Screen::Done { payment, outcome, at } => {
            done(view, step, payment, outcome, *at, session.client.as_ref())
        }
        Screen::OutOfOrder => out_of_order(view, step),
    };
    let body = match session.screen {
        Screen::Language | Screen::Done { .. } | Screen::OutOfOrder => body,
        _ => Html::join([body, leave(view, step)]),
    };
    let refresh = (session.screen != Screen::Language).then_some(REFRESH_SECONDS);
    view.page(&title, invalid, refresh, body)
}

type Shown = (String, bool, Html);

fn leave(view: &View<'_>, step: &str) -> Html {
    step_form("leave", "/end", step, [button(say(view.language, "button-cancel"), ButtonKind::Other)])
}

fn language(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("atm-language");
    let buttons = Language::ALL
        .map(|language| named_button(language.own_name(), ButtonKind::Main, "language", language.tag()));
    let body = Html::join([heading(&title), step_form("language-form", "/language", step, buttons)]);
    (title, false, body)
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
        Some(CardTrouble::Blocked) => errors.add("card-number", say(language, "atm-pin-blocked")),
        Some(CardTrouble::Stranger) => errors.add("card-number", say(language, "m-card-7")),
    }
    let stands_for = in_words(
        language,
        [
            "Демонстрацияда карточканы салудың орнына оның нөмірі теріледі.",
            "В демонстрации вместо карточки набирается её номер.",
            "In the demonstration the card's number is typed instead of inserting the card.",
        ],
    );
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
        button(say(language, "button-continue"), ButtonKind::Main),
    ];
    let body = Html::join([
        errors.summary(language),
        heading(&title),
        step_form("card-form", "/card", step, fields),
    ]);
    (title, trouble.is_some(), body)
}

/// T4.2: the operation has the label that the regulation prescribes.
fn menu(view: &View<'_>, step: &str) -> Shown {
    let title = view.text("atm-menu");
    let prescribed = button(say(view.language, "pay-services"), ButtonKind::Main);
    let body = Html::join([heading(&title), step_form("menu-form", "/menu", step, [prescribed])]);
    (title, false, body)
}

/// The services of a price list as answers to one question.
pub(crate) fn priced_choices(language: Language, list: &[Priced]) -> Vec<Choice> {
    let hint = |service: &Priced| {
        let shown =
            |text: &str| text.parse().map_or_else(|_| text.to_owned(), |amount| money(language, amount));
        let fee = say(language, "label-commission");
        format!("{} · {fee}: {}", shown(&service.price), shown(&service.commission))
    };
    list.iter()
        .map(|service| {
            Choice::new(&service.code, service.name.trilingual().get(language)).hint(hint(service))
        })
        .collect()
}

fn services(view: &View<'_>, step: &str, list: &[Priced], missing: bool) -> Shown {
    let language = view.language;
    let title = view.text("atm-service");
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
        step_form("service-form", "/service", step, fields),
    ]);
    (title, missing, body)
}

/// What is wrong with an IIN, in words.
fn wrong_iin_text(language: Language, wrong: WrongIin) -> String {
    match wrong {
        WrongIin::Count(count) => say(language, "m-iin-1").with("count", count).to_string(),
        WrongIin::Check => say(language, "m-iin-2").to_string(),
        WrongIin::Nobody => say(language, "m-iin-3").to_string(),
        WrongIin::NotChecked => say(language, "m-iin-5").to_string(),
    }
}

fn masked(number: PartyNumber) -> String {
    match number {
        PartyNumber::Person(iin) => iin.masked(),
        PartyNumber::Organisation(bin) => bin.to_string(),
    }
}

fn recipient(
    view: &View<'_>,
    step: &str,
    service: &Priced,
    client: Option<&Client>,
    wrong: Option<WrongIin>,
) -> Shown {
    let language = view.language;
    let title = view.text("atm-recipient");
    let mut errors = FormErrors::new();
    if let Some(wrong) = wrong {
        errors.add("iin", wrong_iin_text(language, wrong));
    }
    let own = client.map(|client| {
        let label = say(language, "atm-recipient-own").with("iin", masked(client.number)).to_string();
        let pieces = [
            paragraph("own-iin", &label),
            named_button(say(language, "button-continue"), ButtonKind::Main, "recipient", "own"),
        ];
        step_form("own-form", "/recipient", step, pieces)
    });
    let fields = [
        TextInput::new(language, "iin", say(language, "label-iin"))
            .numeric(12)
            .error(errors.of("iin"))
            .html(),
        named_button(say(language, "button-continue"), ButtonKind::Other, "recipient", "other"),
    ];
    let body = Html::join([
        errors.summary(language),
        heading(&title),
        paragraph("", service.name.trilingual().get(language)),
        own.unwrap_or_default(),
        step_form("recipient-form", "/recipient", step, fields),
    ]);
    (title, wrong.is_some(), body)
}

fn shown_recipient(payment: &Payment, client: Option<&Client>) -> String {
    match &payment.recipient {
        Recipient::Own => client.map(|client| masked(client.number)).unwrap_or_default(),
        Recipient::Other { iin, initials } => {
            let initials = initials.clone().unwrap_or_default();
            format!("{} {initials}", iin.masked()).trim().to_owned()
        }
    }
}

fn facts(language: Language, payment: &Payment, client: Option<&Client>) -> Html {
    let (price, commission) = payment.amounts();
    let total = [price, commission].into_iter().sum();
    Facts::new()
        .fact(say(language, "label-service"), payment.service.name.trilingual().get(language))
        .fact(say(language, "label-recipient"), shown_recipient(payment, client))
        .fact(say(language, "label-price"), money(language, price))
        .fact(say(language, "label-commission"), money(language, commission))
        .fact(say(language, "label-total"), money(language, total))
        .html()
}

fn confirm(view: &View<'_>, step: &str, payment: &Payment, client: Option<&Client>) -> Shown {
    let language = view.language;
    let title = view.text("atm-confirm-title");
    let body = Html::join([
        heading(&title),
        facts(language, payment, client),
        step_form("confirm-form", "/confirm", step, [button(say(language, "atm-confirm"), ButtonKind::Main)]),
    ]);
    (title, false, body)
}

fn done(
    view: &View<'_>,
    step: &str,
    payment: &Payment,
    outcome: &Outcome,
    at: Moment,
    client: Option<&Client>,
) -> Shown {
    let language = view.language;
    let (panel, mark, kind, code, authorisation) = match outcome {
        Outcome::Paid { code, reference } => (
            Panel::new(Tone::Good, say(language, "atm-done-title")).line(say(language, "atm-take-slip")),
            ResultMark { result: "paid", code: code.digits(), reference: reference.to_string() },
            slip::Outcome::Paid,
            Some(*code),
            format!("00 {reference}"),
        ),
        Outcome::Refused { text, code } => (
            Panel::new(Tone::Bad, say(language, "atm-refused"))
                .line(text.get(language))
                .message_code(code.as_deref().unwrap_or_default()),
            ResultMark { result: "refused", code: String::new(), reference: String::new() },
            slip::Outcome::Refused,
            None,
            code.clone().unwrap_or_else(|| "91".to_owned()),
        ),
        Outcome::Unknown { attempt } => (
            Panel::new(Tone::Wait, say(language, "atm-unknown")),
            ResultMark { result: "unknown", code: String::new(), reference: String::new() },
            slip::Outcome::Unknown,
            None,
            attempt.clone(),
        ),
    };
    let (price, commission) = payment.amounts();
    let slip = slip::text(&Slip {
        language,
        bank: view.bank,
        machine: say(language, "atm-number").with("number", view.number).to_string(),
        outcome: kind,
        at,
        service: payment.service.name.trilingual().get(language),
        recipient: &shown_recipient(payment, client),
        price,
        commission,
        cash: None,
        claim: None,
        authorisation,
        code,
        hot_line: view.hot_line,
    });
    let shown = code.map(|code: PaymentCode| shown_code(language, code)).unwrap_or_default();
    let body = Html::join([
        panel.html(),
        mark.html(),
        shown,
        printed(language, &slip),
        step_form("end-form", "/end", step, [button(say(language, "atm-written-down"), ButtonKind::Main)]),
    ]);
    let title = match outcome {
        Outcome::Paid { .. } => "atm-done-title",
        Outcome::Refused { .. } => "atm-refused",
        Outcome::Unknown { .. } => "atm-unknown",
    };
    (view.text(title), false, body)
}

fn out_of_order(view: &View<'_>, step: &str) -> Shown {
    let language = view.language;
    let title = in_words(
        language,
        [
            "Банкомат уақытша жұмыс істемейді",
            "Банкомат временно не работает",
            "The ATM is out of order for now",
        ],
    );
    let money = say(language, "money-not-taken");
    let body = Html::join([
        Panel::new(Tone::Bad, &title).line(money).html(),
        ResultMark { result: "refused", code: String::new(), reference: String::new() }.html(),
        step_form("end-form", "/end", step, [button(say(language, "button-continue"), ButtonKind::Main)]),
    ]);
    (title, false, body)
}
