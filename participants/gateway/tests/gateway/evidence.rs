//! The evidence pack: what is made of a payment verifies anywhere, and nothing in it can be changed or exchanged.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use gateway::evidence::{
    ArchiveFault, Asked, Broken, Fault, Finding, MAX_PACK_OCTETS, Summary, pack, verify,
};
use gateway::search::{Question, search_payments};
use gateway::stamps::stamp_newest;
use ledger::{Posting, PostingKind};
use pki::SuiteId;
use rights::{Permitted, Resource, SystemJob};
use store::{
    DocumentRole, PartyRole, ProposalDocument, ReadSubject, Scope, Search, SourceName, Store as _,
    StoreError, Tx, Wanted,
};
use terms::{Moment, PaymentCode};
use wire::proposal::DecisionWord;
use xml::dsig::sign_enveloped;
use xml::{ToElement, Writer};

use crate::officers::Officer;
use crate::refunds::{answer, grant};
use crate::talk::{Client, payer};
use crate::world::{BANK_1, BANK_2, DAY, FINANCE, FINANCE_2, GATEWAY, Setup, World, bin};

const BLOCK: usize = 512;

async fn packed(world: &World, code: PaymentCode) -> Vec<u8> {
    let asked = Asked { code, reader: "auditor".to_owned(), reason: "claim 12".to_owned() };
    let made = pack(&world.cx(), &Permitted::system(asked, SystemJob("evidence-pack"))).await;
    made.unwrap().expect("there is such a code")
}

fn checked(world: &World, octets: &[u8]) -> (Vec<Finding>, Result<Summary, Broken>) {
    let mut findings = Vec::new();
    let roots = [world.national_ca.certificate().clone()];
    let result = verify(octets, &roots, world.now(), &mut |finding| findings.push(finding));
    (findings, result)
}

/// The pack of a payment holds, and lacks nothing but time stamps.
pub(crate) async fn assert_pack_agrees(world: &World, code: PaymentCode) {
    let (findings, result) = checked(world, &packed(world, code).await);
    result.unwrap_or_else(|broken| panic!("the pack of {code}: {broken}"));
    let lacks: Vec<_> = findings.iter().filter(|found| !found.holds).collect();
    assert!(lacks.iter().all(|found| found.says.contains("time stamp")), "the pack of {code}: {lacks:?}");
}

/// A code that was paid, bound and delivered, with its receipt, and a list that speaks of all of it.
async fn delivered(world: &World) -> PaymentCode {
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    portal.ask(&portal.bind(code, 1)).await.unwrap();
    portal.ask(&portal.delivered(code, 1)).await.unwrap();
    portal.ask(&portal.get_receipt(code)).await.unwrap();
    code
}

