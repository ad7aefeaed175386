//! Review: agents' branches as a person decides over them, and snapshots of the project. A part of the hall.
//!
//! - Comes in: what a person (or an agent that asks) wants of a branch or a snapshot, and the open rooms.
//! - Goes out: branches listed, shown and compared; merges, branches put away and taken back; snapshots, and the project
//!   as one of them has it; what was done, as steps that can be taken back and recognised after a crash.
//! - Stays true: nothing of the person's moves but by a merge or a restore they asked for; each mutation is an action
//!   with intent and outcome; a refused or killed one leaves the old state or the new one.
//! - Deliberately absent: how branches and snapshots are kept (the rooms know), doors, what agents do on a branch.

mod act;
mod background;
mod changed;
mod content;
mod context;
mod diff;
mod discard;
mod find;
mod forget;
mod gathered;
mod library;
mod list;
mod merge;
mod merged;
mod one_action;
mod preview;
pub mod refusal;
mod restore;
mod review;
mod settle;
mod show;
mod snapshot;
mod snapshots;
mod step;
mod take_back;

pub use background::Background;
pub use one_action::Standing;
pub use review::Review;
pub use snapshot::{SnapshotPlace, keep_before};
