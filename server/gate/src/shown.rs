//! Rows of the timeline and questions, as doors show them.

use tgp_model::{AgentName, ApprovalState};
use tgp_protocol::client::actions::SeenAction;
use tgp_protocol::client::approvals::{ApprovalShown, ApprovalStatusOutput};
use tgp_protocol::client::project::ListedAction;
use tgp_store::{ActionRow, ApprovalRow};

/// An action, for a person.
pub fn listed(row: ActionRow) -> ListedAction {
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

/// An action, for an agent: of others it sees what they did, not how.
pub fn seen(mut row: ActionRow, me: &AgentName, may_read: &dyn Fn(&str) -> bool) -> SeenAction {
    let own = row.agent == *me;
    if !own && !row.files.iter().all(|file| may_read(file)) {
        row.files.retain(|file| may_read(file));
        row.description = format!("{} of files you may not read", row.kind);
        row.irreversible_why = None;
    }
    SeenAction {
        action: row.id.to_string(),
        at: i64::try_from(row.id.milliseconds()).unwrap_or(i64::MAX),
        agent: row.agent.to_string(),
        own,
        action_type: row.kind.to_string(),
        status: row.status.to_string(),
        description: row.description,
        files: row.files,
        irreversible: row.irreversible_why,
        sql: row.sql.filter(|_| own),
        commit: row.commit_id.filter(|_| own),
        code: row.error_code.filter(|_| own),
    }
}

/// A question, for the agent that asked it.
pub fn status(row: &ApprovalRow) -> ApprovalStatusOutput {
    let next = match row.state {
        ApprovalState::Pending => "Wait; a person has not answered yet.",
        ApprovalState::Approved => "Make the same call again: it is approved once.",
        ApprovalState::Denied => "Do something else, or talk to the person.",
        ApprovalState::Used => "It was approved and used; the same call asks again.",
        ApprovalState::Expired => "Make the same call again: it is asked anew.",
    };
    ApprovalStatusOutput {
        ticket: row.id.to_string(),
        state: row.state.as_str().to_owned(),
        capability: row.capability.clone(),
        expires: row.expires_at.clone(),
        reason: row.answer_reason.clone(),
        next: next.to_owned(),
    }
}

/// A question, for a person.
pub fn shown(row: ApprovalRow) -> ApprovalShown {
    ApprovalShown {
        ticket: row.id.to_string(),
        state: row.state.as_str().to_owned(),
        agent: row.agent.to_string(),
        session: row.session.to_string(),
        action: row.action.to_string(),
        capability: row.capability,
        risk: row.risk,
        rule: row.rule,
        why: row.reason,
        preview: row.preview,
        shown_hash: row.shown_hash,
        asked: row.created_at,
        expires: row.expires_at,
        answered: row.answered_at,
        by: row.answered_by,
        door: row.answered_door,
        reason: row.answer_reason,
        used_by: row.used_by.map(|action| action.to_string()),
    }
}
