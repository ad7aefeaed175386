//! What is needed to take an action back: changesets of databases, files as they were, commits, compensations.

use rusqlite::{Connection, params};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tgp_model::UndoPart;

use crate::error::StoreError;

pub(crate) const CREATE: &str = "
CREATE TABLE undo_data (
  action_id TEXT NOT NULL,
  part INTEGER NOT NULL, -- in the order they were noted; undo goes through them backwards
  kind TEXT NOT NULL, -- changeset, pre_image, commit, compensation
  target TEXT NOT NULL, -- which database, path, branch or capability
  reference TEXT, -- content hash, commit id or arguments
  data BLOB, -- a changeset
  PRIMARY KEY (action_id, part)
) WITHOUT ROWID;
";

/// What the audit chain keeps of a part: a changeset only as its hash.
pub(crate) fn summary(part: &UndoPart) -> Value {
    let reference = match part {
        UndoPart::Changeset { bytes, .. } => json!(hex::encode(Sha256::digest(bytes))),
        UndoPart::PreImage { content, .. } => json!(content),
        UndoPart::Commit { id, .. } => json!(id),
        // Arguments and result of a call as they were: they may hold what is redacted everywhere else.
        UndoPart::Compensation { arguments, .. } => {
            json!(hex::encode(Sha256::digest(arguments.to_string())))
        }
        UndoPart::Review { step, .. } => json!(hex::encode(Sha256::digest(step))),
    };
    json!({ "kind": part.kind(), "target": part.target(), "reference": reference })
}

/// Adds parts after those that are there.
pub(crate) fn insert(connection: &Connection, action: &str, parts: &[UndoPart]) -> rusqlite::Result<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO undo_data (action_id, part, kind, target, reference, data) \
         VALUES (?1, (SELECT COALESCE(max(part), 0) + 1 FROM undo_data WHERE action_id = ?1), ?2, ?3, ?4, ?5)",
    )?;
    for part in parts {
        let (reference, data) = match part {
            UndoPart::Changeset { bytes, .. } => (None, Some(bytes.as_slice())),
            UndoPart::PreImage { content, change, .. } => (content.clone(), Some(change.as_bytes())),
            UndoPart::Commit { id, .. } => (Some(id.clone()), None),
            UndoPart::Compensation { arguments, .. } => (Some(arguments.to_string()), None),
            UndoPart::Review { step, .. } => (None, Some(step.as_bytes())),
        };
        statement.execute(params![action, part.kind(), part.target(), reference, data])?;
    }
    Ok(())
}

/// The parts of an action, in the order they were noted.
pub(crate) fn read(connection: &Connection, action: &str) -> Result<Vec<UndoPart>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT kind, target, reference, data FROM undo_data WHERE action_id = ?1 ORDER BY part",
    )?;
    let mut rows = statement.query([action])?;
    let mut parts = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, target): (String, String) = (row.get(0)?, row.get(1)?);
        let reference: Option<String> = row.get(2)?;
        parts.push(match kind.as_str() {
            "changeset" => UndoPart::Changeset { database: target, bytes: row.get(3)? },
            "pre_image" => UndoPart::PreImage {
                path: target,
                content: reference,
                change: String::from_utf8(row.get(3)?).unwrap_or_default(),
            },
            "commit" => UndoPart::Commit { branch: target, id: reference.unwrap_or_default() },
            "compensation" => UndoPart::Compensation {
                capability: target,
                arguments: serde_json::from_str(&reference.unwrap_or_default()).map_err(|error| {
                    StoreError::Malformed {
                        what: "the arguments of a compensation",
                        value: error.to_string(),
                    }
                })?,
            },
            "review" => UndoPart::Review { target, step: String::from_utf8(row.get(3)?).unwrap_or_default() },
            _ => return Err(StoreError::Malformed { what: "a kind of undo data", value: kind }),
        });
    }
    Ok(parts)
}

/// Hashes of all files as they were that some action may still need.
pub(crate) fn kept_content(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT reference FROM undo_data WHERE kind = 'pre_image' AND reference IS NOT NULL \
         UNION SELECT json_extract(CAST(data AS TEXT), '$.after.hash') FROM undo_data \
         WHERE kind = 'pre_image' AND json_extract(CAST(data AS TEXT), '$.after.hash') IS NOT NULL ORDER BY 1",
    )?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Forgets what is needed to take an action back.
pub(crate) fn delete(connection: &Connection, action: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached("DELETE FROM undo_data WHERE action_id = ?1")?.execute([action])
}
