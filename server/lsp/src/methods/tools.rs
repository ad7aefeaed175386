//! `tgp/tools/...` and `tgp/policy/explain`.

use tgp_engine::Question;
use tgp_model::AgentName;
use tgp_protocol::client::editor::{ExplainInput, ExplainOutput, Nothing, ToolInput, ToolOutput};
use tgp_protocol::client::project::{ListActionsInput, ListToolsOutput};
use tgp_protocol::client::tools::{CheckToolOutput, ExecToolInput, ExecToolOutput};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::kernel::Asked;

/// Runs that are shown of a tool.
const LAST_RUNS: usize = 10;
/// Runs that are looked through for them.
const LOOKED_THROUGH: u32 = 500;

pub(super) fn list(asked: &Asked<'_>, _: Nothing) -> Result<ListToolsOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.list_tools(call)
}

pub(super) fn show(asked: &Asked<'_>, input: ToolInput) -> Result<ToolOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    let tool = engine.show_tool(call, &input.path)?;
    let runs = engine.list_actions(&ListActionsInput {
        action_type: Some("tool_run".to_owned()),
        limit: Some(LOOKED_THROUGH),
        ..ListActionsInput::default()
    })?;
    let of_tool = runs.actions.into_iter().rev().filter(|run| run.tool.as_deref() == Some(&tool.path));
    Ok(ToolOutput { last_runs: of_tool.take(LAST_RUNS).collect(), tool })
}

pub(super) fn check(asked: &Asked<'_>, input: ToolInput) -> Result<CheckToolOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.check_edited(call, &input.path)
}

pub(super) fn run(asked: &Asked<'_>, input: ExecToolInput) -> Result<ExecToolOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.exec_tool(call, input)
}

pub(super) fn explain(asked: &Asked<'_>, input: ExplainInput) -> Result<ExplainOutput, Refusal> {
    let agent = input.agent.as_deref().unwrap_or("coder");
    let agent: AgentName = agent.parse().map_err(|problem: tgp_model::agent::AgentNameProblem| {
        Refusal::new(ErrorCode::ArgumentsInvalid, problem.to_string())
    })?;
    let verdict = asked.engine()?.explain(&Question {
        agent,
        capability: input.capability,
        paths: input.paths,
        tables: input.tables,
        hosts: input.hosts,
        tools: input.tools,
        commands: input.commands,
        sql: input.sql,
        attributes: input.attributes.into_iter().collect(),
    })?;
    serde_json::to_value(&verdict)
        .map_err(|error| Refusal::new(ErrorCode::Internal, format!("the answer is no JSON: {error}")))
}
