//! `tgp timeline`: what was done.

use clap::Args;
use tgp_engine::{Clock, MachineClock};
use tgp_model::{ActionStatus, ActionType, AgentName};
use tgp_protocol::client::project::ListActionsInput;
use tgp_screen::timeline::put_actions;

use crate::context::Context;
use crate::failure::Failure;
use crate::time;

/// Show what was done, the newest last.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp timeline
  tgp timeline --since 2h --status failed
  tgp timeline --agent analyst --type tool_run --limit 10
  tgp timeline --path tools/reports --until '2026-11-21 12:00'")]
pub(crate) struct TimelineArgs {
    /// Only of this agent.
    #[arg(long, value_name = "NAME")]
    agent: Option<AgentName>,
    /// Only of this kind, such as `tool_run`, `sql_write`, `file_create`.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<ActionType>,
    /// Only with this status, such as `executed`, `failed`, `denied`.
    #[arg(long, value_name = "STATUS")]
    status: Option<ActionStatus>,
    /// Only from this time on: `10m`, `2h`, `3d` ago, or `2026-11-21 08:59` (UTC).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only before this time, written in the same way.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Only of this session.
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,
    /// Only on this branch.
    #[arg(long, value_name = "BRANCH")]
    branch: Option<String>,
    /// Only those that touch this file, or a file in this folder.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,
    /// At most this many, the newest of them.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

pub(crate) fn run(args: &TimelineArgs, context: &Context<'_>) -> Result<(), Failure> {
    let at = |text: Option<&str>| {
        let parsed = text.map(|text| time::parse(text, MachineClock.now()).ok_or_else(|| not_a_time(text)));
        Ok::<_, Failure>(parsed.transpose()?.map(|at| at.0))
    };
    let input = ListActionsInput {
        agent: args.agent.as_ref().map(ToString::to_string),
        action_type: args.kind.map(|kind| kind.to_string()),
        status: args.status.map(|status| status.to_string()),
        session: args.session.clone(),
        branch: args.branch.clone(),
        path: args.path.clone(),
        since: at(args.since.as_deref())?,
        until: at(args.until.as_deref())?,
        before: None,
        limit: Some(args.limit),
    };
    let engine = context.open(&AgentName::default())?;
    let listed = engine.list_actions(&input)?;
    context.output.answer(&listed, |page| put_actions(page, &listed));
    Ok(())
}

pub(super) fn not_a_time(text: &str) -> Failure {
    Failure::Usage {
        message: format!("`{text}` is not a time"),
        hint: Some("write `10m`, `2h`, `3d`, or `2026-11-21 08:59` (UTC)".to_owned()),
    }
}
