//! Snapshots of real working trees, taken and restored, checked with the plain git program.

#![allow(clippy::disallowed_methods, reason = "tests start git as a person would")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test that meets something unexpected stops there"
)]

#[path = "../../branches/tests/protected.rs"]
mod protected;
mod restoring;
mod sparse;
mod speed;
mod support;
mod taking;
