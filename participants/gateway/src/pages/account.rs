//! Payment from a bank account (T2.8-20): choose the bank, enter the account, review, confirm, result.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Uri};
use pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, form, hidden};
use pages::part::{Facts, Panel, Tone, link};
use pages::{ChosenLanguage, CookieName, Html, Markup, choose_language, money, say};
use participant::Fault;
use rights::{Group, PageGrant, Permitted};
use serde::Deserialize;
use store::{PageState, Store};
use terms::{Bin, BrowserDigest, Channel, Iban, IbanError, Language, OneTimeToken, Trilingual};
use wire::fault::FaultCode;

use super::{Site, view};
use crate::browser::{Arrival, BrowserSecret, arrive, language_of_page};
use crate::contracts;
use crate::links::token_digest;
use crate::use_case::card_page::{Standing, masked};
use crate::use_case::{AccountPaid, PayFromAccount, pay_from_account};

/// The secret of the browser.
const COOKIE: CookieName = CookieName::new("gateway-pay");

/// What is typed on the page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    bank: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    csrf: String,
}

/// Who looks at which page, and how.
#[derive(Clone, Copy)]
struct Visit<'a> {
    language: Language,
    uri: &'a Uri,
    browser: &'a BrowserSecret,
    token: &'a OneTimeToken,
}

/// A form that a page's own browser has sent.
struct Sent {
    language: Language,
    token: OneTimeToken,
    browser: BrowserSecret,
    standing: Standing,
}

impl Site {
    /// The page for a browser that opens it. Only the first look writes.
    async fn open(&self, token: &OneTimeToken, browser: BrowserDigest) -> Result<Standing, Fault> {
        let standing = self.standing(token).await?;
        if standing.page.value.browser.is_some() {
            return standing.in_browser(browser);
        }
        let command = Permitted::page((), PageGrant(token_digest(token)));
        let token = token.clone();
        self.cx
            .change(&command, move |work| Standing::open(work, Channel::BankAccount, &token, browser))
            .await
    }

    async fn standing(&self, token: &OneTimeToken) -> Result<Standing, Fault> {
        let token = token.clone();
        self.cx.store.read(move |view| Standing::of(view, Channel::BankAccount, &token)).await
    }

    /// A form that was sent, if it is for a page of this browser.
    async fn sent(&self, uri: &Uri, headers: &HeaderMap, token: &str) -> Result<Sent, Box<Response>> {
        let found = async {
            let token: OneTimeToken = token.parse().map_err(|_| FaultCode::PageTokenInvalid)?;
            let browser = BrowserSecret::of(headers, COOKIE).ok_or(FaultCode::PageOfAnotherBrowser)?;
            let standing = self.standing(&token).await?.in_browser(browser.digest(&token))?;
            let language = language_of_page(uri, headers, standing.page.value.language);
            Ok::<_, Fault>(Sent { language, token, browser, standing })
        };
        found.await.map_err(|fault| Box::new(view::failed(choose_language(uri, headers), uri, &fault)))
    }

    fn csrf_of(&self, browser: &BrowserSecret, token: &OneTimeToken) -> String {
        self.csrf.token(browser.tie(&token.to_string()).as_bytes())
    }

    fn is_own_form(&self, sent: &Sent, csrf: &str) -> bool {
        self.csrf.check(sent.browser.tie(&sent.token.to_string()).as_bytes(), csrf).is_ok()
    }

    /// The banks whose contracts cover the page's payment today (cl. 22).
    fn banks(&self, standing: &Standing) -> Vec<(Bin, Trilingual)> {
        let (page, today) = (&standing.page.value, self.cx.host.now().banking_day());
        let offered =
            |bank: Bin| contracts::offers(&standing.contracts, bank, &page.service, page.amount, today);
        let registry = self.cx.host.registry();
        let banks = registry.members(Group::Bank).filter(|bank| offered(bank.bin));
        let mut banks: Vec<_> = banks.map(|bank| (bank.bin, bank.name.clone())).collect();
        banks.sort_by(|(_, a), (_, b)| pages::collate_kk(&a.kk, &b.kk));
        banks
    }