/// The files of an archive: where each begins, and its size.
fn files(octets: &[u8]) -> BTreeMap<String, (usize, usize)> {
    let (mut all, mut at) = (BTreeMap::new(), 0);
    while octets[at] != 0 {
        let name = octets[at..at + 100].split(|octet| *octet == 0).next().unwrap();
        let size = std::str::from_utf8(&octets[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        all.insert(String::from_utf8(name.to_vec()).unwrap(), (at + BLOCK, size));
        at = (at + BLOCK + size).next_multiple_of(BLOCK);
    }
    all
}

/// Meets: C10
///
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn a_pack_verifies_with_nothing_but_the_roots_and_any_change_of_it_shows() {
    let world = World::start().await;
    let code = delivered(&world).await;

    // At once: no list made since can speak of that moment yet, those in force then do; and nothing is stamped.
    let (findings, result) = checked(&world, &packed(&world, code).await);
    let summary = result.unwrap();
    assert_eq!(summary.code, code);
    let lacks: Vec<&str> =
        findings.iter().filter(|found| !found.holds).map(|found| found.says.as_str()).collect();
    assert!(!lacks.is_empty() && lacks.iter().all(|says| says.contains("time stamp")), "{lacks:?}");
    let says = |words: &str| findings.iter().filter(|found| found.says.contains(words)).count();
    assert_eq!(says("not revoked by list 2, in force then"), says("signed it"), "one for each message");

    world.clock.advance(120);
    world.publish_and_wait(1000 * DAY).await;
    stamp_newest(&world.cx(), &world.stamp_url()).await.unwrap();
    let whole = packed(&world, code).await;
    let (findings, result) = checked(&world, &whole);
    let summary = result.unwrap();
    assert_eq!(summary.missing, 0, "{:?}", findings.iter().filter(|found| !found.holds).collect::<Vec<_>>());
    for subject in ["evidence", "journal", "receipt", "spend", "received", "payment", "stamps/", "lists/"] {
        assert!(
            findings.iter().any(|found| found.subject.starts_with(subject)),
            "nothing is said of {subject}"
        );
    }

    // One octet of every file, and of the archive around them.
    let inside = files(&whole);
    for folder in ["messages/", "certificates/", "answers/", "gateway/", "lists/", "stamps/", "chain.json"] {
        assert!(inside.keys().any(|name| name.starts_with(folder)), "{folder} is not in the pack");
    }
    for (name, (start, size)) in &inside {
        let mut changed = whole.clone();
        changed[start + size / 2] ^= 1;
        assert!(checked(&world, &changed).1.is_err(), "{name} may be changed");
    }
    for length in [0, 1, BLOCK, whole.len() / 2, whole.len() - BLOCK, whole.len() - 1] {
        assert!(checked(&world, &whole[..length]).1.is_err(), "cut off at {length}");
    }
    let other = World::start().await;
    let stranger = [other.national_ca.certificate().clone()];
    assert!(verify(&whole, &stranger, world.now(), &mut |_| ()).is_err(), "another national CA");

    // Each pack leaves a note of who took it and why.
    let notes = world.cx().store.read(move |view| view.reads_of(code)).await;
    let notes = notes.unwrap_or_else(|error: StoreError| panic!("{error}"));
    let of_packs = notes.iter().filter(|note| note.actor == "auditor" && note.reason == "claim 12");
    assert_eq!(of_packs.count(), 2);
}

/// A manifest as a dishonest gateway would sign it.
struct Relabelled {
    code: PaymentCode,
    made_at: Moment,
    files: Vec<(String, String)>,
}

impl ToElement for Relabelled {
    fn write(&self, writer: &mut Writer) {
        const NAMESPACE: &str = "urn:tolem:evidence-pack:1";
        writer.start(NAMESPACE, "EvidencePack");
        writer.leaf(NAMESPACE, "paymentCode", &self.code.digits());
        writer.leaf(NAMESPACE, "gateway", GATEWAY);
        writer.leaf(NAMESPACE, "madeAt", &self.made_at.to_string());
        for (name, sha256) in &self.files {
            writer
                .start(NAMESPACE, "file")
                .leaf(NAMESPACE, "name", name)
                .leaf(NAMESPACE, "sha256", sha256)
                .end();
        }
        writer.end();
    }
}

/// The files of a pack by name.
type Files = BTreeMap<String, Vec<u8>>;

fn unpacked(whole: &[u8]) -> Files {
    files(whole)
        .into_iter()
        .map(|(name, (start, size))| (name, whole[start..start + size].to_vec()))
        .collect()
}

/// One file as an archive has it, under whatever name and size it is said to have.
fn entry(name: &str, size: &str, octets: &[u8]) -> Vec<u8> {
    let mut header = vec![0; BLOCK];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, size.as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|octet| u32::from(*octet)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    header.extend(octets);
    header.resize(header.len().next_multiple_of(BLOCK), 0);
    header
}

fn archived<'f>(files: impl IntoIterator<Item = (&'f String, &'f Vec<u8>)>) -> Vec<u8> {
    let size = |octets: &[u8]| format!("{:011o}\0", octets.len());
    let mut all: Vec<u8> =
        files.into_iter().flat_map(|(name, octets)| entry(name, &size(octets), octets)).collect();
    all.resize(all.len() + 2 * BLOCK, 0);
    all
}

/// The files of a pack under a manifest that the gateway itself has signed, for another code and with some of them
/// changed.
fn signed_again(world: &World, whole: &[u8], code: PaymentCode, change: impl FnOnce(&mut Files)) -> Vec<u8> {
    let mut files = unpacked(whole);
    files.remove("manifest.xml");
    change(&mut files);
    let listed = files.iter().map(|(name, octets)| (name.clone(), hex::encode(digest(&SHA256, octets))));
    let manifest = Relabelled { code, made_at: world.now(), files: listed.collect() };
    let signed = sign_enveloped(&manifest, world.gateway.signer().as_ref()).unwrap();
    files.insert("manifest.xml".to_owned(), signed);
    archived(&files)
}

/// What is under the leaves counts, not what the manifest claims: the gateway itself cannot exchange a message, an
/// answer, a path, a head or a certificate any more, or show one payment's proof for another's.
///
/// Defends: A19
#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_itself_cannot_put_something_else_under_its_own_manifest() {
    let world = World::start().await;
    let (code, other) = (delivered(&world).await, Client::of(world.bank_1.host.clone()).paid().await);
    world.clock.advance(120);
    world.publish_and_wait(1000 * DAY).await;
    stamp_newest(&world.cx(), &world.stamp_url()).await.unwrap();
    let whole = packed(&world, code).await;
    let honest = signed_again(&world, &whole, code, |_| ());
    checked(&world, &honest).1.expect("signed again, it is as good as before");
    let relabelled = signed_again(&world, &whole, other, |_| ());
    let fault = checked(&world, &relabelled).1.expect_err("another payment's");
    assert!(matches!(fault.fault, Fault::OtherPayment), "{fault}");

    // One digit in the middle of what a field says, so that the documents stay readable.
    let after = |octets: &mut Vec<u8>, mark: &str| {
        let at = memchr::memmem::find(octets, mark.as_bytes()).expect("the mark is there") + mark.len() + 8;
        octets[at] = if octets[at] == b'1' { b'2' } else { b'1' };
    };
    let changed = |folder: &str, mark: Option<&str>| {
        let result = signed_again(&world, &whole, code, |files| {
            for (_, octets) in files.iter_mut().filter(|(name, _)| name.starts_with(folder)) {
                match mark {
                    Some(mark) => after(octets, mark),
                    None => {
                        let middle = octets.len() / 2;
                        octets[middle] ^= 1;
                    }
                }
            }
        });
        checked(&world, &result).1.expect_err(folder).fault
    };
    assert!(matches!(changed("messages/", None), Fault::Commitment));
    assert!(matches!(changed("certificates/", None), Fault::Commitment));
    assert!(matches!(changed("answers/", None), Fault::Commitment));
    assert!(matches!(changed("receipt.xml", None), Fault::Commitment));
    let path = changed("records.json", Some("\"right\": \""));
    assert!(matches!(path, Fault::Path), "{path}");
    let salt = changed("records.json", Some("\"salt\": \""));
    assert!(matches!(salt, Fault::Commitment), "{salt}");
    let head = changed("chain.json", Some("\"root\": \""));
    assert!(matches!(head, Fault::Head), "{head}");
    changed("stamps/", None);
    changed("lists/", None);
}

