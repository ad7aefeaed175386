//! `tgp snapshot create`.

use clap::Args;
use tgp_screen::snapshots;

use crate::commands::branch::open;
use crate::context::Context;
use crate::failure::Failure;

/// Take a snapshot: HEAD, index and working tree, the database, open tasks and notes. Nothing of yours changes.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp snapshot create 'before the upgrade'")]
pub(crate) struct CreateArgs {
    /// Why, for the list.
    #[arg(value_name = "WHY", default_value = "")]
    why: String,
    /// Ignored files as well.
    #[arg(long)]
    ignored: bool,
}

pub(super) fn run(args: &CreateArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = open(context)?;
    let taken = engine.review().create_snapshot(&engine.begin(), &args.why, args.ignored)?;
    context.output.answer(&taken, |page| snapshots::put_one(page, &taken));
    Ok(())
}
