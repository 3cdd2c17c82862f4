//! Officers: the console over TLS, what takes two of them, and everything by which somebody might get around that.

use bytes::Bytes;
use pki::issue::{Issued, Person, Profile};
use pki::{Certificate, FileSigner, SuiteId};
use store::Store as _;
use terms::PaymentCode;
use transport::{Answer, Browser, ClientLimits, HttpClient, Identity, Page};
use wire::common::{NoticeOutcome, PaymentState};
use wire::fault::FaultCode;
use wire::gateway::NotifyPayment;
use wire::proposal::{
    Decision, DecisionWord, DisputeSettlement, GroupChange, GroupChangeKind, Proposal, ProposalKind,
    SettlementWord,
};

use crate::talk::{Client, payer};
use crate::world::{
    AUDITOR, BANK_1, FINANCE, GATEWAY, SECURITY, SECURITY_2, Setup, World, bin, issue, organisation,
    signer_of,
};

/// A person with both certificates.
pub(crate) struct Officer {
    iin: &'static str,
    pub(crate) way_in: Identity,
    /// Certificate and key of the same in PEM, for a browser.
    pub(crate) way_in_pem: (String, String),
    way_in_certificate: Certificate,
    signer: FileSigner,
}

fn person(iin: &str) -> Person {
    Person {
        surname: "Тегі".parse().unwrap(),
        given_name: format!("Аты {}", &iin[..2]).parse().unwrap(),
        iin: iin.parse().unwrap(),
    }
}

fn identity(issued: &Issued) -> Identity {
    let key = issued.key_pem.expose_secret().as_bytes();
    Identity::from_pem(issued.certificate.to_pem().as_bytes(), key).unwrap()
}

impl Officer {
    pub(crate) fn of(world: &World, iin: &'static str) -> Self {
        let issued = |profile, suite| issue(&world.national_ca, profile, suite, (-1, 400));
        let way_in = issued(Profile::PersonAuthentication { person: person(iin) }, SuiteId::P256);
        let signing = issued(Profile::PersonSigning { person: person(iin) }, SuiteId::Gost512);
        Self {
            iin,
            way_in: identity(&way_in),
            way_in_pem: (way_in.certificate.to_pem(), way_in.key_pem.expose_secret().to_owned()),
            way_in_certificate: way_in.certificate,
            signer: signer_of(&signing),
        }
    }

    pub(crate) fn proposal(&self, world: &World) -> Proposal {
        Proposal {
            number: world.gateway.message_id(),
            gateway: bin(GATEWAY),
            proposer: self.iin.parse().unwrap(),
            proposed_at: world.now(),
            reason: "The contract has ended".parse().unwrap(),
            kind: ProposalKind::ChangeGroup,
            group_change: None,
            dispute_settlement: None,
            refund: None,
            difference_acknowledgement: None,
            contract_change: None,
        }
    }

    pub(crate) fn change(&self, world: &World, change: GroupChange) -> Proposal {
        Proposal { group_change: Some(change), ..self.proposal(world) }
    }

    pub(crate) fn settlement(
        &self,
        world: &World,
        payment_code: PaymentCode,
        how: SettlementWord,
    ) -> Proposal {
        Proposal {
            kind: ProposalKind::SettleDispute,
            dispute_settlement: Some(DisputeSettlement { payment_code, settlement: how }),
            ..self.proposal(world)
        }
    }

    pub(crate) fn decision(&self, world: &World, proposal: &Proposal, decision: DecisionWord) -> Decision {
        let decider = self.iin.parse().unwrap();
        Decision { proposal: proposal.clone(), decision, decider, decided_at: world.now(), reason: None }
    }

    pub(crate) fn signed(&self, document: &impl xml::ToElement) -> Vec<u8> {
        xml::dsig::sign_enveloped(document, &self.signer).unwrap()
    }

    /// Brings octets as `tolem officer submit` does: the status, and the word of the answer.
    pub(crate) async fn bring(&self, world: &World, octets: Vec<u8>) -> (u16, String) {
        let client = HttpClient::new(Some(&self.way_in), &world.roots(), ClientLimits::default()).unwrap();
        let url = format!("{}/documents", world.console_url());
        let answer = client.post(&url, "application/xml", &[], octets.into()).await.unwrap();
        let status = answer.status.as_u16();
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let word = answer.get("error").or(answer.get("state")).and_then(|word| word.as_str());
        (status, word.unwrap_or_default().to_owned())
    }

