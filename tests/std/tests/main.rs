//! The standard library of tools, tried where tools run: inside the guest.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test an unexpected error is a failure")]

mod documents;
mod examples;
mod guest;
mod suites;