    fn facts(&self, language: Language, standing: &Standing) -> Facts {
        let page = &standing.page.value;
        let service = self.cx.catalogue.find(&page.service);
        let name =
            service.map_or_else(|| page.service.to_string(), |service| service.name.get(language).to_owned());
        Facts::new()
            .fact(say(language, "pay-what"), name)
            .fact(say(language, "pay-for-whom"), masked(&page.recipient))
            .fact(say(language, "label-amount"), money(language, page.amount))
    }

    fn back(&self, standing: &Standing) -> Option<String> {
        let page = &standing.page.value;
        self.cx.returns.find(page.portal, page.application.as_ref()?)
    }

    /// The page in the state it is in; the form only where a payment may begin.
    fn draw(&self, visit: Visit<'_>, standing: &Standing, typed: &Typed, errors: &FormErrors) -> Response {
        let Visit { language, uri, browser, token } = visit;
        let title = say(language, "pay-account-title").to_string();
        let facts = self.facts(language, standing).html();
        let back =
            self.back(standing).map(|back| link(&back, say(language, "pay-to-cabinet"))).unwrap_or_default();
        let now = self.cx.host.now();
        match standing.state() {
            PageState::Open | PageState::Declined => {
                if let Err(fault) = standing.may_begin(now) {
                    return view::failed(language, uri, &fault);
                }
                let choices = self
                    .banks(standing)
                    .into_iter()
                    .map(|(bin, name)| Choice::new(&bin.to_string(), name.get(language)))
                    .collect();
                let csrf = self.csrf_of(browser, token);
                let account = TextInput::new(language, "account", say(language, "pay-account-number"))
                    .hint(say(language, "pay-account-hint"))
                    .value(&typed.account)
                    .error(errors.of("account"));
                let pieces = [
                    Radios::new(language, "bank", say(language, "pay-bank-title"), choices)
                        .chosen(&typed.bank)
                        .error(errors.of("bank"))
                        .html(),
                    account.html(),
                    button(say(language, "button-continue"), ButtonKind::Main),
                ];
                let cancel = form(
                    "cancel",
                    &format!("/pay/{token}/cancel"),
                    &csrf,
                    [button(say(language, "pay-cancel"), ButtonKind::Other)],
                );
                let was_declined = standing.state() == PageState::Declined && errors.is_empty();
                let declined = was_declined.then(|| {
                    let panel = Panel::new(Tone::Bad, say(language, "pay-result-refused"));
                    Html::join([
                        panel.line(say(language, "money-not-taken")).html(),
                        view::result("declined"),
                    ])
                });
                let body = Html::join([
                    errors.summary(language),
                    declined.unwrap_or_default(),
                    heading(&title),
                    facts,
                    form("account-form", &format!("/pay/{token}"), &csrf, pieces),
                    cancel,
                ]);
                if errors.is_empty() {
                    view::shown(language, uri, &title, None, body)
                } else {
                    view::invalid(language, uri, &title, body)
                }
            }
            PageState::Asked | PageState::Unknown => {
                let until = standing.attempt.as_ref().map_or(now, |attempt| {
                    attempt.value.opened_at.plus_seconds(payment::OPEN_ITEM_AFTER_SECONDS)
                });
                let text =
                    say(language, "m-unknown").with("until", pages::written::until(language, until, now));
                let panel = Panel::new(Tone::Wait, say(language, "pay-result-unknown")).line(text);
                let again = link(&format!("/pay/{token}"), say(language, "pay-wait-refresh"));
                let body = Html::join([panel.html(), view::result("unknown"), facts, again, back]);
                view::shown(language, uri, &title, None, body)
            }
            PageState::Paid => {
                let panel = Panel::new(Tone::Good, say(language, "pay-result-paid"));
                let (line, code, receipt) = match standing.shown_code(now) {
                    Some(code) => {
                        let receipt = link(&self.cx.links.receipt_url(code), say(language, "receipt-view"));
                        ("pay-keep-code", view::code(language, code), receipt)
                    }
                    // The receipt shows the code, so its link goes with it.
                    None => ("pay-code-in-cabinet", Html::default(), Html::default()),
                };
                let panel = panel.line(say(language, line)).html();
                let body = Html::join([panel, view::result("paid"), code, facts, receipt, back]);
                view::shown(language, uri, &title, Some(&say(language, "badge-paid").to_string()), body)
            }
            PageState::Cancelled => {
                let panel = Panel::new(Tone::Bad, say(language, "pay-result-cancelled"))
                    .line(say(language, "m-cancel"));
                view::shown(
                    language,
                    uri,
                    &title,
                    None,
                    Html::join([panel.html(), view::result("cancelled"), back]),
                )
            }
        }
    }
}

