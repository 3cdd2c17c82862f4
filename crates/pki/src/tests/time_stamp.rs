//! Time stamps: which are believed.

use super::ocsp::service;
use super::{DAY, World, authority_named, noon};
use crate::time_stamp::{
    Stamp, StampAsked, StampAuthority, StampError, StampQuestion, StampRefusal, rejection, token_of, verify,
};
use crate::{CaService, SuiteId};

const DIGEST: [u8; 32] = [7; 32];
const NONCE: &[u8] = &[0xff, 0, 1, 2, 3, 4, 5, 6];

struct Stamping {
    world: World,
    authority: StampAuthority,
}

impl Stamping {
    fn new() -> Self {
        let world = World::new();
        let authority = StampAuthority::new(service(&world.authority, CaService::TimeStamping));
        Self { world, authority }
    }

    fn token(&self, nonce: &[u8]) -> Vec<u8> {
        let asked = StampAsked::read(&StampQuestion::new(&DIGEST, nonce).unwrap().der).unwrap();
        token_of(&self.authority.stamp(&asked, noon()).unwrap()).unwrap()
    }

    fn check(&self, token: &[u8]) -> Result<Stamp, StampError> {
        let roots = [self.world.authority.certificate().clone()];
        verify(token, &DIGEST, Some(NONCE), &roots, noon())
    }
}

/// Meets: C16
#[test]
fn a_stamp_says_when_a_digest_was_seen_and_by_whom() {
    let stamping = Stamping::new();
    let stamp = stamping.check(&stamping.token(NONCE)).unwrap();
    assert_eq!((stamp.at, stamp.accuracy_microseconds), (noon(), Some(1_000_000)));
    assert_eq!(&stamp.authority, stamping.authority.certificate());
    for nonce in [&[0x7f][..], &[0x80], &[0, 0, 1], &[1; 32]] {
        let roots = [stamping.world.authority.certificate().clone()];
        let token = stamping.token(nonce);
        verify(&token, &DIGEST, Some(nonce), &roots, noon()).unwrap();
        // A kept stamp is verified without, also when the authority's certificate is over.
        verify(&token, &DIGEST, None, &roots, noon().plus_seconds(5000 * DAY)).unwrap();
    }
}

/// Defends: A21, A27
#[test]
fn stamps_over_other_digests_of_others_or_for_other_questions_are_refused() {
    let stamping = Stamping::new();
    let (token, roots) = (stamping.token(NONCE), [stamping.world.authority.certificate().clone()]);
    let other = verify(&token, &[8; 32], Some(NONCE), &roots, noon());
    assert_eq!(other, Err(StampError::OtherDigest));
    assert_eq!(stamping.check(&stamping.token(&[1])), Err(StampError::OtherNonce));
    assert_eq!(verify(&token, &DIGEST, None, &[], noon()), Err(StampError::UnknownAuthority));
    let early = noon().plus_seconds(-301);
    assert_eq!(verify(&token, &DIGEST, None, &roots, early), Err(StampError::FromTheFuture { at: noon() }));
    assert_eq!(stamping.check(&vec![0; 70_000]), Err(StampError::TooLong));

    let twin = authority_named("ҰКО сынақ ортасы", SuiteId::P256);
    let of_twin = Stamping {
        authority: StampAuthority::new(service(&twin, CaService::TimeStamping)),
        world: World::new(),
    };
    assert_eq!(stamping.check(&of_twin.token(NONCE)), Err(StampError::UnknownAuthority));
    let responder = service(&stamping.world.authority, CaService::OcspResponder);
    let not_one = Stamping { authority: StampAuthority::new(responder), world: World::new() };
    assert_eq!(stamping.check(&not_one.token(NONCE)), Err(StampError::NotAnAuthority));
    // Made before its key was given: not by whoever holds it now.
    let asked = StampAsked::read(&StampQuestion::new(&DIGEST, NONCE).unwrap().der).unwrap();
    let back = stamping.authority.stamp(&asked, noon().plus_seconds(-2 * DAY)).unwrap();
    assert_eq!(stamping.check(&token_of(&back).unwrap()), Err(StampError::NotAnAuthority));
}

#[test]
fn requests_that_cannot_be_met_are_refused_by_name() {
    let question = StampQuestion::new(&DIGEST, NONCE).unwrap().der;
    for length in 0..question.len() {
        assert!(StampAsked::read(&question[..length]).is_err());
    }
    assert_eq!(StampAsked::read(&[0x30; 2000]).err(), Some(StampRefusal::BadRequest));
    for why in [
        StampRefusal::BadRequest,
        StampRefusal::BadAlgorithm,
        StampRefusal::OtherPolicy,
        StampRefusal::Extension,
        StampRefusal::Internal,
    ] {
        assert_eq!(token_of(&rejection(why)), Err(StampError::Refused { status: 2 }));
    }
}

/// Defends: A27
#[test]
fn a_damaged_stamp_is_refused_and_never_panics() {
    let stamping = Stamping::new();
    let good = stamping.token(NONCE);
    let sent = stamping.authority.certificate().der();
    let sent_at = good.windows(sent.len()).position(|window| window == sent).unwrap();
    for length in 0..good.len() {
        stamping.check(&good[..length]).unwrap_err();
    }
    for place in 0..good.len() {
        // The parameters of a digest's identifier, and how a set lists it, prove nothing.
        for bit in [0, 3, 7] {
            let mut octets = good.clone();
            octets[place] ^= 1 << bit;
            let taken = stamping.check(&octets);
            let in_certificate = (sent_at..sent_at + sent.len()).contains(&place);
            if in_certificate {
                assert!(taken.is_err(), "octet {place} of the certificate");
            }
            if let Ok(stamp) = taken {
                assert_eq!((stamp.at, &stamp.authority), (noon(), stamping.authority.certificate()));
            }
        }
    }
}
