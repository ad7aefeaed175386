//! Finds the actions a filter wants.

use rusqlite::{Connection, ToSql};
use tgp_model::iso::iso8601;
use tgp_model::{ActionId, Timestamp};

use crate::action_row::{ActionFilter, ActionRow, Order};
use crate::error::StoreError;
use crate::tables::agent_actions::{COLUMNS, select};

/// An action's number is made within a moment of the time it is noted at; this is more than a moment.
const SLACK_MILLISECONDS: i64 = 3_600_000;

/// The smallest number of that time. Numbers sort by time, so they bound a search by time without an index for it.
fn number_at(at: Timestamp, slack: i64) -> String {
    ActionId::from_parts(at.0.saturating_add(slack).max(0).cast_unsigned(), 0).to_string()
}

/// The actions a filter wants.
pub(crate) fn filtered(connection: &Connection, filter: &ActionFilter) -> Result<Vec<ActionRow>, StoreError> {
    let newest_first = filter.order == Order::NewestFirst;
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Box<dyn ToSql>> = Vec::new();
    let mut add = |condition: &str, value: String| {
        values.push(Box::new(value));
        conditions.push(condition.replace('#', &format!("?{}", values.len())));
    };
    if let Some(agent) = &filter.agent {
        add("agent_name = #", agent.as_str().to_owned());
    }
    if let Some(session) = filter.session {
        add("session_id = #", session.to_string());
    }
    if let Some(kind) = filter.kind {
        add("action_type = #", kind.as_str().to_owned());
    }
    if let Some(branch) = &filter.branch {
        add("branch_id = COALESCE((SELECT id FROM agent_branches WHERE branch_name = #), #)", branch.clone());
    }
    if let Some(status) = filter.status {
        add("status = #", status.as_str().to_owned());
    }
    if let Some(path) = &filter.path {
        // `0` is the character after `/`: everything between is inside the folder.
        add(
            "id IN (SELECT action_id FROM action_files WHERE path = # OR (path > # || '/' AND path < # || '0'))",
            path.trim_end_matches('/').to_owned(),
        );
    }
    if let Some(since) = filter.since {
        add("created_at >= #", iso8601(since));
        add("id >= #", number_at(since, -SLACK_MILLISECONDS));
    }
    if let Some(until) = filter.until {
        add("created_at < #", iso8601(until));
        add("id < #", number_at(until, SLACK_MILLISECONDS));
    }
    if let Some(after) = filter.after {
        add(if newest_first { "id < #" } else { "id > #" }, after.to_string());
    }
    let mut sql = format!("SELECT {COLUMNS} FROM agent_actions");
    if !conditions.is_empty() {
        sql.push_str(" WHERE ");
        sql.push_str(&conditions.join(" AND "));
    }
    sql.push_str(if newest_first { " ORDER BY id DESC" } else { " ORDER BY id" });
    if filter.limit > 0 {
        sql.push_str(" LIMIT ");
        sql.push_str(&filter.limit.to_string());
    }
    let values: Vec<&dyn ToSql> = values.iter().map(AsRef::as_ref).collect();
    select(connection, &sql, &values)
}