    pub(crate) async fn propose(&self, world: &World, proposal: &Proposal) -> String {
        self.bring(world, self.signed(proposal)).await.1
    }

    pub(crate) async fn decide(&self, world: &World, proposal: &Proposal, decision: DecisionWord) -> String {
        self.bring(world, self.signed(&self.decision(world, proposal, decision))).await.1
    }

    pub(crate) async fn approve(&self, world: &World, proposal: &Proposal) -> String {
        self.decide(world, proposal, DecisionWord::Approve).await
    }
}

pub(crate) fn member(change: GroupChangeKind, group: &str, number: &str, resource: &str) -> GroupChange {
    let is_named = change == GroupChangeKind::AddMember && !number.starts_with("5004");
    GroupChange {
        change,
        group: group.parse().unwrap(),
        member: Some(number.parse().unwrap()),
        member_name: is_named.then(|| "Тегі Аты".parse().unwrap()),
        resource: Some(resource.parse().unwrap()),
        action: None,
    }
}

fn action(change: GroupChangeKind, group: &str, action: &str) -> GroupChange {
    GroupChange {
        change,
        group: group.parse().unwrap(),
        member: None,
        member_name: None,
        resource: None,
        action: Some(action.parse().unwrap()),
    }
}

/// A browser with an officer's certificate, signed in.
pub(crate) struct Console {
    browser: Browser,
    url: String,
    token: String,
    way_in: Identity,
}

pub(crate) fn between<'p>(page: &'p str, before: &str, after: &str) -> &'p str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}"));
    rest.split_once(after).unwrap().0
}

pub(crate) fn csrf(page: &Page) -> String {
    between(&page.body, "name=\"csrf\" value=\"", "\"").to_owned()
}

pub(crate) fn data(page: &Page, id: &str) -> String {
    between(between(&page.body, &format!("<output id=\"{id}\" data-"), ">"), "=\"", "\"").to_owned()
}

impl Console {
    pub(crate) async fn open(world: &World, officer: &Officer) -> Self {
        let mut browser = Browser::new(Some(&officer.way_in), &world.roots()).unwrap();
        browser.prefer(terms::Language::En);
        let url = world.console_url();
        let page = browser.get(&format!("{url}/")).await.unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        let page = browser.post_form(&format!("{url}/sign-in"), &[("csrf", &csrf(&page))]).await.unwrap();
        assert!(page.body.contains("Sign out"), "{}", page.body);
        let token = browser.cookie(&url, "__Host-gateway-console").unwrap().to_owned();
        Self { browser, url, token, way_in: officer.way_in.clone() }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Page {
        self.browser.get(&format!("{}{path}", self.url)).await.unwrap()
    }

    /// Sends a form of a page.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.browser.post_form(&format!("{}{path}", self.url), fields).await.unwrap()
    }

    /// Sends a signed document by the form of the page of proposals, as a browser without any script does.
    async fn upload(&mut self, world: &World, csrf: &str, document: &[u8]) -> Answer {
        self.bring(world, "/proposals", &[("csrf", "", csrf.as_bytes()), ("document", "d.xml", document)])
            .await
    }

