//! What clients say to the gateway: messages as `wire` writes them, and octets as a forger would.

use std::sync::Arc;

use bytes::Bytes;
use envelope::{SoapVersion, TokenForm};
use participant::{CallFailure, Caller, Host};
use pki::Signer;
use terms::{
    ApplicationNumber, Channel, Iin, Moment, Party, PartyNumber, PaymentCode, Requisites, TicketId, Tiyn,
};
use transport::{CallError, ClientLimits, HttpClient, Identity};
use wire::common::{Basis, NoticeOutcome, Operator, PageChannel, PaymentView};
use wire::fault::{FaultCode, GatewayFault};
use wire::gateway::{
    BindPaymentCode, CancelPaymentCode, ClosePayment, GetPayment, GetReceipt, InquirePaymentCode,
    NotifyPayment, OpenPaymentPage, ReleasePaymentCode, RequestPaymentCode, ReversePayment,
};
use wire::{Request, RequestHeader};
use xml::ToElement;

use crate::world::{GATEWAY, SERVICE, World, bin};

/// A participant that asks the gateway.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) host: Arc<Host>,
    pub(crate) caller: Caller,
}

pub(crate) fn recipient() -> Party {
    Party {
        number: "850612200017".parse().unwrap(), name: "Әбдіреева Айгүл Серікқызы".parse().unwrap()
    }
}

pub(crate) fn payer() -> Party {
    Party {
        number: "790304100022".parse().unwrap(), name: "Әбдіреев Серік Болатұлы".parse().unwrap()
    }
}

pub(crate) fn other_person() -> PartyNumber {
    "700707100057".parse().unwrap()
}

pub(crate) fn operator() -> Operator {
    Operator {
        iin: "880101200044".parse().unwrap(),
        name: "Жұмабаева Дина".parse().unwrap(),
        centre: "ХҚО № 3".parse().unwrap(),
    }
}

pub(crate) fn other_operator() -> Operator {
    Operator { iin: "810909200064".parse::<Iin>().unwrap(), ..operator() }
}

pub(crate) fn application(number: usize) -> ApplicationNumber {
    format!("2026-{number:06}").parse().unwrap()
}

pub(crate) fn price() -> Tiyn {
    Tiyn::tenge(SERVICE.1)
}

impl Client {
    pub(crate) fn of(host: Arc<Host>) -> Self {
        let caller = Caller::closing(host.clone()).unwrap();
        Self { host, caller }
    }

    /// Asks; the answer, or the signed refusal. Anything else fails the test.
    pub(crate) async fn ask<R: Request>(&self, request: &R) -> Result<R::Response, Box<GatewayFault>>
    where
        R::Response: Clone,
    {
        match self.caller.call(bin(GATEWAY), request).await {
            Ok(answer) => Ok(answer.get().clone()),
            Err(CallFailure::Refused(fault)) => Err(fault),
            Err(failure) => panic!("{}: {failure}", R::OPERATION),
        }
    }

    /// The code of the refusal; fails where there is none.
    pub(crate) async fn refusal<R: Request>(&self, request: &R) -> FaultCode
    where
        R::Response: Clone + std::fmt::Debug,
    {
        let fault = self.ask(request).await.expect_err("this is refused");
        fault.known_code().expect("the code is in the catalogue")
    }

    pub(crate) fn header(&self) -> RequestHeader {
        self.host.header()
    }

    pub(crate) fn request_code(&self) -> RequestPaymentCode {
        RequestPaymentCode {
            header: self.header(),
            service: SERVICE.0.parse().unwrap(),
            amount: Some(price()),
            channel: Channel::InternetBank,
            recipient: recipient(),
            payer: Some(payer()),
            application: None,
        }
    }

    pub(crate) fn notice(&self, code: PaymentCode) -> NotifyPayment {
        NotifyPayment {
            header: self.header(),
            payment_code: code,
            requisites: requisites(code, self.host.now()),
        }
    }

    pub(crate) fn cancel(&self, code: PaymentCode) -> CancelPaymentCode {
        CancelPaymentCode { header: self.header(), payment_code: code, reason: "declined".parse().unwrap() }
    }

    pub(crate) fn reverse(&self, code: PaymentCode) -> ReversePayment {
        ReversePayment {
            header: self.header(),
            payment_code: code,
            bank_reference: requisites(code, self.host.now()).bank_reference,
            amount: price(),
            reversed_at: self.host.now(),
            reason: "the client cancelled".parse().unwrap(),
        }
    }

    pub(crate) fn bind(&self, code: PaymentCode, order: usize) -> BindPaymentCode {
        BindPaymentCode {
            header: self.header(),
            application: application(order),
            recipient: recipient().number,
            service: SERVICE.0.parse().unwrap(),
            payment_code: code,
        }
    }

    pub(crate) fn release(&self, code: PaymentCode, order: usize) -> ReleasePaymentCode {
        ReleasePaymentCode {
            header: self.header(),
            payment_code: code,
            application: application(order),
            reason: "the agency system is down".parse().unwrap(),
        }
    }

