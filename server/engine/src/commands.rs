//! One file a command.

mod approvals;
pub(crate) mod change_policy;
mod check_tool;
mod compensate;
pub(crate) mod diagnose;
pub(crate) mod exec_sql;
mod exec_tool;
mod find_tool;
mod list_actions;
mod list_files;
mod list_tools;
mod patch_file;
pub(crate) mod policy;
mod read_file;
mod run_sequence;
mod see_actions;
mod show_tool;
pub(crate) mod sync_library;
mod tasks;
mod token;
mod undo;
mod write_file;
