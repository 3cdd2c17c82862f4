//! The loop around an outbox whose disk is full. What an outbox holds, and when it is due, is tested in `store`.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use envelope::{Body, Verified};
use participant::{Caller, outbox};
use store::{Outgoing, StoreError, Waiting};
use terms::Moment;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::world::{CLIENT, World, noon};

/// Reads well and writes nothing, so that its one message is always due.
#[derive(Clone)]
struct Full {
    looks: Arc<AtomicU32>,
    waiting: Waiting,
    noted: Arc<Mutex<Vec<&'static str>>>,
}

impl outbox::Outbox for Full {
    async fn due(&self, _: Moment) -> Result<Vec<Waiting>, StoreError> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Ok(vec![self.waiting.clone()])
    }

    async fn begins(&self, _: &Waiting, _: Moment) -> Result<(), StoreError> {
        self.noted.lock().unwrap().push("begins");
        Ok(())
    }

    async fn acknowledged(&self, _: &Waiting, _: &Verified<Body>, _: Moment) -> Result<(), StoreError> {
        Err(StoreError::DiskFull)
    }

    async fn failed(&self, _: &Waiting, _: String, _: Moment) -> Result<(), StoreError> {
        self.noted.lock().unwrap().push("ends");
        Err(StoreError::DiskFull)
    }
}

/// Time is the runtime's own and jumps from one wait to the next.
///
/// Defends: A30
#[tokio::test(start_paused = true)]
async fn what_cannot_be_written_down_is_not_delivered_over_and_over() {
    let world = World::new();
    let host = world.host_with_list(CLIENT);
    let message = Outgoing {
        id: host.message_id(),
        // Nobody of that number is known here, so each try ends at once.
        to: "500340000054".parse().unwrap(),
        operation: "NotifyPayment".to_owned(),
        body: "<a/>".to_owned(),
        about: None,
        created_at: noon(),
    };
    let waiting = Waiting { message, tries: 0, next_try_at: noon(), last_error: None };
    let looks = Arc::new(AtomicU32::new(0));
    let noted = Arc::new(Mutex::new(Vec::new()));
    let full = Full { looks: looks.clone(), waiting, noted: noted.clone() };
    let caller = Caller::closing(host.clone()).unwrap();
    let work = outbox::work(full, caller, host.clock(), Arc::new(Notify::new()));
    let begun = Instant::now();
    tokio::time::timeout(Duration::from_secs(600), work).await.expect_err("the loop never ends");
    assert!(begun.elapsed() >= Duration::from_secs(600));
    // Half a second, one, two … a minute at the most: some seven pauses in the first minute, then one a minute.
    let looks = looks.load(Ordering::SeqCst);
    assert!((10..=20).contains(&looks), "{looks} rounds in ten minutes");
    // That a try begins is noted before anything is sent, and what became of it after that.
    let noted = noted.lock().unwrap();
    assert!(!noted.is_empty() && noted.chunks(2).all(|tried| tried == ["begins", "ends"]), "{noted:?}");
}
