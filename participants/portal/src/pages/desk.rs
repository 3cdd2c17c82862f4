//! The desk of a service centre (T7): look a code up, compare document and person, close, accept, issue.
//!
//! Only for operators, who log in by certificate; a session that lost its certificate closes nothing.

use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use pages::form::{ButtonKind, FormErrors, TextInput, Tick, button, form, hidden};
use pages::part::{DataTable, Facts, Panel, Tone, link};
use pages::{Html, Markup, channel_name, date, date_time, money, written};
use rights::Permitted;
use serde::Deserialize;
use terms::{ApplicationNumber, PaymentCode, ServiceCode};

use super::order::wrong_code;
use super::sign_in::{PlainForm, refuse as refuse_certificate};
use super::{PageError, heading, hook, paragraph, paragraph_of};
use crate::store::desk::{self, DeskApplication, Inquiry, InquiryState, Shown};
use crate::use_case::Failure;
use crate::use_case::close_at_desk::{self, AtDesk, Close, Compared, Decline, Issue};
use crate::use_case::inquire_at_desk::{self, InquireAtDesk};
use crate::use_case::sign_in as entry;
use crate::visit::{Door, View, Visit};

const LONGEST_FORM_NAME: usize = 64;

/// Two ticks, and what goes wrong without one.
const DOCUMENT: &str = "document_checked";
const FACE: &str = "face_matches";

pub(super) async fn show(visit: Visit) -> Response {
    if visit.door == Door::Open {
        let origin = &visit.portal.settings.certificate_url;
        return Redirect::to(&format!("{origin}/desk")).into_response();
    }
    match visit.operator() {
        Ok(_) => inquiry_form(&visit, "", "", &FormErrors::new()),
        Err(_) => sign_in_page(&visit),
    }
}

fn sign_in_page(visit: &Visit) -> Response {
    let t = visit.t();
    let fields = [button(t.say("signin-certificate-button"), ButtonKind::Main)];
    let body = Html::join([
        heading(t.say("site-desk")),
        paragraph(t.say("m-sign-9")),
        form("desk-sign-in", "/desk/sign-in", &visit.csrf(), fields),
    ]);
    visit.show(&View::new(t.say("site-desk"), body))
}

pub(super) async fn sign_in(visit: Visit, Form(sent): Form<PlainForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let session =
        match entry::named_by(&visit.portal, visit.peer.certificate.as_ref(), visit.public_access).await {
            Ok(named) => entry::session_at_desk(&visit.portal, named).await,
            Err(refused) => Err(refused),
        };
    match session {
        Ok(session) => Ok(visit.begin_session(session, Redirect::to("/desk").into_response()).await?),
        Err(refused) => refuse_certificate(&visit, refused),
    }
}

