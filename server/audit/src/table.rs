//! The table: it only grows at its end, and retention takes away only what was archived at its beginning.

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::link::{AuditHead, Hash, ZEROS, content_digest, further_back, link};

/// The table of a first version. Triggers stop a mistake of ours; an edit by hand is found by the chain.
pub const CREATE: &str = "
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

/// Leads a first version to the second: rows name one further back (from the next row on), and rows that were
/// archived may go. `audit_kept` has the hashes of archived rows that later rows will name.
pub const UPGRADE: &str = "
CREATE TABLE audit_begin (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  second_from INTEGER NOT NULL, -- first row of the second encoding
  seq INTEGER NOT NULL, -- last row that was archived
  hash BLOB NOT NULL, -- its hash
  noted INTEGER NOT NULL -- the row that says so
);
INSERT INTO audit_begin SELECT 1, COALESCE(max(seq), 0) + 1, 0, zeroblob(32), 0 FROM audit;
CREATE TABLE audit_kept (seq INTEGER PRIMARY KEY, hash BLOB NOT NULL);
DROP TRIGGER audit_no_delete;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit WHEN OLD.seq > (SELECT seq FROM audit_begin)
BEGIN SELECT RAISE(ABORT, 'the audit table only grows'); END;
";

/// One row to append.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// When, ISO 8601.
    pub at: &'a str,
    /// What it is about: `intent`, `outcome`, `read`, `approval`, `token`, ...
    pub kind: &'a str,
    /// The action it belongs to, or the number of what it is about.
    pub action: &'a str,
    /// What it says, as canonical JSON.
    pub payload: &'a str,
}

/// Where the rows that are kept begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begin {
    /// First row of the second encoding.
    pub(crate) second_from: u64,
    /// The last row that was archived; the chain goes on from it.
    pub(crate) archived: AuditHead,
    /// The row that says so.
    pub(crate) noted: u64,
}

/// Where the rows that are kept begin.
pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<Begin> {
    connection.prepare_cached("SELECT second_from, seq, hash, noted FROM audit_begin")?.query_row([], |row| {
        Ok(Begin {
            second_from: row.get::<_, i64>(0)?.cast_unsigned(),
            archived: AuditHead { seq: row.get::<_, i64>(1)?.cast_unsigned(), hash: row.get(2)? },
            noted: row.get::<_, i64>(3)?.cast_unsigned(),
        })
    })
}

/// The last row.
pub fn head(connection: &Connection) -> rusqlite::Result<AuditHead> {
    let head = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| {
            Ok(AuditHead { seq: row.get::<_, i64>(0)?.cast_unsigned(), hash: hash_at(row, 1) })
        })
        .optional()?;
    match head {
        Some(head) => Ok(head),
        None => Ok(begin(connection)?.archived),
    }
}

/// The hash a row has, also where the row itself was archived and later rows name it.
pub(crate) fn hash_of(connection: &Connection, seq: u64) -> rusqlite::Result<Option<Hash>> {
    if seq == 0 {
        return Ok(Some(ZEROS));
    }
    let stored = connection
        .prepare_cached("SELECT hash FROM audit WHERE seq = ?1")?
        .query_row([seq.cast_signed()], |row| Ok(hash_at(row, 0)))
        .optional()?;
    if stored.is_some() {
        return Ok(stored);
    }
    connection
        .prepare_cached("SELECT hash FROM audit_kept WHERE seq = ?1")?
        .query_row([seq.cast_signed()], |row| Ok(hash_at(row, 0)))
        .optional()
}

/// A stored hash. What is no hash is no error: it fits nothing, and verifying names the row.
fn hash_at(row: &Row<'_>, index: usize) -> Hash {
    row.get(index).unwrap_or(ZEROS)
}

/// Appends a row after `head` and moves it on. The caller holds the write lock, so nobody else appends meanwhile.
pub fn append(connection: &Connection, head: &mut AuditHead, entry: Entry<'_>) -> rusqlite::Result<()> {
    let seq = head.seq + 1;
    let named = further_back(seq);
    // A chain that lost that row is damaged, which verifying says; what happens now is noted all the same.
    let back = if named == head.seq { head.hash } else { hash_of(connection, named)?.unwrap_or(ZEROS) };
    let content = content_digest(entry.at, entry.kind, entry.action, entry.payload);
    let hash = link(seq, &head.hash, &back, &content);
    connection
        .prepare_cached(
            "INSERT INTO audit (seq, at, kind, action_id, payload, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            seq.cast_signed(),
            entry.at,
            entry.kind,
            entry.action,
            entry.payload,
            head.hash,
            hash
        ])?;
    *head = AuditHead { seq, hash };
    Ok(())
}