/// Whoever gets the file on its way can damage, lengthen, shorten and rebuild it: each shows by its own name, before
/// anything in it is believed, and nothing makes the reader take more memory than the file has.
///
/// Meets: C10
/// Defends: A19, A22
#[tokio::test(flavor = "multi_thread")]
async fn a_pack_that_was_damaged_or_rebuilt_on_its_way_is_refused_by_name() {
    let world = World::start().await;
    let whole = packed(&world, delivered(&world).await).await;
    let files = unpacked(&whole);
    let end = [0; 2 * BLOCK];
    let body = &whole[..whole.len() - end.len()];
    let behind = |entry: Vec<u8>| [body, &entry, &end].concat();
    let size = |octets: &[u8]| format!("{:011o}\0", octets.len());
    let named = |name: &str| behind(entry(name, &size(b"x"), b"x"));
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        archived(&files)
    };
    let mut link = entry("zz", "00000000000\0", b"");
    link[156] = b'2';
    let mut of_another_kind = entry("zz", "00000000000\0", b"");
    of_another_kind[124] = 0x80;
    let many = (0..5000).flat_map(|number| entry(&format!("zz/{number}"), "00000000000\0", b"")).collect();
    let laughs = b"<!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><a>&b;</a>".to_vec();
    let deep = "<a>".repeat(100_000).into_bytes();

    type Is = fn(&Fault) -> bool;
    let archive: Is = |fault| matches!(fault, Fault::Archive(_));
    let length: Is = |fault| matches!(fault, Fault::Archive(ArchiveFault::Length));
    let header: Is = |fault| matches!(fault, Fault::Archive(ArchiveFault::Header(_)));
    let name: Is = |fault| matches!(fault, Fault::Archive(ArchiveFault::Name(_)));
    let twice: Is = |fault| matches!(fault, Fault::Archive(ArchiveFault::Twice(_)));
    let signature: Is = |fault| matches!(fault, Fault::Signature(_));
    let digest: Is = |fault| matches!(fault, Fault::Digest);
    let absent: Is = |fault| matches!(fault, Fault::Absent);
    let unlisted: Is = |fault| matches!(fault, Fault::Unlisted);
    let table: Vec<(&str, Vec<u8>, Is)> = vec![
        ("nothing at all", Vec::new(), length),
        ("cut off in a file", whole[..whole.len() / 2].to_vec(), archive),
        ("cut off between files", body.to_vec(), length),
        ("half of its end", whole[..whole.len() - BLOCK].to_vec(), length),
        ("something behind its end", [&whole[..], b"x"].concat(), length),
        ("another archive behind it", [&whole[..], &whole].concat(), length),
        ("a zip", [b"PK\x03\x04", &whole[4..]].concat(), name),
        ("an entry doubled", behind(entry("receipt.xml", &size(b"x"), b"x")), twice),
        ("a way up", named("../outside"), name),
        ("a way up inside", named("lists/../../outside"), name),
        ("a place of the disk", named("/etc/passwd"), name),
        ("a link", behind(link), header),
        ("a size that is not there", behind(entry("zz", "77777777777\0", b"")), length),
        ("a size in another form", behind(of_another_kind), header),
        ("too many files", behind(many), |fault| matches!(fault, Fault::Archive(ArchiveFault::TooMany))),
        ("too long", vec![0; MAX_PACK_OCTETS + 1], |fault| {
            matches!(fault, Fault::Archive(ArchiveFault::TooLong))
        }),
        ("only its end", end.to_vec(), absent),
        ("without its manifest", changed(&|files| drop(files.remove("manifest.xml"))), absent),
        ("without a file", changed(&|files| drop(files.remove("receipt.xml"))), absent),
        ("a file more", named("zz"), unlisted),
        (
            "another receipt",
            changed(&|files| drop(files.insert("receipt.xml".to_owned(), b"x".to_vec()))),
            digest,
        ),
        (
            "a manifest of entities",
            changed(&|files| drop(files.insert("manifest.xml".to_owned(), laughs.clone()))),
            signature,
        ),
        (
            "a manifest without an end",
            changed(&|files| drop(files.insert("manifest.xml".to_owned(), deep.clone()))),
            signature,
        ),
    ];
    for (what, octets, is_it) in table {
        let (findings, result) = checked(&world, &octets);
        let broken = result.expect_err(what);
        assert!(is_it(&broken.fault), "{what}: {broken}");
        assert!(!broken.to_string().is_empty() && findings.is_empty(), "{what}: {findings:?}");
    }
}

