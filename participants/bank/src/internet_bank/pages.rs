//! The pages of the internet bank. Only what is shown; what is true is handed in.

use ::pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, form, hidden};
use ::pages::part::{DataTable, Facts, Panel, Tone, button_link, link};
use ::pages::{Html, LanguageSwitch, Markup, Shell, SignedIn, channel_name, date_time, money, page, say};
use axum::response::Response;
use http::{StatusCode, Uri};
use terms::{Channel, Language, PartyNumber, PaymentCode, ServiceCode, Tiyn};
use wire::common::Service;

use super::order::{Chosen, Order, Typed};
use super::session::SignedInClient;
use crate::core::Refusal;
use crate::one_time_code::CodeRefusal;
use crate::operation::{Operation, Stage};
use crate::pages::{ResultMark, heading, in_words, paragraph, shown_code};
use crate::settings::Bank;
use crate::store::NoticeState;

/// A payment with the state of its notice.
pub(super) struct History {
    pub(super) operation: Operation,
    pub(super) notice: Option<NoticeState>,
}

/// What every page of the internet bank has.
pub(super) struct Screen<'a> {
    pub(super) bank: &'a Bank,
    pub(super) language: Language,
    pub(super) uri: &'a Uri,
    pub(super) client: Option<&'a SignedInClient>,
}

/// Whether the order form comes back to be corrected.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    /// It is shown for the first time.
    No,
    /// What is wrong is said at its fields.
    Yes,
    /// The same, of a form that was confirmed, under whose id the bank's books have nothing.
    AndNothingTaken,
}

/// The name of a service, or its code where the catalogue no longer has it.
pub(super) fn service_name(services: &[Service], code: &ServiceCode, language: Language) -> String {
    let known = services.iter().find(|service| service.code == *code);
    known.map_or_else(|| code.to_string(), |service| service.name.get(language).to_owned())
}

