//! What can go wrong below every operation on the library: the disk, Git's objects, a lock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tgp_lock::LockError;
use tgp_model::RepoPath;

use crate::id::CommitId;

/// A failure any operation on the library can meet.
#[derive(Debug, thiserror::Error)]
pub enum LibraryFault {
    /// The operating system refused.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried, as in `write`.
        doing: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// An object or ref of the repository is missing or cannot be read.
    #[error("the library at `{}` is damaged: {what}", folder.display())]
    Damaged {
        /// Folder of the library.
        folder: PathBuf,
        /// Which object or ref, and what is wrong with it.
        what: String,
    },
    /// A branch for review cannot be written under its name.
    #[error("`{branch}` cannot be written: {why}")]
    BranchTaken {
        /// The branch.
        branch: String,
        /// What stands against it.
        why: String,
    },
    /// Another living process holds a lock for longer than we wait.
    #[error("`{}` is held by another process{}", path.display(), holder(*age))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How old the lock is, where that can be told.
        age: Option<Duration>,
    },
}

fn holder(age: Option<Duration>) -> String {
    age.map_or_else(String::new, |age| format!(", for {} seconds", age.as_secs()))
}

impl From<LockError> for LibraryFault {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Io { doing, path, source } => Self::Io { doing, path, source },
            LockError::Held { path, age } => Self::Locked { path, age },
        }
    }
}

impl LibraryFault {
    /// Adds what was tried and on which path to an error of the system.
    pub fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + use<'a> {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// Whether the disk is full or may not be written, which no repetition mends.
    pub fn is_unwritable(&self) -> bool {
        use std::io::ErrorKind;
        matches!(self, Self::Io { source, .. } if matches!(source.kind(),
            ErrorKind::StorageFull | ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied | ErrorKind::QuotaExceeded))
    }
}

/// Committed content that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Something is there, and it is no file.
    #[error("`{path}` is not a file in the library but a {kind}")]
    NotAFile {
        /// The path.
        path: RepoPath,
        /// What it is: `folder`, `symlink` or `submodule`.
        kind: &'static str,
    },
    /// The commit asked for is not in this repository.
    #[error("there is no commit {commit} in the library")]
    NoCommit {
        /// Its name.
        commit: CommitId,
    },
    /// The disk or the repository.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}