/// The gateway's own key does not help either: what is another payment's, another signer's or there twice shows by name.
///
/// Defends: A19, A25, A27
#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_another_payment_does_not_pass_under_a_true_manifest() {
    let world = World::start().await;
    let (code, other) = (delivered(&world).await, delivered(&world).await);
    let (whole, others) = (packed(&world, code).await, unpacked(&packed(&world, other).await));
    let of = |files: &Files, folder: &str, kind: &str| {
        let name = files.keys().find(|name| name.starts_with(folder) && name.contains(kind));
        name.unwrap_or_else(|| panic!("{folder}{kind}")).clone()
    };
    let json = |files: &mut Files, name: &str, change: &dyn Fn(&mut serde_json::Value)| {
        let octets = files.get_mut(name).unwrap();
        let mut document = serde_json::from_slice(octets).unwrap();
        change(&mut document);
        *octets = serde_json::to_vec_pretty(&document).unwrap();
    };
    type Change<'c> = Box<dyn Fn(&mut Files) + 'c>;
    let swapped = |folder: &'static str, kind: &'static str| -> Change<'_> {
        let theirs = others[&of(&others, folder, kind)].clone();
        Box::new(move |files| drop(files.insert(of(files, folder, kind), theirs.clone())))
    };
    let gone = |folder: &'static str| -> Change<'_> {
        Box::new(move |files| drop(files.remove(&of(files, folder, ""))))
    };
    let rows = |change: fn(&mut Vec<serde_json::Value>)| -> Change<'_> {
        Box::new(move |files| {
            json(files, "records.json", &|document| change(document["records"].as_array_mut().unwrap()));
        })
    };
    type Is = fn(&Fault) -> bool;
    let commitment: Is = |fault| matches!(fault, Fault::Commitment);
    let absent: Is = |fault| matches!(fault, Fault::Absent);
    let unreadable: Is = |fault| matches!(fault, Fault::Unreadable);
    let table: Vec<(&str, Change<'_>, Is)> = vec![
        ("another payment's message", swapped("messages/", "NotifyPayment"), commitment),
        ("another payment's receipt", swapped("receipt.xml", ""), commitment),
        ("another payment's answer", swapped("answers/", ""), commitment),
        ("another payment's rows", swapped("records.json", ""), |fault| {
            matches!(fault, Fault::OtherPayment | Fault::Absent)
        }),
        ("another stretch of the chain", swapped("chain.json", ""), |fault| {
            matches!(fault, Fault::Path | Fault::Absent)
        }),
        (
            "one signer's certificate for another's",
            Box::new(|files: &mut Files| {
                let names: Vec<String> =
                    files.keys().filter(|name| name.starts_with("certificates/")).cloned().collect();
                let second = files[&names[1]].clone();
                files.insert(names[0].clone(), second);
            }),
            commitment,
        ),
        ("a message gone", gone("messages/"), absent),
        ("a certificate gone", gone("certificates/"), absent),
        ("the gateway's certificate gone", gone("gateway/"), |fault| matches!(fault, Fault::Head)),
        ("no rows", rows(Vec::clear), absent),
        ("a row twice", rows(|rows| rows.push(rows[0].clone())), |fault| matches!(fault, Fault::RowTwice)),
        ("a posting gone", rows(|rows| rows.retain(|row| row["table"] != "posting")), |fault| {
            matches!(fault, Fault::Books(_))
        }),
        (
            "a notice gone",
            rows(|rows| rows.retain(|row| !row.to_string().contains("NotifyPayment in"))),
            |fault| matches!(fault, Fault::Books(_) | Fault::OtherMessage),
        ),
        ("a table of nobody", rows(|rows| rows[0]["table"] = "vault".into()), unreadable),
        (
            "rows without an end",
            Box::new(|files: &mut Files| {
                files.insert("records.json".to_owned(), vec![b'['; 1 << 20]);
            }),
            unreadable,
        ),
    ];
    for (what, change, is_it) in table {
        let result = signed_again(&world, &whole, code, change);
        let broken = checked(&world, &result).1.expect_err(what);
        assert!(is_it(&broken.fault), "{what}: {broken}");
    }

    // Under the manifest of a bank that says it is the gateway.
    let mut files = unpacked(&whole);
    files.remove("manifest.xml");
    let listed = files.iter().map(|(name, octets)| (name.clone(), hex::encode(digest(&SHA256, octets))));
    let manifest = Relabelled { code, made_at: world.now(), files: listed.collect() };
    let signed = sign_enveloped(&manifest, world.bank_2.host.signer().as_ref()).unwrap();
    files.insert("manifest.xml".to_owned(), signed);
    let broken = checked(&world, &archived(&files)).1.unwrap_err();
    assert!(matches!(broken.fault, Fault::NotGateway), "{broken}");
}

