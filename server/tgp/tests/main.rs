//! The terminal door, tested as a person meets it: the built program, real folders, real Git, real SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has failed; it starts programs and has no jail to keep"
)]
#![allow(clippy::needless_raw_string_hashes, reason = "expect-test writes its snapshots with them")]
#![allow(clippy::unicode_not_nfc, reason = "a table has to be aligned for such text too")]

mod command_line;
mod documents;
mod ending;
mod exit_codes;
mod help;
mod host_files;
mod init;
mod log;
mod output;
mod place;
mod tools;