fn inquiry_form(visit: &Visit, code: &str, service: &str, errors: &FormErrors) -> Response {
    let (t, language) = (visit.t(), visit.language);
    let services: Vec<String> = visit
        .portal
        .catalogue
        .search("", language)
        .iter()
        .map(|service| format!("{} – {}", service.code, service.name.get(language)))
        .collect();
    let fields = [
        hidden("form", visit.form_name()),
        TextInput::new(language, "code", t.say("desk-code"))
            .numeric(16)
            .longest(40)
            .value(code)
            .error(errors.of("code"))
            .focused()
            .html(),
        TextInput::new(language, "service", t.say("desk-service"))
            .hint(services.join("; "))
            .value(service)
            .error(errors.of("service"))
            .html(),
        button(t.say("desk-check"), ButtonKind::Main),
    ];
    let body = Html::join([
        errors.summary(language),
        heading(t.say("desk-title")),
        paragraph(t.say("desk-recorded")),
        form("inquire", "/desk/inquiries", &visit.csrf(), fields),
        paragraph_of(link(
            "/desk/applications",
            visit.of("Қабылданған өтініштер", "Принятые заявления", "Applications accepted"),
        )),
    ]);
    let view = View::new(t.say("desk-title"), body);
    visit.show(&if errors.is_empty() { view } else { view.invalid("/desk".to_owned()) })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct InquireForm {
    csrf: String,
    form: String,
    code: String,
    service: String,
}

pub(super) async fn inquire(visit: Visit, Form(sent): Form<InquireForm>) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let (user, operator) = visit.operator()?;
    let mut errors = FormErrors::new();
    let code =
        sent.code.parse::<PaymentCode>().map_err(|error| errors.add("code", wrong_code(&visit, error)));
    let service = sent.service.trim().parse::<ServiceCode>().ok();
    let service = service.filter(|code| visit.portal.catalogue.find(code).is_some());
    if service.is_none() {
        errors
            .add("service", visit.of("Мұндай қызмет жоқ.", "Такой услуги нет.", "There is no such service."));
    }
    let (Ok(code), Some(service)) = (code, service) else {
        return Ok(inquiry_form(&visit, &sent.code, &sent.service, &errors));
    };
    if sent.form.is_empty() || sent.form.len() > LONGEST_FORM_NAME {
        return Err(PageError::BadRequest);
    }
    let command = InquireAtDesk { form: sent.form, operator: operator.clone(), code, service };
    let command = Permitted::session(command, inquire_at_desk::ACTION, &user.session)?;
    let inquiry = inquire_at_desk::inquire_at_desk(&visit.portal, command).await?;
    Ok(to_inquiry(&inquiry.id, ""))
}

/// Leads to an inquiry's page. The id is one of ours: hexadecimal digits.
fn to_inquiry(id: &str, rest: &str) -> Response {
    Redirect::to(&format!("/desk/inquiries/{id}{rest}")).into_response()
}

async fn own_inquiry(visit: &Visit, id: &str) -> Result<Inquiry, PageError> {
    let (_, operator) = visit.operator()?;
    let id = id.to_owned();
    let inquiry = visit.portal.database.read(move |connection| desk::find(connection, &id)).await?;
    inquiry.filter(|inquiry| inquiry.operator == *operator).ok_or(PageError::NotFound)
}

pub(super) async fn inquiry(visit: Visit, Path(id): Path<String>) -> Result<Response, PageError> {
    let inquiry = own_inquiry(&visit, &id).await?;
    inquiry_page(&visit, &inquiry, &FormErrors::new()).await
}

async fn inquiry_page(visit: &Visit, inquiry: &Inquiry, errors: &FormErrors) -> Result<Response, PageError> {
    let t = visit.t();
    let mut pieces = vec![errors.summary(visit.language), inquiry_panel(visit, inquiry)];
    pieces.push(hook("result", "result", inquiry.state, ""));
    pieces.push(hook("inquiry", "id", &inquiry.id, ""));
    if let Some(refusal) = &inquiry.refusal {
        pieces.push(hook("refusal", "code", &refusal.code, ""));
    }
    if let Some(shown) = &inquiry.shown {
        pieces.push(shown_facts(visit, inquiry, shown));
    }
    match inquiry.state {
        InquiryState::Shown => pieces.push(compare_forms(visit, inquiry, errors)),
        InquiryState::Compared | InquiryState::Closing => {
            pieces.push(paragraph_of(link(
                &format!("/desk/inquiries/{}/confirm", inquiry.id),
                t.say("desk-close"),
            )));
        }
        InquiryState::Closed => pieces.push(accepted(visit, inquiry).await?),
        InquiryState::Asked | InquiryState::Refused | InquiryState::Declined => {}
    }
    pieces.push(paragraph_of(link("/desk", t.say("desk-next"))));
    let view = View::new(t.say("desk-title"), Html::join(pieces)).state(panel_title(visit, inquiry));
    let at = format!("/desk/inquiries/{}", inquiry.id);
    Ok(visit.show(&if errors.is_empty() { view } else { view.invalid(at) }))
}

