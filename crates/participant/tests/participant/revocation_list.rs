//! The revocation list over a restart.

use std::io;
use std::sync::{Arc, Mutex};

use participant::{CrlNotTaken, Host};
use pki::{CrlError, Purpose, TrustError};
use tracing_subscriber::fmt::MakeWriter;
use transport::{ClientLimits, HttpClient};

use crate::world::{SERVER, World};

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl io::Write for Kept {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Kept {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

async fn refresh(host: &Host) -> Result<u64, CrlNotTaken> {
    let client = HttpClient::new(Some(&host.identity), &host.roots, ClientLimits::default()).unwrap();
    host.refresh_crl(&client).await.map(|crl| crl.number)
}

/// Whoever can put an old list in the national CA's place must not gain by our restart.
///
/// Meets: C17
/// Defends: A7
#[tokio::test]
async fn a_list_older_than_before_the_restart_is_refused_and_the_alarm_is_raised() {
    let log = Kept::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let world = World::new();
    let revoked = world.renew_signing(SERVER, (-1, 100));
    let offer = |number, serials: &[pki::Serial]| {
        world.write(SERVER, "list.crl", world.list(number, serials));
    };

    let host = world.host(SERVER);
    offer(5, &[revoked.serial()]);
    assert_eq!(refresh(&host).await.unwrap(), 5);
    drop(host);

    let host = world.host(SERVER);
    assert_eq!(host.trust.crl().map(|crl| crl.number), Some(5), "in force before anything is fetched");
    offer(4, &[]);
    let refused = refresh(&host).await;
    let rollback = CrlError::Rollback { offered: 4, installed: 5 };
    assert!(matches!(&refused, Err(CrlNotTaken::NotBelieved(error)) if *error == rollback), "{refused:?}");
    let checked = host.trust.check(&revoked, Purpose::MessageSigning, host.now());
    assert!(matches!(checked, Err(TrustError::Revoked { .. })), "{checked:?}");
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let alarm = text.lines().find(|line| line.contains("crl-rolled-back")).expect("the alarm is raised");
    let alarm: serde_json::Value = serde_json::from_str(alarm).unwrap();
    assert_eq!((&alarm["level"], &alarm["fields"]["offered"]), (&"ERROR".into(), &4.into()), "{alarm}");

    // A newer one is welcome, and remembered in its turn.
    offer(6, &[]);
    assert_eq!(refresh(&host).await.unwrap(), 6);
    assert_eq!(world.host(SERVER).trust.crl().map(|crl| crl.number), Some(6));
}

/// Defends: A7
#[tokio::test]
async fn a_kept_list_is_believed_no_more_than_a_fetched_one() {
    let world = World::new();
    world.write(SERVER, "list.crl", world.list(5, &[]));
    refresh(&world.host(SERVER)).await.unwrap();
    let kept = world.path(SERVER, "keeps.db.crl");
    let mut octets = std::fs::read(&kept).unwrap();
    *octets.last_mut().unwrap() ^= 1;
    std::fs::write(&kept, octets).unwrap();
    let host = world.host(SERVER);
    assert_eq!(host.trust.crl(), None);
    assert_eq!(refresh(&host).await.unwrap(), 5, "the next list begins anew");
}
