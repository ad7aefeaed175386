//! Agent branches, notes and snapshots, as they are remembered.
//!
//! - Comes in: a connection to the state database, inside a transaction of the store's.
//! - Goes out: tasks with what they are for and how far they are; notes of a session; snapshots.
//! - Stays true: a branch is one row, whatever became of it; the newest task an agent took up in a session is its
//!   current one as long as it is active.
//! - Deliberately absent: Git (a row here says nothing about where a ref points), transactions, a clock. The store is
//!   the only user of this crate.

mod branch;
pub mod branches;
mod error;
pub mod notes;
mod row;
pub mod snapshots;

pub use branch::{BranchChange, BranchFilter, BranchRow, Check, NewBranch};
pub use error::WorkError;
pub use notes::{NewNote, NoteRow};
pub use snapshots::{NewSnapshot, SnapshotRow};
