//! `tgp snapshot`: how the project was at a moment, and back to it.

use clap::Subcommand;

use crate::context::Context;
use crate::failure::Failure;

mod create;
mod delete;
mod diff;
mod list;
mod restore;
mod show;

/// Take, compare and restore snapshots of files and database.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Example:
  tgp snapshot list && tgp snapshot restore 9R2C --dry-run")]
pub(crate) enum SnapshotCommand {
    Create(create::CreateArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Diff(diff::DiffArgs),
    Restore(restore::RestoreArgs),
    Delete(delete::DeleteArgs),
}

pub(crate) fn run(command: &SnapshotCommand, context: &Context<'_>) -> Result<(), Failure> {
    match command {
        SnapshotCommand::Create(args) => create::run(args, context),
        SnapshotCommand::List(args) => list::run(args, context),
        SnapshotCommand::Show(args) => show::run(args, context),
        SnapshotCommand::Diff(args) => diff::run(args, context),
        SnapshotCommand::Restore(args) => restore::run(args, context),
        SnapshotCommand::Delete(args) => delete::run(args, context),
    }
}
