//! Why the library and its remote were not exchanged.

use tgp_remote::RemoteError;

use crate::fault::LibraryFault;
use crate::library::join::JoinConflict;

/// An exchange with the remote that did not come about. The library is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The settings name no remote.
    #[error("the library has no remote")]
    NoRemote,
    /// Both sides changed the same files in ways that cannot be joined.
    #[error("{} cannot be joined with what the remote has", list(files))]
    Conflict {
        /// The files, with all sides.
        files: Vec<JoinConflict>,
    },
    /// Others pushed again and again.
    #[error("the remote kept moving; given up after {attempts} attempts")]
    Contended {
        /// How often it was tried.
        attempts: u32,
    },
    /// The remote.
    #[error(transparent)]
    Remote(#[from] RemoteError),
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Library(#[from] LibraryFault),
}

fn list(files: &[JoinConflict]) -> String {
    files.iter().map(|file| format!("`{}`", file.path)).collect::<Vec<_>>().join(", ")
}
