//! Capability tokens as far as they change: what was spent, the last nonce, what was revoked. What a token allows is
//! signed, and the judge's business; here it is kept for the person who lists them.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tgp_model::iso::{LATEST, iso8601};
use tgp_model::{AgentName, SessionId, Timestamp, TokenId};

use crate::error::ConsentError;
use crate::row::{json, parsed, parsed_or_none};
use crate::token::{Amounts, Budget, NewToken, TokenProblem, TokenRow, TokenSpend, TokenUse};

/// The table.
pub const CREATE: &str = "
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  parent TEXT,
  agent_name TEXT NOT NULL,
  session_id TEXT, -- none for a standing token
  grants JSON NOT NULL,
  budget_actions INTEGER, budget_bytes INTEGER, budget_rows INTEGER, budget_ms INTEGER, -- none is no limit
  spent_actions INTEGER NOT NULL DEFAULT 0, spent_bytes INTEGER NOT NULL DEFAULT 0,
  spent_rows INTEGER NOT NULL DEFAULT 0, spent_ms INTEGER NOT NULL DEFAULT 0,
  last_nonce INTEGER NOT NULL DEFAULT 0,
  created_at DATETIME NOT NULL,
  created_by TEXT NOT NULL,
  created_door TEXT NOT NULL,
  expires_at DATETIME NOT NULL,
  expired BOOLEAN NOT NULL DEFAULT FALSE, -- seen too late once; stays so when the clock goes back
  revoked_at DATETIME,
  revoked_by TEXT
) WITHOUT ROWID;
";

const COLUMNS: &str = "id, parent, agent_name, session_id, grants, budget_actions, budget_bytes, budget_rows, budget_ms, \
     spent_actions, spent_bytes, spent_rows, spent_ms, last_nonce, created_at, created_by, created_door, expires_at, \
     expired, revoked_at, revoked_by";

/// Longest line of parents.
const LONGEST_CHAIN: usize = 16;

/// Writes a token nobody has used.
pub fn insert(connection: &Connection, token: &NewToken) -> rusqlite::Result<()> {
    let limit = |amount: Option<u64>| amount.map(signed);
    connection
        .prepare_cached(
            "INSERT INTO tokens (id, parent, agent_name, session_id, grants, budget_actions, budget_bytes, \
             budget_rows, budget_ms, created_at, created_by, created_door, expires_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        )?
        .execute(params![
            token.token.to_string(),
            token.parent.map(|parent| parent.to_string()),
            token.agent.as_str(),
            token.session.map(|session| session.to_string()),
            token.grants.to_string(),
            limit(token.budget.actions),
            limit(token.budget.bytes),
            limit(token.budget.rows),
            limit(token.budget.milliseconds),
            iso8601(token.at),
            token.by,
            token.door,
            iso8601(token.expires.min(LATEST)),
        ])?;
    Ok(())
}

/// Amounts beyond what `SQLite` can count are as good as endless.
fn signed(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

/// Marks what is too old by now. What was marked stays so, also when the clock goes back.
pub fn expire(connection: &Connection, now: Timestamp) -> rusqlite::Result<usize> {
    connection
        .prepare_cached("UPDATE tokens SET expired = TRUE WHERE NOT expired AND expires_at <= ?1")?
        .execute([iso8601(now)])
}

/// Whether something is too old and not marked yet.
pub fn is_due(connection: &Connection, now: Timestamp) -> rusqlite::Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM tokens WHERE NOT expired AND expires_at <= ?1)")?
        .query_row([iso8601(now)], |row| row.get(0))
}

/// Pays for an action, from the token and from all it was narrowed from. The caller holds the write lock, and takes
/// everything back when this fails.
pub fn consume(
    connection: &Connection,
    used: &TokenUse,
    agent: &AgentName,
    session: SessionId,
    at: Timestamp,
) -> Result<(), ConsentError> {
    let refused = |problem| ConsentError::Token { token: used.token, problem };
    let mut next = Some(used.token);
    for link in 0..LONGEST_CHAIN {
        let Some(id) = next else { return Ok(()) };
        let row = one(connection, id)?.ok_or(refused(TokenProblem::Missing))?;
        if let Some(problem) = check(&row, used, link == 0, agent, session, at) {
            return Err(refused(problem));
        }
        spend(connection, id, used.amounts)?;
        if link == 0 {
            connection
                .prepare_cached("UPDATE tokens SET last_nonce = ?2 WHERE id = ?1")?
                .execute(params![id.to_string(), signed(used.nonce)])?;
        }
        next = row.parent;
    }
    Err(refused(TokenProblem::Missing))
}

