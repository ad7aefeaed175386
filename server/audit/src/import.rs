//! Reads an export back, as far as it is whole.

use std::io::BufRead;

use rusqlite::{Connection, params};

use crate::error::{AuditError, io_error};
use crate::export::{FORMAT, FirstLine, Line};
use crate::link::{AuditHead, Levels, content_digest, first_link, link};
use crate::table::head;

/// One row of an export that fits those before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedRow {
    /// Its number.
    pub seq: u64,
    /// When it was noted, ISO 8601.
    pub at: String,
    /// What it is about.
    pub kind: String,
    /// The action it belongs to.
    pub action: String,
    /// What it says.
    pub payload: String,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imports {
    /// Rows that are whole.
    pub rows: u64,
    /// The last of them.
    pub head: AuditHead,
    /// Why reading ended before the end; none where the export is whole.
    pub stopped: Option<String>,
    /// Whether the rows are in the chain again, under their numbers. Only an empty chain takes them.
    pub restored: bool,
}

/// Reads an export row by row and hands each to `each`. A chain without rows takes the rows as they were, so that it
/// ends where it did and its anchors fit again.
pub fn import<E: From<AuditError>>(
    connection: &Connection,
    input: &mut dyn BufRead,
    each: &mut dyn FnMut(&ImportedRow) -> Result<(), E>,
) -> Result<Imports, E> {
    let mut lines = input.lines();
    let first = lines.next().transpose().map_err(io_error("the export cannot be read"))?;
    let first: FirstLine = first
        .and_then(|text| serde_json::from_str(&text).ok())
        .filter(|first: &FirstLine| first.format == FORMAT)
        .ok_or_else(|| AuditError::Export { line: 1, what: format!("does not say `{FORMAT}`") })?;
    let restored = head(connection).map_err(AuditError::from)? == AuditHead::EMPTY;
    let mut levels = Levels::new();
    for known in first.names.iter().rev() {
        levels.set(known.seq, known.hash);
    }
    if restored {
        begin_as(connection, &first)?;
    }
    let mut imports = Imports { rows: 0, head: first.after, stopped: None, restored };
    for (line, text) in (2_u64..).zip(lines) {
        let text = match text {
            Ok(text) => text,
            Err(error) => {
                imports.stopped = Some(format!("line {line} cannot be read: {error}"));
                break;
            }
        };
        let row: Line = match serde_json::from_str(&text) {
            Ok(row) => row,
            Err(error) => {
                imports.stopped = Some(format!("line {line} is no row: {error}"));
                break;
            }
        };
        if !fits(&row, imports.head, &first, &levels) {
            imports.stopped = Some(format!("the row in line {line} does not fit the one before"));
            break;
        }
        if restored {
            restore(connection, &row)?;
        }
        levels.set(row.seq, row.hash);
        imports.head = AuditHead { seq: row.seq, hash: row.hash };
        imports.rows += 1;
        let Line { seq, at, kind, action, payload, .. } = row;
        each(&ImportedRow { seq, at, kind, action, payload })?;
    }
    Ok(imports)
}

fn fits(row: &Line, before: AuditHead, first: &FirstLine, levels: &Levels) -> bool {
    let columns = [row.at.as_str(), &row.kind, &row.action, &row.payload];
    let hash = if row.seq < first.second_from {
        first_link(row.seq, &before.hash, columns)
    } else {
        let [at, kind, action, payload] = columns;
        link(row.seq, &before.hash, levels.back_of(row.seq), &content_digest(at, kind, action, payload))
    };
    row.seq == before.seq + 1 && row.before == before.hash && row.hash == hash
}

fn begin_as(connection: &Connection, first: &FirstLine) -> Result<(), AuditError> {
    connection.execute(
        "UPDATE audit_begin SET seq = ?1, hash = ?2, second_from = ?3, noted = ?4",
        params![
            first.after.seq.cast_signed(),
            first.after.hash,
            first.second_from.cast_signed(),
            first.noted.cast_signed()
        ],
    )?;
    for known in &first.names {
        connection.execute(
            "INSERT OR REPLACE INTO audit_kept (seq, hash) VALUES (?1, ?2)",
            params![known.seq.cast_signed(), known.hash],
        )?;
    }
    Ok(())
}

fn restore(connection: &Connection, row: &Line) -> Result<(), AuditError> {
    connection
        .prepare_cached(
            "INSERT INTO audit (seq, at, kind, action_id, payload, prev_hash, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            row.seq.cast_signed(),
            row.at,
            row.kind,
            row.action,
            row.payload,
            row.before,
            row.hash
        ])?;
    Ok(())
}
