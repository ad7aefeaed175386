//! The audit chain's table: it only grows.

use rusqlite::{Connection, OptionalExtension, params};

use crate::audit::{AuditHead, GENESIS, link};

/// Triggers stop a mistake of ours; an edit by hand is found by the chain.
pub(crate) const CREATE: &str = "
CREATE TABLE audit (
  seq INTEGER PRIMARY KEY,
  at DATETIME NOT NULL,
  kind TEXT NOT NULL, -- intent, outcome, read
  action_id TEXT NOT NULL,
  payload TEXT NOT NULL, -- canonical JSON
  prev_hash BLOB NOT NULL,
  hash BLOB NOT NULL -- SHA-256 over a canonical, length-prefixed encoding of all the others
);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
";

/// What a row of the chain is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Intent,
    Outcome,
    Read,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Intent => "intent",
            Kind::Outcome => "outcome",
            Kind::Read => "read",
        }
    }
}

/// The last row.
pub(crate) fn head(connection: &Connection) -> rusqlite::Result<AuditHead> {
    let head = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok(AuditHead { seq: row.get::<_, i64>(0)?.cast_unsigned(), hash: row.get(1)? }))
        .optional()?;
    Ok(head.unwrap_or(AuditHead { seq: 0, hash: GENESIS }))
}

/// Appends a row after `head` and moves it on. The caller holds the write lock, so nobody else appends meanwhile.
pub(crate) fn append(
    connection: &Connection,
    head: &mut AuditHead,
    kind: Kind,
    action: &str,
    at: &str,
    payload: &str,
) -> rusqlite::Result<()> {
    let seq = head.seq + 1;
    let hash = link(&head.hash, seq, at, kind.as_str(), action, payload);
    connection
        .prepare_cached(
            "INSERT INTO audit (seq, at, kind, action_id, payload, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![seq.cast_signed(), at, kind.as_str(), action, payload, head.hash, hash])?;
    *head = AuditHead { seq, hash };
    Ok(())
}
