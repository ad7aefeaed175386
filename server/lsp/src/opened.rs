//! An open project, and whether its state still lies where it was opened.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tgp_engine::Engine;

/// The state database in the library's folder.
const STATE: &str = "state/tgp.db";

/// An open project.
pub(crate) struct Opened {
    pub(crate) engine: Arc<Engine>,
    state: PathBuf,
    /// Which file it was. The engine keeps it open, so no other file gets its number meanwhile.
    file: Option<(u64, u64)>,
}

impl Opened {
    /// Remembers which file the state is.
    pub(crate) fn new(engine: Arc<Engine>) -> Self {
        let state = engine.root().join(engine.library_folder().as_str()).join(STATE);
        Self { file: file_of(&state), state, engine }
    }

    /// Whether the state is still the file it was.
    pub(crate) fn stands(&self) -> bool {
        self.file.is_some() && file_of(&self.state) == self.file
    }

    /// The state's path, where nothing lies there.
    pub(crate) fn missing(&self) -> Option<&Path> {
        let missing = std::fs::symlink_metadata(&self.state).is_err();
        missing.then_some(self.state.as_path())
    }
}

/// Device and number of a file; none where there is no file.
fn file_of(path: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(path).ok().map(|metadata| number_of(&metadata))
}

#[cfg(unix)]
fn number_of(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

/// An open file cannot be replaced there.
#[cfg(not(unix))]
fn number_of(_: &Metadata) -> (u64, u64) {
    (0, 0)
}
