//! `tgp snapshot diff`.

use clap::Args;
use tgp_screen::snapshots;

use crate::commands::branch::open;
use crate::context::Context;
use crate::failure::Failure;

/// Show what changed since a snapshot, or between two.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp snapshot diff 9R2C
  tgp snapshot diff 9R2C D51A")]
pub(crate) struct DiffArgs {
    /// The snapshot's number, or its end.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
    /// A later one; without it, how things are now.
    #[arg(value_name = "OTHER")]
    other: Option<String>,
}

pub(super) fn run(args: &DiffArgs, context: &Context<'_>) -> Result<(), Failure> {
    let shown = open(context)?.review().diff_snapshot(&args.snapshot, args.other.as_deref())?;
    context.output.answer(&shown, |page| snapshots::put_diff(page, &shown));
    Ok(())
}
