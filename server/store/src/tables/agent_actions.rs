//! The timeline: one row an action. Names are those of the product's published schema where it has them.

use rusqlite::{Connection, Row, ToSql, params};
use serde_json::Value;
use tgp_model::{ActionId, ActionType};

use crate::action_row::ActionRow;
use crate::error::StoreError;
use crate::note::{Intent, Outcome, Reversibility};
use tgp_model::iso::iso8601;

/// Every index is one more page to write for each intent, so there are few. Without a rowid each index ends in the
/// action's number, so that a session's newest actions are found without sorting.
pub(crate) const CREATE: &str = "
CREATE TABLE agent_actions (
  id TEXT PRIMARY KEY,
  project_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  agent_name TEXT NOT NULL,
  action_type TEXT NOT NULL,
  description TEXT,
  details JSON,
  reversible BOOLEAN DEFAULT TRUE,
  requires_approval BOOLEAN DEFAULT FALSE,
  approved_by TEXT,
  approved_at DATETIME,
  status TEXT DEFAULT 'executed', -- pending, executed, undone, failed, denied, abandoned
  branch_id TEXT REFERENCES agent_branches(id),
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP,
  client TEXT,
  files JSON,
  sql TEXT,
  tool TEXT,
  duration_ms REAL,
  fuel INTEGER,
  seed INTEGER, -- 64 bits, read as unsigned
  clock_ms INTEGER,
  decision TEXT,
  rule TEXT,
  error_code TEXT,
  commit_id TEXT,
  lock_id TEXT,
  ended_at DATETIME
) WITHOUT ROWID;
CREATE INDEX agent_actions_session ON agent_actions (session_id);
CREATE INDEX agent_actions_agent ON agent_actions (agent_name);
CREATE INDEX agent_actions_open ON agent_actions (status) WHERE status = 'pending';
";

/// What came with approvals, undo and recovery.
pub(crate) const UPGRADE: &str = "
ALTER TABLE agent_actions ADD COLUMN irreversible_why TEXT;
ALTER TABLE agent_actions ADD COLUMN approval_id TEXT;
ALTER TABLE agent_actions ADD COLUMN token_id TEXT;
ALTER TABLE agent_actions ADD COLUMN undo_of JSON; -- the actions this one took back
ALTER TABLE agent_actions ADD COLUMN undone_by TEXT; -- the action that took this one back
ALTER TABLE agent_actions ADD COLUMN rebuilt_from TEXT; -- where a row was found again after the database was lost
UPDATE agent_actions SET branch_id = json_extract(details, '$.branch')
WHERE branch_id IS NULL AND json_valid(details) AND json_type(details, '$.branch') = 'text';
";

pub(crate) const COLUMNS: &str = "id, project_id, session_id, agent_name, action_type, description, details, reversible, status, \
     created_at, client, files, sql, tool, duration_ms, fuel, seed, clock_ms, decision, rule, error_code, commit_id, \
     lock_id, ended_at, irreversible_why, approval_id, token_id, undo_of, undone_by, rebuilt_from, \
     COALESCE((SELECT branch_name FROM agent_branches WHERE agent_branches.id = branch_id), branch_id), approved_by, approved_at";

/// Whether the kind can be taken back at all, by the product's reversibility matrix.
pub(crate) fn reversible(kind: ActionType) -> bool {
    !matches!(
        kind,
        ActionType::ApiCall
            | ActionType::Deploy
            | ActionType::MessageSend
            | ActionType::CommandExecute
            | ActionType::SqlWrite
            | ActionType::LibrarySync
    )
}

/// Whether an action can be taken back, and why not where it has a reason of its own.
fn can_undo<'a>(intent: &'a Intent, outcome: Option<&'a Outcome>) -> (bool, Option<&'a String>) {
    let ended_as = outcome.map_or(&Reversibility::Usual, |outcome| &outcome.reversibility);
    match (ended_as, &intent.reversibility) {
        (Reversibility::Irreversible { why }, _)
        | (Reversibility::Usual, Reversibility::Irreversible { why }) => (false, Some(why)),
        (Reversibility::Reversible, _) | (Reversibility::Usual, Reversibility::Reversible) => (true, None),
        (Reversibility::Usual, Reversibility::Usual) => (reversible(intent.kind), None),
    }
}

