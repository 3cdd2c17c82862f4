//! Stories of trust: what is accepted, and every way we know of being wrongly accepted.

mod deltas;
mod identity;
mod lists;
mod mutation;
mod national;
mod ocsp;
mod paths;
mod time_stamp;

use terms::Moment;

use crate::issue::{Authority, CrlContents, Issued, Organisation, Person, Profile, Request, RevokedEntry};
use crate::{Certificate, CrlPolicy, Purpose, Serial, SuiteId, Trust, TrustError, Trusted};
use crate::{CrlError, CrlSummary, RevocationReason};

pub(super) const DAY: i64 = 86_400;

pub(super) fn noon() -> Moment {
    "2026-11-22T12:00:00+05:00".parse().unwrap()
}

/// A national CA and somebody who trusts it.
pub(super) struct World {
    pub(super) authority: Authority,
    pub(super) trust: Trust,
}

pub(super) fn authority_named(name: &str, suite: SuiteId) -> Authority {
    let root = Authority::create_root(
        &name.parse().unwrap(),
        suite,
        noon().plus_seconds(-100 * DAY),
        noon().plus_seconds(1000 * DAY),
    )
    .unwrap();
    Authority::load(root.key_pem.expose_secret(), &root.certificate.to_pem()).unwrap()
}

pub(super) fn organisation() -> Organisation {
    Organisation {
        name: "«Қазына» төлем банкі".parse().unwrap(), bin: "500140000017".parse().unwrap()
    }
}

pub(super) fn person() -> Person {
    Person {
        surname: "Әлімбекова".parse().unwrap(),
        given_name: "Айгүл".parse().unwrap(),
        iin: "850612200017".parse().unwrap(),
    }
}

pub(super) fn every_profile() -> Vec<Profile> {
    vec![
        Profile::ParticipantSigning { organisation: organisation() },
        Profile::ParticipantTls { organisation: organisation(), host_names: vec!["gateway.test".into()] },
        Profile::PersonAuthentication { person: person() },
        Profile::PersonSigning { person: person() },
        Profile::EmployeeAuthentication { person: person(), organisation: organisation() },
        Profile::EmployeeSigning { person: person(), organisation: organisation() },
    ]
}

pub(super) fn request(profile: Profile) -> Request {
    Request {
        profile,
        suite: SuiteId::P256,
        not_before: noon().plus_seconds(-DAY),
        not_after: noon().plus_seconds(365 * DAY),
        crl_url: "https://localhost:7001/crl/national-ca.crl".into(),
    }
}

impl World {
    pub(super) fn new() -> Self {
        let authority = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
        let trust = Trust::new(vec![authority.certificate().clone()], CrlPolicy::default());
        let world = Self { authority, trust };
        world.publish(1, &[]).unwrap();
        world
    }

    pub(super) fn issue(&self, profile: Profile) -> Issued {
        self.authority.issue(&request(profile)).unwrap()
    }

    pub(super) fn signing(&self) -> Certificate {
        self.issue(Profile::ParticipantSigning { organisation: organisation() }).certificate
    }

    pub(super) fn crl(&self, number: u64, revoked: &[Serial]) -> Vec<u8> {
        let revoked: Vec<_> = revoked
            .iter()
            .map(|serial| RevokedEntry {
                serial: *serial,
                since: noon(),
                reason: RevocationReason::KeyCompromise,
            })
            .collect();
        self.authority
            .issue_crl(&CrlContents {
                number,
                this_update: noon(),
                next_update: noon().plus_seconds(3600),
                revoked: &revoked,
            })
            .unwrap()
    }

    pub(super) fn publish(&self, number: u64, revoked: &[Serial]) -> Result<CrlSummary, CrlError> {
        self.trust.install_crl(&self.crl(number, revoked), noon())
    }

    pub(super) fn check(&self, certificate: &Certificate, purpose: Purpose) -> Result<Trusted, TrustError> {
        self.trust.check(certificate, purpose, noon())
    }
}