/// Where an inquiry stands, in words: on its panel and in the page's title.
fn panel_title(visit: &Visit, inquiry: &Inquiry) -> String {
    let t = visit.t();
    match inquiry.state {
        InquiryState::Asked => t.say("desk-portal-down").to_string(),
        InquiryState::Shown | InquiryState::Compared => t.say("desk-result-good").to_string(),
        InquiryState::Closing => closing_text(visit).to_string(),
        InquiryState::Closed => t.say("desk-done").to_string(),
        InquiryState::Refused if is_pending(inquiry) => t.say("desk-result-wait").to_string(),
        InquiryState::Refused => t.say("desk-result-bad").to_string(),
        InquiryState::Declined => t.say("desk-refused").to_string(),
    }
}

fn inquiry_panel(visit: &Visit, inquiry: &Inquiry) -> Html {
    let refusal = inquiry.refusal.as_ref().map(|refusal| refusal.text.get(visit.language));
    let tone = match inquiry.state {
        InquiryState::Shown | InquiryState::Compared | InquiryState::Closed => Tone::Good,
        InquiryState::Asked | InquiryState::Closing => Tone::Wait,
        InquiryState::Refused if is_pending(inquiry) => Tone::Wait,
        InquiryState::Refused | InquiryState::Declined => Tone::Bad,
    };
    let panel = Panel::new(tone, panel_title(visit, inquiry));
    refusal.map_or_else(|| panel.clone().html(), |text| panel.clone().line(text).html())
}

fn is_pending(inquiry: &Inquiry) -> bool {
    let pending = wire::fault::FaultCode::NotConfirmedYet.id();
    inquiry.refusal.as_ref().is_some_and(|refusal| refusal.code == pending)
}

fn closing_text(visit: &Visit) -> &'static str {
    visit.of(
        "Шлюздің жауабы әлі келген жоқ. Жабу өздігінен қайталанады; құжатты бермей тұрыңыз.",
        "Ответ шлюза ещё не пришёл. Закрытие повторится само; пока не выдавайте документ.",
        "The gateway has not answered yet. The closing is repeated by itself; do not issue anything meanwhile.",
    )
}

fn shown_facts(visit: &Visit, inquiry: &Inquiry, shown: &Shown) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let service = visit.portal.catalogue.find(&inquiry.service);
    let service = service.map_or_else(String::new, |service| service.name.get(language).to_owned());
    let paid = format!("{}, {}", date_time(language, shown.paid_at), channel_name(language, shown.channel));
    let until = written::until(language, shown.ticket_until, visit.portal.host.now());
    let facts = Facts::new()
        .fact(t.say("label-recipient"), &shown.recipient.name)
        .fact(t.say("label-iin-or-bin"), shown.recipient.number)
        .fact(t.say("label-service-code"), &inquiry.service)
        .fact(t.say("label-service"), service)
        .fact(t.say("label-amount"), money(language, shown.amount))
        .fact(t.say("desk-paid-when"), paid);
    let ticket = paragraph(t.say("desk-ticket-until").with("until", until));
    let hooks = [
        hook("recipient", "number", shown.recipient.number, ""),
        hook("recipient-name", "name", &shown.recipient.name, ""),
        hook("service", "service", &inquiry.service, ""),
    ];
    Html::join([facts.html(), Html::join(hooks), ticket])
}

fn compare_forms(visit: &Visit, inquiry: &Inquiry, errors: &FormErrors) -> Html {
    let (t, language) = (visit.t(), visit.language);
    let at = |rest: &str| format!("/desk/inquiries/{}/{rest}", inquiry.id);
    let ticks = [
        Tick::new(language, DOCUMENT, t.say("desk-tick-document")).error(errors.of(DOCUMENT)).html(),
        Tick::new(language, FACE, t.say("desk-tick-face")).error(errors.of(FACE)).html(),
        button(t.say("desk-close"), ButtonKind::Main),
    ];
    let reason = [
        TextInput::new(language, "reason", t.say("desk-refuse-reason")).error(errors.of("reason")).html(),
        button(t.say("desk-refuse"), ButtonKind::Danger),
    ];
    Html::join([
        form("compare", &at("compare"), &visit.csrf(), ticks),
        form("refuse", &at("refuse"), &visit.csrf(), reason),
    ])
}

