//! Agent branches in the user's own repository: a ref and objects, without a checkout.
//!
//! - Comes in: an open repository, an agent's changes as paths and bytes, a message with the action's number.
//! - Goes out: commits on the agent's branch, contents and differences, merges into a person's branch, conflicts file by
//!   file with both sides.
//! - Stays true: HEAD, index, working tree, stash, reflogs, config and hooks of the user are not touched, but where a
//!   person asked for a merge; a branch moves only from the state the caller saw; what undo needs is named by refs, so
//!   that no `git gc` takes it; cost follows the change, not the tree.
//! - Deliberately absent: policy, clocks, the state database, remotes, hooks, filters, signing.

pub mod change;
pub mod delta;
pub mod diff;
pub mod discard;
pub mod durable;
pub mod follow;
pub mod ignore;
pub mod integrate;
pub mod join;
pub mod list;
pub mod log;
mod moving;
pub mod name;
pub mod pack;
pub mod pack_file;
pub mod patch;
pub mod publish;
pub mod read;
mod resources;
pub mod search;
pub mod task;
pub mod undo;

pub use change::{Applied, ApplyError, Change, FileChange};
pub use join::{Conflict, ConflictKind, Joined};
pub use log::BranchCommit;
pub use name::{BranchName, BranchNameProblem};
pub use task::{Branches, OpenTaskError, Start, Task, TaskError};
pub use tgp_git::{
    CommitMessage, GitPath, GitPathProblem, Identity, LeftOut, LeftOutWhy, MODE_EXECUTABLE, OpenProjectError,
    Project, ProjectFault, ProjectSettings, RefsMark,
};
pub use tgp_objects::id::{BlobId, CommitId};
