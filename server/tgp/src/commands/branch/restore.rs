//! `tgp branch restore`.

use clap::Args;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Take a discarded branch back.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp branch list --all && tgp branch restore add-login")]
pub(crate) struct RestoreArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
}

pub(super) fn run(args: &RestoreArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = super::open(context)?;
    let done = engine.review().restore_branch(&engine.begin(), &args.branch)?;
    context.output.answer(&done, |page| branches::put_head(page, &done.branch));
    Ok(())
}
