//! `tgp timeline`: the timeline, for a person.

use tgp_model::Timestamp;
use tgp_protocol::client::project::{ListActionsInput, ListActionsOutput, ListedAction};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, ActionRow, Order};

use crate::Engine;
use tgp_gate::from_store;

/// Actions shown where the caller says nothing.
const USUAL: u32 = 50;

impl Engine {
    /// The newest actions that fit, the newest last. Looking at the timeline is no action itself.
    pub fn list_actions(&self, input: &ListActionsInput) -> Result<ListActionsOutput, Refusal> {
        let limit = input.limit.unwrap_or(USUAL).max(1);
        let mut filter = filter(input)?;
        // One more than is wanted says whether there are more.
        filter.limit = limit.saturating_add(1);
        let rows = self.store().flush().and_then(|()| self.store().actions(&filter));
        let mut rows = rows.map_err(|error| from_store(&error))?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        Ok(ListActionsOutput { actions: rows.into_iter().rev().map(listed).collect(), more })
    }
}

fn filter(input: &ListActionsInput) -> Result<ActionFilter, Refusal> {
    let invalid =
        |error: &dyn std::error::Error| Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string());
    let kind = input.action_type.as_deref().map(str::parse).transpose();
    let status = input.status.as_deref().map(str::parse).transpose();
    let session = input.session.as_deref().map(str::parse).transpose();
    let path = input.path.as_deref().map(Engine::parse_path).transpose()?;
    Ok(ActionFilter {
        session: session.map_err(|_| {
            let message = format!("`{}` is no number of a session", input.session.as_deref().unwrap_or(""));
            Refusal::new(ErrorCode::ArgumentsInvalid, message)
        })?,
        branch: input.branch.clone(),
        path: path.map(|path| path.to_string()),
        until: input.until.map(Timestamp),
        agent: input
            .agent
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error: tgp_model::agent::AgentNameProblem| invalid(&error))?,
        kind: kind.map_err(|error: tgp_model::action::UnknownName| invalid(&error))?,
        status: status.map_err(|error: tgp_model::action::UnknownName| invalid(&error))?,
        since: input.since.map(Timestamp),
        order: Order::NewestFirst,
        ..ActionFilter::default()
    })
}

fn listed(row: ActionRow) -> ListedAction {
    ListedAction {
        at: i64::try_from(row.id.milliseconds()).unwrap_or(i64::MAX),
        id: row.id.to_string(),
        agent: row.agent.to_string(),
        session: row.session.to_string(),
        action_type: row.kind.to_string(),
        status: row.status.to_string(),
        target: row.tool.clone().or_else(|| row.files.first().cloned()).unwrap_or_default(),
        decision: row.decision,
        rule: row.rule,
        reversible: row.reversible,
        irreversible: row.irreversible_why,
        branch: row.branch,
        tool: row.tool,
        fuel: row.fuel,
        approval: row.approval.map(|approval| approval.to_string()),
        description: row.description,
        files: row.files,
        sql: row.sql,
        commit: row.commit_id,
        client: row.client,
        code: row.error_code,
        token: row.token.map(|token| token.to_string()),
        duration_ms: row.duration_ms,
        fetched: fetched(&row.details),
        rebuilt_from: row.rebuilt_from,
    }
}

/// The requests an action noted before they left.
fn fetched(details: &serde_json::Value) -> Vec<String> {
    let lines = details.get("fetched").and_then(serde_json::Value::as_array);
    lines.into_iter().flatten().filter_map(serde_json::Value::as_str).map(str::to_owned).collect()
}
