//! What can go wrong with what lies outside the project.

use std::path::{Path, PathBuf};

/// Why trust or a key cannot be read or kept. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The operating system refused.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// On which path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Somebody else owns the file or folder, or may write it.
    #[error("`{}` belongs to another user or can be written by others; it is not used", path.display())]
    NotPrivate {
        /// Which.
        path: PathBuf,
    },
    /// What was kept cannot be read any more.
    #[error("`{}` is damaged: {why}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A file that would decide something cannot be taken as it is.
    #[error("`{name}` {why}")]
    Material {
        /// Its name, such as `policy/rules.yaml`.
        name: String,
        /// What is wrong with it.
        why: String,
    },
}

impl TrustError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }
}
