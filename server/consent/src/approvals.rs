//! Questions to a person: asked once, answered once, used once.
//!
//! An answer is bound to what was asked: the canonical request, what the files were, the policy's version, and the
//! preview the person saw. A yes is used up in the transaction that notes the intent.

use rusqlite::{Connection, OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use tgp_model::iso::{LATEST, iso8601};
use tgp_model::{ActionId, AgentName, ApprovalId, ApprovalState, Timestamp};

use crate::approval::{Answer, ApprovalFilter, ApprovalProblem, ApprovalRow, ApprovalUse, Question};
use crate::error::ConsentError;
use crate::row::{parsed, parsed_or_none};

/// The table.
pub const CREATE: &str = "
CREATE TABLE approvals (
  id TEXT PRIMARY KEY,
  action_id TEXT NOT NULL, -- the action that asked
  agent_name TEXT NOT NULL,
  session_id TEXT NOT NULL,
  capability TEXT NOT NULL,
  request JSON NOT NULL, -- canonical
  request_hash TEXT NOT NULL,
  pre_images TEXT NOT NULL,
  policy_version TEXT NOT NULL,
  effects JSON, -- of a tool run, up to the question
  seed INTEGER,
  clock_ms INTEGER,
  preview TEXT NOT NULL,
  shown_hash TEXT NOT NULL, -- over request and preview: what the person saw
  reason TEXT NOT NULL, -- why it is asked
  risk TEXT NOT NULL,
  rule TEXT NOT NULL,
  state TEXT NOT NULL, -- pending, approved, denied, used, expired
  created_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  answered_at DATETIME,
  answered_by TEXT,
  answered_door TEXT,
  answer_reason TEXT,
  used_by TEXT,
  used_at DATETIME
) WITHOUT ROWID;
CREATE INDEX approvals_open ON approvals (state) WHERE state IN ('pending', 'approved');
CREATE INDEX approvals_request ON approvals (request_hash);
";

const COLUMNS: &str = "id, action_id, agent_name, session_id, capability, request, request_hash, pre_images, \
     policy_version, effects, seed, clock_ms, preview, shown_hash, reason, risk, rule, state, created_at, expires_at, \
     answered_at, answered_by, answered_door, answer_reason, used_by, used_at";

/// SHA-256 of texts with their lengths in front, in hexadecimal.
pub fn hash_of(texts: &[&str]) -> String {
    let mut hasher = Sha256::new_with_prefix(b"tgp approval 1");
    for text in texts {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// Writes a question nobody has answered.
pub fn insert(connection: &Connection, question: &Question) -> rusqlite::Result<()> {
    let values = (1..=20).map(|number| format!("?{number}")).collect::<Vec<_>>().join(", ");
    let names = COLUMNS.split(", ").take(20).collect::<Vec<_>>().join(", ");
    connection.prepare_cached(&format!("INSERT INTO approvals ({names}) VALUES ({values})"))?.execute(
        params![
            question.approval.to_string(),
            question.action.to_string(),
            question.agent.as_str(),
            question.session.to_string(),
            question.capability,
            question.request,
            hash_of(&[&question.request]),
            question.pre_images,
            question.policy_version,
            question.effects,
            question.seed.map(u64::cast_signed),
            question.clock_ms,
            question.preview,
            hash_of(&[&question.request, &question.preview]),
            question.reason,
            question.risk,
            question.rule,
            ApprovalState::Pending.as_str(),
            iso8601(question.at),
            iso8601(question.expires.min(LATEST)),
        ],
    )?;
    Ok(())
}

/// Marks what is too late by now. What was marked stays so, also when the clock goes back.
pub fn expire(connection: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached(
            "UPDATE approvals SET state = 'expired' WHERE state IN ('pending', 'approved') AND expires_at <= ?1",
        )?
        .execute([iso8601(now)])
}

/// Whether something is too late and not marked yet.
pub fn is_due(connection: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM approvals WHERE state IN ('pending', 'approved') AND expires_at <= ?1)",
        )?
        .query_row([iso8601(now)], |row| row.get(0))
}

/// Takes the answer where nobody answered before.
pub fn answer(connection: &Connection, id: ApprovalId, answer: &Answer) -> Result<(), ConsentError> {
    let refused = |problem| ConsentError::Approval { approval: id, problem };
    // What stands there now has to be what the hash was made of: a preview that was exchanged approves nothing.
    let asked = one(connection, id)?.ok_or(refused(ApprovalProblem::Missing))?;
    if hash_of(&[&asked.request, &asked.preview]) != answer.shown_hash {
        return Err(refused(ApprovalProblem::ShownOther));
    }
    let state = if answer.approve { ApprovalState::Approved } else { ApprovalState::Denied };
    let changed = connection
        .prepare_cached(
            "UPDATE approvals SET state = ?2, answered_at = ?3, answered_by = ?4, answered_door = ?5, \
             answer_reason = ?6 WHERE id = ?1 AND state = 'pending' AND shown_hash = ?7",
        )?
        .execute(params![
            id.to_string(),
            state.as_str(),
            iso8601(answer.at),
            answer.by,
            answer.door,
            answer.reason,
            answer.shown_hash,
        ])?;
    if changed == 1 {
        return Ok(());
    }
    let row = one(connection, id)?.ok_or(refused(ApprovalProblem::Missing))?;
    Err(refused(match row.state {
        ApprovalState::Pending => ApprovalProblem::ShownOther,
        ApprovalState::Expired => ApprovalProblem::Expired,
        ApprovalState::Approved | ApprovalState::Denied | ApprovalState::Used => ApprovalProblem::Answered,
    }))
}

/// Uses a yes up, for the action that is noted in the same transaction.
pub fn consume(
    connection: &Connection,
    used: &ApprovalUse,
    action: ActionId,
    agent: &AgentName,
    at: Timestamp,
) -> Result<(), ConsentError> {
    let refused = |problem| ConsentError::Approval { approval: used.approval, problem };
    let row = one(connection, used.approval)?.ok_or(refused(ApprovalProblem::Missing))?;
    let problem = match row.state {
        ApprovalState::Pending => Some(ApprovalProblem::Pending),
        ApprovalState::Denied => Some(ApprovalProblem::Denied),
        ApprovalState::Used => Some(ApprovalProblem::Used),
        ApprovalState::Expired => Some(ApprovalProblem::Expired),
        ApprovalState::Approved if row.expires_at <= iso8601(at) => Some(ApprovalProblem::Expired),
        ApprovalState::Approved if row.agent != *agent => Some(ApprovalProblem::Agent),
        ApprovalState::Approved if row.request_hash != hash_of(&[&used.request]) => {
            Some(ApprovalProblem::RequestChanged)
        }
        ApprovalState::Approved if row.pre_images != used.pre_images => {
            Some(ApprovalProblem::PreImagesChanged)
        }
        ApprovalState::Approved if row.policy_version != used.policy_version => {
            Some(ApprovalProblem::PolicyChanged)
        }
        ApprovalState::Approved => None,
    };
    if let Some(problem) = problem {
        return Err(refused(problem));
    }
    let changed = connection
        .prepare_cached(
            "UPDATE approvals SET state = 'used', used_by = ?2, used_at = ?3 WHERE id = ?1 AND state = 'approved'",
        )?
        .execute(params![used.approval.to_string(), action.to_string(), iso8601(at)])?;
    if changed == 1 { Ok(()) } else { Err(refused(ApprovalProblem::Used)) }
}

/// One question.
pub fn one(connection: &Connection, id: ApprovalId) -> Result<Option<ApprovalRow>, ConsentError> {
    let sql = format!("SELECT {COLUMNS} FROM approvals WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

/// The questions a filter wants, the oldest first.
pub fn filtered(connection: &Connection, filter: &ApprovalFilter) -> Result<Vec<ApprovalRow>, ConsentError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approvals WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR agent_name = ?2) \
         AND (?3 IS NULL OR session_id = ?3) AND (?4 IS NULL OR request_hash = ?4) ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![
        filter.state.map(ApprovalState::as_str),
        filter.agent.as_ref().map(AgentName::as_str),
        filter.session.map(|session| session.to_string()),
        filter.request.as_ref().map(|request| hash_of(&[request])),
    ])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

/// The questions about tool runs of an agent that are not too late, the oldest first.
pub fn runs(
    connection: &Connection,
    agent: &AgentName,
    now: Timestamp,
) -> Result<Vec<ApprovalRow>, ConsentError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM approvals WHERE seed IS NOT NULL AND agent_name = ?1 AND expires_at > ?2 ORDER BY id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![agent.as_str(), iso8601(now)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<ApprovalRow, ConsentError> {
    Ok(ApprovalRow {
        id: parsed(row, 0, "an approval's number")?,
        action: parsed(row, 1, "an action's number")?,
        agent: parsed(row, 2, "an agent's name")?,
        session: parsed(row, 3, "a session's number")?,
        capability: row.get(4)?,
        request: row.get(5)?,
        request_hash: row.get(6)?,
        pre_images: row.get(7)?,
        policy_version: row.get(8)?,
        effects: row.get(9)?,
        seed: row.get::<_, Option<i64>>(10)?.map(i64::cast_unsigned),
        clock_ms: row.get(11)?,
        preview: row.get(12)?,
        shown_hash: row.get(13)?,
        reason: row.get(14)?,
        risk: row.get(15)?,
        rule: row.get(16)?,
        state: parsed(row, 17, "the state of an approval")?,
        created_at: row.get(18)?,
        expires_at: row.get(19)?,
        answered_at: row.get(20)?,
        answered_by: row.get(21)?,
        answered_door: row.get(22)?,
        answer_reason: row.get(23)?,
        used_by: parsed_or_none(row, 24, "an action's number")?,
        used_at: row.get(25)?,
    })
}
