//! Payment from a bank account (T2.8-20): choose the bank, enter the account, review, confirm, result.

use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, Uri, header};
use pages::form::{ButtonKind, Choice, FormErrors, Radios, TextInput, button, form, hidden};
use pages::part::{Facts, Panel, Tone, link};
use pages::{ChosenLanguage, CookieName, CookieReach, Html, Markup, money, read_cookie, say};
use participant::Fault;
use rights::{Group, PageGrant, Permitted};
use serde::Deserialize;
use store::{PageState, Store};
use terms::{Bin, Iban, IbanError, Language, OneTimeToken, Trilingual};
use wire::fault::FaultCode;

use super::{Site, view};
use crate::links::token_digest;
use crate::use_case::card_page::{Standing, masked};
use crate::use_case::{AccountPaid, PayFromAccount, pay_from_account};

/// Ties a form to the browser that was shown it.
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
    /// What the cookie says.
    browser: &'a str,
    token: &'a OneTimeToken,
}

impl Site {
    async fn standing(&self, token: &str) -> Result<(OneTimeToken, Standing), Fault> {
        let token: OneTimeToken = token.parse().map_err(|_| FaultCode::PageTokenInvalid)?;
        let sought = token.clone();
        let standing = self.cx.store.read(move |view| Standing::of(view, &sought)).await?;
        if standing.page.value.channel == terms::Channel::BankAccount {
            Ok((token, standing))
        } else {
            Err(FaultCode::PageTokenInvalid.into())
        }
    }

    fn csrf_of(&self, browser: &str, token: &OneTimeToken) -> String {
        self.csrf.token(format!("{browser} {token}").as_bytes())
    }

    fn is_own_form(&self, headers: &HeaderMap, token: &OneTimeToken, csrf: &str) -> bool {
        read_cookie(headers, COOKIE)
            .is_some_and(|browser| self.csrf.check(format!("{browser} {token}").as_bytes(), csrf).is_ok())
    }

    fn banks(&self) -> Vec<(Bin, Trilingual)> {
        let mut banks: Vec<_> =
            self.cx.host.registry.members(Group::Bank).map(|bank| (bank.bin, bank.name.clone())).collect();
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
                    .banks()
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
                let Some(code) = standing.page.value.code else {
                    return view::failed(language, uri, &FaultCode::Internal.into());
                };
                let panel = Panel::new(Tone::Good, say(language, "pay-result-paid"))
                    .line(say(language, "pay-keep-code"));
                let receipt = link(&self.cx.links.receipt_url(code), say(language, "receipt-view"));
                let body = Html::join([
                    panel.html(),
                    view::result("paid"),
                    view::code(language, code),
                    facts,
                    receipt,
                    back,
                ]);
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

/// `GET /pay/{token}`.
pub(super) async fn show(
    State(site): State<Site>,
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
) -> Response {
    let (token, standing) = match site.standing(&token).await {
        Ok(found) => found,
        Err(fault) => return view::failed(language, &uri, &fault),
    };
    let known = read_cookie(&headers, COOKIE);
    let browser = known
        .clone()
        .unwrap_or_else(|| site.cx.host.draw(|entropy| OneTimeToken::generate(entropy)).to_string());
    let language =
        if known.is_none() && uri.query().is_none() { standing.page.value.language } else { language };
    let mut response = site.draw(
        Visit { language, uri: &uri, browser: &browser, token: &token },
        &standing,
        &Typed::default(),
        &FormErrors::new(),
    );
    if known.is_none() {
        response.headers_mut().append(header::SET_COOKIE, COOKIE.set(&browser, CookieReach::Strict, None));
    }
    response
}

/// What was typed, checked; the errors otherwise, each at its field.
fn checked(site: &Site, language: Language, typed: &Typed) -> Result<(Bin, Iban), FormErrors> {
    let mut errors = FormErrors::new();
    let banks = site.banks();
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
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let (token, standing) = match site.standing(&token).await {
        Ok(found) => found,
        Err(fault) => return view::failed(language, &uri, &fault),
    };
    let browser = read_cookie(&headers, COOKIE).unwrap_or_default();
    let is_open = matches!(standing.state(), PageState::Open | PageState::Declined);
    if !is_open || !site.is_own_form(&headers, &token, &typed.csrf) {
        return Redirect::to(&format!("/pay/{token}")).into_response();
    }
    let (bank, account) = match checked(&site, language, &typed) {
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
    let bank_name = site.banks().into_iter().find(|(bin, _)| *bin == bank).map(|(_, name)| name);
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
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let (token, standing) = match site.standing(&token).await {
        Ok(found) => found,
        Err(fault) => return view::failed(language, &uri, &fault),
    };
    let here = format!("/pay/{token}");
    let is_open = matches!(standing.state(), PageState::Open | PageState::Declined);
    if !is_open || !site.is_own_form(&headers, &token, &typed.csrf) {
        return Redirect::to(&here).into_response();
    }
    let browser = read_cookie(&headers, COOKIE).unwrap_or_default();
    let (bank, account) = match checked(&site, language, &typed) {
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
    let command = Permitted::page(PayFromAccount { token: token.clone(), bank, account }, grant);
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
            match site.standing(&token.to_string()).await {
                Ok((token, standing)) => {
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
    ChosenLanguage(language): ChosenLanguage,
    uri: Uri,
    headers: HeaderMap,
    Path(token): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    let (token, standing) = match site.standing(&token).await {
        Ok(found) => found,
        Err(fault) => return view::failed(language, &uri, &fault),
    };
    if !site.is_own_form(&headers, &token, &typed.csrf) {
        return Redirect::to(&format!("/pay/{token}")).into_response();
    }
    let command = Permitted::page((), PageGrant(token_digest(&token)));
    let cancelled = site
        .cx
        .change(&command, move |work| {
            let standing = Standing::of(&*work.tx, &token)?;
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
