//! The door for editors: Language Server Protocol in, commands of the engine out, and back.
//!
//! - Comes in: messages of LSP 3.17 on standard input; requests `tgp/...`, and the same as commands for
//!   `workspace/executeCommand`, for clients that know nothing of tgp; the texts of tools, rules and the configuration as
//!   they are typed.
//! - Goes out: one answer for each request, whatever it was: malformed, too long, a panic, work that never ends;
//!   what other processes changed, and what is wrong with the newest version of each text, as notifications.
//! - Stays true: a handler runs up to its first await before the next message is read, so that edits and calls are in
//!   the order they came; no handler awaits the client; requests that wait hold up no other; every handler catches
//!   panics; the process ends with `exit`, with the end of the input and with a signal. Standard output carries
//!   protocol and nothing else.
//! - A folder without a project is served as well: `tgp/status` says so, everything else is refused by a code.
//! - The caller is the person. Nothing an agent can call through tgp starts this door.
//! - Deliberately absent: decisions. What may happen is the engine's to say. Nothing else in the workspace knows the
//!   protocol library.

#![allow(
    clippy::result_large_err,
    reason = "a refusal is the normal answer here, moved once or twice a call"
)]

mod ask;
mod authors;
mod capabilities;
mod check;
mod core;
mod documents;
mod door;
mod fault;
mod frames;
mod job;
mod kernel;
mod live;
mod method;
mod methods;
mod opened;
mod places;
mod progress;
mod project;
mod reference;
mod renames;
mod serve;
mod talk;
mod too_long;
mod typescript;
mod writer;

pub use core::{Client, Refreshes};
pub use fault::Fault;
pub use kernel::{Asked, Kernel, Machine};
pub use method::{Described, Method, described};
pub use reference::reference;
pub use serve::{Ended, ServeError, ServeOptions, serve, serve_on};
pub use typescript::typescript;
