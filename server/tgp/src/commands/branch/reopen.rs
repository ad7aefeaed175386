//! `tgp branch reopen`.

use clap::Args;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Send a branch back to its agent, with what is still to be done.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp branch reopen add-login --note 'please add a test for a wrong password'")]
pub(crate) struct ReopenArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
    /// What the agent reads.
    #[arg(long, value_name = "TEXT")]
    note: String,
}

pub(super) fn run(args: &ReopenArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = super::open(context)?;
    let done = engine.review().reopen(&engine.begin(), &args.branch, &args.note)?;
    context.output.answer(&done, |page| branches::put_head(page, &done.branch));
    Ok(())
}
