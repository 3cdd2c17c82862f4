//! Registers: formed of the day's postings, corrected by revisions, written again octet for octet, taken by the bank.

use std::io::Write as _;

use gateway::registers::{FormRegisters, Formed, form_registers, written, xml_name};
use ledger::Account;
use ledger::journal::Balances;
use ledger::register::{Party, Totals};
use rights::{Permitted, SystemJob};
use store::{Deed, ReadSubject, RegisterState, Store as _, StoreError};
use terms::BankingDay;
use wire::acknowledgement::{AcknowledgementWord, RegisterAcknowledgement};
use wire::closing::Whole;
use wire::common::Count;
use wire::fault::FaultCode;
use wire::gateway::GetRegister;
use wire::register::{Digesting, Manifest, PartyWord};
use xml::Limits;
use xml::dsig::verify_enveloped;

use crate::officers::{Console, Officer, data};
use crate::talk::Client;
use crate::world::{BANK_1, BANK_OFFICER, OTHER_SERVICE, PROVIDER_OFFICER, SERVICE, World, noon, until};

fn today() -> BankingDay {
    noon().banking_day()
}

pub(crate) fn forming(day: BankingDay) -> Permitted<FormRegisters> {
    Permitted::system(FormRegisters { day }, SystemJob("test"))
}

fn bank() -> Party {
    Party::Bank(BANK_1.parse().unwrap())
}

fn of(formed: &[Formed], party: Party) -> &Formed {
    formed.iter().find(|one| one.revision.head.party == party).unwrap()
}

async fn xml_of(world: &World, formed: &Formed) -> Vec<u8> {
    written(&world.cx(), &formed.revision.head, Vec::new()).await.unwrap().0
}

/// The manifest, over the gateway's own signature.
fn manifest_of(world: &World, formed: &Formed) -> Manifest {
    let signed = verify_enveloped(&formed.revision.manifest, &Limits::DOCUMENT).unwrap();
    assert_eq!(signed.certificate(), world.gateway.signer().certificate());
    signed.parse().unwrap()
}

/// What a bank and its providers are told of a day agrees with itself, and a late posting makes a new revision while
/// the first one is written again octet for octet.
///
/// Meets: C10
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_late_posting_makes_a_new_revision_and_the_first_stays_as_it_was_known() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let price = u64::from(SERVICE.1) * 100;
    let first_paid = client.paid().await;
    client.paid().await;

    let first = form_registers(&world.cx(), &forming(today())).await.unwrap();
    let provider = Party::Provider(SERVICE.2.parse().unwrap());
    for party in [bank(), provider] {
        let one = of(&first, party);
        let totals = Totals { additions: 2, added: 2 * price, ..Totals::default() };
        assert_eq!((one.is_new, one.revision.head.revision, one.revision.totals), (true, 1, totals));
    }
    assert_eq!(first.len(), 2, "nobody else was paid");
    assert!(OTHER_SERVICE.2 != SERVICE.2);
    let names = &of(&first, bank()).revision.head.name;
    assert!(!names.kk.is_empty() && !names.ru.is_empty());

    let own = Deed::Register(bank(), today(), 1);
    let by: Result<_, StoreError> = world.cx().store.read(move |view| view.doer(&own)).await;
    assert_eq!(by, Ok(Some("test".to_owned())), "a job of the system is named as such");
    let again = form_registers(&world.cx(), &forming(today())).await.unwrap();
    assert!(again.iter().all(|one| !one.is_new), "nothing was posted, nothing is formed");
    let octets = xml_of(&world, of(&first, bank())).await;

    client.ask(&client.reverse(first_paid)).await.unwrap();
    let second = form_registers(&world.cx(), &forming(today())).await.unwrap();
    let corrected = &of(&second, bank()).revision;
    assert_eq!(corrected.head.revision, 2);
    assert_eq!(corrected.totals, Totals { additions: 2, added: 2 * price, deductions: 1, deducted: price },);

    // The register is the journal: what its rows come to is what they moved on the party's account.
    let up_to = corrected.head.up_to;
    let balances: Balances =
        world.cx().store.read(move |view| view.balances(Some(today()), up_to)).await.unwrap();
    let account = Account::BankReceivable(BANK_1.parse().unwrap());
    assert_eq!(balances.balance(account), corrected.totals.net());

    assert_eq!(xml_of(&world, of(&first, bank())).await, octets, "as it was known");
    for formed in [of(&first, bank()), of(&second, bank()), of(&second, provider)] {
        let mut digesting = Digesting::new(std::io::sink(), true);
        let octets = xml_of(&world, formed).await;
        digesting.write_all(&octets).unwrap();
        assert_eq!(digesting.finish().1.sha256, formed.revision.sha256);
        let manifest = manifest_of(&world, formed);
        let name = xml_name(&formed.revision.head);
        manifest.verify_register(&name, &octets[..]).unwrap();
        let tampered = String::from_utf8(octets).unwrap().replace("1725.00", "1725.01");
        assert!(manifest.verify_register(&name, tampered.as_bytes()).is_err());
    }
    // Revision by revision in the store too, the first one first formed.
    let kept = world.cx().store.read(|view| view.register(bank(), today(), Some(1))).await.unwrap();
    assert_eq!(kept.unwrap().value.head, of(&first, bank()).revision.head);
    world.chain().await;
}

