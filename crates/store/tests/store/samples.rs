//! What the tests are made of: a folder that vanishes, a clock, chance, a signer, a holder of keys, and payments.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use gost::kuznyechik::Kuznyechik;
use gost::mgm::Mgm;
use payment::{Closing, Operator, Order, Paid, Payment, Ticket};
use store::{
    Beneficiary, EmbeddedStore, Endpoint, HeadNotSigned, HeadSignature, HeadSigner, KeyHolder, KeyNotHeld,
    Keyring, Options, PageState, ParticipantRow, PaymentPage, ServiceRow, Store, StoreError, Tx, WrappedKey,
};
use terms::{
    AttemptId, BankingDay, Bin, Channel, Clock, Entropy, Iban, Language, Moment, Party, PaymentCode,
    Requisites, TicketId, Tiyn, Trilingual,
};
use zeroize::Zeroizing;

/// A folder of one test, removed when it ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let name = format!("store-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A clock that stands still.
pub(crate) struct Still;

impl Clock for Still {
    fn now(&self) -> Moment {
        now()
    }
}

pub(crate) fn now() -> Moment {
    "2026-11-22T10:00:00+05:00".parse().unwrap()
}

/// Seeded chance (SplitMix64).
pub(crate) struct Seeded(pub(crate) u64);

impl Entropy for Seeded {
    fn fill(&mut self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

pub(crate) const KEY_ID: &str = "gateway-2026";

/// The key that signs heads in tests.
pub(crate) struct TestSigner(Ed25519KeyPair);

impl TestSigner {
    pub(crate) fn new() -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap())
    }
}

impl HeadSigner for TestSigner {
    fn sign(&self, head: &[u8]) -> Result<HeadSignature, HeadNotSigned> {
        Ok(HeadSignature { signature: self.0.sign(head).as_ref().to_vec(), key_id: KEY_ID.to_owned() })
    }
}

pub(crate) fn verify_head(key_id: &str, head: &[u8], signature: &[u8]) -> bool {
    let signer = TestSigner::new();
    let key = UnparsedPublicKey::new(&ED25519, signer.0.public_key().as_ref());
    key_id == KEY_ID && key.verify(head, signature).is_ok()
}

/// The banking day of [`now`].
pub(crate) fn today() -> BankingDay {
    now().banking_day()
}

/// Does something to a store that must succeed.
pub(crate) async fn write(store: &EmbeddedStore, mut work: impl FnMut(&mut dyn Tx) + Send + 'static) {
    let done: Result<(), StoreError> = store
        .transact(move |tx| {
            work(tx);
            Ok(())
        })
        .await;
    done.unwrap();
}

pub(crate) fn open_store() -> (EmbeddedStore, Folder) {
    let folder = Folder::new();
    (open_at(&folder.file("gateway.db"), Options::default()), folder)
}

pub(crate) fn open_at(path: &Path, options: Options) -> EmbeddedStore {
    open_with(path, keyring(holder(&[1])), options).unwrap()
}

pub(crate) fn open_with(
    path: &Path,
    keyring: Keyring,
    options: Options,
) -> Result<EmbeddedStore, StoreError> {
    EmbeddedStore::open(path, Box::new(TestSigner::new()), keyring, Arc::new(Still), options)
}

/// Holds keys by numbers that stand for certificates; the last one is the present one. How a national key wraps for a
/// certificate is `pki`'s business; here any cipher will do.
#[derive(Clone)]
pub(crate) struct TestHolder(Vec<u8>);

pub(crate) fn holder(certificates: &[u8]) -> TestHolder {
    TestHolder(certificates.to_vec())
}

fn wrapping(certificate: u8) -> Mgm<Kuznyechik> {
    Mgm::new(&[certificate; 32])
}

impl KeyHolder for TestHolder {
    fn wrap(&self, purpose: &[u8], key: &[u8]) -> Result<WrappedKey, KeyNotHeld> {
        let certificate = *self.0.last().ok_or_else(|| KeyNotHeld("there is no key".to_owned()))?;
        let mut octets = vec![0; 16];
        fresh_chance().fill(&mut octets[1..]);
        let nonce: [u8; 16] = octets[..16].try_into().unwrap();
        octets.extend(wrapping(certificate).seal(&nonce, purpose, key).unwrap());
        Ok(WrappedKey { certificate: [certificate; 32], octets })
    }

    fn unwrap(&self, purpose: &[u8], wrapped: &WrappedKey) -> Result<Zeroizing<Vec<u8>>, KeyNotHeld> {
        let certificate = wrapped.certificate[0];
        if !self.0.contains(&certificate) {
            return Err(KeyNotHeld(format!("put back the key of certificate {certificate}")));
        }
        let parts = wrapped.octets.split_first_chunk::<16>();
        let opened =
            parts.and_then(|(nonce, sealed)| wrapping(certificate).open(nonce, purpose, sealed).ok());
        opened.map(Zeroizing::new).ok_or_else(|| KeyNotHeld("it was changed".to_owned()))
    }
}

/// A keyring whose chance is another one at every opening, as the system's is.
pub(crate) fn keyring(holder: impl KeyHolder + 'static) -> Keyring {
    Keyring::new(Box::new(holder), Box::new(fresh_chance()))
}