/// A list that a newer one of the same pack has overtaken proves no less for it; one that somebody has changed is none of
/// the national CA's, overtaken or not.
///
/// Meets: C10, C17
/// Defends: A7, A19
#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_a_newer_one_has_overtaken_stays_in_the_pack_and_a_changed_one_does_not_pass() {
    let world = World::start().await;
    let code = delivered(&world).await;
    let [older] = world.gateway.kept_revocation_lists().unwrap().try_into().unwrap();
    world.clock.advance(120);
    world.publish_and_wait(1000 * DAY).await;
    stamp_newest(&world.cx(), &world.stamp_url()).await.unwrap();
    let whole = packed(&world, code).await;
    // Behind the newer one, where it comes too late to be put in force, and before it.
    for name in ["lists/zz-older.crl", "lists/00-older.crl"] {
        let with = |octets: &[u8]| {
            let result = signed_again(&world, &whole, code, |files| {
                files.insert(name.to_owned(), octets.to_vec());
            });
            checked(&world, &result).1
        };
        assert_eq!(with(&older).unwrap().missing, 0, "{name}");
        let mut changed = older.clone();
        *changed.last_mut().unwrap() ^= 1;
        let broken = with(&changed).expect_err(name);
        assert!(matches!(broken.fault, Fault::List(_)), "{broken}");
        assert_eq!(broken.subject, name);
    }
}