    /// Sends a form with files in it: the name of each part, that of its file where it is one, and what is in it.
    pub(crate) async fn bring(&self, world: &World, path: &str, parts: &[(&str, &str, &[u8])]) -> Answer {
        let client = HttpClient::new(Some(&self.way_in), &world.roots(), ClientLimits::default()).unwrap();
        let mut body = Vec::new();
        for (name, file, octets) in parts {
            let file = if file.is_empty() { String::new() } else { format!("; filename=\"{file}\"") };
            let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(octets);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--b--\r\n");
        let cookie = format!("__Host-gateway-console={}", self.token);
        let url = format!("{}{path}", self.url);
        let fields = [("cookie", cookie.as_str()), ("accept-language", "en")];
        client.post(&url, "multipart/form-data; boundary=b", &fields, Bytes::from(body)).await.unwrap()
    }
}

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// The whole way over TLS, without any script: a bank is taken out of its group by two officers, its next message is
/// refused, also after a restart, and it is put back.
///
/// Meets: C19, C20.2, C20.3, C20.4, C20.6
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn two_officers_take_a_bank_out_of_its_group_and_its_next_message_is_refused() {
    let mut world = World::start().await;
    let (first, second) = (Officer::of(&world, SECURITY), Officer::of(&world, SECURITY_2));
    let bank = Client::of(world.bank_1.host.clone());
    bank.issued().await;

    let mut console = Console::open(&world, &first).await;
    let groups = console.get("/groups").await;
    assert!(groups.body.contains(BANK_1) && groups.body.contains("as in the beginning"), "{}", groups.body);
    assert!(groups.headers["content-security-policy"].to_str().unwrap().contains("default-src 'none'"));
    let page = console.get("/proposals").await;
    assert_eq!(data(&page, "proposals"), "0");

    let proposal = first.change(&world, member(GroupChangeKind::RemoveMember, "bank", BANK_1, "everything"));
    let foreign = console.upload(&world, &"0".repeat(64), &first.signed(&proposal)).await;
    assert_eq!(foreign.status, 403, "a form of another site: {}", text(&foreign));
    let sent = console.upload(&world, &csrf(&page), &first.signed(&proposal)).await;
    assert_eq!(sent.status, 303, "{}", text(&sent));
    let address = sent.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(data(&console.get(&address).await, "proposal"), "proposed");
    bank.issued().await;
    let own = first.signed(&first.decision(&world, &proposal, DecisionWord::Approve));
    let refused = console.upload(&world, &csrf(&page), &own).await;
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("data-result=\"same-person\""), "{}", text(&refused));

    // The second officer decides about the document as it stands at the gateway.
    let mut other = Console::open(&world, &second).await;
    let page = other.get(&address).await;
    assert!(page.body.contains("remove from the group") && page.body.contains(BANK_1), "{}", page.body);
    let document = other.get(&format!("{address}/proposal.xml")).await;
    let signed = xml::dsig::verify_enveloped(&document.octets, &xml::Limits::DOCUMENT).unwrap();
    let read: Proposal = signed.parse().unwrap();
    assert_eq!(read, proposal);
    let approval = second.signed(&second.decision(&world, &read, DecisionWord::Approve));
    let sent = other.upload(&world, &csrf(&page), &approval).await;
    assert_eq!(sent.status, 303, "{}", text(&sent));
    assert_eq!(data(&other.get(&address).await, "proposal"), "approved");

    let fault = bank.ask(&bank.request_code()).await.unwrap_err();
    assert_eq!(fault.known_code(), Some(FaultCode::ActionNotAllowed));
    assert!(fault.message.en.contains("portal, bank"), "{}", fault.message.en);
    let why = other.get(&format!("/why?who={BANK_1}&action=RequestPaymentCode")).await;
    assert_eq!(
        (data(&why, "result").as_str(), data(&why, "groups-needed").as_str()),
        ("not-allowed", "portal bank")
    );

    world.stop().await;
    world.start_again().await;
    assert_eq!(bank.refusal(&bank.request_code()).await, FaultCode::ActionNotAllowed, "the store holds it");
    let back = second.change(&world, member(GroupChangeKind::AddMember, "bank", BANK_1, "everything"));
    assert_eq!(second.propose(&world, &back).await, "proposed");
    assert_eq!(first.approve(&world, &back).await, "approved");
    bank.issued().await;
    world.chain().await;
}

