//! The version a person trusted, with its full text: what is in the project may be changed by anybody.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tgp_model::Timestamp;

use crate::material::Material;

/// The form of the file.
const VERSION: u32 = 1;

/// What was trusted, when, and by whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// The files.
    pub material: Material,
    /// Their hash.
    pub hash: String,
    /// When.
    pub at: Timestamp,
    /// The operating system's user, or where the hash came from.
    pub by: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Record {
    version: u32,
    root: String,
    at_ms: i64,
    by: String,
    hash: String,
    files: BTreeMap<String, String>,
}

impl Record {
    pub(crate) fn of(trusted: &Trusted, root: &str) -> Self {
        Self {
            version: VERSION,
            root: root.to_owned(),
            at_ms: trusted.at.0,
            by: trusted.by.clone(),
            hash: trusted.hash.clone(),
            files: trusted.material.files().map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        }
    }

    pub(crate) fn trusted(self) -> Result<Trusted, String> {
        if self.version != VERSION {
            return Err(format!("it has version {}, this program knows {VERSION}", self.version));
        }
        let material = Material::of(self.files);
        let hash = material.hash();
        if hash != self.hash {
            return Err("its hash does not fit its content".to_owned());
        }
        Ok(Trusted { material, hash, at: Timestamp(self.at_ms), by: self.by })
    }
}
