//! Tests of the judge.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod cases;
mod files;
mod given;
mod naive;
mod properties;
mod scopes;
mod spellings;
mod verdicts;