/// Writes the row of an intent; with an outcome, of an action that is over already.
pub(crate) fn insert(
    connection: &Connection,
    intent: &Intent,
    outcome: Option<&Outcome>,
    rebuilt_from: Option<&str>,
) -> rusqlite::Result<()> {
    let (can_undo, why) = can_undo(intent, outcome);
    let undo_of = (!intent.undo_of.is_empty()).then(|| ids(&intent.undo_of));
    let status = outcome.map_or(intent.status, |outcome| outcome.status);
    let ended = outcome.map(|outcome| iso8601(outcome.at));
    let details = (!intent.details.is_null()).then(|| intent.details.to_string());
    let files = (!intent.files.is_empty()).then(|| Value::from(intent.files.clone()).to_string());
    connection
        .prepare_cached(
            "INSERT INTO agent_actions (id, project_id, session_id, agent_name, action_type, description, details, \
             reversible, requires_approval, status, created_at, client, files, sql, tool, duration_ms, fuel, seed, \
             clock_ms, decision, rule, error_code, commit_id, lock_id, ended_at, irreversible_why, approval_id, \
             token_id, undo_of, rebuilt_from, branch_id, approved_by, approved_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, \
             ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, \
             COALESCE((SELECT id FROM agent_branches WHERE branch_name = ?31), ?31), \
             (SELECT answered_by FROM approvals WHERE id = ?27), (SELECT answered_at FROM approvals WHERE id = ?27))",
        )?
        .execute(params![
            intent.action.to_string(),
            intent.project,
            intent.session.to_string(),
            intent.agent.as_str(),
            intent.kind.as_str(),
            intent.description,
            details,
            can_undo,
            intent.decision == tgp_model::Decision::RequireApproval,
            status.as_str(),
            iso8601(intent.at),
            intent.client,
            files,
            intent.sql,
            intent.tool,
            outcome.map(|outcome| outcome.duration_ms),
            outcome.and_then(|outcome| outcome.fuel).map(u64::cast_signed),
            intent.seed.map(u64::cast_signed),
            intent.clock_ms,
            decision_name(intent.decision),
            intent.rule,
            outcome.and_then(|outcome| outcome.error_code.as_deref()),
            outcome.and_then(|outcome| outcome.commit_id.as_deref()),
            intent.lock_id,
            ended,
            why,
            intent.approval.as_ref().map(|used| used.approval.to_string()),
            intent.consume.as_ref().map(|used| used.token.to_string()),
            undo_of,
            rebuilt_from,
            intent.branch,
        ])?;
    if let Some(outcome) = outcome {
        link_undone(connection, outcome)?;
    }
    Ok(())
}

/// Takes a row out that is to be written again, with its files.
pub(crate) fn delete(connection: &Connection, id: &str) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM action_files WHERE action_id = ?1", [id])?;
    connection.execute("DELETE FROM agent_actions WHERE id = ?1", [id]).map(drop)
}

