//! The files that decide how agents are judged: the configuration, the policy files and the scopes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::error::TrustError;

/// Name of the configuration among them.
pub const CONFIG: &str = "tgp.config.ts";
/// The folders of the library whose files count.
const FOLDERS: [&str; 2] = ["policy", "scopes"];
/// Ends of the files that count.
const ENDS: [&str; 2] = [".yaml", ".yml"];
/// The folder below `policy` that has one folder for each plugin.
const PLUGINS: &str = "plugins";
/// Largest of them, in bytes.
pub(crate) const LARGEST: u64 = 1 << 20;
/// Most of them.
pub(crate) const MOST: usize = 1_000;

/// One version of all of them, by name: `tgp.config.ts`, `policy/rules.yaml`, `scopes/coder.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Material {
    files: BTreeMap<String, String>,
}

impl Material {
    /// Those of a project, as they lie there now. `library` is the library's folder.
    pub fn read(root: &Path, library: &Path) -> Result<Self, TrustError> {
        let mut files = BTreeMap::new();
        add(&mut files, CONFIG.to_owned(), &root.join(CONFIG))?;
        for folder in FOLDERS {
            add_folder(&mut files, folder, &library.join(folder))?;
        }
        let plugins = library.join(FOLDERS[0]).join(PLUGINS);
        for (name, path) in list(&plugins)? {
            let shown = format!("{}/{PLUGINS}/{name}", FOLDERS[0]);
            let metadata = std::fs::symlink_metadata(&path).map_err(TrustError::io("read", &path))?;
            if !metadata.is_dir() {
                // What would silently count for nothing is refused: somebody meant it to narrow.
                let why = "is no folder; a plugin's policy files lie in a folder of its name";
                return Err(TrustError::Material { name: shown, why: why.to_owned() });
            }
            add_folder(&mut files, &shown, &path)?;
        }
        Ok(Self { files })
    }

    /// The same files with one of them replaced or added.
    #[must_use]
    pub fn with(mut self, name: &str, text: String) -> Self {
        self.files.insert(name.to_owned(), text);
        self
    }

    pub(crate) fn of(files: BTreeMap<String, String>) -> Self {
        Self { files }
    }

    /// Name and text of each, by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The text of one.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// SHA-256 in hexadecimal over all of them by name: for each the length of the name (8 bytes, little-endian), the
    /// name, the length of the text, the text.
    pub fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for part in self.files.iter().flat_map(|(name, text)| [name, text]) {
            hasher.update((part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hex::encode(hasher.finalize())
    }
}

/// Whether a file of this name is read.
pub(crate) fn is_policy(name: &str) -> bool {
    !name.starts_with('.') && ENDS.iter().any(|end| name.ends_with(end))
}

/// What a folder holds, by name, but what is hidden; nothing where there is no folder.
fn list(path: &Path) -> Result<BTreeMap<String, PathBuf>, TrustError> {
    let wrong = |why: &str| TrustError::Material { name: path.display().to_string(), why: why.to_owned() };
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Ok(metadata) if metadata.is_symlink() => {
            return Err(wrong("is a link; what it leads to could be changed without being seen"));
        }
        found => found.map_err(TrustError::io("read", path))?,
    };
    let mut found = BTreeMap::new();
    for item in std::fs::read_dir(path).map_err(TrustError::io("list", path))? {
        let item = item.map_err(TrustError::io("list", path))?;
        let name = item.file_name().to_string_lossy().into_owned();
        if !name.starts_with('.') {
            found.insert(name, item.path());
        }
    }
    Ok(found)
}

fn add_folder(files: &mut BTreeMap<String, String>, folder: &str, path: &Path) -> Result<(), TrustError> {
    for (name, path) in list(path)?.into_iter().filter(|(name, _)| is_policy(name)) {
        add(files, format!("{folder}/{name}"), &path)?;
        if files.len() > MOST {
            let why = format!("is one of more than {MOST} files");
            return Err(TrustError::Material { name: folder.to_owned(), why });
        }
    }
    Ok(())
}

fn add(files: &mut BTreeMap<String, String>, name: String, path: &Path) -> Result<(), TrustError> {
    let metadata = match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found.map_err(TrustError::io("read", path))?,
    };
    let wrong = |why: &str| TrustError::Material { name: name.clone(), why: why.to_owned() };
    if !metadata.is_file() {
        return Err(wrong("is not a file; a link could be changed without being seen"));
    }
    if metadata.len() > LARGEST {
        return Err(wrong("is larger than 1 MiB"));
    }
    let bytes = std::fs::read(path).map_err(TrustError::io("read", path))?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))?;
    files.insert(name, text);
    Ok(())
}

/// How a file differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It is new.
    Added,
    /// It says something else.
    Changed,
    /// It is gone.
    Removed,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its name.
    pub name: String,
    /// In which way.
    pub how: How,
    /// What was trusted; empty where it is new.
    pub before: String,
    /// What is there now; empty where it is gone.
    pub after: String,
}

/// What differs between a trusted version and another, by name.
pub fn differences(before: &Material, after: &Material) -> Vec<Difference> {
    let names: std::collections::BTreeSet<&String> = before.files.keys().chain(after.files.keys()).collect();
    let one = |name: &String| {
        let (old, new) = (before.files.get(name), after.files.get(name));
        let how = match (old, new) {
            (None, _) => How::Added,
            (_, None) => How::Removed,
            (old, new) if old == new => return None,
            _ => How::Changed,
        };
        let text = |text: Option<&String>| text.cloned().unwrap_or_default();
        Some(Difference { name: name.clone(), how, before: text(old), after: text(new) })
    };
    names.into_iter().filter_map(one).collect()
}