/// What a message was judged by is kept when it is put in force: the list, its delta and the responder's reply. They go
/// into the pack although newer ones have long taken their place, and one that is not the one named proves nothing.
///
/// Meets: C10, C17
/// Defends: A7, A19
#[tokio::test(flavor = "multi_thread")]
async fn a_pack_has_the_very_list_delta_and_reply_that_each_message_was_judged_by() {
    let world = World::with(Setup { all_sources: true, ..Setup::default() }).await;
    let delta = world.publish_delta_and_wait(3600).await;
    let (bank, portal) = (Client::of(world.bank_1.host.clone()), Client::of(world.portal.host.clone()));
    let code = bank.paid().await;
    // Newer ones, by which the next message is judged; the replies of before are over.
    world.clock.advance(1200);
    world.publish_and_wait(1000 * DAY).await;
    let newer = world.publish_delta_and_wait(3600).await;
    portal.ask(&portal.bind(code, 1)).await.unwrap();

    let whole = packed(&world, code).await;
    let (findings, result) = checked(&world, &whole);
    result.unwrap();
    let lacks: Vec<_> = findings.iter().filter(|found| !found.holds).collect();
    assert!(lacks.iter().all(|found| found.says.contains("time stamp")), "{lacks:?}");
    let judged: Vec<&str> = findings
        .iter()
        .map(|found| found.says.as_str())
        .filter(|says| says.contains("in force then"))
        .collect();
    let by = |delta: u64| format!("delta {delta}, ocsp 2026-11-22T12:");
    assert!(judged[0].contains(&by(delta)) && judged[judged.len() - 1].contains(&by(newer)), "{judged:?}");

    // Without one of them the pack says so, and does not take another in its place.
    let inside = unpacked(&whole);
    let older = format!("lists/{delta:09}-delta");
    for gone in [older.as_str(), "ocsp/"] {
        let result =
            signed_again(&world, &whole, code, |files| files.retain(|name, _| !name.starts_with(gone)));
        assert!(inside.keys().any(|name| name.starts_with(gone)), "{gone}");
        let (findings, result) = checked(&world, &result);
        result.unwrap();
        let says = |words: &str| findings.iter().filter(|found| found.says.contains(words)).count();
        assert!(says("not in the pack") > 0, "{gone}");
    }
    // Each is kept once, however many messages are judged by it.
    let kept = |name| {
        let evidence = world.cx().store.evidence();
        async move { evidence.sources_named(name).await.unwrap().len() }
    };
    assert_eq!((kept(SourceName::Delta(delta)).await, kept(SourceName::Delta(newer)).await), (1, 1));
}

/// What two officers signed, what the bank said to it, the refund's own row and the postings are in the pack, and the
/// postings are told again from the messages.
///
/// Meets: C10, C20.2, C24
/// Defends: A19, A32
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_is_proved_by_two_officers_the_banks_word_and_the_books() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, FINANCE), Officer::of(&world, FINANCE_2));
    let bank = Client::of(world.bank_1.host.clone());
    let (code, other) = (bank.paid().await, bank.paid().await);
    grant(&world, &first, &second, code).await;
    answer(&world, code, "given-back").await;
    let rejected = first.refund(&world, other);
    assert_eq!(first.propose(&world, &rejected).await, "proposed");
    assert_eq!(second.decide(&world, &rejected, DecisionWord::Reject).await, "rejected");
    assert_pack_agrees(&world, other).await;

    let whole = packed(&world, code).await;
    let (findings, result) = checked(&world, &whole);
    result.unwrap();
    let says =
        |words: &str| findings.iter().filter(|found| found.holds && found.says.contains(words)).count();
    for words in [
        &format!("officer {FINANCE} signed: refund"),
        &format!("officer {FINANCE_2} signed: approve"),
        "RefundPaymentResponse in",
        "the refund is given-back",
        "payment: 1725.00 ₸",
        "refund-grant: 1725.00 ₸",
        "refund: 1725.00 ₸",
        "bring these 3 postings",
    ] {
        assert_eq!(says(words), 1, "{words}: {findings:#?}");
    }
    assert_eq!(unpacked(&whole).keys().filter(|name| name.starts_with("officers/")).count(), 2);

    // Without what the officers signed, the pack says that it is missing; what one has signed is not another's.
    let without = |table: &str| {
        signed_again(&world, &whole, code, |files| {
            let records = files.get_mut("records.json").unwrap();
            let mut document: serde_json::Value = serde_json::from_slice(records).unwrap();
            document["records"].as_array_mut().unwrap().retain(|record| record["table"] != table);
            *records = serde_json::to_vec_pretty(&document).unwrap();
        })
    };
    let (findings, result) = checked(&world, &without("proposal_document"));
    assert!(result.unwrap().missing > 0);
    let lacks = findings.iter().filter(|found| !found.holds && found.says.contains("two officers signed"));
    assert_eq!(lacks.count(), 2, "for the posting, and for the refund");
    for table in ["posting", "refund", "payment"] {
        let broken = checked(&world, &without(table)).1;
        match table {
            "refund" => assert!(broken.is_ok(), "the postings and documents say it all"),
            _ => assert!(matches!(broken.unwrap_err().fault, Fault::Books(_) | Fault::Absent), "{table}"),
        }
    }
}