    pub(crate) fn delivered(&self, code: PaymentCode, order: usize) -> ClosePayment {
        ClosePayment {
            header: self.header(),
            payment_code: code,
            basis: Basis::Delivered,
            application: Some(application(order)),
            ticket: None,
            operator: None,
        }
    }

    pub(crate) fn inquire(&self, code: PaymentCode) -> InquirePaymentCode {
        InquirePaymentCode {
            header: self.header(),
            payment_code: code,
            service: SERVICE.0.parse().unwrap(),
            operator: operator(),
        }
    }

    pub(crate) fn close_at_desk(&self, code: PaymentCode, ticket: TicketId) -> ClosePayment {
        ClosePayment {
            header: self.header(),
            payment_code: code,
            basis: Basis::Desk,
            application: None,
            ticket: Some(ticket),
            operator: Some(operator()),
        }
    }

    pub(crate) fn get_payment(&self, code: PaymentCode) -> GetPayment {
        GetPayment { header: self.header(), payment_code: code }
    }

    pub(crate) fn get_receipt(&self, code: PaymentCode) -> GetReceipt {
        GetReceipt { header: self.header(), payment_code: code }
    }

    pub(crate) fn open_account_page(&self, order: usize) -> OpenPaymentPage {
        OpenPaymentPage {
            header: self.header(),
            channel: PageChannel::BankAccount,
            payment_code: None,
            service: SERVICE.0.parse().unwrap(),
            recipient: recipient(),
            payer: payer(),
            amount: price(),
            application: application(order),
            language: terms::Language::Ru,
        }
    }

    /// A fresh code.
    pub(crate) async fn issued(&self) -> PaymentCode {
        self.ask(&self.request_code()).await.unwrap().payment_code
    }

    /// A fresh code that this bank has said is paid.
    pub(crate) async fn paid(&self) -> PaymentCode {
        let code = self.issued().await;
        let answer = self.ask(&self.notice(code)).await.unwrap();
        assert_eq!(answer.outcome, NoticeOutcome::Accepted);
        code
    }

    pub(crate) async fn view(&self, code: PaymentCode) -> PaymentView {
        self.ask(&self.get_payment(code)).await.unwrap().payment
    }

    /// Seals a message as this participant.
    pub(crate) fn seal(&self, version: SoapVersion, body: &str) -> Vec<u8> {
        seal(version, body, self.host.signer().as_ref(), self.host.now())
    }

    pub(crate) fn sealed(&self, request: &impl ToElement) -> Vec<u8> {
        self.seal(SoapVersion::V11, &request.to_xml())
    }
}

pub(crate) fn seal(version: SoapVersion, body: &str, signer: &dyn Signer, now: Moment) -> Vec<u8> {
    envelope::seal(version, body, signer, now, TokenForm::BinarySecurityToken).unwrap()
}

pub(crate) fn requisites(code: PaymentCode, paid_at: Moment) -> Requisites {
    Requisites {
        payer: payer(),
        recipient: recipient(),
        service: SERVICE.0.parse().unwrap(),
        provider: SERVICE.2.parse().unwrap(),
        amount: price(),
        commission: Tiyn::tenge(100),
        beneficiary_iban: "KZ24070105KSN0000000".parse().unwrap(),
        beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
        kbk: "105402".parse().unwrap(),
        knp: "911".parse().unwrap(),
        kod: "19".parse().unwrap(),
        kbe: "11".parse().unwrap(),
        purpose: "Мемлекеттік баж".parse().unwrap(),
        bank_reference: format!("REF-{}", code.digits()).parse().unwrap(),
        paid_at,
        channel: Channel::InternetBank,
    }
}

/// The gateway's signed answer to octets.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) version: SoapVersion,
    pub(crate) fault: Option<GatewayFault>,
    /// The canonical octets of the answer's Body.
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn code(&self) -> FaultCode {
        let fault = self.fault.as_ref().unwrap_or_else(|| panic!("accepted: {}", self.body));
        fault.known_code().expect("the code is in the catalogue")
    }

    /// Reads an answer and checks that the gateway has signed it.
    pub(crate) fn read(world: &World, status: u16, octets: impl Into<Bytes>) -> Self {
        let octets = octets.into();
        let shown = String::from_utf8_lossy(&octets).into_owned();
        let (version, body) = envelope::open(octets, &world.observer, world.now())
            .unwrap_or_else(|refused| panic!("status {status}, not the gateway's word ({refused}): {shown}"));
        assert_eq!(body.signer().bin, Some(bin(GATEWAY)), "the gateway signs its answers");
        let fault = body.fault().map(|fault| fault.parse::<GatewayFault>().expect("a detail").unwrap());
        let text = String::from_utf8(body.get().octets().to_vec()).unwrap();
        Self { status, version, fault, body: text }
    }
}

/// Sends octets under a TLS identity.
pub(crate) async fn post(
    world: &World,
    tls: &Identity,
    url: &str,
    content_type: &str,
    octets: Vec<u8>,
) -> Result<Reply, CallError> {
    let client = HttpClient::new(Some(tls), &world.roots(), ClientLimits::default()).unwrap();
    let answer = client.post(url, content_type, &[], octets.into()).await?;
    Ok(Reply::read(world, answer.status.as_u16(), answer.body))
}
