//! Git: the tool library, a repository with a working tree, read through its last commit.
//!
//! - Comes in: paths that are spelled well (`RepoPath`), bytes, a message with the action's number, credentials.
//! - Goes out: committed content, new commits with trailers, what a person's edits kept us from touching.
//! - Stays true: a write is the old state or the new state, never a third; a person's uncommitted edit and staged
//!   change is never overwritten; nothing outside the library's folder is opened; no hook,
//!   filter, merge driver or signing program ever runs.
//! - Deliberately absent: policy (who may write what), the state database, clocks and randomness, and the git program:
//!   `tgp-remote` alone talks to remotes with it.

mod kept_ref;
pub mod library;
pub mod message;
pub mod settings;
pub mod sync_error;

pub use kept_ref::KeptRef;
pub use library::branch::{BranchName, BranchNameProblem};
pub use library::commit::{
    LeftAlone, LeftAloneWhy, PrepareError, Prepared, PublishError, WriteError, Written,
};
pub use library::durability::{Flushed, IndexState};
pub use library::hydrate::Hydration;
pub use library::init::EMPTY_REGISTRY;
pub use library::join::JoinConflict;
pub use library::pending::{Author, BrokenBranch, PendingBranch, PendingFile};
pub use library::place::WorkingCopy;
pub use library::push::{BranchPush, BranchPusher, PushOutcome};
pub use library::revert::RevertError;
pub use library::sync::{SyncReport, SyncRequest};
pub use library::told::ToldAction;
pub use library::tree::Tree;
pub use library::{Library, Line, OpenLibraryError, ReadError, Repair};
pub use message::{Change, CommitMessage};
pub use settings::{Identity, LibrarySettings};
pub use sync_error::SyncError;
pub use tgp_objects::fault::LibraryFault;
pub use tgp_objects::id::{BlobId, CommitId};
pub(crate) use tgp_objects::{fault, id};
pub use tgp_remote::{Credentials, Interrupt, RemoteError, RemoteUrl, RemoteUrlProblem};
