//! Policy files of the machine: the administrator's and the person's own. They lie outside every project, and only
//! narrow.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::TrustError;
use crate::home::Stamp;
use crate::material::{LARGEST, MOST, is_policy};

/// Where the administrator's lie.
const ADMIN: &str = "/etc/tgp/policy";

/// The folders of the machine's policy files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachinePolicy {
    folders: Vec<(&'static str, PathBuf)>,
}

/// One version of the machine's policy files, by name: `admin/limits.yaml`, `user/mine.yaml`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MachineFiles {
    files: BTreeMap<String, String>,
    paths: Vec<PathBuf>,
    stamp: Vec<Option<Stamp>>,
}

impl MachinePolicy {
    /// The administrator's folder and the person's; either may not exist.
    pub fn new(admin: PathBuf, user: Option<PathBuf>) -> Self {
        let user = user.map(|folder| ("user", folder));
        Self { folders: std::iter::once(("admin", admin)).chain(user).collect() }
    }

    /// By the rules of the system: `/etc/tgp/policy`, and `tgp/policy` below `XDG_CONFIG_HOME` or `~/.config`.
    pub fn find(environment: &BTreeMap<String, String>) -> Self {
        let named = |name: &str| environment.get(name).filter(|text| !text.is_empty()).map(PathBuf::from);
        let config = named("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute());
        let config = config.or_else(|| named("HOME").map(|home| home.join(".config")));
        Self::new(PathBuf::from(ADMIN), config.map(|folder| folder.join("tgp/policy")))
    }

    /// The folders, as they are named and as links lead to them: where one does not exist yet, where it would be.
    pub fn folders(&self) -> Vec<PathBuf> {
        let mut all: Vec<PathBuf> =
            self.folders.iter().flat_map(|(_, folder)| [folder.clone(), real(folder)]).collect();
        all.sort();
        all.dedup();
        all
    }

    /// The files as they lie there now. A file that others could have written, or that cannot be read, refuses all.
    pub fn read(&self) -> Result<MachineFiles, TrustError> {
        let mut found = Vec::new();
        for (level, folder) in &self.folders {
            let listing = match std::fs::read_dir(folder) {
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                listing => listing.map_err(TrustError::io("list", folder))?,
            };
            for item in listing {
                let name = item.map_err(TrustError::io("list", folder))?.file_name();
                let name = name.to_string_lossy().into_owned();
                if is_policy(&name) {
                    found.push((format!("{level}/{name}"), folder.join(name)));
                }
            }
            if found.len() > MOST {
                let why = format!("is one of more than {MOST} files");
                return Err(TrustError::Material { name: (*level).to_owned(), why });
            }
        }
        let paths: Vec<PathBuf> = found.iter().map(|(_, path)| path.clone()).collect();
        // Looked at before the content: a file that changes meanwhile looks changed afterwards.
        let stamp = self.stamp_of(&paths);
        let read = |(name, path): (String, PathBuf)| Ok((name.clone(), text(&name, &path)?));
        let files = found.into_iter().map(read).collect::<Result<_, TrustError>>()?;
        Ok(MachineFiles { files, paths, stamp })
    }

    /// Whether the files look as they did when `known` was read; cheap enough to ask before every action.
    pub fn is_same(&self, known: &MachineFiles) -> bool {
        self.stamp_of(&known.paths) == known.stamp
    }

    fn stamp_of(&self, paths: &[PathBuf]) -> Vec<Option<Stamp>> {
        let folders = self.folders.iter().map(|(_, folder)| folder);
        folders.chain(paths).map(|path| Stamp::of(path)).collect()
    }
}

impl MachineFiles {
    /// Name and text of each, by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// The texts by name, for keeping.
    pub fn texts(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Other texts that count as what lies there, until it changes again.
    #[must_use]
    pub fn replaced(self, files: BTreeMap<String, String>) -> Self {
        Self { files, ..self }
    }
}

fn text(name: &str, path: &Path) -> Result<String, TrustError> {
    let wrong = |why: &str| TrustError::Material { name: name.to_owned(), why: why.to_owned() };
    // Links are followed: systems and people keep their configuration elsewhere and link to it.
    let metadata = std::fs::metadata(path).map_err(TrustError::io("read", path))?;
    if !metadata.is_file() {
        return Err(wrong("is not a file"));
    }
    if metadata.len() > LARGEST {
        return Err(wrong("is larger than 1 MiB"));
    }
    if !is_trustworthy(&metadata) {
        return Err(TrustError::NotPrivate { path: path.to_owned() });
    }
    let bytes = std::fs::read(path).map_err(TrustError::io("read", path))?;
    String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8 text"))
}

/// Whether nobody but the administrator and this user can write it.
#[cfg(unix)]
fn is_trustworthy(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    (owner == 0 || owner == rustix::process::geteuid().as_raw()) && metadata.mode() & 0o022 == 0
}

#[cfg(not(unix))]
fn is_trustworthy(_: &std::fs::Metadata) -> bool {
    true
}

/// A folder with the links above it followed; what does not exist keeps its name.
fn real(folder: &Path) -> PathBuf {
    let existing = folder.ancestors().find_map(|above| Some((above, std::fs::canonicalize(above).ok()?)));
    let Some((above, real)) = existing else { return folder.to_owned() };
    folder.strip_prefix(above).map_or_else(|_| real.clone(), |rest| real.join(rest))
}
