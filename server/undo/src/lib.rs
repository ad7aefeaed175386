//! Undo: what actions left is gathered, prepared as a whole, and put in place in the order of every commit: SQL, then
//! files, then the refs: the library's, and those of agents' branches.
//!
//! - Comes in: the actions a person or an agent names, and the open rooms.
//! - Goes out: what came back, what stayed and why; or a refusal that names each file in the way.
//! - Stays true: where a file or the library cannot be prepared, nothing is done; an undo is an action itself.
//! - Deliberately absent: who may undo what, and the place in the line. The engine decides that.

mod branch;
mod gather;
mod line;
mod prepare;
pub mod preview;
pub mod refusal;
mod rooms;
mod settle;
mod show;
mod take_back;

pub use gather::{Compensation, Gathered, may_be_taken_back, single_action};
pub use line::{Line, Turn};
pub use prepare::part;
pub use rooms::Rooms;
pub use settle::{Settled, settle};
pub use take_back::{Compensate, Judge, take_back};
