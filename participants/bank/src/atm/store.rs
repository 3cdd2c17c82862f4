//! What an ATM must not forget when its power is cut: authorisations whose outcome it does not know, so that
//! it takes them back, and payments whose slip was not handed out. The only place in the ATM that knows SQL; no
//! card data is among it.

use std::path::Path;

use ::store::columns::{Columns, Fields};
use ::store::rusqlite::{Row, params};
use ::store::{Database, Migration, Options, StoreError};
use terms::{AttemptId, PaymentCode};
use wire::iso8583::{AuthorisationRequest, ReversalRequest, Stan, Trace};

use super::flow::{Ended, Outcome};
use crate::machine::store as printer;
use crate::terminal::messages::{Priced, Said};

const MIGRATIONS: [Migration; 3] = [
    Migration { version: 1, name: "atm", sql: include_str!("schema/atm.sql") },
    Migration { version: 2, name: "printer", sql: printer::SCHEMA },
    Migration { version: 3, name: "slip", sql: include_str!("schema/slip.sql") },
];

/// The most reversals worked on at once.
const REVERSALS_AT_ONCE: u32 = 16;

/// The ATM's own records.
#[derive(Clone)]
pub(super) struct Records(Database);

impl Records {
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        Database::open(path, &MIGRATIONS, Options::default()).map(Self)
    }

    /// The database itself, whose readiness is its process's.
    pub(super) fn database(&self) -> &Database {
        &self.0
    }

    /// Whether a slip can be printed.
    pub(super) async fn has_paper(&self) -> bool {
        printer::has_paper(&self.0).await
    }

    /// Records an authorisation before it is asked for.
    pub(super) async fn asking(&self, request: &AuthorisationRequest) -> Result<(), StoreError> {
        let (attempt, trace, amount) = (request.attempt().clone(), request.trace.clone(), request.amount);
        self.0
            .write(move |tx| {
                Columns::new()
                    .text("attempt", &attempt)
                    .text("stan", trace.stan)
                    .moment("at", trace.at)
                    .text("acquirer", &trace.acquirer)
                    .text("retrieval", &trace.retrieval)
                    .amount("amount", amount)
                    .insert(tx, "unanswered")
            })
            .await
    }

    /// The outcome is known, or was taken back.
    pub(super) async fn answered(&self, attempt: AttemptId) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                let sql = "DELETE FROM unanswered WHERE attempt = ?1";
                tx.prepare_cached(sql)?.execute([attempt.as_str()])?;
                Ok(())
            })
            .await
    }

    /// The bank has said yes: the authorisation is answered, and its slip is to be handed out. Both at once, so
    /// that a power cut leaves something to take back or something to hand out, and never neither.
    ///
    /// # Errors
    /// Also where the payment is none: then the authorisation stays unanswered.
    pub(super) async fn paid(&self, attempt: AttemptId, card: &str, ended: &Ended) -> Result<(), StoreError> {
        let (card, ended) = (card.to_owned(), ended.clone());
        self.0
            .write(move |tx| {
                let Outcome::Paid { code, reference } = &ended.outcome else {
                    return Err(StoreError::Conflict);
                };
                let Priced { code: service, name, price, commission } = &ended.service;
                Columns::new()
                    .text("code", code.digits())
                    .text("card", &card)
                    .text("service", service)
                    .text("service_kk", &name.kk)
                    .text("service_ru", &name.ru)
                    .text("service_en", &name.en)
                    .text("price", price)
                    .text("commission", commission)
                    .text("recipient", &ended.recipient)
                    .text("reference", reference)
                    .moment("at", ended.at)
                    .insert(tx, "slip")?;
                let sql = "DELETE FROM unanswered WHERE attempt = ?1";
                tx.prepare_cached(sql)?.execute([attempt.as_str()])?;
                Ok(())
            })
            .await
    }

    /// The oldest payment by this card whose slip was not handed out.
    pub(super) async fn not_handed_out(&self, card: &str) -> Result<Option<Ended>, StoreError> {
        let card = card.to_owned();
        self.0
            .read(move |conn| {
                let sql = "SELECT * FROM slip WHERE card = ?1 ORDER BY at LIMIT 1";
                let mut statement = conn.prepare_cached(sql)?;
                let mut rows = statement.query([&card])?;
                rows.next()?.map(ended).transpose()
            })
            .await
    }

    /// The client has the slip.
    pub(super) async fn handed_out(&self, code: PaymentCode) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                tx.prepare_cached("DELETE FROM slip WHERE code = ?1")?.execute([code.digits()])?;
                Ok(())
            })
            .await
    }

    /// No answer is waited for any more.
    pub(super) async fn give_up(&self, attempt: AttemptId) -> Result<(), StoreError> {
        self.0
            .write(move |tx| {
                let sql = "UPDATE unanswered SET give_up = 1 WHERE attempt = ?1";
                tx.prepare_cached(sql)?.execute([attempt.as_str()])?;
                Ok(())
            })
            .await
    }

    /// A machine that starts waits for no answer: its connections are gone.
    pub(super) async fn give_up_all(&self) -> Result<(), StoreError> {
        self.0
            .write(|tx| {
                tx.execute("UPDATE unanswered SET give_up = 1", [])?;
                Ok(())
            })
            .await
    }

    /// The reversals that are to be sent, each counted as sent once more; the oldest first.
    pub(super) async fn reversals(&self) -> Result<Vec<ReversalRequest>, StoreError> {
        self.0
            .write(|tx| {
                let sql = "SELECT * FROM unanswered WHERE give_up = 1 ORDER BY at LIMIT ?1";
                let mut statement = tx.prepare_cached(sql)?;
                let mut rows = statement.query([REVERSALS_AT_ONCE])?;
                let mut reversals = Vec::new();
                while let Some(row) = rows.next()? {
                    reversals.push(reversal(row)?);
                }
                for ReversalRequest { attempt, .. } in &reversals {
                    let sql = "UPDATE unanswered SET reversals = reversals + 1 WHERE attempt = ?1";
                    tx.prepare_cached(sql)?.execute(params![attempt.as_str()])?;
                }
                Ok(reversals)
            })
            .await
    }
}

