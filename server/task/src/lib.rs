//! Tasks: what agents do on their branches of the user's repository, from the look to the commit.
//!
//! - Comes in: a call with what an agent wants to read, change, open or hand in, and the open rooms.
//! - Goes out: contents, commits on the agent's branch, rows of the timeline; or a refusal with what to do.
//! - Stays true: each change is judged file by file before it is made, and is one commit; what a branch's agent may not
//!   read is not shown; nothing here touches what a person has checked out.
//! - Deliberately absent: Git itself, who decides, merging and discarding (a person's; `review`).

mod changing;
mod compensating;
mod content;
mod diffing;
mod durable;
mod examine;
mod files;
mod finishing;
mod listing;
mod noting;
mod open;
mod opening;
mod outlining;
mod paging;
mod patching;
mod reading;
pub mod refusal;
mod rooms;
mod searching;
mod settling;
mod shown;
mod view;

pub use compensating::{Wanted, forget_note, is_note};
pub use durable::{NotSynced, is_task_branch};
pub use examine::examine;
pub use noting::save_note;
pub use open::open;
pub use outlining::symbols_of;
pub use paging::{PAGE_BYTES, page, page_of_bytes};
pub use patching::replace_once;
pub use rooms::{KeepStart, Rooms};
pub use shown::{shown_file, shown_symbol};
pub use view::View;
