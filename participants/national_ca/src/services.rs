//! What the CA answers: OCSP questions and requests for time stamps, in DER. HTTP around them is `serve`'s.

use pki::Serial;
use pki::ocsp::{Asked, CertificateStatus, NotAnswered, unsuccessful};
use pki::time_stamp::{StampAsked, StampRefusal, rejection};

use crate::ca::{CaError, NationalCa};
use crate::issuer::Issuer;
use crate::store::Status;

impl NationalCa {
    /// Answers an OCSP question by the registry as it is now; a refusal is an answer too.
    pub fn answer_ocsp(&self, question: &[u8]) -> Vec<u8> {
        self.try_answer_ocsp(question).unwrap_or_else(|why| {
            tracing::debug!(%why, "an OCSP question was not answered");
            unsuccessful(why)
        })
    }

    fn try_answer_ocsp(&self, question: &[u8]) -> Result<Vec<u8>, NotAnswered> {
        let asked = Asked::read(question)?;
        for issuer in self.issuers().map_err(internal)?.iter() {
            let responder = issuer.responder(self).map_err(internal)?;
            if !responder.is_asked(&asked) {
                continue;
            }
            let this_update = self.now();
            let life = i64::from(self.settings.ocsp_life_seconds);
            let next_update = (life > 0).then(|| this_update.plus_seconds(life));
            // What cannot be read is unknown, which nobody takes for good.
            let status_of = |serial| {
                self.status_of(issuer, serial).unwrap_or_else(|error| {
                    tracing::error!(error = &error as &dyn std::error::Error, "the registry does not answer");
                    CertificateStatus::Unknown
                })
            };
            return responder.answer(&asked, status_of, this_update, next_update);
        }
        Err(NotAnswered::Unauthorized)
    }

    fn status_of(&self, issuer: &Issuer, serial: Serial) -> Result<CertificateStatus, CaError> {
        let record = self.registry().record(serial)?.filter(|record| record.issuer == issuer.name);
        Ok(match record.map(|record| record.status) {
            None => CertificateStatus::Unknown,
            Some(Status::InForce) => CertificateStatus::Good,
            Some(Status::Revoked(revocation)) => {
                CertificateStatus::Revoked { since: revocation.since, reason: revocation.reason }
            }
        })
    }

    /// Stamps a digest with the present time, by the authority of a hierarchy; a refusal is an answer too.
    ///
    /// # Errors
    /// [`CaError::UnknownIssuer`] where there is no such hierarchy.
    pub fn answer_stamp(&self, hierarchy: &str, question: &[u8]) -> Result<Vec<u8>, CaError> {
        let stamps = self.issuing_key_of(hierarchy)?.stamps(self)?;
        let answer = StampAsked::read(question).and_then(|asked| stamps.stamp(&asked, self.now()));
        Ok(answer.unwrap_or_else(|why: StampRefusal| {
            tracing::debug!(%why, "no time stamp was made");
            rejection(why)
        }))
    }
}

fn internal(error: CaError) -> NotAnswered {
    tracing::error!(error = &error as &dyn std::error::Error, "an OCSP question could not be answered");
    NotAnswered::Internal
}
