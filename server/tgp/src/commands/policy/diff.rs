//! `tgp policy diff`.

use clap::Args;
use tgp_engine::{ChangedDecision, Comparison, LeftOut};
use tgp_model::AgentName;

use super::explain;
use crate::context::Context;
use crate::failure::Failure;
use crate::page::{Page, Style};

/// Show which of the last actions the rules that lie in the project would decide otherwise than those in force.
///
/// Each action is judged again from what the timeline holds of it: its kind, files, statements and tool, your own
/// actions too. What is not kept (such as the reads of a tool run) cannot be; what could not be judged again is named.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  tgp policy diff --last 500")]
pub(crate) struct DiffArgs {
    /// How many actions are judged again, the newest first.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    last: u32,
}

pub(super) fn run(args: &DiffArgs, context: &Context<'_>) -> Result<(), Failure> {
    let present = super::present(context)?.judge().map_err(|error| super::invalid(&error))?;
    let engine = context.open(&AgentName::person())?;
    let comparison = engine.compare_rules(&present, args.last)?;
    context.output.answer(&comparison, |page| put(page, &comparison));
    Ok(())
}

fn put(page: &mut Page, comparison: &Comparison) {
    for ChangedDecision { action, agent, description, before, after, .. } in &comparison.changed {
        page.put(Style::Accent, action).plain(&format!(" {agent}: {description}  "));
        let (style, word) = explain::word(before.decision);
        page.put(style, word).plain(" -> ");
        let (style, word) = explain::word(after.decision);
        page.put(style, word).end();
        explain::put_rules(page, after);
    }
    if comparison.before == comparison.after {
        page.line("The rules that lie here are the rules in force.");
    }
    let (changed, judged) = (comparison.changed.len(), comparison.judged);
    page.plain(&format!("{changed} of {judged} actions would be decided otherwise"));
    if comparison.left_out > 0 {
        page.put(Style::Dim, &format!(" ({} could not be judged again)", comparison.left_out));
    }
    page.end();
    for LeftOut { action, agent, description, in_part, why, .. } in &comparison.left {
        let how = if *in_part { "judged in part" } else { "not judged again" };
        page.put(Style::Dim, &format!("  {action} {agent}: {description}: {how}, {why}")).end();
    }
}
