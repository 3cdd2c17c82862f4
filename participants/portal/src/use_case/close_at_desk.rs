//! The desk closes a payment: only when document and person were compared and agreed (T7.12–15), and accepts the
//! application with a term (T7.16–18).

use rights::{Action, Permitted};
use store::StoreError;
use terms::{ApplicationNumber, Moment, ShortText, Trilingual};
use wire::common::Basis;
use wire::gateway::ClosePayment;

use super::Failure;
use super::inquire_at_desk::{named, no_answer_yet};
use crate::application::form_application_number;
use crate::gateway::{NoAnswer, ask};
use crate::portal::Portal;
use crate::store::desk::{self, DeskApplication, Inquiry, InquiryState};
use crate::store::order::Refusal;
use crate::store::payment;
use crate::store::user::Operator;

/// The right to it.
pub(crate) const ACTION: Action = Action("CloseAtDesk");

const DAY_SECONDS: i64 = 24 * 3600;

/// What the operator says about an inquiry.
#[derive(Debug, Clone)]
pub(crate) struct AtDesk<T> {
    pub(crate) operator: Operator,
    pub(crate) inquiry: String,
    pub(crate) said: T,
}

/// The two ticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compared {
    /// The identity document was checked.
    pub(crate) document: bool,
    /// The face is that of the document.
    pub(crate) face: bool,
}

/// The last word: close.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Close;

/// Not this person: why.
#[derive(Debug, Clone)]
pub(crate) struct Decline(pub(crate) ShortText);

async fn own_inquiry(portal: &Portal, operator: &Operator, id: &str) -> Result<Inquiry, Failure> {
    let id = id.to_owned();
    let inquiry = portal.database.read(move |connection| desk::find(connection, &id)).await?;
    inquiry.filter(|inquiry| inquiry.operator == *operator).ok_or(Failure::NotFound)
}

/// Records that document and person agree. Both ticks are needed.
pub(crate) async fn compare(portal: &Portal, request: Permitted<AtDesk<Compared>>) -> Result<(), Failure> {
    let command = request.command();
    let inquiry = own_inquiry(portal, &command.operator, &command.inquiry).await?;
    if command.said != (Compared { document: true, face: true }) {
        return Err(Failure::NotPossible);
    }
    let now = portal.host.now();
    portal
        .database
        .write(move |tx| {
            if desk::advance(tx, &inquiry.id, InquiryState::Shown, InquiryState::Compared)? {
                desk::set_compared(tx, &inquiry.id, now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(())
}

/// Closes the payment. Without the comparison there is no way here.
pub(crate) async fn close_at_desk(portal: &Portal, request: Permitted<AtDesk<Close>>) -> Result<(), Failure> {
    let command = request.command();
    let inquiry = own_inquiry(portal, &command.operator, &command.inquiry).await?;
    match inquiry.state {
        InquiryState::Compared | InquiryState::Closing => {}
        InquiryState::Closed => return Ok(()),
        _ => return Err(Failure::NotPossible),
    }
    let inquiry = begin_closing(portal, inquiry).await?;
    close(portal, &inquiry).await
}

/// Records that the gateway is about to be asked, and the number the application will have.
async fn begin_closing(portal: &Portal, inquiry: Inquiry) -> Result<Inquiry, Failure> {
    if inquiry.state == InquiryState::Closing {
        return Ok(inquiry);
    }
    let now = portal.host.now();
    let application = portal.host.draw(|entropy| form_application_number(now, entropy));
    portal
        .database
        .write(move |tx| {
            if desk::advance(tx, &inquiry.id, InquiryState::Compared, InquiryState::Closing)? {
                desk::set_application(tx, &inquiry.id, &application)?;
            }
            desk::find(tx, &inquiry.id)?.ok_or(Failure::NotFound)
        })
        .await
}

/// Asks the gateway and keeps its answer.
pub(crate) async fn close(portal: &Portal, inquiry: &Inquiry) -> Result<(), Failure> {
    let (Some(shown), Some(application)) = (&inquiry.shown, &inquiry.application) else {
        return Err(Failure::NotPossible);
    };
    let outcome = ask(portal, &inquiry.id, |header| ClosePayment {
        header,
        payment_code: inquiry.code,
        basis: Basis::Desk,
        application: None,
        ticket: Some(shown.ticket),
        operator: Some(named(&inquiry.operator)),
    })
    .await;
    match outcome {
        Ok(_) => keep_closed(portal, inquiry, application, portal.host.now()).await,
        Err(NoAnswer::Store(error)) => Err(error.into()),
        Err(no_answer @ NoAnswer::Refused(_)) => {
            let refusal = no_answer.refusal(&no_answer_yet());
            keep_end(portal, inquiry, InquiryState::Closing, InquiryState::Refused, refusal).await
        }
        Err(no_answer) => Err(no_answer.into()),
    }
}

/// The payment is spent: the application is accepted with its term.
async fn keep_closed(
    portal: &Portal,
    inquiry: &Inquiry,
    application: &ApplicationNumber,
    now: Moment,
) -> Result<(), Failure> {
    let Some(shown) = &inquiry.shown else { return Err(Failure::NotPossible) };
    let accepted = DeskApplication {
        application: application.clone(),
        inquiry: inquiry.id.clone(),
        service: inquiry.service.clone(),
        recipient: shown.recipient.clone(),
        centre: inquiry.operator.centre.clone(),
        operator: inquiry.operator.iin,
        accepted_at: now,
        due_at: now.plus_seconds(i64::from(portal.settings.desk_term_days) * DAY_SECONDS),
        issued_at: None,
    };
    let code = inquiry.code;
    portal
        .database
        .write(move |tx| {
            if desk::advance(tx, &accepted.inquiry, InquiryState::Closing, InquiryState::Closed)? {
                desk::accept(tx, &accepted)?;
                payment::use_for(tx, code, Some(&accepted.application))?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(())
}

/// Refuses, with the reason: the person at the desk is not the recipient.
pub(crate) async fn decline(portal: &Portal, request: Permitted<AtDesk<Decline>>) -> Result<(), Failure> {
    let command = request.command();
    let inquiry = own_inquiry(portal, &command.operator, &command.inquiry).await?;
    if !matches!(inquiry.state, InquiryState::Shown | InquiryState::Compared) {
        return Err(Failure::NotPossible);
    }
    let why = command.said.0.to_string();
    let refusal = Refusal { code: "M-DESK-DECLINED".to_owned(), text: Trilingual::new(&why, &why, &why) };
    keep_end(portal, &inquiry, inquiry.state, InquiryState::Declined, refusal).await
}

async fn keep_end(
    portal: &Portal,
    inquiry: &Inquiry,
    from: InquiryState,
    to: InquiryState,
    refusal: Refusal,
) -> Result<(), Failure> {
    let (id, now) = (inquiry.id.clone(), portal.host.now());
    portal
        .database
        .write(move |tx| {
            if desk::advance(tx, &id, from, to)? {
                desk::set_refusal(tx, &id, &refusal, now)?;
            }
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(())
}

/// Which application was issued.
#[derive(Debug, Clone)]
pub(crate) struct Issue {
    pub(crate) operator: Operator,
    pub(crate) application: ApplicationNumber,
}

/// Marks an application as issued (T7.18).
pub(crate) async fn issue(portal: &Portal, request: Permitted<Issue>) -> Result<(), Failure> {
    let Issue { operator, application } = request.command().clone();
    let now = portal.host.now();
    Ok(portal.database.write(move |tx| desk::issue(tx, &application, &operator, now)).await?)
}
