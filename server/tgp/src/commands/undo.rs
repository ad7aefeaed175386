//! `tgp undo` and `tgp redo`: take back what agents did.

use clap::Args;
use tgp_engine::{Clock, MachineClock};
use tgp_model::AgentName;
use tgp_protocol::client::undo::{UndoInput, UndoOutput, UndoTarget};
use tgp_screen::timeline::put_undo;

use crate::commands::timeline::not_a_time;
use crate::context::Context;
use crate::failure::Failure;
use crate::person;
use crate::time;

/// Take actions back: files, tools and rows of the database come back as they were.
///
/// What others changed since is never overwritten: it is named, and stays. An undo is an action itself; `tgp redo` takes
/// the last one back.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp undo 01M7Z02YZK8KQ51VFEZFYY9R2C --dry-run
  tgp undo --agent coder --since 2h
  tgp undo --session 01M7Z02YZQMFF0807TDKYD2C61 --yes")]
pub(crate) struct UndoArgs {
    /// Number of one action, as `tgp timeline` shows it.
    #[arg(value_name = "ACTION", required_unless_present_any = ["session", "of"])]
    action: Option<String>,
    /// Everything that was done in this session.
    #[arg(long, value_name = "SESSION", conflicts_with = "action")]
    session: Option<String>,
    /// Everything this agent did.
    #[arg(long = "agent", value_name = "NAME", conflicts_with_all = ["action", "session"])]
    of: Option<AgentName>,
    /// With `--agent`: only from this time on, such as `10m`, `2h`, `3d` ago, or `2026-11-21 08:59` (UTC).
    #[arg(long, value_name = "TIME", requires = "of")]
    since: Option<String>,
    /// Only show what would come back.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask before several actions are taken back.
    #[arg(long)]
    yes: bool,
}

/// Make again what was taken back last.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp redo")]
pub(crate) struct RedoArgs {
    /// Only show what would be done.
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(args: &UndoArgs, context: &Context<'_>) -> Result<(), Failure> {
    let target = target(args)?;
    let several = !matches!(target, UndoTarget::Action(_));
    if several && !args.dry_run && !args.yes {
        let shown = ask_first(&target, context)?;
        context.output.message(|page| put_undo(page, &shown));
        if !person::asks(&format!("Take {} actions back?", shown.undone.len()))? {
            context.output.message(|page| page.line("Nothing was changed."));
            return Ok(());
        }
    }
    take_back(UndoInput { target, dry_run: args.dry_run }, context)
}

pub(crate) fn redo(args: &RedoArgs, context: &Context<'_>) -> Result<(), Failure> {
    take_back(UndoInput { target: UndoTarget::LastUndo, dry_run: args.dry_run }, context)
}

fn ask_first(target: &UndoTarget, context: &Context<'_>) -> Result<UndoOutput, Failure> {
    let engine = context.open(&AgentName::person())?;
    Ok(engine.undo(&engine.begin(), &UndoInput { target: target.clone(), dry_run: true })?)
}

fn take_back(input: UndoInput, context: &Context<'_>) -> Result<(), Failure> {
    let engine = context.open(&AgentName::person())?;
    let done = engine.undo(&engine.begin(), &input)?;
    context.output.answer(&done, |page| put_undo(page, &done));
    Ok(())
}

fn target(args: &UndoArgs) -> Result<UndoTarget, Failure> {
    if let Some(action) = &args.action {
        return Ok(UndoTarget::Action(action.clone()));
    }
    if let Some(session) = &args.session {
        return Ok(UndoTarget::Session(session.clone()));
    }
    let since = args
        .since
        .as_deref()
        .map(|text| time::parse(text, MachineClock.now()).map(|at| at.0).ok_or_else(|| not_a_time(text)));
    let name = args.of.as_ref().map(ToString::to_string).unwrap_or_default();
    Ok(UndoTarget::Agent { name, since: since.transpose()? })
}
