//! Tells the gateway a story: the signed messages of banks, portal and card page, over mutual TLS, with their own keys.
//!
//! What the gateway itself does for a story (asking a bank for the debit of an account, telling the portal) it does.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use participant::Config;
use store::Database;
use terms::{
    ApplicationNumber, BankReference, Bin, BrowserDigest, Channel, Clock, OneTimeToken, PaymentCode,
    Requisites, Tiyn,
};
use transport::{ClientLimits, HttpClient};
use wire::card::{BeginCardPayment, ConcludeCardPayment, LookUpCardPayment};
use wire::common::{Basis, CardVerdict, Operator, PageChannel};
use wire::gateway::{
    BindPaymentCode, CancelPaymentCode, ClosePayment, InquirePaymentCode, ListServices, NotifyPayment,
    OpenPaymentPage, RequestPaymentCode, RequestPaymentCodeResponse, ReversePayment,
};
use wire::iso8583::ResponseCode;

use super::story::{End, Story};
use crate::country::{BANK1_BIN, Country, PEOPLE, Role, SERVICE_CENTRE};
use crate::voice::{Voice, paid_as_asked};
use crate::walk::person::Person;

/// From which account the payments by account are made: the first citizen's, at the first bank.
const ACCOUNT: &str = "KZ77 0000 0000 0000 0001";

/// A bank that tells of payments: what it says it has in its books too.
struct TellingBank {
    voice: Voice,
    books: Database,
}

impl TellingBank {
    fn new(voice: Voice, config: &Path) -> Result<Self> {
        let config = Config::read(config)?;
        let path = config.path(config.database.as_ref().context("a bank without a database")?);
        let books = bank::store::open(&path).with_context(|| format!("opening {}", path.display()))?;
        Ok(Self { voice, books })
    }
}

/// Speaks for everybody who tells the gateway something.
pub(super) struct Teller {
    country: Country,
    gateway: Bin,
    banks: [TellingBank; 2],
    portal: Voice,
    card: Voice,
}

impl Teller {
    /// `config` is the file's name in each participant's folder.
    pub(super) async fn new(country: &Country, config: &str, clock: &Arc<dyn Clock>) -> Result<Self> {
        let voice = |name: &str| {
            let path = country.folder().join(name).join(config);
            let clock = clock.clone();
            async move {
                Voice::of(&path, "history", clock)
                    .await
                    .with_context(|| format!("speaking for {}", path.display()))
            }
        };
        let config_of = |name: &str| country.folder().join(name).join(config);
        Ok(Self {
            country: country.clone(),
            gateway: crate::country::GATEWAY_BIN.parse()?,
            banks: [
                TellingBank::new(voice("bank1").await?, &config_of("bank1"))?,
                TellingBank::new(voice("bank2").await?, &config_of("bank2"))?,
            ],
            portal: voice("portal").await?,
            card: voice("card").await?,
        })
    }

    /// Takes the lists of the national CA anew: a story that lasts for minutes outlives one.
    pub(super) async fn refresh(&self) -> Result<()> {
        for voice in [&self.banks[0].voice, &self.banks[1].voice, &self.portal, &self.card] {
            let host = &voice.host;
            let client = HttpClient::new(Some(&host.identity), &host.roots, ClientLimits::default())?;
            host.refresh_crl(&client).await?;
        }
        Ok(())
    }

    /// Whether the gateway answers a bank.
    pub(super) async fn is_heard(&self) -> bool {
        let bank = &self.banks[0].voice;
        bank.caller.call(self.gateway, &ListServices { header: bank.host.header() }).await.is_ok()
    }

