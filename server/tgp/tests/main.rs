//! The terminal door, tested as a person meets it: the built program, real folders, real Git, real SQLite.

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
