//! Which certificate policies a verifier accepts for which use.
//!
//! Lives here: the configured choice, and whether a certificate meets it. Which policy the national CA writes into what
//! is `issue`'s business. Policies are compared as they stand: the national CA maps and constrains none, and one path has
//! one certificate below its root. Source: RFC 5280, 4.2.1.4; threat A26.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use const_oid::ObjectIdentifier;

use crate::certificate::Certificate;
use crate::trust::Purpose;

/// RFC 5280's "any policy", which says nothing of how the holder was certified.
const ANY_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.32.0");

/// The name of a certificate policy. Written as its numbers with dots.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PolicyId(ObjectIdentifier);

/// Not the numbers of a policy, or of one that stands for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a certificate policy is named by an object identifier, such as 1.2.398.3.3.2.1, and not by \"any policy\""
)]
pub struct NotAPolicy;

impl FromStr for PolicyId {
    type Err = NotAPolicy;

    fn from_str(s: &str) -> Result<Self, NotAPolicy> {
        match ObjectIdentifier::new(s) {
            Ok(identifier) if identifier != ANY_POLICY => Ok(Self(identifier)),
            _ => Err(NotAPolicy),
        }
    }
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PolicyId({self})")
    }
}

/// The policies accepted, by use. By default nothing is required.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcceptedPolicies(HashMap<Purpose, Vec<PolicyId>>);

impl AcceptedPolicies {
    /// Accepts these policies, and no other, for a use. None at all leaves the use as it was.
    pub fn accept(&mut self, purpose: Purpose, policies: &[PolicyId]) {
        if !policies.is_empty() {
            self.0.insert(purpose, policies.to_vec());
        }
    }

    /// Whether a certificate names exactly one of the policies accepted for the use: of two, one reader might go by the
    /// one and another by the other.
    pub(crate) fn allow(&self, certificate: &Certificate, purpose: Purpose) -> bool {
        self.0.get(&purpose).is_none_or(|accepted| {
            let named = certificate.policies().iter();
            named.filter(|policy| accepted.contains(&PolicyId(**policy))).count() == 1
        })
    }
}
