//! Where it all lies: a folder of the user, and in it one for each project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest as _, Sha256};
use tgp_model::Timestamp;

use crate::error::TrustError;
use crate::material::Material;
use crate::private;
use crate::record::{Record, Trusted};

/// Environment variable that names another folder.
const VARIABLE: &str = "TGP_STATE_DIR";
/// File of the trusted version.
const TRUSTED: &str = "trusted.json";
/// Length of a key, in bytes.
const KEY: usize = 32;

/// The user's own state folder of tgp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserState {
    folder: PathBuf,
}

/// The part of it that is about one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectHome {
    root: PathBuf,
    folder: PathBuf,
}

/// Changes when another version is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    file: u64,
}

impl Stamp {
    /// Of a file or folder; none where there is none.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok()?;
        #[cfg(unix)]
        let file = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let file = 0;
        Some(Self { modified: metadata.modified().ok(), length: metadata.len(), file })
    }
}

impl UserState {
    /// By the rules of the system: `TGP_STATE_DIR`, `XDG_STATE_HOME`, `LOCALAPPDATA`, the home folder.
    pub fn find(environment: &BTreeMap<String, String>) -> Option<Self> {
        let named = |name: &str| environment.get(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let folder = named(VARIABLE)
            .or_else(|| named("XDG_STATE_HOME").map(|folder| folder.join("tgp")))
            .or_else(|| named("LOCALAPPDATA").map(|folder| folder.join("tgp")))
            .or_else(|| named("HOME").map(|folder| folder.join(".local/state/tgp")))?;
        Some(Self { folder })
    }

    /// The folder about the project at `root`, which is its canonical path.
    pub fn project(&self, root: &Path) -> ProjectHome {
        let hash = hex::encode(Sha256::digest(root.as_os_str().as_encoded_bytes()));
        let short = hash.get(..32).unwrap_or(&hash);
        ProjectHome { root: root.to_owned(), folder: self.folder.join("projects").join(short) }
    }
}

impl ProjectHome {
    /// The folder; it is made when the first thing is kept in it.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The version a person trusted; none where nobody ever did.
    pub fn trusted(&self) -> Result<Option<Trusted>, TrustError> {
        let path = self.folder.join(TRUSTED);
        let Some(bytes) = private::read(&path)? else { return Ok(None) };
        let damaged = |why: String| TrustError::Damaged { path: path.clone(), why };
        let record: Record = serde_json::from_slice(&bytes).map_err(|error| damaged(error.to_string()))?;
        record.trusted().map(Some).map_err(damaged)
    }

    /// Keeps what a person just trusted.
    pub fn trust(&self, material: Material, by: &str, at: Timestamp) -> Result<Trusted, TrustError> {
        private::make_folder(&self.folder)?;
        let trusted = Trusted { hash: material.hash(), material, at, by: by.to_owned() };
        let record = Record::of(&trusted, &self.root.to_string_lossy());
        let path = self.folder.join(TRUSTED);
        let text = serde_json::to_vec_pretty(&record)
            .map_err(|error| TrustError::Damaged { path: path.clone(), why: error.to_string() })?;
        private::write(&path, &text)?;
        Ok(trusted)
    }

    /// Keeps something that can be made again, whole or as it was before.
    pub fn remember(&self, name: &str, content: &[u8]) -> Result<(), TrustError> {
        private::make_folder(&self.folder)?;
        private::write(&self.folder.join(name), content)
    }

    /// What was kept under this name; none where nothing is. What somebody else could have written is refused.
    pub fn remembered(&self, name: &str) -> Result<Option<Vec<u8>>, TrustError> {
        private::read(&self.folder.join(name))
    }

    /// Changes when another version is trusted; cheap enough to ask before every action.
    pub fn stamp(&self) -> Option<Stamp> {
        Stamp::of(&self.folder.join(TRUSTED))
    }

    /// A key of this project, made at its first use.
    pub fn key(&self, name: &str) -> Result<[u8; KEY], TrustError> {
        private::make_folder(&self.folder)?;
        let path = self.folder.join(format!("{name}.key"));
        if let Some(key) = read_key(&path)? {
            return Ok(key);
        }
        let mut key = [0; KEY];
        getrandom::fill(&mut key).map_err(|error| TrustError::Io {
            doing: "draw randomness for",
            path: path.clone(),
            source: std::io::Error::other(error.to_string()),
        })?;
        if private::write_first(&path, &key)? {
            return Ok(key);
        }
        let none = || TrustError::Damaged { path: path.clone(), why: "it went away".to_owned() };
        read_key(&path)?.ok_or_else(none)
    }
}

fn read_key(path: &Path) -> Result<Option<[u8; KEY]>, TrustError> {
    let Some(bytes) = private::read(path)? else { return Ok(None) };
    let length = bytes.len();
    let why = || format!("a key has {KEY} bytes, it has {length}");
    let key = bytes.try_into().map_err(|_| TrustError::Damaged { path: path.to_owned(), why: why() })?;
    Ok(Some(key))
}

/// Who sits at this machine, as records name them: the operating system's user.
pub fn person(environment: &BTreeMap<String, String>) -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| environment.get(*name));
    let name = name.filter(|name| !name.is_empty()).map_or("somebody", String::as_str);
    #[cfg(unix)]
    let shown = format!("{name} (uid {})", rustix::process::getuid().as_raw());
    #[cfg(not(unix))]
    let shown = name.to_owned();
    shown
}