/// Everything by which one officer might do alone what takes two, or a stranger what takes an officer.
///
/// Meets: C20.2
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn nothing_gets_around_the_second_officer() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, SECURITY), Officer::of(&world, SECURITY_2));
    let (finance, auditor) = (Officer::of(&world, FINANCE), Officer::of(&world, AUDITOR));
    let stranger = Officer::of(&world, "850612200017");
    let grant = |officer: &Officer| {
        officer.change(&world, member(GroupChangeKind::AddMember, "operations", AUDITOR, "everything"))
    };

    // Whoever may not propose.
    for officer in [&finance, &auditor, &stranger] {
        assert_eq!(officer.propose(&world, &grant(officer)).await, "not-allowed");
    }
    let one = grant(&first);
    assert_eq!(first.propose(&world, &one).await, "proposed");
    assert_eq!(first.propose(&world, &one).await, "number-taken", "replayed");
    // Whoever may not approve, and the first one under any certificate.
    for officer in [&finance, &auditor, &stranger] {
        assert_eq!(officer.approve(&world, &one).await, "not-allowed");
    }
    assert_eq!(first.approve(&world, &one).await, "same-person");
    let again = Officer::of(&world, SECURITY);
    assert_ne!(again.way_in_certificate.serial(), first.way_in_certificate.serial());
    assert_eq!(again.approve(&world, &one).await, "same-person", "another certificate, the same person");
    let employee = issue(
        &world.national_ca,
        Profile::EmployeeSigning { person: person(SECURITY), organisation: organisation(GATEWAY) },
        SuiteId::P256,
        (-1, 400),
    );
    let employee = Officer { signer: signer_of(&employee), ..Officer::of(&world, SECURITY) };
    assert_eq!(employee.approve(&world, &one).await, "same-person", "as an employee, the same person");

    // Documents that are another's, of another, or changed.
    let approval = second.decision(&world, &one, DecisionWord::Approve);
    assert_eq!(first.bring(&world, second.signed(&approval)).await.1, "other-person");
    assert_eq!(second.bring(&world, first.signed(&approval)).await.1, "other-person");
    let key_of_way_in = issue(
        &world.national_ca,
        Profile::PersonAuthentication { person: person(SECURITY_2) },
        SuiteId::P256,
        (-1, 400),
    );
    let wrong_key = xml::dsig::sign_enveloped(&approval, &signer_of(&key_of_way_in)).unwrap();
    assert_eq!(second.bring(&world, wrong_key).await.1, "certificate-refused");
    let altered = String::from_utf8(second.signed(&approval)).unwrap().replace(AUDITOR, SECURITY_2);
    assert_eq!(second.bring(&world, altered.into_bytes()).await.1, "document-wrong");
    let reworded = Proposal { reason: "Another reason".parse().unwrap(), ..one.clone() };
    assert_eq!(second.approve(&world, &reworded).await, "other-words");
    let unknown = Proposal { number: world.gateway.message_id(), ..one.clone() };
    assert_eq!(second.approve(&world, &unknown).await, "no-such-proposal");
    let elsewhere = Proposal { gateway: bin(BANK_1), ..grant(&first) };
    assert_eq!(first.propose(&world, &elsewhere).await, "other-gateway");
    for seconds in [-24 * 3600 - 1, 301] {
        let timed = Proposal { proposed_at: world.now().plus_seconds(seconds), ..grant(&first) };
        assert_eq!(first.propose(&world, &timed).await, "wrong-time");
    }
    let both = Proposal { kind: ProposalKind::SettleDispute, ..grant(&first) };
    assert_eq!(first.propose(&world, &both).await, "not-understood");
    assert_eq!(second.bring(&world, b"<Proposal/>".to_vec()).await.1, "document-wrong");
    assert_eq!(second.bring(&world, vec![b'x'; 65 * 1024]).await, (413, "document-too-long".to_owned()));
    assert_eq!(second.decide(&world, &one, DecisionWord::Withdraw).await, "not-the-proposer");

    // An approval by a key that was revoked.
    let revoked =
        Officer { signer: Officer::of(&world, SECURITY_2).signer, ..Officer::of(&world, SECURITY_2) };
    world.revoke(pki::Signer::certificate(&revoked.signer)).await;
    assert_eq!(revoked.approve(&world, &one).await, "certificate-refused");

    // Nothing of all that had an effect; the approval has, once.
    let access = |world: &World| {
        let cx = world.cx();
        async move { cx.store.read(|view| view.memberships()).await.unwrap() }
    };
    assert!(!access(&world).await.iter().any(|row| row.group == "operations"));
    let approval = second.signed(&approval);
    let (left, right) =
        tokio::join!(second.bring(&world, approval.clone()), second.bring(&world, approval.clone()));
    let mut race = [left.1, right.1];
    race.sort();
    assert_eq!(race, ["approved", "over"], "two approvals at once");
    assert_eq!(second.bring(&world, approval).await.1, "over", "replayed");
    assert_eq!(access(&world).await.iter().filter(|row| row.group == "operations").count(), 1);
    let twice = grant(&first);
    assert_eq!(first.propose(&world, &twice).await, "no-change");

    // Too few administrators would be left; and whoever leaves has lost the right at once, in what is open too.
    let leaves = |iin| member(GroupChangeKind::RemoveMember, "security-administrator", iin, "everything");
    assert_eq!(first.propose(&world, &first.change(&world, leaves(SECURITY_2))).await, "no-change");
    let joins = member(GroupChangeKind::AddMember, "security-administrator", FINANCE, "everything");
    let third = first.change(&world, joins);
    assert_eq!(first.propose(&world, &third).await, "proposed");
    assert_eq!(second.approve(&world, &third).await, "approved");
    let open = first.change(&world, action(GroupChangeKind::AllowAction, "auditor", "CloseDay"));
    let goes = first.change(&world, leaves(SECURITY_2));
    let own = second.change(&world, action(GroupChangeKind::AllowAction, "auditor", "FormClaim"));
    for (officer, proposal) in [(&first, &open), (&first, &goes), (&second, &own)] {
        assert_eq!(officer.propose(&world, proposal).await, "proposed");
    }
    assert_eq!(finance.approve(&world, &goes).await, "approved");
    assert_eq!(second.approve(&world, &open).await, "not-allowed", "the approver lost the right meanwhile");
    assert_eq!(finance.approve(&world, &own).await, "first-officer-lost-right");
    assert_eq!(finance.decide(&world, &own, DecisionWord::Reject).await, "rejected");

    // A first officer whose key was revoked meanwhile, a proposal that is taken back, one that nobody decides.
    world.revoke(pki::Signer::certificate(&first.signer)).await;
    assert_eq!(finance.approve(&world, &open).await, "first-certificate-refused");
    let first = Officer::of(&world, SECURITY);
    assert_eq!(first.decide(&world, &open, DecisionWord::Withdraw).await, "withdrawn");
    let late = first.change(&world, action(GroupChangeKind::AllowAction, "auditor", "CloseDay"));
    assert_eq!(first.propose(&world, &late).await, "proposed");
    world.clock.advance(rights::proposal::LAPSES_AFTER_SECONDS);
    assert_eq!(finance.approve(&world, &late).await, "over");
    world.chain().await;
}

