//! The pieces of a machine's screens. Only what is shown; every form is a plain POST and names its step.

use ::pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, hidden, named_button};
use ::pages::part::{Panel, Tone, link};
use ::pages::{Html, LanguageSwitch, Markup, Refusal, Shell, Texts, money, page, say};
use askama::Template;
use axum::response::Response;
use http::header::{HeaderName, HeaderValue};
use http::{StatusCode, Uri};
use terms::{Language, PaymentCode, Trilingual};

use super::WrongIin;
use crate::pages::{ResultMark, heading, in_words, paragraph, shown_code};
use crate::terminal::messages::Priced;

/// A screen that is left shows the first one again.
pub(crate) const REFRESH_SECONDS: u32 = 75;
/// A screen that waits for the bank looks again.
const WAIT_SECONDS: u32 = 2;

/// What every screen of a machine has.
pub(crate) struct View<'a> {
    pub(crate) language: Language,
    pub(crate) bank: &'a Trilingual,
    /// The text «Банкомат № …», «Инфокиоск № …».
    pub(crate) kind: &'static str,
    pub(crate) number: &'a str,
    pub(crate) hot_line: &'a str,
}

/// Title, whether something on it is wrong, content.
pub(crate) type Shown = (String, bool, Html);

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

/// How an operation ended, for machines that read the screen.
pub(crate) fn mark(result: &str, code: Option<PaymentCode>, reference: &str) -> Html {
    let code = code.map(PaymentCode::digits).unwrap_or_default();
    ResultMark { result, code, reference: reference.to_owned() }.html()
}