fn heading(title: &str) -> Html {
    #[derive(askama::Template)]
    #[template(source = "<h1>{{ title }}</h1>", ext = "html")]
    struct Heading<'a> {
        title: &'a str,
    }
    Html::render(&Heading { title }).unwrap_or_default()
}

/// `GET /pay/{token}`: the page in the browser it belongs to, or becomes the page of.
pub(super) async fn show(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let Ok(token) = token.parse::<OneTimeToken>() else {
        return view::failed(language, &uri, &FaultCode::PageTokenInvalid.into());
    };
    let draw = || site.cx.host.draw(|entropy| OneTimeToken::generate(entropy));
    let browser = match arrive(&uri, &headers, COOKIE, &token, draw) {
        Arrival::Known(browser) => browser,
        Arrival::Step(step) => return step,
        Arrival::KeepsNoCookies => return view::without_cookies(language, &uri),
    };
    match site.open(&token, browser.digest(&token)).await {
        Ok(standing) => {
            let language = language_of_page(&uri, &headers, standing.page.value.language);
            let visit = Visit { language, uri: &uri, browser: &browser, token: &token };
            site.draw(visit, &standing, &Typed::default(), &FormErrors::new())
        }
        Err(fault) => view::failed(language, &uri, &fault),
    }
}

/// What was typed, checked; the errors otherwise, each at its field.
fn checked(
    site: &Site,
    standing: &Standing,
    language: Language,
    typed: &Typed,
) -> Result<(Bin, Iban), FormErrors> {
    let mut errors = FormErrors::new();
    let banks = site.banks(standing);
    let bank = banks.iter().find(|(bin, _)| bin.to_string() == typed.bank).map(|(bin, _)| *bin);
    if bank.is_none() {
        errors.add("bank", say(language, "m-req"));
    }
    let account = typed.account.parse::<Iban>();
    match &account {
        Ok(_) => {}
        Err(IbanError::Length(count)) => {
            errors.add("account", say(language, "m-iban-1").with("count", *count))
        }
        Err(IbanError::Form) => errors.add("account", say(language, "m-iban-4")),
        Err(IbanError::Check) => errors.add("account", say(language, "m-iban-2")),
    }
    if let (Some(bank), Ok(account)) = (bank, &account) {
        let other = site.cx.settings.bank_of_code(account.bank_code()).filter(|other| *other != bank);
        if let Some((_, name)) = other.and_then(|other| banks.iter().find(|(bin, _)| *bin == other)) {
            errors.add("account", say(language, "m-iban-3").with("bank", name.get(language)));
        }
    }
    match (bank, account) {
        (Some(bank), Ok(account)) if errors.is_empty() => Ok((bank, account)),
        _ => Err(errors),
    }
}

/// `POST /pay/{token}`: shows what was typed for review.
pub(super) async fn review(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let sent = match site.sent(&uri, &headers, &token).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let is_own = site.is_own_form(&sent, &typed.csrf);
    let Sent { language, token, browser, standing } = sent;
    let is_open = matches!(standing.state(), PageState::Open | PageState::Declined);
    if !is_open || !is_own {
        return Redirect::to(&format!("/pay/{token}")).into_response();
    }
    let (bank, account) = match checked(&site, &standing, language, &typed) {
        Ok(checked) => checked,
        Err(errors) => {
            return site.draw(
                Visit { language, uri: &uri, browser: &browser, token: &token },
                &standing,
                &typed,
                &errors,
            );
        }
    };
    let title = say(language, "pay-review-title").to_string();
    let bank_name = site.banks(&standing).into_iter().find(|(bin, _)| *bin == bank).map(|(_, name)| name);
    let facts = site
        .facts(language, &standing)
        .fact(say(language, "label-bank"), bank_name.as_ref().map_or("", |name| name.get(language)))
        .fact(say(language, "label-account-number"), account.masked());
    let amount = money(language, standing.page.value.amount);
    let pieces = [
        hidden("bank", bank),
        hidden("account", account),
        button(say(language, "pay-button").with("sum", amount), ButtonKind::Main),
    ];
    let csrf = site.csrf_of(&browser, &token);
    let body = Html::join([
        heading(&title),
        facts.html(),
        form("confirm-form", &format!("/pay/{token}/confirm"), &csrf, pieces),
        link(&format!("/pay/{token}"), say(language, "button-change")),
    ]);
    view::shown(language, &uri, &title, None, body)
}

