//! The door, spoken to over in-memory pipes, around a hall whose requests a test can hold back or break.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the answer"
)]

mod client;
mod edits;
mod robust;
