//! The table of agents' branches. Its first columns carry the names of the product's published schema.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};
use tgp_model::iso::iso8601;
use tgp_model::{AgentName, SessionId, Timestamp};

use crate::branch::{BranchChange, BranchFilter, BranchRow, NewBranch};
use crate::error::WorkError;
use crate::row::{list, parsed};

/// The table. A name is one branch for good: it ends in the second it was opened in.
pub const CREATE: &str = "
CREATE TABLE agent_branches (
  id TEXT PRIMARY KEY, -- the action that opened it
  project_id TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  branch_name TEXT NOT NULL,
  task_description TEXT,
  status TEXT DEFAULT 'active', -- active, ready, merged, discarded
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  updated_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  session_id TEXT NOT NULL, -- who works on it, or did last
  taken_at DATETIME NOT NULL, -- when that session took it up
  start_commit TEXT NOT NULL,
  summary TEXT,
  checks JSON,
  risk TEXT,
  note TEXT, -- a person's, when sending it back
  merge_commit TEXT
) WITHOUT ROWID;
CREATE UNIQUE INDEX agent_branches_name ON agent_branches (branch_name);
";

const COLUMNS: &str = "id, project_id, agent_name, branch_name, task_description, status, created_at, updated_at, \
     session_id, taken_at, start_commit, summary, checks, risk, note, merge_commit";

/// Writes a branch that was opened. One that is there already is left as it is.
pub fn insert(connection: &Connection, branch: &NewBranch) -> Result<(), WorkError> {
    let at = iso8601(branch.at);
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO agent_branches (id, project_id, agent_name, branch_name, task_description, \
             status, created_at, updated_at, session_id, taken_at, start_commit) \
             VALUES (?1, ?2, ?3, ?4, ?5, 'active', ?6, ?6, ?7, ?6, ?8)",
        )?
        .execute(params![
            branch.action.to_string(),
            branch.project,
            branch.agent.as_str(),
            branch.branch,
            branch.description,
            at,
            branch.session.to_string(),
            branch.start,
        ])?;
    Ok(())
}

/// Changes a branch. Says whether there is one of this name.
pub fn change(
    connection: &Connection,
    branch: &str,
    change: &BranchChange,
    at: Timestamp,
) -> Result<bool, WorkError> {
    let checks = change.checks.as_ref().map(|checks| serde_json::json!(checks).to_string());
    let changed = connection
        .prepare_cached(
            "UPDATE agent_branches SET updated_at = ?2, status = COALESCE(?3, status), \
             session_id = COALESCE(?4, session_id), taken_at = CASE WHEN ?4 IS NULL THEN taken_at ELSE ?2 END, \
             summary = COALESCE(?5, summary), checks = COALESCE(?6, checks), risk = COALESCE(?7, risk), \
             note = NULLIF(COALESCE(?8, note), ''), merge_commit = NULLIF(COALESCE(?9, merge_commit), '') \
             WHERE branch_name = ?1",
        )?
        .execute(params![
            branch,
            iso8601(at),
            change.status.map(tgp_model::BranchStatus::as_str),
            change.session.map(|session| session.to_string()),
            change.summary,
            checks,
            change.risk,
            change.note,
            change.merge_commit,
        ])?;
    Ok(changed == 1)
}

/// One branch.
pub fn one(connection: &Connection, branch: &str) -> Result<Option<BranchRow>, WorkError> {
    let sql = format!("SELECT {COLUMNS} FROM agent_branches WHERE branch_name = ?1");
    connection.prepare_cached(&sql)?.query_row([branch], |row| Ok(read(row))).optional()?.transpose()
}

/// The task an agent works on in a session: the active one it took up last.
pub fn current(
    connection: &Connection,
    agent: &AgentName,
    session: SessionId,
) -> Result<Option<BranchRow>, WorkError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agent_branches WHERE status = 'active' AND agent_name = ?1 AND session_id = ?2 \
         ORDER BY taken_at DESC, id DESC LIMIT 1"
    );
    connection
        .prepare_cached(&sql)?
        .query_row([agent.as_str(), &session.to_string()], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

/// The branches a filter wants, the newest first.
pub fn filtered(connection: &Connection, filter: &BranchFilter) -> Result<Vec<BranchRow>, WorkError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM agent_branches WHERE (?1 IS NULL OR agent_name = ?1) \
         AND (?2 IS NULL OR session_id = ?2) AND (?3 IS NULL OR status = ?3) ORDER BY id DESC LIMIT ?4"
    );
    let limit = if filter.limit == 0 { -1 } else { i64::from(filter.limit) };
    let values: [&dyn ToSql; 4] = [
        &filter.agent.as_ref().map(AgentName::as_str),
        &filter.session.map(|session| session.to_string()),
        &filter.status.map(tgp_model::BranchStatus::as_str),
        &limit,
    ];
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values.as_slice())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<BranchRow, WorkError> {
    Ok(BranchRow {
        id: parsed(row, 0, "a branch's number")?,
        project: row.get(1)?,
        agent: parsed(row, 2, "an agent's name")?,
        branch: row.get(3)?,
        description: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
        status: parsed(row, 5, "the state of a branch")?,
        created_at: row.get(6)?,
        updated_at: row.get(7)?,
        session: parsed(row, 8, "a session's number")?,
        taken_at: row.get(9)?,
        start: row.get(10)?,
        summary: row.get(11)?,
        checks: list(row, 12, "the checks of a branch")?,
        risk: row.get(13)?,
        note: row.get(14)?,
        merge_commit: row.get(15)?,
    })
}
