//! The registry and the catalogue as they were in force: a row is added whenever the configuration says something new.
//!
//! The rows are covered by the evidence chain, so that it can be shown later which groups a participant belonged to and
//! what a service cost when a message was answered. Groups are those in force ([`crate::authority`]), all else is what the
//! configuration says.

use std::sync::Arc;

use store::{Beneficiary, Endpoint, OwnCertificate, ParticipantRow, ServiceRow, Store, StoreError};
use terms::Moment;

use crate::cx::Cx;

/// Adds a row for every participant and service that is new or has changed.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep(cx: &Arc<Cx>) -> Result<(), StoreError> {
    let (cx, now) = (cx.clone(), cx.host.now());
    let store = cx.store.clone();
    store
        .transact(move |tx| {
            for row in participants(&cx, now) {
                let known = tx.participant(row.bin)?;
                if known.is_none_or(|known| ParticipantRow { valid_from: now, ..known } != row) {
                    tx.insert_participant(&row)?;
                }
            }
            for row in services(&cx, now) {
                let known = tx.service(&row.code)?;
                if known.is_none_or(|known| ServiceRow { valid_from: now, ..known } != row) {
                    tx.insert_service(&row)?;
                }
            }
            Ok(())
        })
        .await
}

/// Keeps our signing certificate when it is new, so that the heads it signed can be verified after it has
/// been replaced.
///
/// # Errors
/// Those of the store.
pub(crate) async fn keep_own_certificate(cx: &Cx) -> Result<(), StoreError> {
    let (certificate, now) = (cx.host.signer().certificate().clone(), cx.host.now());
    let crl_number = cx.host.trust.crl().map_or(0, |crl| crl.number);
    cx.store
        .transact(move |tx| {
            let kept = tx.own_certificates()?;
            if kept.iter().any(|own| own.certificate == certificate.der()) {
                return Ok(());
            }
            tx.keep_own_certificate(&OwnCertificate {
                certificate: certificate.der().to_vec(),
                crl_number,
                at: now,
            })
        })
        .await
}

fn participants(cx: &Cx, now: Moment) -> Vec<ParticipantRow> {
    let of = |known: &participant::Known| {
        let groups = cx.host.registry().find(known.bin).map(|found| found.groups.clone()).unwrap_or_default();
        let messages = known.messages.clone().map(|url| Endpoint { purpose: "messages".to_owned(), url });
        let portal = cx.settings.portal.iter().find(|portal| portal.bin == known.bin.to_string());
        ParticipantRow {
            bin: known.bin,
            name: known.name.clone(),
            groups: groups.iter().map(|group| group.name().to_owned()).collect(),
            endpoints: messages.into_iter().collect(),
            return_url: portal.map(|portal| portal.return_url.clone()),
            valid_from: now,
            valid_until: None,
        }
    };
    cx.host.all_known().map(of).collect()
}

fn services(cx: &Cx, now: Moment) -> Vec<ServiceRow> {
    let of = |service: &wire::common::Service| ServiceRow {
        code: service.code.clone(),
        name: service.name.clone(),
        provider: service.provider,
        provider_name: service.provider_name.clone(),
        price: service.price,
        beneficiary: Beneficiary {
            iban: service.beneficiary.iban,
            bic: service.beneficiary.bic.clone(),
            kbk: service.beneficiary.kbk,
            knp: service.beneficiary.knp,
            kod: crate::use_case::HOUSEHOLD.parse().expect("two digits"),
            kbe: service.beneficiary.kbe,
            purpose: service.beneficiary.purpose.clone(),
        },
        e_service: service.e_service,
        valid_from: now,
        valid_until: None,
    };
    cx.catalogue.all().iter().map(of).collect()
}
