//! Streebog against published examples, the `streebog` crate and itself cut in pieces.

use gost::streebog::{Streebog256, Streebog512};
use proptest::prelude::*;
use streebog::Digest;

fn check(message: &[u8], short: &str, long: &str) {
    assert_eq!(hex::encode(Streebog256::digest(message)), short);
    assert_eq!(hex::encode(Streebog512::digest(message)), long);
}

/// RFC 6986, section 10.1 (M1), its octets in natural order.
#[test]
fn the_first_example_of_the_rfc_has_its_digest() {
    check(
        b"012345678901234567890123456789012345678901234567890123456789012",
        "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
        "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa\
         00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48",
    );
}

/// RFC 6986, section 10.2 (M2), longer than a block.
#[test]
fn the_second_example_of_the_rfc_has_its_digest() {
    let message = hex::decode(
        "d1e520e2e5f2f0e82c20d1f2f0e8e1eee6e820e2edf3f6e82c20e2e5fef2fa20f120ecee\
         f0ff20f1f2f0e5ebe0ece820ede020f5f0e0e1f0fbff20efebfaeafb20c8e3eef0e5e2fb",
    )
    .unwrap();
    check(
        &message,
        "9dd2fe4e90409e5da87f53976d7405b0c0cac628fc669a741d50063c557e8f50",
        "1e88e62226bfca6f9994f1f2d51569e0daf8475a3b0fe61a5300eee46d961376\
         035fe83549ada2b8620fcd7c496ce5b33f0cb9dddc2b6460143b03dabac9fb28",
    );
}

/// The words of the checksum carry into one another at each of the seven borders.
#[test]
fn the_checksum_carries_across_all_words() {
    for filler in [0xff, 0x80, 0x01] {
        let message = vec![filler; 1_000];
        assert_eq!(Streebog512::digest(&message)[..], streebog::Streebog512::digest(&message)[..]);
    }
}

#[test]
fn a_digest_under_way_shows_nothing_of_its_message() {
    let mut digest = Streebog256::new();
    digest.update(b"secret");
    assert_eq!(format!("{digest:?}"), "Streebog<32>(…)");
}

proptest! {
    /// The crate is written independently of ours; lengths around the block edge are all reached.
    #[test]
    fn any_message_cut_anywhere_gives_the_digest_of_the_crate(
        message in proptest::collection::vec(any::<u8>(), 0..400),
        cuts in proptest::collection::vec(0usize..400, 0..5),
    ) {
        let mut short = Streebog256::new();
        let mut long = Streebog512::new();
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
        cuts.sort_unstable();
        let mut from = 0;
        for to in cuts.into_iter().chain([message.len()]) {
            short.update(&message[from..to]);
            long.update(&message[from..to]);
            from = to;
        }
        prop_assert_eq!(&short.finalize()[..], &streebog::Streebog256::digest(&message)[..]);
        prop_assert_eq!(&long.finalize()[..], &streebog::Streebog512::digest(&message)[..]);
    }
}
