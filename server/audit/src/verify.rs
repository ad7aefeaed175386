//! Verifying: the whole chain, or from a head that was found whole before.
//!
//! Each row carries the hash of the row before, so pieces of a long chain are walked side by side, each from the
//! stored hash where it begins; the piece before proves that hash.

use std::num::NonZero;

use rusqlite::Connection;

use crate::archive::is_attested;
use crate::damage::Damage;
use crate::diagnose::name_damage;
use crate::error::AuditError;
use crate::link::AuditHead;
use crate::segment::{Walk, walk};
use crate::table::{Begin, begin, hash_of, head};

/// Fewer rows than this are walked by one thread; starting another would cost more.
const ALONE: u64 = 20_000;

/// What verifying found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Rows that were looked at and are whole.
    pub rows: u64,
    /// The last whole row.
    pub head: AuditHead,
    /// Rows noted at an earlier time than the row before them: the clock went back, or two processes took turns.
    pub steps_back: u64,
    /// What is damaged first; none where all is whole.
    pub damage: Option<Damage>,
}

/// Opens one more connection to the database.
pub(crate) type Connect<'a> = &'a (dyn Fn() -> rusqlite::Result<Connection> + Sync);

/// Walks the chain to its end from a head that was found whole before, or from where the kept rows begin.
pub fn verify(connect: Connect<'_>, from: Option<AuditHead>) -> Result<AuditReport, AuditError> {
    let connection = connect()?;
    loop {
        let begun = begin(&connection)?;
        let end = head(&connection)?.seq;
        let report = verify_up_to(connect, &connection, begun, from, end)?;
        // Rows that were archived meanwhile are not damage.
        if report.damage.is_none() || begin(&connection)? == begun {
            return Ok(report);
        }
    }
}

/// The same up to row `end`.
pub(crate) fn verify_up_to(
    connect: Connect<'_>,
    connection: &Connection,
    begun: Begin,
    from: Option<AuditHead>,
    end: u64,
) -> Result<AuditReport, AuditError> {
    if !is_attested(connection, begun)? {
        let damage = Damage::Removed { first: 1, last: begun.archived.seq };
        return Ok(AuditReport { rows: 0, head: begun.archived, steps_back: 0, damage: Some(damage) });
    }
    let from = from.filter(|from| from.seq > begun.archived.seq).unwrap_or(begun.archived);
    if from != begun.archived {
        // The known head is a row of its own: it must still be there, with that hash.
        match hash_of(connection, from.seq)? {
            None => return Ok(gone(from, begun, end)),
            Some(hash) if hash != from.hash => {
                let damage = Damage::Rewritten { after: begun.archived.seq, seq: from.seq };
                return Ok(AuditReport {
                    rows: 0,
                    head: begun.archived,
                    steps_back: 0,
                    damage: Some(damage),
                });
            }
            Some(_) => {}
        }
    }
    let walks = walk_all(connect, connection, begun, from, end)?;
    let mut report = AuditReport { rows: 0, head: from, steps_back: 0, damage: None };
    for found in walks {
        report.rows += found.rows;
        report.head = found.head;
        report.steps_back += found.steps_back;
        report.damage = match (found.unreadable, found.broken) {
            (Some(message), _) => Some(Damage::Unreadable { seq: found.head.seq, message }),
            (None, Some((seq, misfit))) => Some(name_damage(connection, begun, found.head, seq, misfit)?),
            (None, None) => continue,
        };
        break;
    }
    Ok(report)
}

/// A head that was known is not there.
fn gone(from: AuditHead, begun: Begin, end: u64) -> AuditReport {
    let damage = if end < from.seq {
        Damage::Truncated { seq: end, anchored: from.seq }
    } else {
        Damage::Removed { first: from.seq, last: from.seq }
    };
    AuditReport { rows: 0, head: begun.archived, steps_back: 0, damage: Some(damage) }
}

/// Walks everything after `from`, in as many pieces as there are processors. Walks come in the order of the rows.
fn walk_all(
    connect: Connect<'_>,
    connection: &Connection,
    begun: Begin,
    from: AuditHead,
    end: u64,
) -> Result<Vec<Walk>, AuditError> {
    let pieces = pieces(connection, from, end);
    if pieces.len() < 2 {
        return Ok(vec![walk(connection, begun, from, end.max(from.seq))?]);
    }
    std::thread::scope(|scope| {
        let walks: Vec<_> = pieces
            .into_iter()
            .map(|(from, to)| scope.spawn(move || walk(&connect()?, begun, from, to)))
            .collect();
        walks
            .into_iter()
            .map(|walk| {
                walk.join().unwrap_or_else(|_| {
                    Err(AuditError::Io {
                        what: "the chain cannot be walked".to_owned(),
                        source: std::io::Error::other("a thread panicked"),
                    })
                })
            })
            .collect()
    })
}

/// Where each piece begins and ends. One piece where a row at a border is missing: one walk names that best.
fn pieces(connection: &Connection, from: AuditHead, end: u64) -> Vec<(AuditHead, u64)> {
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let rows = end.saturating_sub(from.seq);
    let count = (rows / ALONE).min(threads).max(1);
    let mut pieces = Vec::new();
    let mut piece_begin = from;
    for number in 1..=count {
        let to = if number == count { end } else { from.seq + rows / count * number };
        pieces.push((piece_begin, to));
        if number < count {
            match hash_of(connection, to) {
                Ok(Some(hash)) => piece_begin = AuditHead { seq: to, hash },
                Ok(None) | Err(_) => return vec![(from, end)],
            }
        }
    }
    pieces
}