/// The last question, with the person's name in it.
pub(super) async fn confirm(visit: Visit, Path(id): Path<String>) -> Result<Response, PageError> {
    let inquiry = own_inquiry(&visit, &id).await?;
    let (InquiryState::Compared | InquiryState::Closing, Some(shown)) = (inquiry.state, &inquiry.shown)
    else {
        return Ok(to_inquiry(&inquiry.id, ""));
    };
    let t = visit.t();
    let action = format!("/desk/inquiries/{}/close", inquiry.id);
    let about = t.say("desk-sure-about").with("name", shown.recipient.name.as_str());
    let body = Html::join([
        Panel::new(Tone::Wait, t.say("desk-sure-title")).line(about).html(),
        hook("result", "result", "confirm", ""),
        form("close", &action, &visit.csrf(), [button(t.say("desk-close"), ButtonKind::Danger)]),
        paragraph_of(link(&format!("/desk/inquiries/{}", inquiry.id), t.say("button-back"))),
    ]);
    Ok(visit.show(&View::new(t.say("desk-sure-title"), body)))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct CompareForm {
    csrf: String,
    document_checked: String,
    face_matches: String,
}

/// Both ticks are needed; a missing one is named and nothing goes on.
pub(super) async fn compare(
    visit: Visit,
    Path(id): Path<String>,
    Form(sent): Form<CompareForm>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let (user, operator) = visit.operator()?;
    let t = visit.t();
    let said = Compared { document: sent.document_checked == "yes", face: sent.face_matches == "yes" };
    let mut errors = FormErrors::new();
    for (ticked, name, label) in
        [(said.document, DOCUMENT, "desk-tick-document"), (said.face, FACE, "desk-tick-face")]
    {
        if !ticked {
            errors.add(name, t.say("m-req-tick").with("field", t.say(label).to_string()));
        }
    }
    if !errors.is_empty() {
        let inquiry = own_inquiry(&visit, &id).await?;
        return inquiry_page(&visit, &inquiry, &errors).await;
    }
    let command = AtDesk { operator: operator.clone(), inquiry: id.clone(), said };
    let command = Permitted::session(command, close_at_desk::ACTION, &user.session)?;
    close_at_desk::compare(&visit.portal, command).await?;
    let inquiry = own_inquiry(&visit, &id).await?;
    Ok(to_inquiry(&inquiry.id, "/confirm"))
}

pub(super) async fn close(
    visit: Visit,
    Path(id): Path<String>,
    Form(sent): Form<PlainForm>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let (user, operator) = visit.operator()?;
    let command = AtDesk { operator: operator.clone(), inquiry: id.clone(), said: Close };
    let command = Permitted::session(command, close_at_desk::ACTION, &user.session)?;
    match close_at_desk::close_at_desk(&visit.portal, command).await {
        // An answer still missing is shown as such by the inquiry's own page.
        Ok(()) | Err(Failure::NoAnswer(_)) => {}
        Err(failure) => return Err(failure.into()),
    }
    let inquiry = own_inquiry(&visit, &id).await?;
    Ok(to_inquiry(&inquiry.id, ""))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct RefuseForm {
    csrf: String,
    reason: String,
}

pub(super) async fn refuse(
    visit: Visit,
    Path(id): Path<String>,
    Form(sent): Form<RefuseForm>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let (user, operator) = visit.operator()?;
    let t = visit.t();
    let Ok(reason) = sent.reason.parse() else {
        let mut errors = FormErrors::new();
        errors.add("reason", t.say("m-req-field").with("field", t.say("desk-refuse-reason").to_string()));
        let inquiry = own_inquiry(&visit, &id).await?;
        return inquiry_page(&visit, &inquiry, &errors).await;
    };
    let command = AtDesk { operator: operator.clone(), inquiry: id.clone(), said: Decline(reason) };
    let command = Permitted::session(command, close_at_desk::ACTION, &user.session)?;
    close_at_desk::decline(&visit.portal, command).await?;
    let inquiry = own_inquiry(&visit, &id).await?;
    Ok(to_inquiry(&inquiry.id, ""))
}

async fn centre_applications(visit: &Visit) -> Result<Vec<DeskApplication>, PageError> {
    let centre = visit.operator()?.1.centre.clone();
    Ok(visit.portal.database.read(move |connection| desk::applications(connection, &centre)).await?)
}

/// What was accepted under an inquiry (T7.17).
async fn accepted(visit: &Visit, inquiry: &Inquiry) -> Result<Html, PageError> {
    let (t, language) = (visit.t(), visit.language);
    let application = inquiry.application.as_ref().ok_or(PageError::Internal)?;
    let about = t
        .say("desk-done-about")
        .with("application", application.as_str())
        .with("operator", inquiry.operator.name.as_str());
    let term = centre_applications(visit).await?;
    let term = term.iter().find(|accepted| accepted.application == *application);
    let term =
        term.map(|accepted| paragraph(t.say("desk-term").with("date", date(language, accepted.due_at))));
    Ok(Html::join([
        paragraph(about),
        hook("application", "application", application, ""),
        term.unwrap_or_default(),
        paragraph_of(link(
            "/desk/applications",
            visit.of("Қабылданған өтініштер", "Принятые заявления", "Applications accepted"),
        )),
    ]))
}

pub(super) async fn applications(visit: Visit) -> Result<Response, PageError> {
    let (t, language) = (visit.t(), visit.language);
    let title = visit.of("Қабылданған өтініштер", "Принятые заявления", "Applications accepted");
    let all = centre_applications(&visit).await?;
    let mut table = DataTable::new(title)
        .column(t.say("label-application-number"))
        .column(t.say("label-service-code"))
        .column(t.say("label-recipient"))
        .column(visit.of("Мерзімі", "Срок", "Term"))
        .column(t.say("label-state"));
    for accepted in &all {
        table.row([
            Html::text(&accepted.application),
            Html::text(&accepted.service),
            Html::text(&accepted.recipient.name),
            Html::text(date(language, accepted.due_at)),
            issue_cell(&visit, accepted),
        ]);
    }
    let body = Html::join([
        heading(title),
        hook("applications", "count", all.len(), ""),
        if all.is_empty() { paragraph(t.say("none-yet")) } else { table.html() },
        paragraph_of(link("/desk", t.say("desk-next"))),
    ]);
    Ok(visit.show(&View::new(title, body)))
}

fn issue_cell(visit: &Visit, accepted: &DeskApplication) -> Html {
    let issued = visit.of("Берілді", "Выдано", "Issued");
    match accepted.issued_at {
        Some(at) => Html::text(format!("{issued}: {}", date_time(visit.language, at))),
        None => {
            let action = format!("/desk/applications/{}/issued", accepted.application);
            let label = visit.of("Берілді деп белгілеу", "Отметить выдачу", "Mark as issued");
            form("issued", &action, &visit.csrf(), [button(label, ButtonKind::Other)])
        }
    }
}

pub(super) async fn issued(
    visit: Visit,
    Path(application): Path<String>,
    Form(sent): Form<PlainForm>,
) -> Result<Response, PageError> {
    visit.check(&sent.csrf)?;
    let (user, operator) = visit.operator()?;
    let application: ApplicationNumber = application.parse().map_err(|_| PageError::NotFound)?;
    let command = Issue { operator: operator.clone(), application };
    let command = Permitted::session(command, close_at_desk::ACTION, &user.session)?;
    close_at_desk::issue(&visit.portal, command).await?;
    Ok(Redirect::to("/desk/applications").into_response())
}