pub(crate) fn fresh_chance() -> Seeded {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let opened = OPENED.fetch_add(1, Ordering::Relaxed);
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Seeded(at.as_nanos() as u64 ^ opened << 48 ^ u64::from(std::process::id()) << 32)
}

pub(crate) fn bank() -> Bin {
    "500140000017".parse().unwrap()
}

pub(crate) fn portal() -> Bin {
    "500240000137".parse().unwrap()
}

pub(crate) fn provider() -> Bin {
    "500140000126".parse().unwrap()
}

pub(crate) fn person() -> Party {
    Party { number: "850612200017".parse().unwrap(), name: "Айгүл Серікқызы".parse().unwrap() }
}

pub(crate) fn codes(seed: u64, count: usize) -> Vec<PaymentCode> {
    let mut entropy = Seeded(seed);
    (0..count).map(|_| PaymentCode::generate(&mut entropy)).collect()
}

pub(crate) fn order() -> Order {
    Order {
        service: "P7-01".parse().unwrap(),
        provider: provider(),
        amount: Tiyn::tenge(1725),
        recipient: person(),
        channel: Channel::Kiosk,
        issued_to: bank(),
        application: None,
        issued_at: now(),
    }
}

pub(crate) fn requisites() -> Requisites {
    Requisites {
        payer: person(),
        recipient: person(),
        service: "P7-01".parse().unwrap(),
        provider: provider(),
        amount: Tiyn::tenge(1725),
        commission: Tiyn::new(12_345).unwrap(),
        beneficiary_iban: sample_iban(),
        beneficiary_bic: "KKMFKZ2A".parse().unwrap(),
        kbk: "108125".parse().unwrap(),
        knp: "911".parse().unwrap(),
        kod: "19".parse().unwrap(),
        kbe: "11".parse().unwrap(),
        purpose: "Мемлекеттік баж".parse().unwrap(),
        bank_reference: "ref-1".parse().unwrap(),
        paid_at: now(),
        channel: Channel::Kiosk,
    }
}

/// An account of a bank that does not exist, with its check digits computed.
pub(crate) fn sample_iban() -> Iban {
    static IBAN: LazyLock<Iban> = LazyLock::new(|| {
        let try_check = |check| format!("KZ{check:02}998KAZ0000000001").parse().ok();
        (0..100).find_map(try_check).expect("one pair of check digits is right")
    });
    *IBAN
}

pub(crate) fn paid() -> Paid {
    Paid {
        requisites: requisites(),
        bank: bank(),
        received_at: now().plus_seconds(1),
        transaction: "T-1".parse().unwrap(),
        ticket: None,
    }
}

pub(crate) fn operator() -> Operator {
    Operator {
        iin: "790304100022".parse().unwrap(),
        name: "Ерлан".parse().unwrap(),
        centre: "ЦОН № 1".parse().unwrap(),
    }
}

pub(crate) fn ticket(number: u8) -> Ticket {
    Ticket { id: TicketId::from_bytes([number; 16]), operator: operator(), until: now().plus_seconds(600) }
}

pub(crate) fn desk_closing(number: u8) -> Closing {
    Closing::Desk(operator(), TicketId::from_bytes([number; 16]))
}

pub(crate) fn paid_payment(code: PaymentCode) -> Payment {
    Payment::born_paid(code, order(), paid())
}

pub(crate) fn attempt_id(number: u32) -> AttemptId {
    format!("a-{number}").parse().unwrap()
}

pub(crate) fn page(token_digest: [u8; 32]) -> PaymentPage {
    PaymentPage {
        token_digest,
        channel: Channel::BankAccount,
        service: order().service,
        provider: provider(),
        amount: Tiyn::tenge(1725),
        recipient: person(),
        payer: person(),
        application: Some("app-1".parse().unwrap()),
        language: Language::Kk,
        portal: portal(),
        opened_at: now(),
        expires_at: now().plus_seconds(1200),
        state: PageState::Open,
        attempt: None,
        code: None,
        browser: None,
    }
}

pub(crate) fn participant() -> ParticipantRow {
    ParticipantRow {
        bin: bank(),
        name: Trilingual::new("Банк", "Банк", "Bank"),
        groups: vec!["banks".to_owned(), "acquirers".to_owned()],
        endpoints: vec![
            Endpoint { purpose: "messages".to_owned(), url: "https://bank.example:8443/soap".to_owned() },
            Endpoint { purpose: "iso8583".to_owned(), url: "bank.example:8583".to_owned() },
        ],
        return_url: None,
        valid_from: now(),
        valid_until: None,
    }
}

pub(crate) fn service() -> ServiceRow {
    ServiceRow {
        code: order().service,
        name: Trilingual::new("Қызмет", "Услуга", "Service"),
        provider: provider(),
        provider_name: Trilingual::new("Министрлік", "Министерство", "Ministry"),
        price: Tiyn::tenge(1725),
        beneficiary: Beneficiary {
            iban: sample_iban(),
            bic: requisites().beneficiary_bic,
            kbk: requisites().kbk,
            knp: requisites().knp,
            kod: requisites().kod,
            kbe: requisites().kbe,
            purpose: requisites().purpose,
        },
        e_service: true,
        valid_from: now(),
        valid_until: None,
    }
}
