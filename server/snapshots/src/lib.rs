//! Snapshots of the user's project: HEAD, index and working tree as objects under private refs, and back again.
//!
//! - Comes in: an open repository, a name and a reason, bounds on size.
//! - Goes out: snapshots with the list of what they do not hold, differences, a plan of what a restore would do.
//! - Stays true: taking one changes nothing of the user's; a file is kept as the bytes it has, and comes back as those
//!   bytes; a restore never removes what the snapshot did not know unless it is told to, and never goes through a
//!   symlink; done halfway it is simply done again.
//! - Deliberately absent: databases, contexts and their meaning (bytes here), policy, clocks, when a snapshot is taken.

pub mod about;
pub mod create;
pub mod diff;
mod nested;
pub mod place;
pub mod plan;
pub mod restore;
pub mod shelf;
mod sparse;

pub use about::{About, SnapshotId, SnapshotIdProblem};
pub use create::{Contents, CreateError, Limits, Request};
pub use diff::Difference;
pub use plan::{Blocked, Options, Plan};
pub use restore::{Ready, RestoreError, Restored};
pub use shelf::{Shelf, Snapshot};
pub use tgp_git::{GitPath, LeftOut, LeftOutWhy, Project, ProjectFault};
