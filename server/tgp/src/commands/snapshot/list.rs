//! `tgp snapshot list`.

use clap::Args;
use tgp_screen::snapshots;

use crate::commands::branch::open;
use crate::context::Context;
use crate::failure::Failure;

/// List snapshots, the newest first.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp snapshot list")]
pub(crate) struct ListArgs {}

pub(super) fn run(_: &ListArgs, context: &Context<'_>) -> Result<(), Failure> {
    let listed = open(context)?.review().snapshots()?;
    context.output.answer(&listed, |page| snapshots::put_list(page, &listed));
    Ok(())
}
