//! Commitments: what stands where a secret was, so that it can be proven later and never be guessed.
//!
//! The key lies outside the project. Each place has a salt of its own, made from the key, the action, the field and
//! the count of secrets in it; whoever is told the salt of one place learns nothing about any other.

use sha2::{Digest, Sha256};

use crate::link::Hash;

/// The block of SHA-256, which HMAC pads its key to.
const BLOCK: usize = 64;
const SALT: &[u8] = b"tgp salt 1";
const REDACTED: &[u8] = b"tgp redacted 1";

/// The key that salts are made from. Never stored in the project, never shown.
#[derive(Clone, Copy)]
pub struct CommitmentKey([u8; 32]);

impl CommitmentKey {
    /// The key with these bytes, which are random and secret.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The salt of the secret number `place` (from 1) in the `field` of an action. Tell it only to prove that one.
    pub fn salt(&self, action: &str, field: &str, place: u64) -> Hash {
        let mut message = SALT.to_vec();
        for text in [action, field] {
            message.extend((text.len() as u64).to_le_bytes());
            message.extend(text.as_bytes());
        }
        message.extend(place.to_le_bytes());
        hmac(&self.0, &message)
    }
}

/// What stands in the row for a secret value with this salt.
pub fn commitment(salt: &Hash, value: &str) -> Hash {
    let mut hasher = Sha256::new_with_prefix(REDACTED);
    for bytes in [salt.as_slice(), value.as_bytes()] {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    }
    hasher.finalize().into()
}

/// HMAC-SHA-256 (RFC 2104) with a key shorter than a block.
fn hmac(key: &[u8; 32], message: &[u8]) -> Hash {
    let pad = |with: u8| {
        let mut block = [with; BLOCK];
        for (byte, key) in block.iter_mut().zip(key) {
            *byte ^= key;
        }
        block
    };
    let inner = Sha256::new_with_prefix(pad(0x36)).chain_update(message).finalize();
    Sha256::new_with_prefix(pad(0x5C)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_that_of_the_standard() {
        // RFC 4231, test case 1, whose key of 20 bytes is padded with zeros as this one is.
        let mut key = [0; 32];
        key[..20].fill(0x0B);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex::encode(hmac(&key, b"Hi There")), expected);
    }
}
