//! Payments of a new country's past in the bank's own books. They are told to the gateway under the bank's name, so the
//! bank must have them too: its register, and its answer to a claim for them, rest on its books (cl. 23).
//!
//! They were paid in cash at a machine that is no longer there; everything else about them is as of any payment.

use store::{Database, StoreError};
use terms::{AttemptId, Bin, Moment, PaymentCode, Requisites};
use wire::common::Beneficiary;

use crate::core::{Ledger, opposite, payment_postings};
use crate::operation::{Content, GivenBackAs, Operation, Order, Origin, Stage};
use crate::store as tables;

/// The machine that the payments of the past were made at.
const MACHINE: &str = "past";

/// Books a payment of the past as taken; once, by its code.
///
/// # Errors
/// Those of the database; [`StoreError::OutOfRange`] where the code makes no name of an attempt.
pub async fn keep_past_payment(
    database: &Database,
    code: PaymentCode,
    said: Requisites,
) -> Result<(), StoreError> {
    let operation = operation(code, &said)?;
    database
        .write(move |tx| {
            let at = said.paid_at;
            let row = match tables::insert(tx, &operation) {
                Err(StoreError::Taken) => return Ok(()),
                inserted => inserted?,
            };
            let entry =
                payment_postings(operation.source.clone(), said.amount, said.commission, operation.excess());
            tables::post(tx, Some(row), "payment", &entry, at)?;
            tables::save(tx, row, &operation.clone().taken(said.bank_reference.clone(), at))
        })
        .await
}

/// Books that the payment under a code was taken back; nothing where it was before.
///
/// # Errors
/// Those of the database.
pub async fn take_past_payment_back(
    database: &Database,
    code: PaymentCode,
    at: Moment,
) -> Result<(), StoreError> {
    database
        .write(move |tx| {
            for (row, operation) in tables::under_code(tx, code)? {
                let Some(operation) = operation.given_back(GivenBackAs::Reversal, at) else { continue };
                let entry = opposite(&tables::postings(tx, row, "payment")?);
                tables::post(tx, Some(row), "reversal", &entry, at)?;
                tables::save(tx, row, &operation)?;
            }
            Ok(())
        })
        .await
}

fn operation(code: PaymentCode, said: &Requisites) -> Result<Operation, StoreError> {
    let attempt: AttemptId = code.digits().parse().map_err(|_| StoreError::OutOfRange("attempt"))?;
    let provider: Bin = said.provider;
    let beneficiary = Beneficiary {
        iban: said.beneficiary_iban,
        bic: said.beneficiary_bic.clone(),
        kbk: said.kbk,
        knp: said.knp,
        kbe: said.kbe,
        purpose: said.purpose.clone(),
    };
    Ok(Operation {
        origin: Origin::Terminal(MACHINE.to_owned()),
        content: Content::of(&[&attempt, &said.amount]),
        attempt,
        channel: said.channel,
        service: said.service.clone(),
        amount: said.amount,
        commission: said.commission,
        payer: said.payer.clone(),
        recipient: said.recipient.clone(),
        source: Ledger::Cash(MACHINE.to_owned()),
        source_shown: MACHINE.to_owned(),
        inserted: [said.amount, said.commission].into_iter().sum::<terms::Tiyn>().into(),
        opened_at: said.paid_at,
        code: Some(code),
        order: Some(Order { provider, beneficiary }),
        stage: Stage::Opened,
    })
}

#[cfg(test)]
mod tests {
    use terms::{Channel, Party, Tiyn};

    use super::*;
    use crate::claim::Sums;

    fn said(code: PaymentCode) -> Requisites {
        let party = Party { number: "850612200017".parse().unwrap(), name: "Айгүл".parse().unwrap() };
        Requisites {
            payer: party.clone(),
            recipient: party,
            service: "P-0101".parse().unwrap(),
            provider: "500140000126".parse().unwrap(),
            amount: Tiyn::tenge(1725),
            commission: Tiyn::tenge(20),
            beneficiary_iban: "KZ600010000000000001".parse().unwrap(),
            beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
            kbk: "108125".parse().unwrap(),
            knp: "911".parse().unwrap(),
            kod: "19".parse().unwrap(),
            kbe: "11".parse().unwrap(),
            purpose: "fee".parse().unwrap(),
            bank_reference: format!("H1-{}", code.digits()).parse().unwrap(),
            paid_at: "2026-11-22T12:00:00+05:00".parse().unwrap(),
            channel: Channel::Kiosk,
        }
    }

    /// Meets: C23
    #[tokio::test(flavor = "multi_thread")]
    async fn a_payment_of_the_past_is_owed_once_until_it_is_taken_back() {
        let folder = std::env::temp_dir().join(format!("bank-past-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = tables::open(&folder.join("bank.db")).unwrap();
        let code: PaymentCode = "7291417776317054".parse().unwrap();
        let (said, day) = (said(code), "2026-11-22".parse().unwrap());
        for _ in 0..2 {
            keep_past_payment(&database, code, said.clone()).await.unwrap();
        }
        let owed = || database.read(move |conn| tables::settlement::sums(conn, day));
        let paid = Sums { count: 1, total: 172_500, ..Sums::default() };
        assert_eq!(owed().await, Ok(paid));
        for _ in 0..2 {
            take_past_payment_back(&database, code, said.paid_at.plus_seconds(60)).await.unwrap();
        }
        assert_eq!(owed().await, Ok(Sums { returned_count: 1, returned_total: 172_500, ..paid }));
        drop(database);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
