//! For whom a service is: the user, or another person or organisation. A person's number is checked at the tax
//! registry, which tells the full name to participants entitled to it.

use participant::CallFailure;
use terms::{Party, PartyNumber, ShortText};
use wire::tax_registry::CheckIin;

use crate::portal::Portal;

/// Why there is no recipient to go on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRecipient {
    /// The tax registry knows no such person.
    #[error("no person has this number")]
    NotFound,
    /// The name is not known and was not typed.
    #[error("the name is missing")]
    NameMissing,
    /// The tax registry does not answer.
    #[error("the number cannot be checked at present")]
    NotChecked,
}

/// Names the recipient. The registry's name goes before what was typed.
pub(crate) async fn name_recipient(
    portal: &Portal,
    number: PartyNumber,
    typed: Option<ShortText>,
) -> Result<Party, NoRecipient> {
    let known = match number {
        PartyNumber::Organisation(_) => None,
        PartyNumber::Person(iin) => {
            let typed = iin.to_string().parse().map_err(|_| NoRecipient::NotFound)?;
            let request = CheckIin { header: portal.host.header(), iin: typed };
            let answer = portal.caller.call(portal.neighbours.tax_registry, &request).await;
            let answer = answer.map_err(|error| not_checked(&error))?;
            if !answer.get().valid {
                return Err(NoRecipient::NotFound);
            }
            answer.get().name.clone()
        }
    };
    let name = known.or(typed).ok_or(NoRecipient::NameMissing)?;
    Ok(Party { number, name })
}

fn not_checked(error: &CallFailure) -> NoRecipient {
    tracing::warn!(event = "iin-not-checked", %error);
    NoRecipient::NotChecked
}
