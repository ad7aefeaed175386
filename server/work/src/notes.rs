//! What agents want remembered beyond a session; snapshots keep it.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use tgp_model::iso::iso8601;
use tgp_model::{ActionId, AgentName, SessionId, Timestamp};

use crate::error::WorkError;
use crate::row::parsed;

/// The table.
pub const CREATE: &str = "
CREATE TABLE session_notes (
  id TEXT PRIMARY KEY, -- the action that saved it
  project_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  branch_name TEXT, -- the task it was saved in
  note TEXT NOT NULL,
  created_at DATETIME NOT NULL
) WITHOUT ROWID;
";

/// A note to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// The action that saves it; its number is the note's.
    pub action: ActionId,
    /// The project's id.
    pub project: String,
    /// In which session.
    pub session: SessionId,
    /// Whose it is.
    pub agent: AgentName,
    /// The task it belongs to.
    pub branch: Option<String>,
    /// The text.
    pub note: String,
    /// When.
    pub at: Timestamp,
}

/// A note that is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NoteRow {
    /// The action that saved it.
    pub id: ActionId,
    /// In which session.
    pub session: SessionId,
    /// Whose it is.
    pub agent: AgentName,
    /// The task it belongs to.
    pub branch: Option<String>,
    /// The text.
    pub note: String,
    /// When, ISO 8601.
    pub created_at: String,
}

/// Keeps a note.
pub fn insert(connection: &Connection, note: &NewNote) -> Result<(), WorkError> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO session_notes (id, project_id, session_id, agent_name, branch_name, note, \
             created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            note.action.to_string(),
            note.project,
            note.session.to_string(),
            note.agent.as_str(),
            note.branch,
            note.note,
            iso8601(note.at),
        ])?;
    Ok(())
}

/// Takes a note away. Says whether there was one.
pub fn delete(connection: &Connection, id: ActionId) -> Result<bool, WorkError> {
    let gone =
        connection.prepare_cached("DELETE FROM session_notes WHERE id = ?1")?.execute([id.to_string()])?;
    Ok(gone == 1)
}

/// The newest notes, of one agent or of all, the newest first.
pub fn newest(
    connection: &Connection,
    agent: Option<&AgentName>,
    limit: u32,
) -> Result<Vec<NoteRow>, WorkError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, session_id, agent_name, branch_name, note, created_at FROM session_notes \
         WHERE ?1 IS NULL OR agent_name = ?1 ORDER BY id DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![agent.map(AgentName::as_str), limit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<NoteRow, WorkError> {
    Ok(NoteRow {
        id: parsed(row, 0, "a note's number")?,
        session: parsed(row, 1, "a session's number")?,
        agent: parsed(row, 2, "an agent's name")?,
        branch: row.get(3)?,
        note: row.get(4)?,
        created_at: row.get(5)?,
    })
}