/// The gateway itself signs its chain, so it can keep whatever it likes; what is in nobody's message shows.
///
/// Defends: A19, A25
#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_posts_or_approves_by_itself_is_found_out_by_the_pack() {
    let world = World::start().await;
    let bank = Client::of(world.bank_1.host.clone());
    let (posted, signed) = (bank.paid().await, bank.paid().await);
    assert_pack_agrees(&world, posted).await;
    let cx = world.cx();
    let post = move |tx: &mut dyn Tx| {
        let first = tx.postings_of(posted)?.remove(0).posting;
        tx.post(&Posting { kind: PostingKind::Dispute, ..first }).map(drop)
    };
    cx.store.transact::<_, StoreError>(post).await.unwrap();
    let broken = checked(&world, &packed(&world, posted).await).1.unwrap_err();
    assert!(matches!(broken.fault, Fault::Books(_)), "{broken}");

    // One officer in both places.
    let officer = Officer::of(&world, FINANCE);
    let proposal = officer.refund(&world, signed);
    assert_eq!(officer.propose(&world, &proposal).await, "proposed");
    assert_eq!(officer.approve(&world, &proposal).await, "same-person");
    let octets = officer.signed(&officer.decision(&world, &proposal, DecisionWord::Approve));
    let number = proposal.number;
    let keep = move |tx: &mut dyn Tx| {
        let first = tx.proposal_documents(number)?.remove(0);
        let second = ProposalDocument { role: DocumentRole::Decision, octets: octets.clone(), ..first };
        tx.keep_proposal_document(&second)
    };
    cx.store.transact::<_, StoreError>(keep).await.unwrap();
    let broken = checked(&world, &packed(&world, signed).await).1.unwrap_err();
    assert!(matches!(broken.fault, Fault::SamePerson), "{broken}");
}

