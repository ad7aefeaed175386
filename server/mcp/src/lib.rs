//! The door for agents: Model Context Protocol in, commands of the engine out, and back.
//!
//! - Comes in: lines of JSON-RPC on standard input, in both live eras of the protocol (2025-11-25 with
//!   `initialize`, 2026-07-28 with `server/discover` and `_meta` in each request).
//! - Goes out: one answer for each request, whatever it was: garbage, too long, a panic, a tool that never ends.
//!   (A cancelled request gets none; that is the protocol.)
//! - Stays true: calls take their place in the line in the order they were read; what was accepted and not yet
//!   answered is bounded, and the input waits meanwhile; the list of tools never changes while a process lives;
//!   standard output carries protocol and nothing else.
//! - A call that waits for a person holds up no other. Where the person switched that on, the client's window may ask
//!   them, up to a risk; what comes back is a person's answer only through the protocol's own way for it, never
//!   through the arguments of a tool.
//! - Deliberately absent: decisions. What may happen is the engine's to say; a refusal is passed on as it is.
//!   Nothing else in the workspace knows the protocol library.

#![allow(
    clippy::result_large_err,
    reason = "a refusal is the normal answer here, moved once or twice a call"
)]

mod bench;
mod core;
mod dialog;
mod elicitation;
mod era;
mod flight;
mod guard;
mod handler;
mod id_scan;
mod job;
mod kernel;
mod lines;
mod message;
mod progress;
mod prompts;
mod reader;
mod request_state;
mod resources;
mod schema;
mod serve;
mod stdio;
mod tools;
mod transport;
mod writer;

pub use kernel::{Answer, Kernel, PersonsAnswer};
pub use serve::{ServeError, ServeOptions, serve, serve_on, warm_up};
pub use tools::Command;