impl Screen<'_> {
    fn in_words(&self, words: [&str; 3]) -> String {
        in_words(self.language, words)
    }

    fn page(
        &self,
        title: &str,
        state: Option<&str>,
        invalid: bool,
        switch: LanguageSwitch<'_>,
        body: Html,
    ) -> Response {
        let site =
            say(self.language, "site-bank").with("bank", self.bank.name.get(self.language)).to_string();
        let signed_in = self.client.map(|client| SignedIn {
            // An organisation's page says who acts for it.
            name: match client.party.number {
                PartyNumber::Person(_) => client.party.name.to_string(),
                PartyNumber::Organisation(_) => format!("{}, {}", client.party.name, client.actor.name),
            },
            sign_out: "/logout".to_owned(),
            csrf: client.csrf.clone(),
        });
        let status = if invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        page(&Shell {
            language: self.language,
            title,
            service: &site,
            state,
            invalid,
            switch,
            signed_in,
            help: None,
            demonstration: true,
            status,
            body,
        })
    }

    /// A page that says one thing.
    pub(super) fn problem(&self, status: StatusCode, text: &str) -> Response {
        let title = say(self.language, "error-prefix").to_string();
        let panel = Panel::new(Tone::Bad, text).html();
        let title = title.trim_end_matches(':');
        let mut response = self.page(
            title,
            None,
            false,
            self.links(),
            Html::join([panel, link("/", say(self.language, "to-main-page"))]),
        );
        *response.status_mut() = status;
        response
    }

    fn links(&self) -> LanguageSwitch<'_> {
        LanguageSwitch::Links(self.uri)
    }

    /// T3.1–3: the bank's own page and certificate, and its own way of log-in.
    pub(super) fn log_in(&self, host: &str, token: &str, wrong: Option<String>) -> Response {
        let language = self.language;
        let mut errors = FormErrors::new();
        if let Some(wrong) = &wrong {
            errors.add("login", wrong);
        }
        let title = say(language, "ib-signin-title").to_string();
        let notice = say(language, "ib-check-address").with("host", host).to_string();
        let fields = [
            TextInput::new(language, "login", say(language, "ib-login"))
                .autocomplete("username")
                .error(errors.of("login"))
                .html(),
            TextInput::new(language, "password", say(language, "ib-password")).password().html(),
            button(say(language, "button-continue"), ButtonKind::Main),
        ];
        let body = Html::join([
            errors.summary(language),
            heading(&title),
            paragraph("certificate-notice", &notice),
            form("login-form", "/login", token, fields),
        ]);
        // A failed log-in leaves no address that a link could come back to.
        let front = Uri::from_static("/");
        self.page(&title, None, wrong.is_some(), LanguageSwitch::Links(&front), body)
    }

    /// T3.4–5: service, recipient, means.
    pub(super) fn choose(&self, order: &Order, checked: Checked) -> Response {
        let language = self.language;
        let is_checked = checked != Checked::No;
        let csrf = self.client.map(|client| client.csrf.clone()).unwrap_or_default();
        let errors =
            if is_checked { order.chosen(language).err().unwrap_or_default() } else { FormErrors::new() };
        let title = say(language, "pay-services").to_string();
        // Said only of a form that was looked up: of any other the page does not know.
        let nothing_taken = match checked {
            Checked::AndNothingTaken => {
                paragraph("nothing-taken", &say(language, "money-not-taken").to_string())
            }
            Checked::No | Checked::Yes => Html::default(),
        };
        let fields = if order.no_services {
            let text = self.in_words([
                "Қызметтер тізімі қазір қолжетімсіз. Кейінірек қайталаңыз.",
                "Список услуг сейчас недоступен. Повторите позже.",
                "The list of services is not available now. Try again later.",
            ]);
            paragraph("no-services", &text)
        } else {
            form("order", "/pay", &csrf, self.order_fields(order, &errors))
        };
        let body = Html::join([
            errors.summary(language),
            heading(&title),
            nothing_taken,
            fields,
            paragraph("", ""),
            link("/payments", say(language, "ib-history")),
        ]);
        let pay = Uri::from_static("/pay");
        self.page(&title, None, is_checked, LanguageSwitch::Links(&pay), body)
    }

    fn order_fields(&self, order: &Order, errors: &FormErrors) -> [Html; 6] {
        let language = self.language;
        let services = order
            .services
            .iter()
            .map(|service| {
                Choice::new(service.code.as_str(), service.name.get(language))
                    .hint(money(language, service.price))
            })
            .collect();
        let recipients = vec![
            Choice::new("self", self.in_words(["Өзім үшін", "Для себя", "For myself"])),
            Choice::new(
                "other",
                self.in_words([
                    "Басқа адам немесе ұйым үшін",
                    "Для другого лица или организации",
                    "For somebody else",
                ]),
            ),
        ];
        let mut means: Vec<Choice> = order
            .accounts
            .iter()
            .map(|account| {
                let balance = money(language, account.balance);
                let label = format!("{} {}", say(language, "ib-means-account"), account.iban.masked());
                let choice = Choice::new(account.iban.as_str(), label)
                    .hint(say(language, "ib-balance").with("sum", balance));
                if account.is_open { choice } else { choice.unavailable() }
            })
            .collect();
        means.extend(order.cards.iter().enumerate().map(|(place, (masked, _))| {
            Choice::new(&format!("card-{place}"), format!("{} {masked}", say(language, "ib-means-card")))
        }));
        let recipient = if order.typed.recipient.is_empty() { "self" } else { &order.typed.recipient };
        [
            Radios::new(language, "service", say(language, "ib-services"), services)
                .chosen(&order.typed.service)
                .error(errors.of("service"))
                .html(),
            Radios::new(language, "recipient", say(language, "label-recipient"), recipients)
                .chosen(recipient)
                .error(errors.of("recipient"))
                .html(),
            TextInput::new(language, "number", say(language, "label-iin-or-bin"))
                .numeric(12)
                .value(&order.typed.number)
                .error(errors.of("number"))
                .html(),
            TextInput::new(language, "name", say(language, "label-full-name"))
                .value(&order.typed.name)
                .error(errors.of("name"))
                .html(),
            Radios::new(language, "means", say(language, "ib-means"), means)
                .chosen(&order.typed.means)
                .error(errors.of("means"))
                .html(),
            button(say(language, "button-continue"), ButtonKind::Main),
        ]
    }

    /// T3.6: everything that will be done, and what it costs.
    pub(super) fn confirm(
        &self,
        chosen: &Chosen,
        typed: &Typed,
        attempt: &str,
        refused: Option<CodeRefusal>,
    ) -> Response {
        let language = self.language;
        let mut errors = FormErrors::new();
        if let Some(why) = refused {
            errors.add("one-time-code", self.code_refused(why));
        }
        let title = say(language, "ib-confirm-title").to_string();
        let price = chosen.service.price;
        let commission = self.bank.commission.on(Channel::InternetBank, price);
        let total: Tiyn = [price, commission].into_iter().sum();
        let facts = Facts::new()
            .fact(say(language, "label-service"), chosen.service.name.get(language))
            .fact(say(language, "label-provider"), chosen.service.provider_name.get(language))
            .fact(
                say(language, "label-recipient"),
                format!("{} {}", chosen.recipient.name, chosen.recipient.number),
            )
            .fact(say(language, "ib-means"), &chosen.means_shown)
            .fact(say(language, "label-price"), money(language, price))
            .fact(say(language, "label-commission"), money(language, commission))
            .fact(say(language, "label-total"), money(language, total));
        let csrf = self.client.map(|client| client.csrf.clone()).unwrap_or_default();
        let fields = [
            hidden("attempt", attempt),
            hidden("price", price),
            hidden("service", &typed.service),
            hidden("recipient", &typed.recipient),
            hidden("number", &typed.number),
            hidden("name", &typed.name),
            hidden("means", &typed.means),
            self.one_time_code(&errors),
            button(say(language, "ib-confirm"), ButtonKind::Main),
        ];
        let body = Html::join([
            errors.summary(language),
            heading(&title),
            facts.html(),
            form("confirm", "/pay/confirm", &csrf, fields),
            link("/pay", say(language, "button-change")),
        ]);
        let pay = Uri::from_static("/pay");
        self.page(&title, None, refused.is_some(), LanguageSwitch::Links(&pay), body)
    }

    fn one_time_code(&self, errors: &FormErrors) -> Html {
        let label = self.in_words(["Бір реттік код", "Одноразовый код", "One-time code"]);
        let hint = self.in_words([
            "Телефоныңыздағы аутентификатор көрсеткен алты цифр.",
            "Шесть цифр, которые показывает аутентификатор на вашем телефоне.",
            "The six digits that the authenticator on your telephone shows.",
        ]);
        TextInput::new(self.language, "one-time-code", label)
            .hint(hint)
            .numeric(6)
            .autocomplete("one-time-code")
            .error(errors.of("one-time-code"))
            .html()
    }

    fn code_refused(&self, why: CodeRefusal) -> String {
        self.in_words(match why {
            CodeRefusal::Wrong => [
                "Бір реттік код қате. Ақша алынған жоқ. Аутентификаторда қазір тұрған кодты енгізіңіз.",
                "Одноразовый код неверен. Деньги не списаны. Введите код, который аутентификатор показывает сейчас.",
                "The one-time code is wrong. No money has been taken. Enter the code that the authenticator shows now.",
            ],
            CodeRefusal::Used => [
                "Бұл код пайдаланылған. Ақша алынған жоқ. Келесі кодты күтіңіз: ол 30 секунд ішінде шығады.",
                "Этот код уже использован. Деньги не списаны. Дождитесь следующего: он появится в течение 30 секунд.",
                "This code has been used. No money has been taken. Wait for the next one: it comes within 30 seconds.",
            ],
            CodeRefusal::TooMany => [
                "Қате кодтар тым көп. Ақша алынған жоқ. 15 минуттан кейін қайталаңыз.",
                "Слишком много неверных кодов. Деньги не списаны. Повторите через 15 минут.",
                "Too many wrong codes. No money has been taken. Try again in 15 minutes.",
            ],
        })
    }

    /// T3.14, T3.18–21: the code as an electronic receipt, only on success.
    pub(super) fn payment(&self, found: &History, services: &[Service]) -> Response {
        let language = self.language;
        let operation = &found.operation;
        let (panel, mark) = self.outcome(found);
        let total: Tiyn = [operation.amount, operation.commission].into_iter().sum();
        let mut facts = Facts::new()
            .fact(say(language, "label-service"), service_name(services, &operation.service, language))
            .fact(
                say(language, "label-recipient"),
                format!("{} {}", operation.recipient.name, operation.recipient.number),
            )
            .fact(say(language, "label-price"), money(language, operation.amount))
            .fact(say(language, "label-commission"), money(language, operation.commission))
            .fact(say(language, "label-total"), money(language, total))
            .fact(say(language, "ib-means"), &operation.source_shown);
        let mut code = Html::default();
        if let Stage::Taken { reference, at } | Stage::GivenBack { reference, at, .. } = &operation.stage {
            facts = facts
                .fact(say(language, "label-bank-reference"), reference)
                .fact(say(language, "label-date-time"), date_time(language, *at))
                .fact(self.in_words(["Хабарлама", "Уведомление", "Notice"]), self.notice(found));
            if let (Some(shown), Stage::Taken { .. }) = (operation.code, &operation.stage) {
                let keep = self.in_words([
                    "Кодты сақтаңыз: ол порталда немесе халыққа қызмет көрсету орталығында қызметке тапсырыс беру \
                     үшін керек.",
                    "Сохраните код: он нужен, чтобы заказать услугу на портале или в центре обслуживания \
                     населения.",
                    "Keep the code: you need it to order the service at the portal or at a service centre.",
                ]);
                code = Html::join([shown_code(language, shown), paragraph("keep-code", &keep)]);
            }
        }
        let title = say(language, "word-receipt").to_string();
        let body = Html::join([
            panel.html(),
            mark.html(),
            code,
            facts.html(),
            button_link("/pay", say(language, "pay-services")),
            paragraph("", ""),
            link("/payments", say(language, "ib-history")),
        ]);
        self.page(&title, None, false, self.links(), body)
    }

    fn outcome(&self, found: &History) -> (Panel, ResultMark<'static>) {
        let language = self.language;
        let operation = &found.operation;
        let mark = |result, code: Option<PaymentCode>| ResultMark {
            result,
            code: code.map(PaymentCode::digits).unwrap_or_default(),
            reference: operation.reference().map(ToString::to_string).unwrap_or_default(),
        };
        match &operation.stage {
            Stage::Taken { .. } => {
                let panel =
                    Panel::new(Tone::Good, say(language, "ib-done-title")).line(say(language, "ib-copy"));
                let confirmed = found.notice.as_ref().is_some_and(|notice| notice.acknowledged_at.is_some());
                let panel = if confirmed { panel } else { panel.line(say(language, "ib-notice-later")) };
                (panel, mark("paid", operation.code))
            }
            Stage::Refused { why, .. } => {
                let text = match why {
                    Refusal::NoPaymentCode => say(language, "m-upc-gen").to_string(),
                    why => why.text().get(language).to_owned(),
                };
                let heading = say(language, "badge-not-paid");
                (Panel::new(Tone::Bad, heading).line(text).message_code(why.word()), mark("refused", None))
            }
            Stage::GivenBack { .. } => {
                let text = Refusal::GivenBack.text();
                (Panel::new(Tone::Plain, text.get(language)), mark("refused", None))
            }
            Stage::Opened => (
                Panel::new(Tone::Wait, say(language, "m-wait")).line(self.in_words([
                    "Қайта төлемеңіз. Бетті жаңартыңыз.",
                    "Не платите повторно. Обновите страницу.",
                    "Do not pay again. Refresh the page.",
                ])),
                mark("unknown", None),
            ),
        }
    }

    fn notice(&self, found: &History) -> String {
        match found.notice.as_ref().and_then(|notice| notice.acknowledged_at) {
            Some(at) => {
                let words = self.in_words([
                    "төлем шлюзі растады",
                    "подтверждено платёжным шлюзом",
                    "confirmed by the payment gateway",
                ]);
                format!("{words}, {}", date_time(self.language, at))
            }
            None => self.in_words([
                "төлем шлюзі әлі растаған жоқ",
                "платёжным шлюзом ещё не подтверждено",
                "not yet confirmed by the payment gateway",
            ]),
        }
    }

    /// What the client paid, in all channels of the bank.
    pub(super) fn history(&self, payments: &[History], services: &[Service]) -> Response {
        let language = self.language;
        let title = say(language, "ib-history").to_string();
        let mut table = DataTable::new(&title)
            .column(say(language, "label-service"))
            .column(say(language, "label-date-time"))
            .column(say(language, "label-method"))
            .number_column(say(language, "label-total"))
            .column(say(language, "word-payment-code"))
            .column(say(language, "label-state"));
        for found in payments {
            let operation = &found.operation;
            let total: Tiyn = [operation.amount, operation.commission].into_iter().sum();
            let name = service_name(services, &operation.service, language);
            let named = if operation.origin == crate::operation::Origin::InternetBank {
                link(&format!("/payments/{}", operation.attempt), name)
            } else {
                Html::text(name)
            };
            let (state, code) = match &operation.stage {
                Stage::Taken { .. } => {
                    let code = operation.code.map(|code| code.to_string()).unwrap_or_default();
                    (format!("{}; {}", say(language, "badge-paid"), self.notice_where_any(found)), code)
                }
                Stage::Refused { .. } => (say(language, "badge-not-paid").to_string(), String::new()),
                Stage::GivenBack { .. } => {
                    (Refusal::GivenBack.text().get(language).to_owned(), String::new())
                }
                Stage::Opened => (say(language, "badge-unknown").to_string(), String::new()),
            };
            table.row([
                named,
                Html::text(date_time(language, operation.opened_at)),
                Html::text(channel_name(language, operation.channel)),
                Html::text(money(language, total)),
                Html::text(code),
                Html::text(state),
            ]);
        }
        let content = if payments.is_empty() {
            paragraph("", &say(language, "none-yet").to_string())
        } else {
            table.html()
        };
        let body = Html::join([heading(&title), content, button_link("/pay", say(language, "pay-services"))]);
        self.page(&title, None, false, self.links(), body)
    }

    /// An account debited for the gateway has no notice: the signed answer was the proof.
    fn notice_where_any(&self, found: &History) -> String {
        if found.operation.code.is_some() {
            return self.notice(found);
        }
        self.in_words(["шлюзге жауап берілді", "шлюзу дан ответ", "answered to the gateway"])
    }
}