/// Closes an open action. Says whether there was one.
pub(crate) fn close(connection: &Connection, outcome: &Outcome) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE agent_actions SET status = ?2, duration_ms = ?3, fuel = ?4, error_code = ?5, commit_id = ?6, \
             ended_at = ?7, files = COALESCE(?8, files), sql = COALESCE(?9, sql), \
             reversible = COALESCE(?10, reversible), irreversible_why = COALESCE(?11, irreversible_why), \
             description = COALESCE(?12, description) \
             WHERE id = ?1 AND status = 'pending'",
        )?
        .execute(params![
            outcome.action.to_string(),
            outcome.status.as_str(),
            outcome.duration_ms,
            outcome.fuel.map(u64::cast_signed),
            outcome.error_code,
            outcome.commit_id,
            iso8601(outcome.at),
            outcome.files.as_ref().map(|files| Value::from(files.clone()).to_string()),
            outcome.sql,
            match outcome.reversibility {
                Reversibility::Usual => None,
                Reversibility::Reversible => Some(true),
                Reversibility::Irreversible { .. } => Some(false),
            },
            match &outcome.reversibility {
                Reversibility::Irreversible { why } => Some(why),
                Reversibility::Usual | Reversibility::Reversible => None,
            },
            outcome.description,
        ])?;
    if changed == 1 {
        link_undone(connection, outcome)?;
    }
    Ok(changed == 1)
}

/// An action belongs to an agent's branch, which is known by now.
pub(crate) fn set_branch(connection: &Connection, id: &str, branch: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "UPDATE agent_actions SET branch_id = (SELECT id FROM agent_branches WHERE branch_name = ?2) WHERE id = ?1",
        )?
        .execute([id, branch])?;
    Ok(())
}

/// Whether an action was noted and never ended.
pub(crate) fn is_open(connection: &Connection, id: &str) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM agent_actions WHERE id = ?1 AND status = 'pending')")?
        .query_row([id], |row| row.get(0))
}

/// Adds a request to the list in the details of an open action. Says whether there was one.
pub(crate) fn add_request(connection: &Connection, id: &str, request: &str) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE agent_actions SET details = json_set(COALESCE(details, '{}'), '$.fetched', \
             json_insert(COALESCE(json_extract(details, '$.fetched'), '[]'), '$[#]', ?2)) \
             WHERE id = ?1 AND status = 'pending'",
        )?
        .execute([id, request])?;
    Ok(changed == 1)
}

/// An action cannot be taken back any more.
pub(crate) fn set_irreversible(connection: &Connection, id: &str, why: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("UPDATE agent_actions SET reversible = FALSE, irreversible_why = ?2 WHERE id = ?1")?
        .execute([id, why])?;
    Ok(())
}

/// Marks what an action took back, and what it put in force again. Of what failed only what it sent could be made up for.
fn link_undone(connection: &Connection, outcome: &Outcome) -> rusqlite::Result<()> {
    for action in &outcome.undone {
        connection
            .prepare_cached(
                "UPDATE agent_actions SET status = 'undone', undone_by = ?2 WHERE id = ?1 AND (status = 'executed' \
                 OR (status = 'failed' AND json_extract(details, '$.fetched') IS NOT NULL))",
            )?
            .execute([action.to_string(), outcome.action.to_string()])?;
    }
    for action in &outcome.restored {
        connection
            .prepare_cached(
                "UPDATE agent_actions SET status = 'executed', undone_by = NULL WHERE id = ?1 AND status = 'undone'",
            )?
            .execute([action.to_string()])?;
    }
    Ok(())
}

fn ids(actions: &[ActionId]) -> String {
    Value::from(actions.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string()
}

/// Whether the timeline knows of an action that the audit chain does not: then rows of the chain are gone. Looks at
/// actions since the first kept row of the chain.
pub(crate) fn is_ahead_of_audit(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (
           SELECT id, status != 'pending' FROM agent_actions
           WHERE rebuilt_from IS NULL AND id >= (SELECT action_id FROM audit WHERE kind IN ('intent', 'read') ORDER BY seq LIMIT 1)
           EXCEPT SELECT action_id, TRUE FROM audit WHERE kind IN ('outcome', 'read')
           EXCEPT SELECT action_id, json_extract(payload, '$.status') != 'pending' FROM audit WHERE kind = 'intent'
         )",
        [],
        |row| row.get(0),
    )
}

/// All actions that never ended, oldest first.
pub(crate) fn open(connection: &Connection) -> Result<Vec<ActionRow>, StoreError> {
    select(
        connection,
        &format!("SELECT {COLUMNS} FROM agent_actions WHERE status = 'pending' ORDER BY id"),
        &[],
    )
}

