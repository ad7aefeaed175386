//! What the terminal's door shows: lines with styles, aligned columns, two versions of a text, points in time.
//!
//! - Comes in: text of any origin, and how it should look.
//! - Goes out: text that is harmless to a terminal and holds no token where it is logged.
//! - Stays true: nothing an agent, a tool or a database wrote can move the cursor or forge a line.
//! - Deliberately absent: what is said; the commands say it.

pub mod branches;
pub mod code;
pub mod diff;
mod discreet;
pub mod failure;
pub mod findings;
pub mod hunks;
pub mod output;
pub mod page;
pub mod person;
pub mod questions;
pub mod snapshots;
pub mod table;
pub mod time;
pub mod timeline;
pub mod tool;
pub mod value;
mod waiting;
pub mod words;

pub use discreet::Discreet;
pub use waiting::saying;