/// Meets: C12.1, C19
/// Defends: A5, A25
#[tokio::test(flavor = "multi_thread")]
async fn a_dispute_is_settled_by_two_officers_and_only_once() {
    let world = World::start().await;
    let (finance, second) = (Officer::of(&world, FINANCE), Officer::of(&world, crate::world::FINANCE_2));
    let security = Officer::of(&world, SECURITY);
    let bank = Client::of(world.bank_1.host.clone());
    let disputed = async || {
        let code = bank.issued().await;
        let notice = bank.notice(code);
        let differs = terms::Requisites { recipient: payer(), ..notice.requisites.clone() };
        let answer = bank.ask(&NotifyPayment { requisites: differs, ..notice }).await.unwrap();
        assert_eq!(answer.outcome, NoticeOutcome::Disputed);
        code
    };
    let (accepted, refunded) = (disputed().await, disputed().await);
    let take = finance.settlement(&world, accepted, SettlementWord::Accept);
    assert_eq!(
        security.propose(&world, &security.settlement(&world, accepted, SettlementWord::Accept)).await,
        "not-allowed"
    );
    assert_eq!(finance.propose(&world, &take).await, "proposed");
    assert_eq!(finance.approve(&world, &take).await, "same-person");
    assert_eq!(security.approve(&world, &take).await, "not-allowed");
    let give = finance.settlement(&world, accepted, SettlementWord::Refund);
    assert_eq!(finance.propose(&world, &give).await, "proposed");
    assert_eq!(second.approve(&world, &take).await, "approved");
    assert_eq!(bank.view(accepted).await.state, PaymentState::Paid);
    assert_eq!(second.approve(&world, &give).await, "not-disputed", "it was settled otherwise meanwhile");
    assert_eq!(second.decide(&world, &give, DecisionWord::Reject).await, "rejected");
    let back = second.settlement(&world, refunded, SettlementWord::Refund);
    assert_eq!(second.propose(&world, &back).await, "proposed");
    assert_eq!(finance.approve(&world, &back).await, "approved");
    assert_eq!(bank.view(refunded).await.state, PaymentState::Refunded);
    let paid = bank.paid().await;
    let nothing = finance.settlement(&world, paid, SettlementWord::Accept);
    assert_eq!(finance.propose(&world, &nothing).await, "not-disputed");
    let timeline = world.cx().store.read(move |view| view.timeline(accepted)).await.unwrap();
    let settled = timeline.iter().find(|entry| entry.event == "dispute-settled").unwrap();
    assert!(settled.actor.contains(second.iin) && settled.detail.contains(&take.number.to_string()));
    world.chain().await;
}

