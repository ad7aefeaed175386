//! `tgp snapshot delete`.

use clap::Args;
use tgp_screen::snapshots;

use crate::commands::branch::{open, sure};
use crate::context::Context;
use crate::failure::Failure;

/// Delete a snapshot for good, with its copy of the database. No undo brings it back.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp snapshot delete 9R2C")]
pub(crate) struct DeleteArgs {
    /// The snapshot's number, or its end.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &DeleteArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = open(context)?;
    let planned = engine.review().snapshot_to_delete(&args.snapshot)?;
    context.output.message(|page| snapshots::put_delete(page, &planned));
    if !sure(args.yes, &format!("Delete snapshot {}?", planned.snapshot.id), context)? {
        return Ok(());
    }
    let done = engine.review().delete_snapshot(&engine.begin(), &planned.snapshot.id)?;
    context.output.answer(&done, |page| snapshots::put_deleted(page, &done));
    Ok(())
}