impl View<'_> {
    /// «Банкомат № 1».
    pub(crate) fn machine(&self) -> String {
        say(self.language, self.kind).with("number", self.number).to_string()
    }

    pub(crate) fn page(&self, (title, invalid, body): Shown, refresh: Option<u32>) -> Response {
        let site = format!("{}: {}", self.bank.get(self.language), self.machine());
        let root = Uri::from_static("/");
        let mut response = page(&Shell {
            language: self.language,
            title: &title,
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

    pub(crate) fn text(&self, id: &'static str) -> String {
        say(self.language, id).to_string()
    }

    pub(crate) fn in_words(&self, words: [&str; 3]) -> String {
        in_words(self.language, words)
    }

    /// A refusal that no screen made. What was under way is under way still.
    pub(crate) fn refused(&self, refusal: &Refusal<'_>) -> Response {
        let text = say(self.language, refusal.text_id()).to_string();
        let body = Html::join([
            Panel::new(Tone::Bad, &text).html(),
            mark(refusal.word(), None, ""),
            link("/", say(self.language, "to-main-page")),
        ]);
        self.page((text, false, body), None)
    }

    /// The bank is being asked.
    pub(crate) fn wait(&self) -> Response {
        let title = self.text("atm-wait");
        let body = Html::join([Panel::new(Tone::Wait, &title).html(), mark("waiting", None, "")]);
        self.page((title, false, body), Some(WAIT_SECONDS))
    }

    /// The first screen: a button for each language, each in its own.
    pub(crate) fn choose_language(&self, step: &str, title: &'static str) -> Shown {
        let title = self.text(title);
        let buttons = Language::ALL
            .map(|language| named_button(language.own_name(), ButtonKind::Main, "language", language.tag()));
        let body = Html::join([heading(&title), step_form("language-form", "/language", step, buttons)]);
        (title, false, body)
    }

    /// The prescribed operation with the services and their prices (T4.2, T5.1); `notice` stands above them.
    pub(crate) fn choose_service(
        &self,
        step: &str,
        title: &'static str,
        list: &[Priced],
        missing: bool,
        notice: Html,
    ) -> Shown {
        let language = self.language;
        let title = self.text(title);
        let mut errors = FormErrors::new();
        if missing {
            errors.add("service", say(language, "m-req"));
        }
        let question = Radios::new(language, "service", &title, priced_choices(language, list))
            .error(errors.of("service"));
        let fields = [question.html(), self.go_on()];
        let body = Html::join([
            errors.summary(language),
            heading(&self.text("pay-services")),
            notice,
            step_form("service-form", "/service", step, fields),
        ]);
        (title, missing, body)
    }

    /// The question for a recipient's number (T4.3, T5.2), after `own`; `send` is its button.
    pub(crate) fn ask_recipient(
        &self,
        step: &str,
        title: &'static str,
        service: &Priced,
        wrong: Option<WrongIin>,
        own: Html,
        send: Html,
    ) -> Shown {
        let language = self.language;
        let title = self.text(title);
        let mut errors = FormErrors::new();
        match wrong {
            None => {}
            Some(WrongIin::Count(count)) => errors.add("iin", say(language, "m-iin-1").with("count", count)),
            Some(WrongIin::Check) => errors.add("iin", say(language, "m-iin-2")),
            Some(WrongIin::Nobody) => errors.add("iin", say(language, "m-iin-3")),
            Some(WrongIin::NotChecked) => errors.add("iin", say(language, "m-iin-5")),
        }
        let field = TextInput::new(language, "iin", say(language, "label-iin"))
            .numeric(12)
            .error(errors.of("iin"))
            .html();
        let body = Html::join([
            errors.summary(language),
            heading(&title),
            paragraph("", service.name.trilingual().get(language)),
            own,
            step_form("recipient-form", "/recipient", step, [field, send]),
        ]);
        (title, wrong.is_some(), body)
    }

    /// The button «Продолжить».
    pub(crate) fn go_on(&self) -> Html {
        button(say(self.language, "button-continue"), ButtonKind::Main)
    }

    /// The way out of every screen on which nothing has been paid.
    pub(crate) fn leave(&self, step: &str) -> Html {
        step_form("leave", "/end", step, [button(say(self.language, "button-cancel"), ButtonKind::Other)])
    }

    /// The machine cannot serve: found before anything was taken.
    pub(crate) fn out_of_order(&self, step: &str, title: &str, line: &str) -> Shown {
        let panel = Panel::new(Tone::Bad, title);
        let panel = if line.is_empty() { panel } else { panel.line(line) };
        let end = step_form("end-form", "/end", step, [self.go_on()]);
        (title.to_owned(), false, Html::join([panel.html(), mark("refused", None, ""), end]))
    }

    /// The end of an operation: the code where there is one, and the slip, or where to get one.
    pub(crate) fn ended(
        &self,
        step: &str,
        title: String,
        panel: Panel,
        (mark, code, reference): (Html, Option<PaymentCode>, &str),
        slip: Option<String>,
    ) -> Shown {
        let slip = match slip {
            Some(slip) => Html::render(&Printed { t: Texts(self.language), slip: &slip }).unwrap_or_default(),
            None => self.no_slip(code.is_some(), reference),
        };
        let done = button(say(self.language, "atm-written-down"), ButtonKind::Main);
        let body = Html::join([
            panel.html(),
            mark,
            code.map(|code| shown_code(self.language, code)).unwrap_or_default(),
            slip,
            step_form("end-form", "/end", step, [done]),
        ]);
        (title, false, body)
    }

    /// What a person without a slip needs: the receipt's number, and where the receipt can be had.
    fn no_slip(&self, is_paid: bool, reference: &str) -> Html {
        let heading = self.in_words([
            "Қағаз таусылды: чек басылмады.",
            "Закончилась бумага: чек не напечатан.",
            "The paper has run out: no slip was printed.",
        ]);
        let mut panel = Panel::new(Tone::Wait, &heading);
        if !reference.is_empty() {
            let number =
                self.in_words(["Чек (операция) нөмірі", "Номер чека (операции)", "Number of the receipt"]);
            panel = panel.line(format!("{number}: {reference}"));
        }
        if is_paid {
            panel = panel.line(self.in_words([
                "Кодты және чек нөмірін жазып алыңыз. Чекті порталдағы жеке кабинеттен, банктің \
                 интернет-банкингінен немесе банк бөлімшесінен осы нөмір бойынша алуға болады.",
                "Запишите код и номер чека. Чек можно получить в личном кабинете на портале, в интернет-банкинге \
                 или в отделении банка по этому номеру.",
                "Write down the code and the number of the receipt. The receipt can be had in your cabinet at \
                 the portal, in internet banking, or at the bank's branch by this number.",
            ]));
        }
        let help = self.in_words(["Анықтама", "Справки", "Help"]);
        panel.line(format!("{help}: {}", self.hot_line)).html()
    }
}

/// The services of a price list as answers to one question.
fn priced_choices(language: Language, list: &[Priced]) -> Vec<Choice> {
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
