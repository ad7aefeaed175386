//! Tests of the registry: risk consistency, names, declared effects.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod consistency;
mod effects;
mod kernel;
