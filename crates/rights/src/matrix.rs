//! The groups, and the actions each of them allows in the beginning (cl. 20(5)), as data: the printed matrix comes
//! from here, and a new store begins with it. What officers have changed since is in [`crate::Access`].

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An action: the name of an operation of a service, or of something a person or a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Action(pub &'static str);

impl Action {
    /// The action of this name; none where no group allows it in the beginning, since then nothing asks for it.
    pub fn named(name: &str) -> Option<Self> {
        GROUPS
            .iter()
            .flat_map(|(.., actions)| *actions)
            .find(|known| **known == name)
            .map(|known| Self(known))
    }

    /// Every action that there is, by name.
    pub fn all() -> BTreeSet<Self> {
        GROUPS.iter().flat_map(|(.., actions)| *actions).map(|name| Self(name)).collect()
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A group of people or external systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Portals: order, bind, close for their users.
    Portal,
    /// Banks and payment organisations: ask for codes, notify, take back.
    Bank,
    /// The gateway's own card page process.
    CardPage,
    /// The gateway, as its neighbours know it.
    Gateway,
    /// The service bus.
    ServiceBus,
    /// May learn the name that belongs to an IIN from the tax registry.
    NameReader,
    /// People registered at the portal.
    Citizen,
    /// Operators of service centres.
    DeskOperator,
    /// Clients of an internet bank.
    BankClient,
    /// A terminal of the bank: ATM or kiosk.
    Terminal,
    /// Officers of the operator who answer for the money.
    Finance,
    /// Officers of the operator who help payers and watch the traffic.
    Operations,
    /// Officers who administer groups (cl. 20(2)).
    SecurityAdministrator,
    /// Officers who look at everything and change nothing.
    Auditor,
    /// Officers of one provider of services; they see what is their own.
    ProviderOfficer,
    /// Officers of one bank; they see what is their own.
    BankOfficer,
}

/// Every group with its name and the actions it allows.
pub const GROUPS: &[(Group, &str, &[&str])] = &[
    (
        Group::Portal,
        "portal",
        &[
            "RequestPaymentCode",
            "OpenPaymentPage",
            "BindPaymentCode",
            "ReleasePaymentCode",
            "InquirePaymentCode",
            "ClosePayment",
            "ListServices",
            "GetPayment",
            "GetReceipt",
            "OrderService",
            "CheckIin",
        ],
    ),
    (
        Group::Bank,
        "bank",
        &[
            "RequestPaymentCode",
            "NotifyPayment",
            "CancelPaymentCode",
            "ReversePayment",
            "ListServices",
            "GetPayment",
            "GetReceipt",
            "GetRegister",
            "CheckIin",
        ],
    ),
    (
        Group::CardPage,
        "card-page",
        &["LookUpCardPayment", "BeginCardPayment", "ConcludeCardPayment", "CancelCardPayment"],
    ),
    (
        Group::Gateway,
        "gateway",
        &[
            "PaymentNotified",
            "DebitAccount",
            "InquireAttempt",
            "RefundPayment",
            "AcceptRegister",
            "AcceptClaim",
            "PayProvider",
            "GetStatement",
            "GetBankRegister",
        ],
    ),
    (Group::ServiceBus, "service-bus", &["DocumentDelivered"]),
    (Group::NameReader, "name-reader", &["ReadName"]),
    (Group::Citizen, "citizen", &["OrderForSelf", "PayForOrder", "UsePrepayment", "SeeOwnCabinet"]),
    (Group::DeskOperator, "desk-operator", &["InquireAtDesk", "CloseAtDesk"]),
    (Group::BankClient, "bank-client", &["PayFromAccount", "SeeOwnAccounts"]),
    (
        Group::Terminal,
        "terminal",
        &["ListPrices", "CheckRecipient", "PayCash", "ReadOwnClient", "AuthoriseCard"],
    ),
    (
        Group::Finance,
        "finance",
        &[
            "SearchPayments",
            "ReadPayment",
            "ReadPersonalData",
            "ExportList",
            "FormRegister",
            "SendRegister",
            "FormClaim",
            "ImportStatement",
            "Reconcile",
            "ProposeAcknowledgement",
            "ApproveAcknowledgement",
            "ProposeRefund",
            "ApproveRefund",
            "ProposeSettlement",
            "ApproveSettlement",
            "ProposeContract",
            "ApproveContract",
            "CloseDay",
            "SeeReports",
        ],
    ),
    (
        Group::Operations,
        "operations",
        &[
            "SearchPayments",
            "ReadPayment",
            "ReadPersonalData",
            "ExportList",
            "FormRegister",
            "SendRegister",
            "ImportStatement",
            "Reconcile",
            "ProposeRefund",
            "ProposeSettlement",
            "SeeReports",
        ],
    ),
    (
        Group::SecurityAdministrator,
        "security-administrator",
        &["ProposeGroupChange", "ApproveGroupChange", "ExportList", "SeeAccess", "SeeReadings"],
    ),
    (
        Group::Auditor,
        "auditor",
        &[
            "SearchPayments",
            "ReadPayment",
            "ReadPersonalData",
            "ExportList",
            "SeeReports",
            "SeeAccess",
            "SeeEvidence",
            "SeeReadings",
        ],
    ),
    (
        Group::ProviderOfficer,
        "provider-officer",
        &["SearchPayments", "ReadPayment", "ExportList", "AcknowledgeRegister", "SeeReports"],
    ),
    (
        Group::BankOfficer,
        "bank-officer",
        &["SearchPayments", "ReadPayment", "ExportList", "AcknowledgeRegister", "SeeReports"],
    ),
];

impl Group {
    fn row(self) -> &'static (Self, &'static str, &'static [&'static str]) {
        GROUPS.iter().find(|(group, ..)| *group == self).expect("every group has a row")
    }

    /// The name in configuration and documents.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether it is a group of officers, who come to a console as people; the other groups at the gateway are of
    /// organisations.
    pub fn is_of_officers(self) -> bool {
        match self {
            Self::Finance
            | Self::Operations
            | Self::SecurityAdministrator
            | Self::Auditor
            | Self::ProviderOfficer
            | Self::BankOfficer => true,
            Self::Portal
            | Self::Bank
            | Self::CardPage
            | Self::Gateway
            | Self::ServiceBus
            | Self::NameReader
            | Self::Citizen
            | Self::DeskOperator
            | Self::BankClient
            | Self::Terminal => false,
        }
    }

    /// Whether the group lists the action in the beginning.
    pub fn allows(self, action: Action) -> bool {
        self.row().2.contains(&action.0)
    }
}

/// The groups that list an action in the beginning: whom to ask for it.
pub fn groups_allowing(action: Action) -> impl Iterator<Item = Group> {
    GROUPS.iter().map(|(group, ..)| *group).filter(move |group| group.allows(action))
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The word names no group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no such group: {0}")]
pub struct NoSuchGroup(String);

impl FromStr for Group {
    type Err = NoSuchGroup;
    fn from_str(s: &str) -> Result<Self, NoSuchGroup> {
        GROUPS
            .iter()
            .find(|(_, name, _)| *name == s)
            .map(|(group, ..)| *group)
            .ok_or_else(|| NoSuchGroup(s.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each group lists its actions; what none lists is allowed to nobody.
    ///
    /// Meets: C19, C20.5
    #[test]
    fn what_no_group_lists_is_allowed_to_nobody() {
        for (group, name, actions) in GROUPS {
            assert_eq!(name.parse::<Group>().unwrap(), *group);
            assert!(!actions.is_empty());
            assert!(!group.allows(Action("OpenTheVault")));
        }
        assert!(Group::Bank.allows(Action("NotifyPayment")));
        assert!(!Group::Portal.allows(Action("NotifyPayment")));
        assert!(!Group::Bank.allows(Action("BindPaymentCode")));
    }
}