/// `POST /pay/{token}/confirm`: pays. Pressed twice, it answers with the first result.
pub(super) async fn confirm(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let sent = match site.sent(&uri, &headers, &token).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let is_own = site.is_own_form(&sent, &typed.csrf);
    let Sent { language, token, browser, standing } = sent;
    let here = format!("/pay/{token}");
    let is_open = matches!(standing.state(), PageState::Open | PageState::Declined);
    if !is_open || !is_own {
        return Redirect::to(&here).into_response();
    }
    let (bank, account) = match checked(&site, &standing, language, &typed) {
        Ok(checked) => checked,
        Err(errors) => {
            return site.draw(
                Visit { language, uri: &uri, browser: &browser, token: &token },
                &standing,
                &typed,
                &errors,
            );
        }
    };
    let grant = PageGrant(token_digest(&token));
    let digest = browser.digest(&token);
    let payment = PayFromAccount { token: token.clone(), browser: digest, bank, account };
    let command = Permitted::page(payment, grant);
    match pay_from_account(&site.cx, &command).await {
        Ok(AccountPaid::Paid(_) | AccountPaid::Unknown) => Redirect::to(&here).into_response(),
        Ok(AccountPaid::Refused(code, text)) => {
            let line = text.map(|text| text.get(language).to_owned());
            let said = match (line, code) {
                (Some(line), code) => {
                    let code = code.unwrap_or_default();
                    say(language, "m-bank-line").with("line", line).with("code", code).to_string()
                }
                (None, _) => say(language, "m-bank-8").to_string(),
            };
            let mut errors = FormErrors::new();
            errors.add("account", say(language, "m-decl-1"));
            errors.add("account", said);
            match site.standing(&token).await {
                Ok(standing) => {
                    let mut response = site.draw(
                        Visit { language, uri: &uri, browser: &browser, token: &token },
                        &standing,
                        &typed,
                        &errors,
                    );
                    response.headers_mut().insert("x-result", http::HeaderValue::from_static("refused"));
                    response
                }
                Err(fault) => view::failed(language, &uri, &fault),
            }
        }
        Err(fault) if fault.code == FaultCode::PageTokenUsed => Redirect::to(&here).into_response(),
        Err(fault) => view::failed(language, &uri, &fault),
    }
}

/// `POST /pay/{token}/cancel`: back to the portal without paying.
pub(super) async fn cancel(
    State(site): State<Site>,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let sent = match site.sent(&uri, &headers, &token).await {
        Ok(sent) => sent,
        Err(answer) => return *answer,
    };
    let is_own = site.is_own_form(&sent, &typed.csrf);
    let Sent { language, token, browser, standing } = sent;
    if !is_own {
        return Redirect::to(&format!("/pay/{token}")).into_response();
    }
    let command = Permitted::page((), PageGrant(token_digest(&token)));
    let digest = browser.digest(&token);
    let cancelled = site
        .cx
        .change(&command, move |work| {
            let standing = Standing::of(&*work.tx, Channel::BankAccount, &token)?.in_browser(digest)?;
            if matches!(standing.state(), PageState::Open | PageState::Declined) {
                let page = store::PaymentPage { state: PageState::Cancelled, ..standing.page.value.clone() };
                work.tx.save_page(&standing.page.with(page))?;
            }
            Ok(())
        })
        .await;
    match (cancelled, site.back(&standing)) {
        (Ok(()), Some(back)) => Redirect::to(&back).into_response(),
        (Ok(()), None) => view::failed(language, &uri, &FaultCode::Internal.into()),
        (Err(fault), _) => view::failed(language, &uri, &fault),
    }
}