/// Proposals that wait are bounded for each officer, so that nobody buries one in a thousand others.
///
/// Defends: A25
#[tokio::test(flavor = "multi_thread")]
async fn one_officer_has_no_more_proposals_open_than_a_second_one_can_look_at() {
    let world = World::start().await;
    let (first, second) = (Officer::of(&world, SECURITY), Officer::of(&world, SECURITY_2));
    // No two of them ask for the same: that would be refused by itself.
    let auditor: rights::Group = "auditor".parse().unwrap();
    let mut actions = rights::Action::all().into_iter().filter(|action| !auditor.allows(*action));
    let mut allow = || {
        let next = actions.next().unwrap();
        first.change(&world, action(GroupChangeKind::AllowAction, "auditor", next.0))
    };
    let mut last = allow();
    assert_eq!(first.propose(&world, &last).await, "proposed");
    let mut again = last.clone();
    again.number = first.change(&world, again.group_change.clone().unwrap()).number;
    assert_eq!(first.propose(&world, &again).await, "proposed-already");
    for _ in 1..rights::proposal::MOST_OPEN_OF_ONE {
        last = allow();
        assert_eq!(first.propose(&world, &last).await, "proposed");
    }
    let (status, word) = first.bring(&world, first.signed(&allow())).await;
    assert_eq!((status, word.as_str()), (429, "too-many-open"));
    // Two officers at the same moment, who ask for the same: one is taken, and the other one hears which.
    let own = allow();
    let own = [&first, &second].map(|officer| officer.change(&world, own.group_change.clone().unwrap()));
    assert_eq!(first.decide(&world, &last, DecisionWord::Withdraw).await, "withdrawn");
    let (one, other) = tokio::join!(
        first.bring(&world, first.signed(&own[0])),
        second.bring(&world, second.signed(&own[1]))
    );
    let mut race = [one.1, other.1];
    race.sort_unstable();
    assert_eq!(race, ["proposed", "proposed-already"]);
    let more = second.change(&world, allow().group_change.clone().unwrap());
    assert_eq!(second.propose(&world, &more).await, "proposed", "another officer has room");
    // What is decided or has lapsed waits no more, and may be proposed again.
    let again = second.change(&world, last.group_change.clone().unwrap());
    assert_eq!(second.propose(&world, &again).await, "proposed");
    world.clock.advance(rights::proposal::LAPSES_AFTER_SECONDS);
    let lapsed = first.change(&world, own[0].group_change.clone().unwrap());
    assert_eq!(first.propose(&world, &lapsed).await, "proposed", "what has lapsed waits no more");
}