fn ended(row: &Row<'_>) -> Result<Ended, StoreError> {
    let fields = Fields::of(row);
    Ok(Ended {
        service: Priced {
            code: fields.text("service")?,
            name: Said {
                kk: fields.text("service_kk")?,
                ru: fields.text("service_ru")?,
                en: fields.text("service_en")?,
            },
            price: fields.text("price")?,
            commission: fields.text("commission")?,
        },
        recipient: fields.text("recipient")?,
        outcome: Outcome::Paid { code: fields.parsed("code")?, reference: fields.parsed("reference")? },
        at: fields.moment("at")?,
    })
}

fn reversal(row: &Row<'_>) -> Result<ReversalRequest, StoreError> {
    let fields = Fields::of(row);
    let stan: u32 = fields.parsed("stan")?;
    let trace = Trace {
        stan: Stan::from_counter(stan),
        at: fields.moment("at")?,
        acquirer: fields.parsed("acquirer")?,
        retrieval: fields.parsed("retrieval")?,
    };
    Ok(ReversalRequest {
        original: trace.original_key(),
        trace,
        amount: fields.amount("amount")?,
        attempt: fields.parsed("attempt")?,
        repeated: fields.number::<i64>("reversals")? > 0,
    })
}

#[cfg(test)]
mod tests {
    use wire::iso8583::{AtmOrder, Expiry, PinBlock, Presented, ZoneKey};

    use super::*;

    struct Zeros;

