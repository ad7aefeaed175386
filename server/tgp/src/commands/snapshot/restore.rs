//! `tgp snapshot restore`.

use clap::{Args, ValueEnum};
use tgp_protocol::client::snapshots::{RestoreInput, SnapshotPart};
use tgp_screen::snapshots;

use crate::commands::branch::{open, sure};
use crate::context::Context;
use crate::failure::Failure;

/// Make files, index, branch and database what a snapshot has. How things are now is a snapshot before that.
///
/// Files the snapshot did not know stay. `tgp undo` takes a restore back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp snapshot restore 9R2C --dry-run
  tgp snapshot restore 9R2C --only database --yes")]
pub(crate) struct RestoreArgs {
    /// The snapshot's number, or its end.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
    /// Only this part.
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Files the snapshot did not know go; ignored ones stay.
    #[arg(long)]
    delete: bool,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Part {
    /// Branch, index and files.
    Tree,
    /// The database.
    Database,
}

pub(super) fn run(args: &RestoreArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = open(context)?;
    let only = args.only.map(|part| match part {
        Part::Tree => SnapshotPart::Tree,
        Part::Database => SnapshotPart::Database,
    });
    let input =
        RestoreInput { snapshot: args.snapshot.clone(), only, delete: args.delete, dry_run: args.dry_run };
    if !args.dry_run && !args.yes {
        let planned = RestoreInput { dry_run: true, ..input.clone() };
        let planned = engine.review().restore_snapshot(&engine.begin(), &planned)?;
        context.output.message(|page| snapshots::put_restore(page, &planned));
        if !sure(false, &format!("Restore snapshot {}?", planned.snapshot), context)? {
            return Ok(());
        }
    }
    let done = engine.review().restore_snapshot(&engine.begin(), &input)?;
    context.output.answer(&done, |page| snapshots::put_restore(page, &done));
    Ok(())
}
