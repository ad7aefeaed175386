//! The sandbox, tested with real guests: what tools can do, what they cannot, and what is left afterwards.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod caching;
mod determinism;
mod engine;
mod globals;
mod harness;
mod hostile;
mod limits;
mod nesting;
mod results;
mod unharmed;
