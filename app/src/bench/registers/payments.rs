//! The payments of the bench: those of the register, put on record beforehand, and those of which the running gateway is
//! notified meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use indicatif::ProgressBar;
use ledger::register::{Row, sample};
use ledger::{Posting, of_change};
use payment::{Event, Order, Paid, Payment, Reversal};
use store::{Store as _, StoreError};
use tokio::process::Child;
use tokio::task::JoinHandle;
use transport::{ClientLimits, HttpClient, KeepAlive};

use crate::bench::country::{Bench, signed_notice};
use crate::bench::{start, wait_for};

/// Payments put on record in one transaction.
const AT_ONCE: u64 = 2000;
/// Notices that may come meanwhile.
const MOST_NOTICES: u32 = 20_000;
/// How long the bank rests between two notices.
const BETWEEN_NOTICES: Duration = Duration::from_millis(10);

/// A payment as it stands at last, and what its life has posted.
struct Lived {
    payment: Payment,
    postings: Vec<Posting>,
}

/// The life of a payment of which a row of the register tells, and the one after it where that takes the money back.
fn lived(row: &Row, next: Option<&Row>) -> Result<Lived> {
    let requisites = row.requisites.clone();
    let order = Order {
        service: requisites.service.clone(),
        provider: requisites.provider,
        amount: requisites.amount,
        recipient: requisites.recipient.clone(),
        channel: requisites.channel,
        issued_to: row.bank,
        application: row.application.clone(),
        issued_at: requisites.paid_at,
    };
    let issued = Payment::issue(row.code, order.clone());
    let paid = Paid {
        requisites,
        bank: row.bank,
        received_at: row.at,
        transaction: row.transaction.clone(),
        ticket: None,
    };
    let payment = Payment::born_paid(row.code, order, paid);
    let postings = of_change(&issued, &payment, row.at);
    let Some(back) = next.filter(|next| next.code == row.code) else {
        return Ok(Lived { payment, postings });
    };
    let reversal = Reversal {
        bank: back.bank,
        bank_reference: back.requisites.bank_reference.clone(),
        amount: back.amount,
        reversed_at: back.requisites.paid_at,
    };
    let reversed = payment.clone().apply(Event::Reverse(reversal), back.at)?.payment;
    let postings = [postings, of_change(&payment, &reversed, back.at)].concat();
    Ok(Lived { payment: reversed, postings })
}

/// Puts the payments of the made-up register on record.
pub(super) async fn keep(bench: &Bench, count: u64, progress: &ProgressBar) -> Result<()> {
    let cx = gateway::open(&bench.gateway()?)?;
    let (mut kept, mut all) = (0, sample::rows(count).peekable());
    while kept < count {
        let mut part = Vec::new();
        while let Some(row) = all.next() {
            let one = lived(&row, all.peek())?;
            if one.postings.len() == 2 {
                all.next();
            }
            part.push(one);
            if part.len() as u64 == AT_ONCE {
                break;
            }
        }
        let posted: u64 = part.iter().map(|one| one.postings.len() as u64).sum();
        ensure!(posted > 0, "the made-up register ends too early");
        cx.store
            .transact(move |tx| {
                for one in &part {
                    tx.insert_payment(&one.payment)?;
                    one.postings.iter().try_for_each(|posting| tx.post(posting).map(drop))?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        kept += posted;
        progress.inc(posted);
    }
    ensure!(kept == count, "{kept} postings instead of {count}");
    Ok(())
}

/// A gateway that runs, and a bank that goes on notifying it.
pub(super) struct Coming {
    gateway: Child,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    bank: JoinHandle<Result<()>>,
}

impl Coming {
    pub(super) async fn start(bench: &Bench) -> Result<Self> {
        let orders = bench.issue_codes(MOST_NOTICES).await?;
        let gateway = start(bench, "serve-gateway")?;
        wait_for(bench.gateway_port).await;
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let bank = bench.bank()?;
        let limits = ClientLimits { keep_alive: KeepAlive::Yes, ..ClientLimits::default() };
        let client = HttpClient::new(Some(&bank.identity), &bank.roots, limits)?;
        let url = format!("https://127.0.0.1:{}/ws/v1/gateway", bench.gateway_port);
        let (told_to_stop, count) = (Arc::clone(&stop), Arc::clone(&acknowledged));
        let bank = tokio::spawn(async move {
            for order in &orders {
                if told_to_stop.load(Ordering::Relaxed) {
                    break;
                }
                let notice = signed_notice(&bank, order)?;
                let answer = client.post(&url, "text/xml; charset=utf-8", &[], notice).await?;
                ensure!(answer.status.is_success(), "a notice was refused: {}", answer.status);
                count.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(BETWEEN_NOTICES).await;
            }
            Ok(())
        });
        Ok(Self { gateway, stop, acknowledged, bank })
    }

    /// How many notices were acknowledged so far.
    pub(super) fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Stops both; a notice that was refused is told now.
    pub(super) async fn stop(mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        self.bank.await??;
        // Waiting for a child closes its stdin, which is what stops it.
        self.gateway.wait().await?;
        Ok(())
    }
}
