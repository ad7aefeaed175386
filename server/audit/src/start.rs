//! What is looked at when the database is opened: little enough for a million rows, and what anchors can tell.

use rusqlite::Connection;

use crate::anchor::{Anchor, Anchored};
use crate::damage::Damage;
use crate::error::AuditError;
use crate::link::AuditHead;
use crate::segment::is_damage;
use crate::table::{Begin, begin, hash_of, head};
use crate::verify::{AuditReport, Connect, verify, verify_up_to};

/// What verifying at the start found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// The rows that were verified, and what is damaged.
    pub report: AuditReport,
    /// Up to which row older rows were looked at again, in turns.
    pub looked_again: u64,
}

/// Compares the chain with its anchors: what must be known before a row is added, and little work for any chain. Says
/// what is damaged, if something is. `timeline_is_ahead` says whether the timeline knows of actions the chain does not.
pub fn compare_with_anchors(
    connection: &Connection,
    connect: Connect<'_>,
    anchors: &[Anchor],
    held: Option<&Anchored>,
    timeline_is_ahead: &dyn Fn(&Connection) -> rusqlite::Result<bool>,
) -> Result<Option<AuditReport>, AuditError> {
    let compared = || {
        let mut heads: Vec<AuditHead> = anchors.iter().map(|anchor| anchor.head).collect();
        heads.extend(held.iter().flat_map(|held| held.heads.iter().chain(&held.verified)));
        heads.sort_by_key(|head| head.seq);
        let (begun, end) = (begin(connection)?, head(connection)?);
        let Some(damage) = compare(connection, begun, end, &heads, timeline_is_ahead)? else {
            return Ok(None);
        };
        // The chain itself may say more exactly what happened.
        let mut report = verify(connect, None)?;
        let inner = report.damage.take();
        report.damage = Some(inner.unwrap_or(damage));
        Ok(Some(report))
    };
    match compared() {
        Err(AuditError::Database(error)) if is_damage(&error) => Ok(Some(unreadable(&error))),
        other => other,
    }
}

/// Verifies what came since the chain was verified last, and looks at `turn` older rows again, so that a change of an
/// old row is found within a few starts without walking a million rows at each.
pub fn verify_since(connect: Connect<'_>, held: Option<&Anchored>, turn: u64) -> Result<Start, AuditError> {
    match since(connect, held, turn) {
        Err(AuditError::Database(error)) if is_damage(&error) => {
            Ok(Start { report: unreadable(&error), looked_again: 0 })
        }
        other => other,
    }
}

fn since(connect: Connect<'_>, held: Option<&Anchored>, turn: u64) -> Result<Start, AuditError> {
    let connection = connect()?;
    let looked_again = held.map_or(0, |held| held.looked_again);
    let verified = held.and_then(|held| held.verified);
    loop {
        let (begun, end) = (begin(&connection)?, head(&connection)?);
        let report = verify_up_to(connect, &connection, begun, verified, end.seq)?;
        let found = match verified.filter(|_| report.damage.is_none() && turn > 0) {
            Some(verified) => look_again(connect, &connection, begun, report, verified, looked_again, turn)?,
            None => Start { report, looked_again },
        };
        // Rows that were archived meanwhile are not damage.
        if found.report.damage.is_none() || begin(&connection)? == begun {
            return Ok(found);
        }
    }
}

fn unreadable(error: &rusqlite::Error) -> AuditReport {
    let damage = Damage::Unreadable { seq: 0, message: error.to_string() };
    AuditReport { rows: 0, head: AuditHead::EMPTY, steps_back: 0, damage: Some(damage) }
}

/// Verifies the next `turn` rows of those that were verified before.
fn look_again(
    connect: Connect<'_>,
    connection: &Connection,
    begun: Begin,
    report: AuditReport,
    verified: AuditHead,
    looked_again: u64,
    turn: u64,
) -> Result<Start, AuditError> {
    let from = if looked_again >= verified.seq { begun.archived.seq } else { looked_again };
    let from = from.max(begun.archived.seq);
    let known = match hash_of(connection, from)? {
        Some(hash) if from > begun.archived.seq => Some(AuditHead { seq: from, hash }),
        _ => None,
    };
    let from = known.map_or(begun.archived.seq, |known| known.seq);
    let to = from.saturating_add(turn).min(verified.seq);
    let again = verify_up_to(connect, connection, begun, known, to)?;
    if again.damage.is_some() {
        return Ok(Start { report: AuditReport { damage: again.damage, ..report }, looked_again });
    }
    Ok(Start { report: AuditReport { rows: report.rows + again.rows, ..report }, looked_again: to })
}

/// What the anchors tell about a chain that ends at `end`. `heads` come oldest first.
fn compare(
    connection: &Connection,
    begun: Begin,
    end: AuditHead,
    heads: &[AuditHead],
    timeline_is_ahead: &dyn Fn(&Connection) -> rusqlite::Result<bool>,
) -> Result<Option<Damage>, AuditError> {
    let Some(newest) = heads.last().filter(|newest| newest.seq > 0) else { return Ok(None) };
    if end.seq == 0 {
        return Ok(Some(Damage::Deleted { anchored: newest.seq }));
    }
    let mut after = begun.archived.seq;
    for known in heads.iter().filter(|known| known.seq > begun.archived.seq && known.seq <= end.seq) {
        match hash_of(connection, known.seq)? {
            Some(hash) if hash == known.hash => after = known.seq,
            _ if after == 0 && newest.seq > end.seq => {
                return Ok(Some(Damage::Deleted { anchored: newest.seq }));
            }
            _ => return Ok(Some(Damage::Rewritten { after, seq: known.seq })),
        }
    }
    if newest.seq <= end.seq {
        return Ok(None);
    }
    Ok(Some(if timeline_is_ahead(connection)? {
        Damage::Truncated { seq: end.seq, anchored: newest.seq }
    } else {
        Damage::RolledBack { seq: end.seq, anchored: newest.seq }
    }))
}
