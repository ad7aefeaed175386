//! The version of the policy in force: a hash over its canonical content.
//!
//! Comments, spacing and the order of rules change nothing; a word more or less does. An approval is bound to it.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

/// Hash of everything that decides, in hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyVersion(Arc<str>);

impl PolicyVersion {
    /// The hash in hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The version of a canonical content.
    pub(crate) fn of(content: &Canonical) -> Self {
        Self(hex::encode(Sha256::digest(&content.0)).into())
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for PolicyVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Content in one encoding: each part with its length before it, so that no two contents have the same bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Canonical(Vec<u8>);

impl Canonical {
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text.as_bytes());
        self
    }

    pub(crate) fn part(&mut self, part: &Self) -> &mut Self {
        self.0.extend((part.0.len() as u64).to_be_bytes());
        self.0.extend(&part.0);
        self
    }

    /// Parts whose order means nothing.
    pub(crate) fn set(&mut self, parts: impl Iterator<Item = Self>) -> &mut Self {
        let mut parts: Vec<Self> = parts.collect();
        parts.sort();
        parts.dedup();
        self.0.extend((parts.len() as u64).to_be_bytes());
        for part in &parts {
            self.part(part);
        }
        self
    }

    /// Texts whose order means nothing.
    pub(crate) fn texts<'a>(&mut self, texts: impl Iterator<Item = &'a str>) -> &mut Self {
        self.set(texts.map(|text| {
            let mut part = Self::default();
            part.text(text);
            part
        }))
    }
}
