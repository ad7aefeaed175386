//! Real repositories, real remotes, real files; checked with the plain git program.

#![allow(clippy::disallowed_methods, reason = "tests start git, and themselves, as a person would")]
#![allow(clippy::unwrap_used, reason = "a test that meets something unexpected stops there")]

mod crashes;
mod gitignorant;
mod library;
mod people;
mod pull_requests;
mod remotes;
mod reverts;
mod reviews;
mod speed;
mod support;
