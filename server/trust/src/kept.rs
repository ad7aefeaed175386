//! Small secret texts that are kept for a project, such as standing tokens: each a file of its own.

use std::path::PathBuf;

use crate::error::TrustError;
use crate::home::ProjectHome;
use crate::private;

/// Most texts that are read back from one folder; nobody keeps so many on purpose.
const MOST: usize = 1_000;

impl ProjectHome {
    /// Keeps a text under a name, in a folder of its kind. `name` is an identifier, never a path.
    pub fn keep(&self, kind: &str, name: &str, text: &str) -> Result<(), TrustError> {
        let folder = self.folder_of(kind);
        private::make_folder(&folder)?;
        private::write(&folder.join(name), text.as_bytes())
    }

    /// All kept texts of a kind, by name in its order.
    pub fn kept(&self, kind: &str) -> Result<Vec<(String, String)>, TrustError> {
        let folder = self.folder_of(kind);
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            read => read.map_err(TrustError::io("read", &folder))?,
        };
        private::check(&folder)?;
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        // What a write that was cut short left has another ending.
        names.retain(|name| !name.contains('.'));
        names.sort();
        names.truncate(MOST);
        let mut kept = Vec::new();
        for name in names {
            let path = folder.join(&name);
            let Some(bytes) = private::read(&path)? else { continue };
            let damaged = |_| TrustError::Damaged { path: path.clone(), why: "it is no text".to_owned() };
            kept.push((name, String::from_utf8(bytes).map_err(damaged)?));
        }
        Ok(kept)
    }

    /// Forgets a text; one that is gone already is no mistake.
    pub fn forget(&self, kind: &str, name: &str) -> Result<(), TrustError> {
        let path = self.folder_of(kind).join(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(TrustError::io("remove", &path)(error))
            }
            _ => Ok(()),
        }
    }

    fn folder_of(&self, kind: &str) -> PathBuf {
        self.folder().join(kind)
    }
}