/// One action.
pub(crate) fn one(connection: &Connection, id: ActionId) -> Result<Option<ActionRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM agent_actions WHERE id = ?1");
    Ok(select(connection, &sql, &[&id.to_string()])?.pop())
}

pub(crate) fn select(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<Vec<ActionRow>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(values)?;
    let mut actions = Vec::new();
    while let Some(row) = rows.next()? {
        actions.push(read(row)?);
    }
    Ok(actions)
}

fn read(row: &Row<'_>) -> Result<ActionRow, StoreError> {
    Ok(ActionRow {
        id: parsed(row, 0, "an action's number")?,
        project: row.get(1)?,
        session: parsed(row, 2, "a session's number")?,
        agent: parsed(row, 3, "an agent's name")?,
        kind: parsed(row, 4, "a kind of action")?,
        description: row.get::<_, Option<String>>(5)?.unwrap_or_default(),
        details: json(row, 6, "details")?,
        reversible: row.get(7)?,
        status: parsed(row, 8, "a status")?,
        created_at: row.get(9)?,
        client: row.get(10)?,
        files: match json(row, 11, "files")? {
            Value::Array(files) => {
                files.into_iter().filter_map(|file| file.as_str().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        },
        sql: row.get(12)?,
        tool: row.get(13)?,
        duration_ms: row.get(14)?,
        fuel: row.get::<_, Option<i64>>(15)?.map(i64::cast_unsigned),
        seed: row.get::<_, Option<i64>>(16)?.map(i64::cast_unsigned),
        clock_ms: row.get::<_, Option<i64>>(17)?.unwrap_or_default(),
        decision: row.get::<_, Option<String>>(18)?.unwrap_or_default(),
        rule: row.get::<_, Option<String>>(19)?.unwrap_or_default(),
        error_code: row.get(20)?,
        commit_id: row.get(21)?,
        lock_id: row.get::<_, Option<String>>(22)?.unwrap_or_default(),
        ended_at: row.get(23)?,
        irreversible_why: row.get(24)?,
        approval: parsed_or_none(row, 25, "an approval's number")?,
        token: parsed_or_none(row, 26, "a token's number")?,
        undo_of: serde_json::from_value(match json(row, 27, "undone actions")? {
            Value::Null => Value::Array(Vec::new()),
            list => list,
        })
        .map_err(|error| StoreError::Malformed { what: "undone actions", value: error.to_string() })?,
        undone_by: parsed_or_none(row, 28, "an action's number")?,
        rebuilt_from: row.get(29)?,
        branch: row.get(30)?,
        approved_by: row.get(31)?,
        approved_at: row.get(32)?,
    })
}

pub(crate) fn parsed_or_none<T: std::str::FromStr>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<Option<T>, StoreError> {
    match row.get::<_, Option<String>>(index)? {
        None => Ok(None),
        Some(_) => parsed(row, index, what).map(Some),
    }
}

pub(crate) fn parsed<T: std::str::FromStr>(
    row: &Row<'_>,
    index: usize,
    what: &'static str,
) -> Result<T, StoreError> {
    let value: String = row.get(index)?;
    value.parse().map_err(|_| StoreError::Malformed { what, value })
}

pub(crate) fn json(row: &Row<'_>, index: usize, what: &'static str) -> Result<Value, StoreError> {
    let text: Option<String> = row.get(index)?;
    match text {
        None => Ok(Value::Null),
        Some(text) => serde_json::from_str(&text).map_err(|_| StoreError::Malformed { what, value: text }),
    }
}

pub(crate) fn decision_name(decision: tgp_model::Decision) -> &'static str {
    match decision {
        tgp_model::Decision::Allow => "allow",
        tgp_model::Decision::RequireApproval => "require_approval",
        tgp_model::Decision::Deny => "deny",
    }
}