    /// Tells one story to its end.
    pub(super) async fn tell(&self, story: &Story) -> Result<()> {
        let application: ApplicationNumber = format!("H{}-{:06}", self.day(), story.number).parse()?;
        if story.channel == Channel::BankAccount {
            return self.by_account(story, application).await;
        }
        let TellingBank { voice: bank, books } = &self.banks[usize::from(story.at_second_bank)];
        let is_card = story.channel == Channel::Card;
        let asker = if is_card { &self.portal } else { bank };
        let request = RequestPaymentCode {
            header: asker.host.header(),
            service: story.service.code.parse()?,
            amount: None,
            channel: story.channel,
            recipient: story.recipient.clone(),
            payer: Some(story.payer.clone()),
            application: is_card.then(|| application.clone()),
        };
        let issued = asker.caller.call(self.gateway, &request).await?;
        let issued = issued.get();
        let code = issued.payment_code;
        let reference: BankReference = format!("H{}-{}", story.number, code.digits()).parse()?;
        if is_card && story.end != End::Unpaid {
            self.by_card(story, issued, &application, bank, &reference).await?;
        }
        match story.end {
            End::Unpaid => return Ok(()),
            End::Declined if is_card => return Ok(()),
            End::Declined => {
                let reason = "not enough money".parse()?;
                let declined = CancelPaymentCode { header: bank.host.header(), payment_code: code, reason };
                bank.caller.call(self.gateway, &declined).await?;
                return Ok(());
            }
            _ => self.notify(story, issued, bank, books, reference.clone()).await?,
        }
        match story.end {
            End::Reversed => {
                let reversal = ReversePayment {
                    header: bank.host.header(),
                    payment_code: code,
                    bank_reference: reference,
                    amount: issued.amount,
                    reversed_at: bank.host.now(),
                    reason: "the client asked for it".parse()?,
                };
                bank::take_past_payment_back(books, code, reversal.reversed_at).await?;
                bank.caller.call(self.gateway, &reversal).await?;
            }
            End::AtDesk => self.close_at_desk(story, code).await?,
            End::Delivered => self.deliver(story, code, application).await?,
            End::Unpaid | End::Declined | End::Paid | End::Disputed => {}
        }
        Ok(())
    }

    /// The banking day as an application number has it.
    fn day(&self) -> String {
        self.portal.host.now().in_almaty("%Y%m%d")
    }

    async fn notify(
        &self,
        story: &Story,
        issued: &RequestPaymentCodeResponse,
        bank: &Voice,
        books: &Database,
        bank_reference: BankReference,
    ) -> Result<()> {
        let less = if story.end == End::Disputed { Tiyn::tenge(100) } else { Tiyn::tenge(0) };
        let notice = NotifyPayment {
            header: bank.host.header(),
            payment_code: issued.payment_code,
            requisites: Requisites {
                amount: issued.amount.checked_sub(less).context("the price is below the difference")?,
                channel: story.channel,
                ..paid_as_asked(
                    issued,
                    story.payer.clone(),
                    story.recipient.clone(),
                    bank_reference,
                    bank.host.now(),
                )?
            },
        };
        bank::keep_past_payment(books, notice.payment_code, notice.requisites.clone()).await?;
        bank.caller.call(self.gateway, &notice).await?;
        Ok(())
    }

    /// T1.12-21: the page, the attempt, the bank's answer. Card data is nowhere in it.
    async fn by_card(
        &self,
        story: &Story,
        issued: &RequestPaymentCodeResponse,
        application: &ApplicationNumber,
        bank: &Voice,
        reference: &BankReference,
    ) -> Result<()> {
        let code = Some(issued.payment_code);
        let url = self.open_page(story, PageChannel::Card, code, issued.amount, application).await?;
        let token: OneTimeToken = url.rsplit('/').next().unwrap_or_default().parse()?;
        // No browser is there; the page becomes that of one whose secret nobody knows.
        let mut octets = [0; 32];
        self.card.host.draw(|entropy| entropy.fill(&mut octets));
        let browser = BrowserDigest::from_bytes(octets);
        let look = LookUpCardPayment { header: self.card.host.header(), token: token.clone(), browser };
        self.card.caller.call(self.gateway, &look).await?;
        let begin = BeginCardPayment { header: self.card.host.header(), token, browser, bank: bank.host.bin };
        let begun = self.card.caller.call(self.gateway, &begin).await?;
        let is_approved = story.end != End::Declined;
        let conclude = ConcludeCardPayment {
            header: self.card.host.header(),
            attempt: begun.get().attempt.clone(),
            outcome: if is_approved { CardVerdict::Approved } else { CardVerdict::Declined },
            response_code: Some(if is_approved {
                ResponseCode::APPROVED
            } else {
                ResponseCode::DO_NOT_HONOUR
            }),
            bank_reference: is_approved.then(|| reference.clone()),
            at: self.card.host.now(),
        };
        self.card.caller.call(self.gateway, &conclude).await?;
        Ok(())
    }