/// The bank signs for what it was sent; where it counts otherwise, the register is refused and says so.
///
/// Meets: C10
/// Defends: A29
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_is_sent_its_register_and_its_answer_is_kept() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    client.paid().await;
    let state = async |revision: u32| {
        let kept = world.cx().store.read(move |view| view.register(bank(), today(), Some(revision))).await;
        kept.unwrap().unwrap().value.state
    };
    let formed = form_registers(&world.cx(), &forming(today())).await.unwrap();
    assert_eq!(of(&formed, bank()).revision.state, RegisterState::Sent);
    until("the bank has taken its register", async || state(1).await == RegisterState::Acknowledged).await;
    let taken = world.bank_1.registers();
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].document.as_slice(), of(&formed, bank()).revision.manifest);

    world.bank_1.miscounts(true);
    client.paid().await;
    form_registers(&world.cx(), &forming(today())).await.unwrap();
    until("the bank has refused its register", async || state(2).await == RegisterState::Refused).await;
    assert_eq!(state(1).await, RegisterState::Acknowledged);
}

/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn a_day_without_payments_has_no_registers() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    client.paid().await;
    assert_eq!(form_registers(&world.cx(), &forming(today().next())).await.unwrap(), []);
}

/// A bank reads the rows of its own register, of any revision, and nobody else's.
///
/// Meets: C10
/// Defends: A6
#[tokio::test(flavor = "multi_thread")]
async fn a_bank_reads_the_rows_of_its_own_registers_and_no_others() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let other = Client::of(world.bank_2.host.clone());
    let code = client.paid().await;
    let first = form_registers(&world.cx(), &forming(today())).await.unwrap();
    client.ask(&client.reverse(code)).await.unwrap();
    let second = form_registers(&world.cx(), &forming(today())).await.unwrap();
    let ask = |client: &Client, revision: u32| GetRegister {
        header: client.header(),
        bank: BANK_1.parse().unwrap(),
        day: today(),
        revision: Count::saturating(revision),
        after: Whole(0),
    };
    for (revision, formed) in [(1, &first), (2, &second)] {
        let answer = client.ask(&ask(&client, revision)).await.unwrap();
        assert!(answer.is_last);
        assert_eq!(answer.part.as_slice(), xml_of(&world, of(formed, bank())).await);
    }
    let nothing = GetRegister { day: today().next(), ..ask(&client, 1) };
    for (asker, question) in [(&other, ask(&other, 1)), (&client, ask(&client, 3)), (&client, nothing)] {
        assert_eq!(asker.refusal(&question).await, FaultCode::UnknownCode);
    }
    world.chain().await;
}

