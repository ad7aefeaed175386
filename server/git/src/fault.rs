//! What can go wrong below every operation on the user's repository: the disk, Git's objects, a lock.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tgp_lock::LockError;
use tgp_objects::fault::LibraryFault;

/// A failure any operation on the repository can meet.
#[derive(Debug, thiserror::Error)]
pub enum ProjectFault {
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
    /// An object or ref is missing or cannot be read.
    #[error("the repository at `{}` is damaged: {what}", folder.display())]
    Damaged {
        /// Folder of the repository.
        folder: PathBuf,
        /// Which object or ref, and what is wrong with it.
        what: String,
    },
    /// An object is not here because the repository is a partial clone.
    #[error(
        "{what}; the repository is a partial clone and the object was never fetched: `git fetch` or a checkout brings it"
    )]
    NotFetched {
        /// Which object.
        what: String,
    },
    /// Another process holds a lock for longer than we wait.
    #[error("`{}` is held by another process{}", path.display(), held_for(*age))]
    Locked {
        /// The lock file.
        path: PathBuf,
        /// How old the lock is, where that can be told.
        age: Option<Duration>,
    },
    /// Git's library gave up.
    #[error("could not {doing}: {reason}")]
    Git {
        /// What was tried.
        doing: &'static str,
        /// What it said.
        reason: String,
    },
}

fn held_for(age: Option<Duration>) -> String {
    age.map_or_else(String::new, |age| format!(", for {} seconds", age.as_secs()))
}

impl From<LockError> for ProjectFault {
    fn from(error: LockError) -> Self {
        match error {
            LockError::Io { doing, path, source } => Self::Io { doing, path, source },
            LockError::Held { path, age } => Self::Locked { path, age },
        }
    }
}

impl From<LibraryFault> for ProjectFault {
    fn from(fault: LibraryFault) -> Self {
        match fault {
            LibraryFault::Io { doing, path, source } => Self::Io { doing, path, source },
            LibraryFault::Damaged { folder, what } => Self::Damaged { folder, what },
            LibraryFault::BranchTaken { branch, why } => {
                Self::Git { doing: "write a branch", reason: format!("`{branch}`: {why}") }
            }
            LibraryFault::Locked { path, age } => Self::Locked { path, age },
        }
    }
}

impl ProjectFault {
    /// Adds what was tried and on which path to an error of the system.
    pub fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + use<'a> {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// Adds what was tried to an error of Git's library.
    pub fn git<E: std::fmt::Display>(doing: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::Git { doing, reason: error.to_string() }
    }

    /// Whether the disk is full or may not be written, which no repetition mends.
    pub fn is_unwritable(&self) -> bool {
        use std::io::ErrorKind;
        matches!(self, Self::Io { source, .. } if matches!(source.kind(),
            ErrorKind::StorageFull | ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge))
    }
}
