//! `tgp mcp`: serves an agent host over stdio.

use std::time::Duration;

use clap::Args;
use tgp_engine::{Hydrate, OpenProject};
use tgp_mcp::ServeOptions;
use tgp_model::AgentName;

use crate::context::Context;
use crate::failure::Failure;

/// What the end of a session may take beyond what the door itself allows for it.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// How long the remote is waited for before the session begins without it; hosts wait ten seconds for a start.
const REMOTE: Duration = Duration::from_secs(4);

/// Serve an agent host over stdio (MCP). Ends when the input ends, or with SIGTERM.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tgp mcp
  tgp mcp --root ~/shop --agent analyst")]
pub(crate) struct McpArgs {
    /// The agent that is served.
    #[arg(long, value_name = "NAME", default_value = "coder")]
    agent: AgentName,
}

pub(crate) fn run(args: &McpArgs, context: &Context<'_>) -> Result<(), Failure> {
    if args.agent == AgentName::person() {
        return Err(Failure::Usage {
            message: "an agent cannot be called `person`: that is you".to_owned(),
            hint: Some("choose another name, such as `coder`".to_owned()),
        });
    }
    tgp_mcp::warm_up();
    let options = ServeOptions::default();
    // The door listens for signals itself and answers what it accepted; we only make sure that it comes to an end.
    context.ending.wait_for(options.finish + options.wind_down + LAST_WORDS);
    let mut project = OpenProject::new(context.root()?, args.agent.clone());
    // A session begins with the newest tools.
    project.hydrate = Hydrate::Always;
    project.remote_limit = REMOTE;
    let engine = context.open_project(project)?;
    if context.ending.is_asked() {
        return Ok(());
    }
    // A push under way when the session ends is given a moment.
    context.ending.leaves_talks();
    tgp_mcp::serve(engine.shared(), options).map_err(|error| Failure::Bug(error.to_string()))
}
