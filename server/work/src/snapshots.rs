//! Snapshots as they are remembered; what they hold lies in Git and in copies of the database. The first columns carry the
//! names of the product's published schema.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use serde_json::Value;
use tgp_model::iso::iso8601;
use tgp_model::{ActionId, AgentName, Timestamp};

use crate::error::WorkError;
use crate::row::parsed;

/// The table.
pub const CREATE: &str = "
CREATE TABLE state_snapshots (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  trigger TEXT NOT NULL, -- agent_start, before_action, before_merge, before_restore, manual
  git_branch TEXT,
  git_commit TEXT,
  context_data JSON,
  agent_name TEXT,
  task_description TEXT, -- what was about to happen
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  action_id TEXT -- the action it was taken before
) WITHOUT ROWID;
";

/// A snapshot that is about to be taken.
#[derive(Debug, Clone, PartialEq)]
pub struct NewSnapshot {
    /// Its number.
    pub id: String,
    /// The project's id.
    pub project: String,
    /// What it is taken for, such as `before_merge`.
    pub trigger: String,
    /// The branch HEAD is on; none where it is on none, or there is no repository.
    pub branch: Option<String>,
    /// The commit HEAD names.
    pub commit: Option<String>,
    /// Open tasks, scopes, notes.
    pub context: Value,
    /// Who acts.
    pub agent: AgentName,
    /// What is about to happen.
    pub description: String,
    /// The action it is taken before.
    pub action: Option<ActionId>,
    /// When.
    pub at: Timestamp,
}

/// A snapshot as it is remembered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SnapshotRow {
    /// Its number.
    pub id: String,
    /// What it was taken for.
    pub trigger: String,
    /// The branch HEAD was on.
    pub branch: Option<String>,
    /// The commit HEAD named.
    pub commit: Option<String>,
    /// Open tasks, scopes, notes.
    pub context: Value,
    /// Who acted.
    pub agent: AgentName,
    /// What was about to happen.
    pub description: String,
    /// When, ISO 8601.
    pub created_at: String,
    /// The action it was taken before.
    pub action: Option<ActionId>,
}

/// Remembers one.
pub fn insert(connection: &Connection, new: &NewSnapshot) -> Result<(), WorkError> {
    connection
        .prepare_cached(
            "INSERT INTO state_snapshots (id, project_id, trigger, git_branch, git_commit, context_data, agent_name, \
             task_description, created_at, action_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            new.id,
            new.project,
            new.trigger,
            new.branch,
            new.commit,
            new.context.to_string(),
            new.agent.as_str(),
            new.description,
            iso8601(new.at),
            new.action.map(|action| action.to_string()),
        ])?;
    Ok(())
}

/// Forgets one. Says whether there was one.
pub fn delete(connection: &Connection, id: &str) -> Result<bool, WorkError> {
    Ok(connection.prepare_cached("DELETE FROM state_snapshots WHERE id = ?1")?.execute([id])? == 1)
}

/// Number and reason of all of them, the newest first: what each held is not read.
pub fn triggers(connection: &Connection) -> Result<Vec<(String, String)>, WorkError> {
    let mut statement =
        connection.prepare_cached("SELECT id, trigger FROM state_snapshots ORDER BY id DESC")?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// All of them, the newest first.
pub fn all(connection: &Connection) -> Result<Vec<SnapshotRow>, WorkError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, trigger, git_branch, git_commit, context_data, agent_name, task_description, created_at, \
         action_id FROM state_snapshots ORDER BY id DESC",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<SnapshotRow, WorkError> {
    let context: Option<String> = row.get(4)?;
    let action: Option<String> = row.get(8)?;
    Ok(SnapshotRow {
        id: row.get(0)?,
        trigger: row.get(1)?,
        branch: row.get(2)?,
        commit: row.get(3)?,
        context: context.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
        agent: parsed(row, 5, "an agent's name")?,
        description: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        created_at: row.get(7)?,
        action: action.and_then(|text| text.parse().ok()),
    })
}
