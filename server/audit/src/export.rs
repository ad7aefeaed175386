//! The chain as lines of JSON: a head line that says where it begins, then one row a line.

use std::io::Write;

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::error::{AuditError, io_error};
use crate::link::{AuditHead, Hash, Levels};
use crate::segment::columns;
use crate::table::{begin, hash_of, head};

/// The name in the first line.
pub(crate) const FORMAT: &str = "tgp audit export 1";

/// The first line of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FirstLine {
    pub(crate) format: String,
    /// First row of the second encoding.
    pub(crate) second_from: u64,
    /// The rows follow this one.
    pub(crate) after: AuditHead,
    /// The row that says that those before were archived; 0 where none were.
    pub(crate) noted: u64,
    /// Hashes of rows before that the rows name.
    pub(crate) names: Vec<AuditHead>,
}

/// One row of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) at: String,
    pub(crate) kind: String,
    pub(crate) action: String,
    /// The canonical JSON as text, because the hash is over exactly these bytes.
    pub(crate) payload: String,
    #[serde(with = "hex::serde")]
    pub(crate) before: Hash,
    #[serde(with = "hex::serde")]
    pub(crate) hash: Hash,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// How many rows.
    pub rows: u64,
    /// The last of them.
    pub head: AuditHead,
}

/// Writes the kept rows up to and with `to` (all, where none is given), as they stand, whole or not. One snapshot:
/// rows that come meanwhile are not in it.
pub fn export(connection: &Connection, to: Option<u64>, out: &mut dyn Write) -> Result<Exported, AuditError> {
    let snapshot = connection.unchecked_transaction()?;
    let begun = begin(&snapshot)?;
    let end = head(&snapshot)?.seq;
    let to = to.map_or(end, |to| to.min(end));
    let mut names = Vec::new();
    for seq in Levels::needed(begun.archived.seq) {
        if let Some(hash) = hash_of(&snapshot, seq)? {
            names.push(AuditHead { seq, hash });
        }
    }
    let first = FirstLine {
        format: FORMAT.to_owned(),
        second_from: begun.second_from,
        after: begun.archived,
        noted: begun.noted,
        names,
    };
    write_line(out, &first)?;
    let mut exported = Exported { rows: 0, head: begun.archived };
    let mut statement = snapshot.prepare(
        "SELECT seq, at, kind, action_id, payload, prev_hash, hash FROM audit WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([begun.archived.seq.cast_signed(), to.cast_signed()])?;
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        let Some([at, kind, action, payload]) = columns(row)? else {
            return Err(AuditError::Damaged { seq });
        };
        let hash = row.get(6)?;
        let line = Line {
            seq,
            at: at.to_owned(),
            kind: kind.to_owned(),
            action: action.to_owned(),
            payload: payload.to_owned(),
            before: row.get(5)?,
            hash,
        };
        write_line(out, &line)?;
        exported = Exported { rows: exported.rows + 1, head: AuditHead { seq, hash } };
    }
    out.flush().map_err(io_error("the export cannot be written"))?;
    Ok(exported)
}

fn write_line(out: &mut dyn Write, line: &impl Serialize) -> Result<(), AuditError> {
    let written = serde_json::to_writer(&mut *out, line).map_err(std::io::Error::from);
    written.and_then(|()| out.write_all(b"\n")).map_err(io_error("the export cannot be written"))
}
