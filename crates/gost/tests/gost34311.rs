//! ГОСТ 34.311-95 under both parameter sets against published examples.

use gost::gost34311::{Gost34311, Profile};
use proptest::prelude::*;

/// The examples are printed as numbers, most significant octet first; digests are little-endian.
fn check(profile: Profile, message: &[u8], number: &str) {
    let mut digest = Gost34311::digest(profile, message);
    digest.reverse();
    assert_eq!(hex::encode(digest), number);
}

/// RFC 5831, sections 7.3.1 and 7.3.2, computed with the substitution of 7.1, which is the test set.
#[test]
fn the_examples_of_the_rfc_have_their_digests_under_the_test_set() {
    check(
        Profile::Test,
        b"This is message, length=32 bytes",
        "faff37a615a816691cff3ef8b68ca247e09525f39f8119832eb81975d366c4b1",
    );
    check(
        Profile::Test,
        b"Suppose the original message has length = 50 bytes",
        "0852f5623b89dd57aeb4781fe54df14eeafbc1350613763a0d770aa657ba1a47",
    );
}

/// The test vectors of PyGOST.
#[test]
fn both_sets_give_the_digests_other_implementations_give() {
    let nothing = b"";
    check(Profile::Test, nothing, "8d0f49492c91f45a68ff5c05d2c2b4ab78027b9aab5ce3feff5267c49cb985ce");
    check(Profile::Test, b"abc", "1dd5a4067c49703b75bc75c9290f5ecbb5eb85229e7277a2b2b14fc4484313f3");
    check(Profile::CryptoPro, nothing, "c056d64c2383c44a58139c9b560111ac133e43fb840f838714840ca33c5f1e98");
    check(Profile::CryptoPro, b"abc", "2cd42ff986293b167e994381ed59747414dd24953677762d39d718bf6d0585b2");
    check(
        Profile::CryptoPro,
        &[b'U'; 128],
        "e8c449f608104c512710cd37fded920df1e86b211623fa27f4bb914661c74a1c",
    );
}

proptest! {
    #[test]
    fn a_message_in_two_pieces_has_the_digest_of_the_whole(
        message in proptest::collection::vec(any::<u8>(), 0..200),
        cut in 0usize..200,
    ) {
        let (head, tail) = message.split_at(cut.min(message.len()));
        let mut digest = Gost34311::new(Profile::Test);
        digest.update(head);
        digest.update(tail);
        prop_assert_eq!(digest.finalize(), Gost34311::digest(Profile::Test, &message));
    }
}
