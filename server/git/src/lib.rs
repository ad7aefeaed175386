//! Git: the user's own repository, beneath agent branches and snapshots. A part of `branches` and of `snapshots`.
//!
//! - Comes in: the folder of a repository, names of refs and objects, changes to a tree.
//! - Goes out: refs moved by compare-and-swap, new objects, what a person has changed and not committed.
//! - Stays true: HEAD, index, working tree, stash, config and hooks are read and never written; no hook, filter program
//!   or signing program of the user's runs; a ref is moved only from the value the caller saw; a crash leaves no lock
//!   that stays.
//! - Deliberately absent: policy, clocks, the state database, remotes, and what a branch or snapshot is.

pub mod capture;
pub mod disk;
pub mod edit;
pub mod fault;
pub mod head;
mod index_at_hand;
mod index_lock;
pub mod mark;
pub mod message;
pub mod open;
mod others;
pub mod packed;
pub mod path;
mod program;
pub mod refs;
pub mod rules;
pub mod scan;
mod unchanged;

pub use capture::{Captured, LeftOut, LeftOutWhy};
pub use fault::ProjectFault;
pub use head::{Checkout, Head};
pub use index_lock::HeldIndex;
pub use mark::RefsMark;
pub use message::{CommitMessage, Identity};
pub use open::{OpenProjectError, Project, ProjectSettings};
pub use path::{GitPath, GitPathProblem};
pub use refs::{HeldRef, MoveRefError, RefMove};
pub use tgp_objects::tree::{Entry, Leaf, MODE_EXECUTABLE, MODE_FILE, MODE_FOLDER, MODE_SYMLINK};

/// Mode of a submodule: its object is a commit of another repository.
pub const MODE_SUBMODULE: u32 = 0o160_000;
