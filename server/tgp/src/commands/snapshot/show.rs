//! `tgp snapshot show`.

use clap::Args;
use tgp_screen::snapshots;

use crate::commands::branch::open;
use crate::context::Context;
use crate::failure::Failure;

/// Show a snapshot: what it holds, and what it does not.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp snapshot show 9R2C --json")]
pub(crate) struct ShowArgs {
    /// The snapshot's number, or its end.
    #[arg(value_name = "SNAPSHOT")]
    snapshot: String,
}

pub(super) fn run(args: &ShowArgs, context: &Context<'_>) -> Result<(), Failure> {
    let shown = open(context)?.review().show_snapshot(&args.snapshot)?;
    context.output.answer(&shown, |page| snapshots::put_one(page, &shown));
    Ok(())
}
