//! The compiler from outside: sources in, what it says and makes out.

#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes them")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::format_collect,
    clippy::needless_pass_by_value,
    clippy::assigning_clones,
    reason = "helpers of tests fail loudly, and read better short"
)]

mod arguments;
mod bounds;
mod config;
mod documents;
mod fixture;
mod forms;
mod packages;
mod places;
mod schemas;
mod speed;
mod standards;
