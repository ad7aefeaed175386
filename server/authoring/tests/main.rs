//! What an editor tells authors, over a small library in memory and the real compiler and judge.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on ends")]

mod library;

mod completing;
mod finding;
mod naming;
mod rules;
mod telling;