fn check(
    row: &TokenRow,
    used: &TokenUse,
    is_first: bool,
    agent: &AgentName,
    session: SessionId,
    at: Timestamp,
) -> Option<TokenProblem> {
    if row.revoked_at.is_some() {
        return Some(TokenProblem::Revoked);
    }
    if row.expired || row.expires_at <= iso8601(at) {
        return Some(TokenProblem::Expired);
    }
    if is_first && row.agent != *agent {
        return Some(TokenProblem::Agent);
    }
    if is_first && row.session.is_some_and(|bound| bound != session) {
        return Some(TokenProblem::Session);
    }
    if is_first && (used.nonce <= row.last_nonce || used.nonce > i64::MAX.cast_unsigned()) {
        return Some(TokenProblem::Replayed);
    }
    let (budget, spent, more) = (row.budget, row.spent, used.amounts);
    [
        ("actions", budget.actions, spent.actions, more.actions),
        ("bytes", budget.bytes, spent.bytes, more.bytes),
        ("rows", budget.rows, spent.rows, more.rows),
        ("time", budget.milliseconds, spent.milliseconds, more.milliseconds),
    ]
    .into_iter()
    .find(|(_, budget, spent, more)| budget.is_some_and(|budget| spent.saturating_add(*more) > budget))
    .map(|(what, ..)| TokenProblem::Spent { what })
}

/// Adds to what was spent.
fn spend(connection: &Connection, id: TokenId, more: Amounts) -> rusqlite::Result<()> {
    // Additions stop at the largest number: an overflow would end the integer.
    connection
        .prepare_cached(
            "UPDATE tokens SET spent_actions = min(spent_actions, 4611686018427387903) + ?2, \
             spent_bytes = min(spent_bytes, 4611686018427387903) + ?3, \
             spent_rows = min(spent_rows, 4611686018427387903) + ?4, \
             spent_ms = min(spent_ms, 4611686018427387903) + ?5 WHERE id = ?1",
        )?
        .execute(params![
            id.to_string(),
            signed(more.actions).min(i64::MAX / 2),
            signed(more.bytes).min(i64::MAX / 2),
            signed(more.rows).min(i64::MAX / 2),
            signed(more.milliseconds).min(i64::MAX / 2),
        ])?;
    Ok(())
}

/// Pays for what was not known before. It is paid whether or not the budget suffices: it happened.
pub fn settle(connection: &Connection, spent: &TokenSpend) -> Result<(), ConsentError> {
    let mut next = Some(spent.token);
    for _ in 0..LONGEST_CHAIN {
        let Some(id) = next else { break };
        spend(connection, id, spent.amounts)?;
        next = one(connection, id)?.and_then(|row| row.parent);
    }
    Ok(())
}

/// Revokes a token; those narrowed from it are as good as revoked. Says whether it was valid until now.
pub fn revoke(connection: &Connection, id: TokenId, by: &str, at: Timestamp) -> rusqlite::Result<bool> {
    let changed = connection
        .prepare_cached(
            "UPDATE tokens SET revoked_at = ?2, revoked_by = ?3 WHERE id = ?1 AND revoked_at IS NULL",
        )?
        .execute(params![id.to_string(), iso8601(at), by])?;
    Ok(changed == 1)
}

/// One token.
pub fn one(connection: &Connection, id: TokenId) -> Result<Option<TokenRow>, ConsentError> {
    let sql = format!("SELECT {COLUMNS} FROM tokens WHERE id = ?1");
    connection.prepare_cached(&sql)?.query_row([id.to_string()], |row| Ok(read(row))).optional()?.transpose()
}

/// All tokens, the oldest first.
pub fn all(connection: &Connection) -> Result<Vec<TokenRow>, ConsentError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM tokens ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let mut tokens = Vec::new();
    while let Some(row) = rows.next()? {
        tokens.push(read(row)?);
    }
    Ok(tokens)
}

fn read(row: &Row<'_>) -> Result<TokenRow, ConsentError> {
    let amount = |index: usize| row.get::<_, i64>(index).map(i64::cast_unsigned);
    let limit = |index: usize| row.get::<_, Option<i64>>(index).map(|limit| limit.map(i64::cast_unsigned));
    Ok(TokenRow {
        id: parsed(row, 0, "a token's number")?,
        parent: parsed_or_none(row, 1, "a token's number")?,
        agent: parsed(row, 2, "an agent's name")?,
        session: parsed_or_none(row, 3, "a session's number")?,
        grants: json(row, 4, "grants")?,
        budget: Budget { actions: limit(5)?, bytes: limit(6)?, rows: limit(7)?, milliseconds: limit(8)? },
        spent: Amounts {
            actions: amount(9)?,
            bytes: amount(10)?,
            rows: amount(11)?,
            milliseconds: amount(12)?,
        },
        last_nonce: amount(13)?,
        created_at: row.get(14)?,
        created_by: row.get(15)?,
        created_door: row.get(16)?,
        expires_at: row.get(17)?,
        expired: row.get(18)?,
        revoked_at: row.get(19)?,
        revoked_by: row.get(20)?,
    })
}
