//! National keys that are met again: after a few good signatures a key gets a table that verifies faster.
//!
//! Kept for the whole process, since every message brings its certificate anew. Only good signatures count, so
//! a stranger cannot fill the memory without signing; whoever signs with many keys of his own only pushes
//! tables out, and then verification costs what it costs without them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use gost::{ByteOrder, Error, ParameterSet, Signature, VerifyingKey, VerifyingTable};

/// The most tables that are kept: for keys of 512 bits 8 MiB, on the curve with a cofactor 12 MiB.
const MAX_TABLES: usize = 512;
/// The most keys whose signatures are counted; one takes about a quarter of a kilobyte.
const MAX_KEYS: usize = 8192;
/// How many good signatures a key shows before its table is made, which costs about one verification.
const USES_BEFORE_TABLE: u32 = 3;

type Name = (ParameterSet, Vec<u8>);

#[derive(Default)]
struct Met {
    keys: HashMap<Name, Known>,
    tables: usize,
    /// Counts the verifications, to tell which table was not used for longest.
    clock: u64,
}

struct Known {
    uses: u32,
    last: u64,
    table: Option<Arc<VerifyingTable>>,
}

static MET: LazyLock<Mutex<Met>> = LazyLock::new(Mutex::default);

/// Verifies a signature over a digest, by the key's table if it has one.
///
/// # Errors
/// Those of [`VerifyingKey::verify_digest`].
pub(crate) fn verify(
    key: &VerifyingKey,
    digest: &[u8],
    order: ByteOrder,
    signature: &Signature,
) -> Result<(), Error> {
    let name = (key.parameter_set(), key.to_bytes(order));
    let table = with(|met| met.table(&name));
    if let Some(table) = table {
        return table.verify_digest(digest, order, signature);
    }
    key.verify_digest(digest, order, signature)?;
    if with(|met| met.count(&name)) {
        // Made outside the lock: others verify meanwhile.
        let table = Arc::new(VerifyingTable::new(key));
        with(|met| met.keep(name, table));
    }
    Ok(())
}

fn with<T>(action: impl FnOnce(&mut Met) -> T) -> T {
    // Between two statements under the lock nothing can panic that would leave the counts wrong.
    action(&mut MET.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Met {
    fn table(&mut self, name: &Name) -> Option<Arc<VerifyingTable>> {
        self.clock += 1;
        let known = self.keys.get_mut(name)?;
        known.last = self.clock;
        known.table.clone()
    }

    /// Counts a good signature; whether it is time for the key's table.
    fn count(&mut self, name: &Name) -> bool {
        if let Some(known) = self.keys.get_mut(name) {
            known.uses = known.uses.saturating_add(1);
            // Of several who verify at once only the one that counts to the bound makes the table.
            return known.uses == USES_BEFORE_TABLE;
        }
        if self.keys.len() >= MAX_KEYS {
            self.keys.retain(|_, known| known.table.is_some());
        }
        self.keys.insert(name.clone(), Known { uses: 1, last: self.clock, table: None });
        false
    }

    fn keep(&mut self, name: Name, table: Arc<VerifyingTable>) {
        if self.keys.get(&name).is_some_and(|known| known.table.is_some()) {
            return;
        }
        if self.tables >= MAX_TABLES {
            let oldest = self
                .keys
                .iter()
                .filter(|(_, known)| known.table.is_some())
                .min_by_key(|(_, known)| known.last)
                .map(|(name, _)| name.clone());
            if let Some(oldest) = oldest {
                self.keys.remove(&oldest);
                self.tables -= 1;
            }
        }
        let known = self.keys.entry(name).or_insert(Known { uses: 0, last: self.clock, table: None });
        known.table = Some(table);
        self.tables += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use gost::SigningKey;

    fn key(number: u16) -> SigningKey {
        let mut octets = [0; 32];
        octets[..2].copy_from_slice(&(number + 1).to_le_bytes());
        SigningKey::from_bytes(ParameterSet::CryptoProA, &octets, ByteOrder::Kazakh).unwrap()
    }

    #[test]
    fn all_tables_together_take_no_more_than_twelve_mebibytes() {
        for (set, most) in [
            (ParameterSet::Tc26A512, 8),
            (ParameterSet::Tc26C512, 12),
            (ParameterSet::CryptoProA, 4),
            (ParameterSet::Tc26A256, 6),
        ] {
            let key = SigningKey::generate(set, |octets| octets.fill(3));
            let all = MAX_TABLES * VerifyingTable::new(key.verifying_key()).size();
            assert_eq!(all, most * 1024 * 1024, "{set:?}");
        }
    }

    #[test]
    fn tables_are_bounded_and_the_one_unused_for_longest_goes_first() {
        let mut met = Met::default();
        let table = Arc::new(VerifyingTable::new(key(0).verifying_key()));
        let name = |number: u16| (ParameterSet::CryptoProA, number.to_le_bytes().to_vec());
        let first = u16::try_from(MAX_TABLES).unwrap();
        for number in 0..first {
            met.keep(name(number), table.clone());
        }
        for number in 1..first {
            assert!(met.table(&name(number)).is_some());
        }
        met.keep(name(first), table.clone());
        assert_eq!(met.tables, MAX_TABLES);
        assert_eq!(met.keys.values().filter(|known| known.table.is_some()).count(), MAX_TABLES);
        assert!(met.table(&name(0)).is_none());
        assert!(met.table(&name(1)).is_some() && met.table(&name(first)).is_some());
        // Met again while its table was being made by another: one table, counted once.
        met.keep(name(first), table);
        assert_eq!(met.tables, MAX_TABLES);
    }

    #[test]
    fn counted_keys_are_bounded_and_those_with_tables_stay() {
        let mut met = Met::default();
        let name = |number: usize| (ParameterSet::CryptoProA, number.to_le_bytes().to_vec());
        met.keep(name(0), Arc::new(VerifyingTable::new(key(0).verifying_key())));
        for number in 1..3 * MAX_KEYS {
            assert!(!met.count(&name(number)));
            assert!(met.keys.len() <= MAX_KEYS);
        }
        assert!(met.table(&name(0)).is_some());
        let again = name(usize::MAX);
        let made: Vec<_> = (0..6).map(|_| met.count(&again)).collect();
        assert_eq!(made, [false, false, true, false, false, false]);
    }

    #[test]
    fn a_key_with_a_table_still_refuses_what_it_refused_without() {
        let key = key(9);
        let (digest, other) = ([3; 32], [4; 32]);
        let signature = key.sign_digest(&digest, ByteOrder::Kazakh, &[5; 32]).unwrap();
        for _ in 0..2 * USES_BEFORE_TABLE {
            verify(key.verifying_key(), &digest, ByteOrder::Kazakh, &signature).unwrap();
            let refused = verify(key.verifying_key(), &other, ByteOrder::Kazakh, &signature);
            assert_eq!(refused, Err(Error::SignatureMismatch));
        }
        let name = (ParameterSet::CryptoProA, key.verifying_key().to_bytes(ByteOrder::Kazakh));
        assert!(with(|met| met.table(&name)).is_some());
    }
}