    async fn open_page(
        &self,
        story: &Story,
        channel: PageChannel,
        payment_code: Option<PaymentCode>,
        amount: Tiyn,
        application: &ApplicationNumber,
    ) -> Result<String> {
        let open = OpenPaymentPage {
            header: self.portal.host.header(),
            channel,
            payment_code,
            service: story.service.code.parse()?,
            recipient: story.recipient.clone(),
            payer: story.payer.clone(),
            amount,
            application: application.clone(),
            language: terms::Language::Kk,
        };
        Ok(self.portal.caller.call(self.gateway, &open).await?.get().url.to_string())
    }

    /// T2.6-18, on the gateway's page; the gateway asks the bank.
    async fn by_account(&self, story: &Story, application: ApplicationNumber) -> Result<()> {
        let amount = story.service.price.parse()?;
        let page = self.open_page(story, PageChannel::BankAccount, None, amount, &application).await?;
        let mut payer = Person::at(&self.country, &page, None).await?;
        payer.send("account-form", &[("bank", BANK1_BIN), ("account", ACCOUNT)]).await?;
        payer.send("confirm-form", &[]).await?;
        match payer.result().as_str() {
            "paid" | "unknown" | "waiting" => Ok(()),
            other => bail!("the account page says «{other}»: {}", payer.says()),
        }
    }

    /// T7.5-15.
    async fn close_at_desk(&self, story: &Story, payment_code: PaymentCode) -> Result<()> {
        let operator = operator()?;
        let inquiry = InquirePaymentCode {
            header: self.portal.host.header(),
            payment_code,
            service: story.service.code.parse()?,
            operator: operator.clone(),
        };
        let answer = self.portal.caller.call(self.gateway, &inquiry).await?;
        let close = ClosePayment {
            header: self.portal.host.header(),
            payment_code,
            basis: Basis::Desk,
            application: None,
            ticket: Some(answer.get().ticket),
            operator: Some(operator),
        };
        self.portal.caller.call(self.gateway, &close).await?;
        Ok(())
    }

    /// T6.9-13 and T6.post.
    async fn deliver(
        &self,
        story: &Story,
        payment_code: PaymentCode,
        application: ApplicationNumber,
    ) -> Result<()> {
        let bind = BindPaymentCode {
            header: self.portal.host.header(),
            application: application.clone(),
            recipient: story.recipient.number,
            service: story.service.code.parse()?,
            payment_code,
        };
        self.portal.caller.call(self.gateway, &bind).await?;
        let close = ClosePayment {
            header: self.portal.host.header(),
            payment_code,
            basis: Basis::Delivered,
            application: Some(application),
            ticket: None,
            operator: None,
        };
        self.portal.caller.call(self.gateway, &close).await?;
        Ok(())
    }
}

fn operator() -> Result<Operator> {
    let person = PEOPLE.iter().find(|person| person.role == Role::DeskOperator);
    let person = person.context("there is no operator")?;
    Ok(Operator {
        iin: person.iin.parse()?,
        name: person.full_name().parse()?,
        centre: SERVICE_CENTRE.parse()?,
    })
}
