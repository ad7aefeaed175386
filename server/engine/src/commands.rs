//! One file a command.

mod check_tool;
pub(crate) mod diagnose;
pub(crate) mod exec_sql;
mod exec_tool;
mod find_tool;
mod list_actions;
mod list_files;
mod list_tools;
mod patch_file;
mod read_file;
mod show_tool;
pub(crate) mod sync_library;
mod write_file;
