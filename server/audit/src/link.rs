//! What the hash of a row is made over.
//!
//! A row's hash covers its number, the hash of the row before it, the hash of one row further back, and a digest of
//! what it says. The row further back has the number with the lowest bit cleared (12 names 8, 8 names 0), so that a
//! short way leads from any row to any later one: that is what a proof walks.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256.
pub type Hash = [u8; 32];

/// The hash before the first row.
pub const ZEROS: Hash = [0; 32];

/// Which encoding a hash is made over; part of every hash.
const FIRST: &[u8] = b"tgp audit 1";
const CONTENT: &[u8] = b"tgp audit 2 row";
const LINK: &[u8] = b"tgp audit 2 link";

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    /// Number of the last row; 0 where there is none.
    pub seq: u64,
    /// Its hash; zeros where there is none.
    #[serde(with = "hex::serde")]
    pub hash: Hash,
}

impl AuditHead {
    /// The head of a chain without rows.
    pub const EMPTY: AuditHead = AuditHead { seq: 0, hash: ZEROS };
}

/// The digest of what a row says: each column with its length in front, so that no two different rows are the same
/// bytes.
pub fn content_digest<T: AsRef<[u8]> + ?Sized>(at: &T, kind: &T, action: &T, payload: &T) -> Hash {
    let mut hasher = Sha256::new_with_prefix(CONTENT);
    add_fields(&mut hasher, [at, kind, action, payload]);
    hasher.finalize().into()
}

/// The hash of row `seq`: `before` is the hash of the row before, `back` that of the row `further_back(seq)`.
pub fn link(seq: u64, before: &Hash, back: &Hash, content: &Hash) -> Hash {
    let mut hasher = Sha256::new_with_prefix(LINK);
    hasher.update(seq.to_le_bytes());
    hasher.update(before);
    hasher.update(back);
    hasher.update(content);
    hasher.finalize().into()
}

/// The hash of a row noted before rows named one further back.
pub(crate) fn first_link<T: AsRef<[u8]> + ?Sized>(seq: u64, before: &Hash, columns: [&T; 4]) -> Hash {
    let mut hasher = Sha256::new_with_prefix(FIRST);
    hasher.update(before);
    hasher.update(seq.to_le_bytes());
    add_fields(&mut hasher, columns);
    hasher.finalize().into()
}

fn add_fields<T: AsRef<[u8]> + ?Sized>(hasher: &mut Sha256, columns: [&T; 4]) {
    for column in columns.map(AsRef::as_ref) {
        hasher.update((column.len() as u64).to_le_bytes());
        hasher.update(column);
    }
}

/// The row that row `seq` names besides the one before it: its number with the lowest bit cleared.
pub(crate) fn further_back(seq: u64) -> u64 {
    seq & seq.wrapping_sub(1)
}

/// The hashes a walk along the chain needs of the rows behind it: for each power of two, that of the last row whose
/// number it divides.
#[derive(Clone)]
pub(crate) struct Levels([Hash; 64]);

impl Levels {
    /// At the beginning of a chain.
    pub(crate) fn new() -> Self {
        Self([ZEROS; 64])
    }

    /// The numbers of the rows whose hashes a walk that begins after `seq` needs, the nearest first.
    pub(crate) fn needed(seq: u64) -> Vec<u64> {
        let mut numbers = Vec::new();
        let mut number = seq;
        while number != 0 {
            numbers.push(number);
            number = further_back(number);
        }
        numbers
    }

    /// The hash of the row that row `seq` names besides the one before it.
    pub(crate) fn back_of(&self, seq: u64) -> &Hash {
        &self.0[level(seq) + 1]
    }

    /// Row `seq` has this hash. Rows come in the order of their numbers.
    pub(crate) fn set(&mut self, seq: u64, hash: Hash) {
        self.0[..=level(seq)].fill(hash);
    }
}

fn level(seq: u64) -> usize {
    // 62 at most: a table's numbers have 63 bits.
    seq.trailing_zeros().min(62) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_levels_know_the_row_further_back_wherever_a_walk_begins() {
        let name = |seq: u64| -> Hash {
            let mut hash = ZEROS;
            hash[..8].copy_from_slice(&seq.to_le_bytes());
            hash
        };
        for begin in 0..70_u64 {
            let mut levels = Levels::new();
            for number in Levels::needed(begin).into_iter().rev() {
                levels.set(number, name(number));
            }
            for seq in begin + 1..300 {
                assert_eq!(levels.back_of(seq), &name(further_back(seq)), "{seq} from {begin}");
                levels.set(seq, name(seq));
            }
        }
    }

    #[test]
    fn text_moved_from_one_column_to_the_next_is_another_row() {
        assert_ne!(content_digest("a", "bc", "", ""), content_digest("ab", "c", "", ""));
        assert_ne!(content_digest("", "", "x", ""), content_digest("", "", "", "x"));
    }
}
