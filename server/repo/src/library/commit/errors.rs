//! What can keep changes from becoming a commit.

use tgp_model::RepoPath;

use crate::fault::LibraryFault;
use crate::id::CommitId;
use crate::library::edit::EditError;

/// Changes that cannot be made into a commit.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    /// The path can never be committed.
    #[error("`{path}` cannot be committed: {why}")]
    Path {
        /// The path.
        path: RepoPath,
        /// Why not.
        why: String,
    },
    /// One path occurs twice among the changes.
    #[error("`{path}` occurs twice in one commit")]
    Twice {
        /// The path.
        path: RepoPath,
    },
    /// A file stands where a folder is needed, or a folder where the file is to be.
    #[error("`{path}` cannot be written: `{other}` is in the way")]
    InTheWay {
        /// The path to be written.
        path: RepoPath,
        /// What stands there; a folder ends in `/`.
        other: String,
    },
    /// Another file has the same name in other case, which many file systems cannot keep apart.
    #[error("`{path}` cannot be written: it differs from `{other}` by case only")]
    CaseClash {
        /// The path to be written.
        path: RepoPath,
        /// Name of the file that exists.
        other: String,
    },
    /// There is no file to delete.
    #[error("`{path}` cannot be deleted: there is no such file")]
    NothingToDelete {
        /// The path.
        path: RepoPath,
    },
    /// The commit to build on is not the line's last one (any more).
    #[error("the library moved on to {}", head.map_or_else(|| "an empty state".to_owned(), |head| head.to_string()))]
    Moved {
        /// What the line names now.
        head: Option<CommitId>,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

impl From<EditError> for PrepareError {
    fn from(error: EditError) -> Self {
        match error {
            EditError::InTheWay { path, other } => Self::InTheWay { path, other },
            EditError::CaseClash { path, other } => Self::CaseClash { path, other },
            EditError::Fault(fault) => fault.into(),
        }
    }
}

/// A commit that could not be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else published first.
    #[error("the library moved on to {}", head.map_or_else(|| "an empty state".to_owned(), |head| head.to_string()))]
    Moved {
        /// What the line names now.
        head: Option<CommitId>,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

/// A write that did not come about; nothing of it is visible.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file to be changed was changed by somebody else meanwhile.
    #[error("`{path}` was changed by commit {head} meanwhile")]
    Moved {
        /// The file.
        path: RepoPath,
        /// The commit that is the last one now.
        head: CommitId,
    },
    /// Others published again and again, more often than we try.
    #[error("the library kept moving; given up after {attempts} attempts")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The changes cannot be made into a commit.
    #[error(transparent)]
    Prepare(#[from] PrepareError),
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}
