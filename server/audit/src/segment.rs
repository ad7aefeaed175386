//! A walk along some rows of the chain, from one whose hash is known.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use crate::error::AuditError;
use crate::link::{AuditHead, Levels, content_digest, first_link, link};
use crate::table::{Begin, hash_of};

/// Why a row does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Rows from the expected one to before `next` are not there; none follows where there is no next.
    Gone { next: Option<u64> },
    /// It names another hash than that of the row before.
    Before,
    /// Its hash does not fit what it says.
    Hash,
    /// A column holds another type.
    Type,
}

/// What a walk found.
#[derive(Debug, Clone)]
pub(crate) struct Walk {
    /// Rows that are whole.
    pub(crate) rows: u64,
    /// The last whole row.
    pub(crate) head: AuditHead,
    /// The number of the row that does not fit, and why.
    pub(crate) broken: Option<(u64, Misfit)>,
    /// Rows noted at an earlier time than the row before them.
    pub(crate) steps_back: u64,
    /// Set where the database could not be read further.
    pub(crate) unreadable: Option<String>,
}

/// Walks the rows after `from` up to and with `to`. Nothing is read before `from` but the hashes that rows name.
pub(crate) fn walk(
    connection: &Connection,
    begin: Begin,
    from: AuditHead,
    to: u64,
) -> Result<Walk, AuditError> {
    let mut walk = Walk { rows: 0, head: from, broken: None, steps_back: 0, unreadable: None };
    match walk_on(connection, begin, &mut walk, to) {
        Err(AuditError::Database(error)) if is_damage(&error) => {
            walk.unreadable = Some(error.to_string());
            Ok(walk)
        }
        Err(error) => Err(error),
        Ok(()) => Ok(walk),
    }
}

/// Whether the file is damaged, as opposed to locked or out of reach.
pub(crate) fn is_damage(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    matches!(error.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase))
}

fn walk_on(connection: &Connection, begin: Begin, walk: &mut Walk, to: u64) -> Result<(), AuditError> {
    let mut levels = Levels::new();
    for number in Levels::needed(walk.head.seq).into_iter().rev() {
        if let Some(hash) = hash_of(connection, number)? {
            levels.set(number, hash);
        }
    }
    let mut statement = connection.prepare_cached(
        "SELECT seq, at, kind, action_id, payload, prev_hash, hash FROM audit WHERE seq > ?1 AND seq <= ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([walk.head.seq.cast_signed(), to.cast_signed()])?;
    let mut at_before = Vec::new();
    while let Some(row) = rows.next()? {
        let seq = row.get::<_, i64>(0)?.cast_unsigned();
        if seq != walk.head.seq + 1 {
            walk.broken = Some((walk.head.seq + 1, Misfit::Gone { next: Some(seq) }));
            return Ok(());
        }
        match check(row, begin, walk.head, &levels)? {
            Ok(head) => {
                walk.head = head;
                walk.rows += 1;
                levels.set(seq, head.hash);
            }
            Err(misfit) => {
                walk.broken = Some((seq, misfit));
                return Ok(());
            }
        }
        if let ValueRef::Text(at) = row.get_ref(1)? {
            walk.steps_back += u64::from(at < at_before.as_slice());
            at_before.clear();
            at_before.extend_from_slice(at);
        }
    }
    if walk.head.seq < to {
        walk.broken = Some((walk.head.seq + 1, Misfit::Gone { next: None }));
    }
    Ok(())
}

/// Whether a row follows `before`; if so, it is the new head.
fn check(
    row: &Row<'_>,
    begin: Begin,
    before: AuditHead,
    levels: &Levels,
) -> rusqlite::Result<Result<AuditHead, Misfit>> {
    let seq = before.seq + 1;
    if row.get_ref(5)? != ValueRef::Blob(&before.hash) {
        return Ok(Err(Misfit::Before));
    }
    let Some(columns) = raw_columns(row)? else { return Ok(Err(Misfit::Type)) };
    let hash = if seq < begin.second_from {
        first_link(seq, &before.hash, columns)
    } else {
        let [at, kind, action, payload] = columns;
        link(seq, &before.hash, levels.back_of(seq), &content_digest(at, kind, action, payload))
    };
    Ok(if row.get_ref(6)? == ValueRef::Blob(&hash) { Ok(AuditHead { seq, hash }) } else { Err(Misfit::Hash) })
}

/// What a row says: columns 1 to 4 of the walk's statement, where all of them are text.
pub(crate) fn columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<Option<[&'a str; 4]>> {
    let Some(raw) = raw_columns(row)? else { return Ok(None) };
    let mut texts = [""; 4];
    for (text, bytes) in texts.iter_mut().zip(raw) {
        match std::str::from_utf8(bytes) {
            Ok(found) => *text = found,
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(texts))
}

fn raw_columns<'a>(row: &'a Row<'_>) -> rusqlite::Result<Option<[&'a [u8]; 4]>> {
    let mut texts: [&[u8]; 4] = [b""; 4];
    for (index, text) in texts.iter_mut().enumerate() {
        // Whether the bytes are a text need not be looked at: no row with others was ever hashed.
        let ValueRef::Text(bytes) = row.get_ref(index + 1)? else { return Ok(None) };
        *text = bytes;
    }
    Ok(Some(texts))
}
