//! Says what happened to a row that does not fit. It may look through the whole chain: damage is rare.

use rusqlite::{Connection, OptionalExtension};

use crate::damage::Damage;
use crate::error::AuditError;
use crate::link::{AuditHead, Hash, ZEROS, content_digest, first_link, further_back, link};
use crate::segment::{Misfit, columns};
use crate::table::{Begin, hash_of};

/// The name of what broke the chain at row `seq`, where `before` is the last whole row.
pub(crate) fn name_damage(
    connection: &Connection,
    begun: Begin,
    before: AuditHead,
    seq: u64,
    misfit: Misfit,
) -> Result<Damage, AuditError> {
    let edited = |seq: u64, what: &str| Damage::Edited { seq, what: what.to_owned() };
    Ok(match misfit {
        Misfit::Gone { next: Some(next) } => Damage::Removed { first: seq, last: next - 1 },
        Misfit::Gone { next: None } => Damage::Removed { first: seq, last: seq },
        Misfit::Type => edited(seq, "a column holds another type"),
        Misfit::Before | Misfit::Hash => match find_place(connection, begun, before, seq)? {
            Some(second) => Damage::Swapped { first: seq, second },
            None if misfit == Misfit::Hash => edited(seq, "its hash does not fit its content"),
            None if fits_itself(connection, begun, seq)? && seq > begun.archived.seq + 1 => {
                edited(seq - 1, "it has another hash than the row after it names")
            }
            None => edited(seq, "it does not name the hash of the row before"),
        },
    })
}

/// The number under which the row stands that belongs at `seq`: its content gives the hash that stands here or there.
fn find_place(
    connection: &Connection,
    begun: Begin,
    before: AuditHead,
    seq: u64,
) -> Result<Option<u64>, AuditError> {
    let Some(here) = stored(connection, seq)? else { return Ok(None) };
    let back = back_of(connection, before, seq)?;
    let mut statement = connection
        .prepare("SELECT seq, at, kind, action_id, payload, hash FROM audit WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([seq.cast_signed()])?;
    while let Some(row) = rows.next()? {
        let Some(texts) = columns(row)? else { continue };
        let hash = row_hash(begun, seq, before.hash, back, texts);
        let there: Option<Hash> = row.get(5).ok();
        if hash == here || Some(hash) == there {
            return Ok(Some(row.get::<_, i64>(0)?.cast_unsigned()));
        }
    }
    Ok(None)
}

/// Whether the row's hash fits what it says and what it names: then the row before it is the changed one.
fn fits_itself(connection: &Connection, begun: Begin, seq: u64) -> Result<bool, AuditError> {
    let mut statement = connection
        .prepare("SELECT seq, at, kind, action_id, payload, prev_hash, hash FROM audit WHERE seq = ?1")?;
    let mut rows = statement.query([seq.cast_signed()])?;
    let Some(row) = rows.next()? else { return Ok(false) };
    let (Some(texts), Ok(named), Ok(hash)) = (columns(row)?, row.get::<_, Hash>(5), row.get::<_, Hash>(6))
    else {
        return Ok(false);
    };
    let before = AuditHead { seq: seq - 1, hash: named };
    let back = back_of(connection, before, seq)?;
    Ok(row_hash(begun, seq, named, back, texts) == hash)
}

fn stored(connection: &Connection, seq: u64) -> Result<Option<Hash>, AuditError> {
    let hash = connection
        .query_row("SELECT hash FROM audit WHERE seq = ?1", [seq.cast_signed()], |row| {
            Ok(row.get::<_, Hash>(0).unwrap_or(ZEROS))
        })
        .optional()?;
    Ok(hash)
}

fn back_of(connection: &Connection, before: AuditHead, seq: u64) -> Result<Hash, AuditError> {
    let named = further_back(seq);
    if named == before.seq {
        return Ok(before.hash);
    }
    Ok(hash_of(connection, named)?.unwrap_or(ZEROS))
}

fn row_hash(begun: Begin, seq: u64, before: Hash, back: Hash, texts: [&str; 4]) -> Hash {
    if seq < begun.second_from {
        return first_link(seq, &before, texts);
    }
    let [at, kind, action, payload] = texts;
    link(seq, &before, &back, &content_digest(at, kind, action, payload))
}
