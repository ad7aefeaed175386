//! One file a command.

mod check_tool;
mod exec_sql;
mod exec_tool;
mod find_tool;
mod list_files;
mod patch_file;
mod read_file;
mod write_file;
