//! `tgp branch merge`.

use clap::Args;
use tgp_protocol::client::branches::MergeInput;
use tgp_screen::branches;

use crate::context::Context;
use crate::failure::Failure;

/// Bring a branch into the one you have checked out. Your checkout follows, if none of your changes are touched.
///
/// A conflict is named file by file, and changes nothing. `tgp undo` takes a merge back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp branch merge add-login
  tgp branch merge add-login --squash --into release --yes
  tgp branch merge add-login --action 01M7Z02YZK8KQ51VFEZFYY9R2C")]
pub(crate) struct MergeArgs {
    /// The branch, or a part of its name that fits no other.
    #[arg(value_name = "NAME")]
    branch: String,
    /// One commit, without the branch's history.
    #[arg(long, conflicts_with = "actions")]
    squash: bool,
    /// Only this action, as `tgp branch show` lists it; may be given more than once.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<String>,
    /// Another branch than the one that is checked out.
    #[arg(long, value_name = "BRANCH")]
    into: Option<String>,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) fn run(args: &MergeArgs, context: &Context<'_>) -> Result<(), Failure> {
    let engine = super::open(context)?;
    let mut input = MergeInput {
        branch: args.branch.clone(),
        squash: args.squash,
        actions: args.actions.clone(),
        into: args.into.clone(),
        tip: None,
        dry_run: args.dry_run,
    };
    if !args.dry_run && !args.yes {
        let planned = MergeInput { dry_run: true, ..input.clone() };
        let planned = engine.review().merge(&engine.begin(), &planned)?;
        context.output.message(|page| branches::put_merge(page, &planned));
        if !super::sure(false, &format!("Merge {} into {}?", planned.branch, planned.into), context)? {
            return Ok(());
        }
        input.tip = Some(planned.tip);
    }
    let done = engine.review().merge(&engine.begin(), &input)?;
    context.output.answer(&done, |page| branches::put_merge(page, &done));
    Ok(())
}
