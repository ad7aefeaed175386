//! Every type that crosses the border of the process; no behaviour.
//!
//! - `client`: what agents, editors and the terminal's `--json` see.
//! - `guest`: what the host and the sandboxed engine say to each other.
//! - Stays true: a name or a code, once released, keeps its meaning.
//! - Deliberately absent: logic, I/O, any other crate of ours.

pub mod client;
pub mod guest;
