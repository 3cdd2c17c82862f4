//! What a client typed on the form of the internet bank, and what is right of it.

use ::pages::form::FormErrors;
use ::pages::say;
use serde::Deserialize;
use std::sync::Arc;

use participant::CallFailure;
use store::StoreError;
use terms::{AttemptId, Channel, Iban, Iin, Language, NumberError, Party, PartyNumber};
use wire::common::Service;

use crate::core::{Account, CommissionRule};
use crate::cx::{Cx, IinAnswer};
use crate::pages::in_words;
use crate::store as tables;
use crate::use_case::pay_from_account::FromAccount;

/// The fields as they came.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    pub(super) csrf: String,
    #[serde(default)]
    pub(super) service: String,
    /// `self` or `other`.
    #[serde(default)]
    pub(super) recipient: String,
    #[serde(default)]
    pub(super) number: String,
    #[serde(default)]
    pub(super) name: String,
    /// An account's number, or `card-` and the place of a card in the list.
    #[serde(default)]
    pub(super) means: String,
}

/// The form with what it offers.
pub(super) struct Order {
    pub(super) typed: Typed,
    pub(super) services: Arc<Vec<Service>>,
    pub(super) accounts: Vec<Account>,
    pub(super) cards: Vec<(String, Iban)>,
    /// The gateway could not be asked for services.
    pub(super) no_services: bool,
    client: Party,
    registry: Option<Result<IinAnswer, CallFailure>>,
}

/// A form that is right.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) service: Service,
    pub(super) recipient: Party,
    pub(super) account: Iban,
    pub(super) means_shown: String,
}

impl Chosen {
    pub(super) fn asked(&self, attempt: AttemptId, payer: &Party, rule: CommissionRule) -> FromAccount {
        FromAccount {
            attempt,
            commission: rule.on(Channel::InternetBank, self.service.price),
            service: self.service.clone(),
            payer: payer.clone(),
            recipient: self.recipient.clone(),
            account: self.account,
            means_shown: self.means_shown.clone(),
        }
    }
}

impl Order {
    pub(super) async fn of(cx: &Cx, client: &Party, typed: Typed) -> Result<Self, StoreError> {
        let owner = client.number;
        let (accounts, cards) = cx
            .database()
            .read(move |conn| {
                Ok::<_, StoreError>((tables::accounts_of(conn, owner)?, tables::cards_of(conn, owner)?))
            })
            .await?;
        let services =
            cx.services().await.inspect_err(|failure| tracing::warn!(event = "no-services", %failure));
        let no_services = services.is_err();
        let services = services.unwrap_or_default();
        Ok(Self { typed, services, accounts, cards, no_services, client: client.clone(), registry: None })
    }

    /// Asks the tax registry about another person, so that a name that is not the number's is not paid for.
    pub(super) async fn check_recipient(&mut self, cx: &Cx) {
        if self.typed.recipient == "other"
            && let Ok(iin) = self.typed.number.parse::<Iin>()
            && let Ok(typed) = iin.to_string().parse()
        {
            self.registry = Some(cx.check_iin(typed).await);
        }
    }

    /// What was chosen.
    ///
    /// # Errors
    /// What is wrong, at its fields, in the order of the form.
    pub(super) fn chosen(&self, language: Language) -> Result<Chosen, FormErrors> {
        let mut errors = FormErrors::new();
        let service = self.services.iter().find(|service| service.code.as_str() == self.typed.service);
        if service.is_none() {
            errors.add("service", say(language, "m-req"));
        }
        let recipient = self.recipient(language, &mut errors);
        let means = self.means();
        if means.is_none() {
            errors.add("means", say(language, "m-req"));
        }
        match (service, recipient, means) {
            (Some(service), Some(recipient), Some((account, means_shown))) if errors.is_empty() => {
                Ok(Chosen { service: service.clone(), recipient, account, means_shown })
            }
            _ => Err(errors),
        }
    }

    fn means(&self) -> Option<(Iban, String)> {
        if let Some(place) = self.typed.means.strip_prefix("card-") {
            let (masked, account) = self.cards.get(place.parse::<usize>().ok()?)?;
            return Some((*account, masked.clone()));
        }
        let account = self.accounts.iter().find(|account| account.iban.as_str() == self.typed.means)?;
        Some((account.iban, account.iban.masked()))
    }

    fn recipient(&self, language: Language, errors: &mut FormErrors) -> Option<Party> {
        match self.typed.recipient.as_str() {
            "self" => return Some(self.client.clone()),
            "other" => {}
            _ => {
                errors.add("recipient", say(language, "m-req"));
                return None;
            }
        }
        let number = match self.typed.number.parse::<PartyNumber>() {
            Ok(number) => number,
            Err(NumberError::Length(count)) => {
                errors.add("number", say(language, "m-iin-1").with("count", count));
                return None;
            }
            Err(NumberError::NotDigits) => {
                errors.add("number", say(language, "m-iin-4"));
                return None;
            }
            Err(NumberError::Check | NumberError::Kind) => {
                errors.add("number", say(language, "m-iin-2"));
                return None;
            }
        };
        let typed_name = match self.typed.name.parse() {
            Ok(name) => Some(name),
            Err(terms::TextError::Empty) => None,
            Err(_) => {
                errors.add("name", say(language, "m-text-2"));
                return None;
            }
        };
        let name = match (&self.registry, number) {
            (Some(Ok(IinAnswer::Valid(known))), _) => known.clone().or(typed_name),
            (Some(Ok(IinAnswer::Invalid)), _) => {
                errors.add("number", say(language, "m-iin-3"));
                return None;
            }
            (Some(Err(failure)), _) => {
                tracing::warn!(event = "registry-not-asked", %failure);
                errors.add("number", say(language, "m-iin-5"));
                return None;
            }
            (None, _) => typed_name,
        };
        if name.is_none() {
            errors.add(
                "name",
                in_words(language, ["Атауын енгізіңіз.", "Введите имя или название.", "Enter the name."]),
            );
        }
        name.map(|name| Party { number, name })
    }
}