    impl terms::Entropy for Zeros {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn request(attempt: &str) -> AuthorisationRequest {
        let pan = "4242424242424242".parse().ok().unwrap();
        let pin = "1234".parse().ok().unwrap();
        let order = AtmOrder {
            service: "P-0101".parse().unwrap(),
            recipient: None,
            commission: terms::Tiyn::tenge(20),
            attempt: attempt.parse().unwrap(),
        };
        let pin = PinBlock::seal(&pin, &pan, &ZoneKey::new([7; 16]), &mut Zeros).unwrap();
        AuthorisationRequest {
            pan,
            expiry: Expiry::new(30, 12).unwrap(),
            amount: terms::Tiyn::tenge(1745),
            trace: Trace {
                stan: Stan::from_counter(417),
                at: "2026-11-22T07:05:00.123456+05:00".parse().unwrap(),
                acquirer: "50014000001".parse().unwrap(),
                retrieval: "632602000417".parse().unwrap(),
            },
            terminal: "ATM-1".parse().unwrap(),
            merchant: "TOLEM".parse().unwrap(),
            presented: Presented::AtAtm { pin, order },
        }
    }

    /// Defends: A9
    #[tokio::test]
    async fn an_authorisation_that_is_not_answered_is_reversed_also_after_a_power_cut() {
        let folder = std::env::temp_dir().join(format!("tolem-atm-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("atm.db");
        let asked = request("attempt-1");
        {
            let records = Records::open(&path).unwrap();
            records.asking(&asked).await.unwrap();
            assert!(records.reversals().await.unwrap().is_empty(), "its answer is still waited for");
        }
        let records = Records::open(&path).unwrap();
        records.give_up_all().await.unwrap();
        let [first] = records.reversals().await.unwrap().try_into().unwrap();
        let expected = ReversalRequest {
            trace: asked.trace.clone(),
            original: asked.trace.original_key(),
            amount: asked.amount,
            attempt: asked.attempt().clone(),
            repeated: false,
        };
        assert_eq!(first, expected);
        let [again] = records.reversals().await.unwrap().try_into().unwrap();
        assert_eq!(again, ReversalRequest { repeated: true, ..expected });
        records.answered(first.attempt).await.unwrap();
        assert!(records.reversals().await.unwrap().is_empty());
    }

    fn paid(code: &str) -> Ended {
        let name =
            Said { kk: "Анықтама".into(), ru: "Справка".into(), en: "Certificate".into() };
        Ended {
            service: Priced {
                code: "P-0101".into(),
                name,
                price: "1725.00".into(),
                commission: "20.00".into(),
            },
            recipient: "85******0017".into(),
            outcome: Outcome::Paid {
                code: code.parse().unwrap(),
                reference: "ALTB-20261122-000001".parse().unwrap(),
            },
            at: "2026-11-22T07:05:00.123456+05:00".parse().unwrap(),
        }
    }

    /// Defends: A9
    #[tokio::test]
    async fn an_approval_is_to_be_handed_out_or_to_be_taken_back_and_never_neither_nor_both() {
        let folder = std::env::temp_dir().join(format!("tolem-atm-slips-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("atm.db");
        let code = "7291417776317054";
        {
            let records = Records::open(&path).unwrap();
            for attempt in ["first", "second"] {
                records.asking(&request(attempt)).await.unwrap();
            }
            records.paid("first".parse().unwrap(), "card-1", &paid(code)).await.unwrap();
            // What cannot be recorded, here because the code is known, stays to be taken back.
            assert!(records.paid("second".parse().unwrap(), "card-1", &paid(code)).await.is_err());
        }
        let records = Records::open(&path).unwrap();
        records.give_up_all().await.unwrap();
        let [reversal] = records.reversals().await.unwrap().try_into().unwrap();
        assert_eq!(reversal.attempt.as_str(), "second");
        assert_eq!(records.not_handed_out("card-2").await.unwrap(), None);
        assert_eq!(records.not_handed_out("card-1").await.unwrap(), Some(paid(code)));
        records.handed_out(code.parse().unwrap()).await.unwrap();
        assert_eq!(records.not_handed_out("card-1").await.unwrap(), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