/// A provider's officer fetches the rows, which sends them and is written down, and takes or disputes them by a signature
/// over their digest; nobody does it for another party.
///
/// Meets: C10
/// Defends: A13, A25, A29
#[tokio::test(flavor = "multi_thread")]
async fn a_providers_officer_fetches_the_rows_of_a_register_and_signs_for_them() {
    let world = World::start().await;
    let client = Client::of(world.bank_1.host.clone());
    let code = client.paid().await;
    let formed = form_registers(&world.cx(), &forming(today())).await.unwrap();
    let provider = Party::Provider(SERVICE.2.parse().unwrap());
    let first = of(&formed, provider);
    let state = async |revision: u32| {
        let kept = world.cx().store.read(move |view| view.register(provider, today(), Some(revision))).await;
        kept.unwrap().unwrap().value
    };
    let (officer, of_bank) = (Officer::of(&world, PROVIDER_OFFICER), Officer::of(&world, BANK_OFFICER));
    let mut console = Console::open(&world, &officer).await;
    let page = console.get("/acknowledge").await;
    assert_eq!(data(&page, "registers"), "1", "the own ones alone: {}", page.body);
    assert!(page.body.contains(">formed<"), "{}", page.body);
    let address = format!("/acknowledge/{provider}/{}/1", today());
    let manifest = console.get(&format!("{address}/manifest.xml")).await;
    assert_eq!(
        (manifest.octets == first.revision.manifest, state(1).await.state),
        (true, RegisterState::Formed)
    );
    let rows = console.get(&format!("{address}/register.xml")).await;
    assert_eq!(rows.octets, xml_of(&world, first).await);
    assert_eq!(state(1).await.state, RegisterState::Sent);
    let notes = world.cx().store.read(|view| view.readings(10)).await.unwrap();
    let read =
        |note: &store::ReadNote| note.subject == ReadSubject::Payment(code) && note.reason == "a register";
    assert!(notes.iter().any(|note| read(note) && note.actor.starts_with(PROVIDER_OFFICER)));
    let mut foreign = Console::open(&world, &of_bank).await;
    assert_eq!(foreign.get(&format!("{address}/register.xml")).await.status, 403);

    let answer = |officer: &str, revision: u32, sha256: [u8; 32]| RegisterAcknowledgement {
        number: world.gateway.message_id(),
        gateway: world.gateway.bin,
        officer: officer.parse().unwrap(),
        written_at: world.now(),
        party: PartyWord::Provider,
        bin: SERVICE.2.parse().unwrap(),
        day: today(),
        revision: Count::saturating(revision),
        sha256: hex::encode(sha256).parse().unwrap(),
        answer: AcknowledgementWord::Accept,
        reason: None,
    };
    let accepted = answer(PROVIDER_OFFICER, 1, first.revision.sha256);
    let stranger = answer(BANK_OFFICER, 1, first.revision.sha256);
    assert_eq!(of_bank.bring(&world, of_bank.signed(&stranger)).await.1, "not-allowed");
    assert_eq!(officer.bring(&world, of_bank.signed(&stranger)).await.1, "other-person");
    let other_rows = answer(PROVIDER_OFFICER, 1, [7; 32]);
    assert_eq!(officer.bring(&world, officer.signed(&other_rows)).await.1, "no-such-register");
    let later = answer(PROVIDER_OFFICER, 2, first.revision.sha256);
    assert_eq!(officer.bring(&world, officer.signed(&later)).await.1, "no-such-register");
    let silent = RegisterAcknowledgement { answer: AcknowledgementWord::Dispute, ..accepted.clone() };
    assert_eq!(officer.bring(&world, officer.signed(&silent)).await.1, "not-understood", "without a reason");
    assert_eq!(state(1).await.state, RegisterState::Sent, "nothing of all that had an effect");
    let octets = officer.signed(&accepted);
    assert_eq!(officer.bring(&world, octets.clone()).await, (200, "acknowledged".to_owned()));
    assert_eq!(officer.bring(&world, octets).await, (409, "register-answered".to_owned()));
    let kept = state(1).await;
    assert_eq!(kept.state, RegisterState::Acknowledged);
    assert!(kept.answer.unwrap().contains(&accepted.number.to_string()));

    // A correction is another revision, answered by itself.
    client.ask(&client.reverse(code)).await.unwrap();
    let corrected = form_registers(&world.cx(), &forming(today())).await.unwrap();
    let corrected = &of(&corrected, provider).revision;
    let disputed = RegisterAcknowledgement {
        answer: AcknowledgementWord::Dispute,
        reason: Some("We know of no reversal".parse().unwrap()),
        ..answer(PROVIDER_OFFICER, 2, corrected.sha256)
    };
    assert_eq!(officer.bring(&world, officer.signed(&disputed)).await.1, "refused");
    assert_eq!(
        (state(1).await.state, state(2).await.state),
        (RegisterState::Acknowledged, RegisterState::Refused)
    );
    world.chain().await;
}
