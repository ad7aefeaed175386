//! `tgp branch discard`.

use clap::Args;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Put a branch away. It is kept for 30 days; `tgp branch restore` takes it back.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp branch discard add-login")]
pub(crate) struct DiscardArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &DiscardArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = super::open(context)?;
    let named = engine.review().show(&args.branch)?.branch.name;
    if !super::sure(args.yes, &format!("Discard {named}?"), context)? {
        return Ok(());
    }
    let done = engine.review().discard(&engine.begin(), &named)?;
    context.output.answer(&done, |page| branches::put_head(page, &done.branch));
    Ok(())
}
