//! Permits as values, and the five ways to one.

use envelope::{Evidence, Verified};
use terms::{Bin, Iin, PartyNumber, ShortText};
use wire::Request;

use crate::access::{Access, Grant, Lack, Resource};
use crate::matrix::{Action, Group, groups_allowing};
use crate::registry::Registry;

/// A command that somebody proven is allowed to give.
pub struct Permitted<T> {
    held: Held<T>,
    principal: Principal,
}

enum Held<T> {
    Message(Verified<T>),
    Own(T),
}

/// Who gives a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An organisation, by its signed message.
    Participant(Bin),
    /// A person, by a session.
    Person(Session),
    /// An officer, by a certificate shown or a document signed, with the path that grants the right.
    Officer(Officer, Grant),
    /// Whoever holds the one-time token of a page, in the browser that the page belongs to.
    Page(PageGrant),
    /// A user of the machine itself, by the operating system's number of that user.
    Local(u32),
    /// A job of the system itself.
    System(SystemJob),
}

/// A person who has logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub iin: Iin,
    /// Full name.
    pub name: ShortText,
    /// What the person belongs to.
    pub groups: Vec<Group>,
}

/// An officer: a person who comes to a console, or signs what officers decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Officer {
    /// Who.
    pub iin: Iin,
    /// Full name, as the certificate says.
    pub name: ShortText,
}

/// The right to work on one payment page: the digest of the token that opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageGrant(pub [u8; 32]);

/// A job that runs by itself; its name goes into the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SystemJob(pub &'static str);

/// Why a command is not permitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The signing certificate names no organisation.
    #[error("the signer's certificate names no organisation")]
    NoOrganisation,
    /// The message is signed by one and sent by another.
    #[error("the signer is not the peer of the connection")]
    SignerIsNotPeer,
    /// The `sender` field names another than the signer.
    #[error("the sender named in the message is not its signer")]
    SenderIsNotSigner,
    /// The organisation is not in the registry.
    #[error("the participant is not registered")]
    NotRegistered(Bin),
    /// None of its groups lists the action.
    #[error("no group of the principal allows {action}")]
    NotAllowed {
        /// What was to be done.
        action: Action,
        /// The groups that allow it.
        groups: Vec<Group>,
    },
}

impl<T> Permitted<T> {
    /// The command.
    pub fn command(&self) -> &T {
        match &self.held {
            Held::Message(verified) => verified.get(),
            Held::Own(command) => command,
        }
    }

    /// Who gives it.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The signed message that proves it, where there is one.
    pub fn evidence(&self) -> Option<&Evidence> {
        match &self.held {
            Held::Message(verified) => Some(verified.evidence()),
            Held::Own(_) => None,
        }
    }

    /// The digest of the message's business content, where there is a message.
    pub fn content_hash(&self) -> Option<[u8; 32]> {
        match &self.held {
            Held::Message(verified) => Some(verified.content_hash()),
            Held::Own(_) => None,
        }
    }
}

impl<T: Request> Permitted<T> {
    /// Permits a verified message: signer = peer of the connection = `sender`, registered, and allowed by a group.
    ///
    /// `peer` is the organisation of the TLS certificate.
    ///
    /// # Errors
    /// [`Denied`], whose order is fixed: identity before registration before rights.
    pub fn message(verified: Verified<T>, peer: Option<Bin>, registry: &Registry) -> Result<Self, Denied> {
        let signer = verified.signer().bin.ok_or(Denied::NoOrganisation)?;
        if peer != Some(signer) {
            return Err(Denied::SignerIsNotPeer);
        }
        if verified.get().header().sender != signer {
            return Err(Denied::SenderIsNotSigner);
        }
        registry.find(signer).ok_or(Denied::NotRegistered(signer))?;
        let action = Action(T::OPERATION);
        if !registry.may(signer, action) {
            return Err(Denied::NotAllowed { action, groups: registry.groups_allowing(action) });
        }
        Ok(Self { held: Held::Message(verified), principal: Principal::Participant(signer) })
    }

    /// The organisation that signed. A message is permitted to nobody else.
    pub fn sender(&self) -> Bin {
        self.command().header().sender
    }
}

impl<T> Permitted<T> {
    /// Permits a person's command by the groups of the session.
    ///
    /// # Errors
    /// [`Denied::NotAllowed`] where no group lists the action.
    pub fn session(command: T, action: Action, session: &Session) -> Result<Self, Denied> {
        if !session.groups.iter().any(|group| group.allows(action)) {
            return Err(Denied::NotAllowed { action, groups: groups_allowing(action).collect() });
        }
        Ok(Self { held: Held::Own(command), principal: Principal::Person(session.clone()) })
    }

    /// Permits an officer's command by the access in force, with regard to what it touches.
    ///
    /// # Errors
    /// [`Lack`], which says whom to ask.
    pub fn officer(
        command: T,
        action: Action,
        touched: Resource,
        officer: &Officer,
        access: &Access,
    ) -> Result<Self, Box<Lack>> {
        let grant = access.why(PartyNumber::Person(officer.iin), action, touched)?;
        Ok(Self { held: Held::Own(command), principal: Principal::Officer(officer.clone(), grant) })
    }

    /// Permits what is done on a payment page to whoever holds its token.
    pub fn page(command: T, grant: PageGrant) -> Self {
        Self { held: Held::Own(command), principal: Principal::Page(grant) }
    }

    /// Permits what somebody does who works on the machine itself, where whoever reads the configuration may do anything.
    pub fn local(command: T, user: u32) -> Self {
        Self { held: Held::Own(command), principal: Principal::Local(user) }
    }

    /// What a permitted command is made of, permitted to the same principal.
    pub fn part<U>(&self, part: U) -> Permitted<U> {
        Permitted { held: Held::Own(part), principal: self.principal.clone() }
    }

    /// Permits what the system does by itself.
    pub fn system(command: T, job: SystemJob) -> Self {
        Self { held: Held::Own(command), principal: Principal::System(job) }
    }
}