/// Who comes in, what each sees, what each is told; and who looked at whose data is written down.
///
/// Meets: C19, C20.6
/// Defends: A8, A13, A15, A25
#[tokio::test(flavor = "multi_thread")]
async fn the_console_shows_each_officer_what_is_allowed_and_says_why_not() {
    let world = World::with(Setup::default()).await;
    let (security, finance) = (Officer::of(&world, SECURITY), Officer::of(&world, FINANCE));
    let (auditor, stranger) = (Officer::of(&world, AUDITOR), Officer::of(&world, "850612200017"));
    let url = world.console_url();

    // The door takes no connection without a certificate, and an organisation's is no person's.
    let anonymous = HttpClient::new(None, &world.roots(), ClientLimits::default()).unwrap();
    assert!(anonymous.get(&format!("{url}/")).await.is_err());
    let (system, _) = world.tls_identity(BANK_1);
    let system = HttpClient::new(Some(&system), &world.roots(), ClientLimits::default()).unwrap();
    assert_eq!(system.get(&format!("{url}/")).await.unwrap().status, 403);

    let pages = ["/groups", "/matrix", "/keys", "/proposals"];
    let mut administrators = Console::open(&world, &security).await;
    for page in pages {
        assert_eq!(administrators.get(page).await.status, 200, "{page}");
    }
    let keys = administrators.get("/keys").await;
    assert_eq!((data(&keys, "list").as_str(), data(&keys, "sessions").as_str()), ("yes", "1"));
    assert!(keys.body.contains("NATIONAL CA (TEST)") && keys.body.contains(">400<"), "{}", keys.body);
    let own = administrators.get("/why").await;
    assert!(own.body.contains("→ security-administrator → ApproveGroupChange → everything"), "{}", own.body);
    let matrix = administrators.get("/matrix").await;
    let cells: usize = rights::GROUPS.iter().map(|(.., actions)| actions.len()).sum();
    assert_eq!(data(&matrix, "matrix"), cells.to_string());

    // Finance proposes and approves, but does not see access; a citizen sees nothing.
    let mut money = Console::open(&world, &finance).await;
    assert_eq!(money.get("/proposals").await.status, 200);
    for page in ["/groups", "/matrix", "/keys", &format!("/why?who={AUDITOR}")] {
        let refused = money.get(page).await;
        assert_eq!(refused.status, 403, "{page}");
        assert_eq!(data(&refused, "groups-needed"), "security-administrator auditor");
        assert!(refused.body.contains("Тегі 81"), "who can grant it: {}", refused.body);
    }
    let mut citizen = Console::open(&world, &stranger).await;
    assert_eq!(data(&citizen.get("/").await, "rights"), "0");
    for page in pages {
        assert_eq!(citizen.get(page).await.status, 403, "{page}");
    }
    assert_eq!(Console::open(&world, &auditor).await.get("/groups").await.status, 200);
    for (language, words) in [("kk", "Топтар мен мүшелер"), ("ru", "Группы и участники")]
    {
        let page = administrators.get(&format!("/groups?lang={language}")).await;
        assert!(page.body.contains(words), "{}", page.body);
    }
    assert_eq!(administrators.get("/proposals/none").await.status, 404);
    assert_eq!(administrators.get("/why?action=OpenTheVault").await.status, 400);

    // A cookie is worth nothing with another's certificate.
    let thief = HttpClient::new(Some(&stranger.way_in), &world.roots(), ClientLimits::default()).unwrap();
    let request = http::Request::get(format!("{url}/groups"))
        .header("cookie", format!("__Host-gateway-console={}", administrators.token));
    assert_eq!(thief.send(request.body(Bytes::new()).unwrap()).await.unwrap().status, 303);

    // A page of a program's kind takes nothing that a form of another site could send.
    let program = HttpClient::new(Some(&security.way_in), &world.roots(), ClientLimits::default()).unwrap();
    let plain =
        program.post(&format!("{url}/documents"), "text/plain", &[], Bytes::from_static(b"<a/>")).await;
    assert_eq!(plain.unwrap().status, 400);

    // The certificate is looked up in the lists at every request, also in the middle of a session.
    world.revoke(&auditor.way_in_certificate).await;
    let client = HttpClient::new(Some(&auditor.way_in), &world.roots(), ClientLimits::default()).unwrap();
    assert_eq!(client.get(&format!("{url}/")).await.unwrap().status, 403);

    // An idle session is over, and a page leads back to the start.
    world.clock.advance(16 * 60);
    let over = administrators.get("/groups").await;
    assert!(over.redirected_from.iter().any(|from| from.ends_with("/groups")), "{:?}", over.redirected_from);

    let readings = readings_of(&world, SECURITY_2).await;
    assert!(
        readings.iter().any(|(actor, reason)| actor.starts_with(SECURITY) && reason == "groups and members")
    );
    assert!(
        readings.iter().any(|(actor, reason)| actor.starts_with(FINANCE) && reason.contains("whom to ask"))
    );
    assert!(!readings.iter().any(|(actor, _)| actor.starts_with(SECURITY_2)));
    world.chain().await;
}

/// Who read what of a person, and why.
pub(crate) async fn readings_of(world: &World, iin: &str) -> Vec<(String, String)> {
    let cx = world.cx();
    let subject = store::ReadSubject::Party(iin.parse().unwrap());
    let notes = cx.store.read(|view| view.readings(1000)).await.unwrap();
    let about = notes.into_iter().filter(|note| note.subject == subject);
    about.map(|note| (note.actor, note.reason)).collect()
}
