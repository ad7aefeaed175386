//! Real files, real symlinks, real devices.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that meets something unexpected stops there")]
#![allow(clippy::disallowed_methods, reason = "tests start programs, and themselves, as a person would")]

mod files;
mod jail;
mod support;
mod undo;
