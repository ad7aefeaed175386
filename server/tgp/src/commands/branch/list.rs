//! `tgp branch list`.

use clap::Args;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// List agents' branches, those that wait for you first; with the tools of the library that wait for review.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp branch list --all")]
pub(crate) struct ListArgs {
    /// Also those that were merged or discarded.
    #[arg(long)]
    all: bool,
}

pub(super) fn run(args: &ListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let listed = super::open(context)?.review().list(args.all)?;
    context.output.answer(&listed, |page| branches::put_list(page, &listed));
    Ok(())
}
