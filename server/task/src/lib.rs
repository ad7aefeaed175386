//! Tasks: what agents do on their branches of the user's repository, from the look to the commit.
//!
//! - Comes in: a call with what an agent wants to read, change, open or hand in, and the open rooms.
//! - Goes out: contents, commits on the agent's branch, rows of the timeline; or a refusal with what to do.
//! - Stays true: each change is judged file by file before it is made, and is one commit; what a branch's agent may not
//!   read is not shown; nothing here touches what a person has checked out.
//! - Deliberately absent: Git itself, who decides, merging and discarding (a person's; `review`).

mod examine;
mod open;
pub mod refusal;
mod rooms;

pub use examine::examine;
pub use open::open;
pub use rooms::Rooms;
