//! The standard library of tools, tried where tools run: inside the guest.
#![allow(clippy::unwrap_used, clippy::panic, reason = "in a test an unexpected error is a failure")]
#![allow(clippy::print_stdout, reason = "the name of every test inside the guest is printed")]

mod documents;
mod examples;
mod guest;
mod suites;