/// As READ-ME.txt says it: any archiver opens the pack, xmlsec1 verifies the manifest and openssl the lists, by nothing but
/// the root.
///
/// Meets: C10, C17
#[tokio::test(flavor = "multi_thread")]
async fn programs_of_others_verify_what_a_pack_holds() {
    let world = World::with(Setup { suite: SuiteId::P256, ..Setup::default() }).await;
    let code = delivered(&world).await;
    let stamp = stamp_newest(&world.cx(), &world.stamp_url()).await.unwrap().expect("a head without a stamp");
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("pack.tar"), packed(&world, code).await).unwrap();
    let root = world.path("national-ca.pem").display().to_string();
    let run = |program: &str, arguments: &[&str]| {
        let output = std::process::Command::new(program).args(arguments).current_dir(folder.path()).output();
        let output = output.unwrap_or_else(|why| panic!("{program}: {why}"));
        (output.status.success(), format!("{output:?}"))
    };
    let is_right = |(is_right, said): (bool, String)| assert!(is_right, "{said}");
    is_right(run("tar", &["-xf", "pack.tar"]));
    let xmlsec1 = |file: &str| {
        run("xmlsec1", &["--verify", "--enabled-key-data", "x509", "--trusted-pem", &root, file])
    };
    is_right(xmlsec1("manifest.xml"));
    is_right(xmlsec1("receipt.xml"));
    let manifest = std::fs::read_to_string(folder.path().join("manifest.xml")).unwrap();
    std::fs::write(folder.path().join("changed.xml"), manifest.replacen("sha256>", "sha256> ", 1)).unwrap();
    assert!(!xmlsec1("changed.xml").0);
    let list = std::fs::read_dir(folder.path().join("lists")).unwrap().next().unwrap().unwrap().path();
    let list = list.display().to_string();
    let (verified, said) =
        run("openssl", &["crl", "-inform", "DER", "-in", &list, "-noout", "-CAfile", &root]);
    assert!(verified && said.contains("verify OK"), "{said}");
    let (file, head) = (format!("stamps/{}.tst", stamp.sequence), hex::encode(stamp.head));
    is_right(run(
        "openssl",
        &["ts", "-verify", "-token_in", "-in", &file, "-digest", &head, "-CAfile", &root],
    ));

    // The portal's messages are signed with P-256, the bank's with a national algorithm.
    let names = |of: &str| {
        let all = std::fs::read_dir(folder.path().join(of)).unwrap().map(|entry| entry.unwrap().file_name());
        all.map(|name| format!("{of}/{}", name.into_string().unwrap())).collect::<Vec<_>>()
    };
    let verified = names("messages").into_iter().filter(|message| {
        names("certificates").iter().any(|certificate| {
            let body = "http://schemas.xmlsoap.org/soap/envelope/:Body";
            let wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
            let timestamp = format!("{wsu}:Timestamp");
            let by = ["--verify", "--pubkey-cert-der", certificate, "--id-attr:Id", body, "--id-attr:Id"];
            let signed = run("xmlsec1", &[&by[..], &[&timestamp, message]].concat()).0;
            if signed {
                is_right(run("openssl", &["verify", "-CAfile", &root, certificate]));
            }
            signed
        })
    });
    let by_portal = names("messages").iter().filter(|name| !name.contains("RequestPaymentCode")).count() - 1;
    assert_eq!(verified.count(), by_portal, "all but the bank's request and notice");
    let sums = xml::with_tree(manifest.as_bytes(), &xml::Limits::DOCUMENT, |manifest| {
        let text = |file: &xml::Element<'_, '_>, name: &str| {
            let child = file.children().find(|child| child.name() == name).unwrap();
            child.text().unwrap().to_owned()
        };
        let files = manifest.children().filter(|child| child.name() == "file");
        files.map(|file| format!("{}  {}\n", text(&file, "sha256"), text(&file, "name"))).collect::<String>()
    });
    std::fs::write(folder.path().join("sums"), sums.unwrap()).unwrap();
    is_right(run("sha256sum", &["--check", "--strict", "sums"]));
}

/// Everyone is found by whatever is known of the payment, within what one may find, and leaves a note.
///
/// Meets: C10
#[tokio::test(flavor = "multi_thread")]
async fn who_finds_a_payment_leaves_a_note_of_whose_data_was_shown() {
    let world = World::start().await;
    let code = Client::of(world.bank_1.host.clone()).paid().await;
    let question = |wanted: Wanted, within: Resource| {
        let search = Search { wanted, scope: Scope::Everything, state: None, issued: None };
        let (reader, reason) = ("auditor".to_owned(), "claim 12".to_owned());
        Permitted::system(
            Question { search, within, after: None, limit: 10, reader, reason },
            SystemJob("payment-search"),
        )
    };
    let cx = world.cx();
    let by_payer = Wanted::Party(payer().number, PartyRole::Payer);
    for (wanted, within, is_found) in [
        (by_payer.clone(), Resource::Everything, true),
        (by_payer, Resource::Bank(bin(BANK_2)), false),
        (Wanted::Code(code), Resource::Bank(bin(BANK_1)), true),
        (
            Wanted::Reference(None, format!("REF-{}", code.digits()).parse().unwrap()),
            Resource::Everything,
            true,
        ),
    ] {
        let found = search_payments(&cx, &question(wanted, within)).await.unwrap();
        let codes: Vec<PaymentCode> = found.payments.iter().map(|payment| payment.code).collect();
        assert_eq!(codes, if is_found { vec![code] } else { Vec::new() });
        assert_eq!(found.totals.count, u64::from(is_found));
    }
    let notes = cx.store.read(move |view| view.reads_of(code)).await;
    let notes = notes.unwrap_or_else(|error: StoreError| panic!("{error}"));
    assert_eq!(notes.len(), 3, "one for each time it was shown");
    assert!(notes.iter().all(|note| note.subject == ReadSubject::Payment(code)));
}
