//! Brings rows back: first everything that is in the way goes, then everything comes, or stays as it was.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, ErrorCode};

use super::foreign::{self, Broken};
use super::plan::{self, Step, Writer};
use super::sequences;
use crate::session::Session;
use crate::shown::shown_change;
use crate::undo::{Conflict, ConflictKind, Undone};
use tgp_changeset::Changeset;

/// Rounds of leaving out rows that cannot come back; each leaves out at least one, most cases need none.
const MOST_ROUNDS: usize = 100;

/// From `before` to `after` of each change. In the open transaction; on an error the caller rolls it back.
pub(crate) fn apply(
    session: &mut Session,
    changes: &Changeset,
    strict: bool,
    most_shown: usize,
) -> rusqlite::Result<Undone> {
    let shapes = session.shapes()?;
    let sequences_now = session.sequences(&shapes)?;
    let mut undone = Undone::default();
    let mut steps = Vec::new();
    for (number, table) in changes.tables.iter().enumerate() {
        // Only in the same form do the rows mean the same.
        if shapes.get(&table.shape.name) == Some(&table.shape) && table.shape.is_addressable() {
            let plan = session.trusted(|connection| plan::plan(connection, number, table))?;
            undone.already += plan.already;
            undone.conflicts.extend(plan.conflicts);
            steps.extend(plan.steps);
        } else {
            let left = |change| plan::conflict(table, change, ConflictKind::SchemaChanged, None);
            undone.conflicts.extend(table.changes.iter().map(left));
        }
    }
    let job = Job { changes, strict };
    session.trusted(|connection| job.in_rounds(connection, &mut steps, &mut undone))?;
    undone.applied = u64::try_from(steps.len()).unwrap_or(u64::MAX);
    let shown = steps.iter().take(most_shown);
    undone.rows =
        shown.filter_map(|step| Some(shown_change(changes.tables.get(step.table)?, step.change))).collect();
    let left: BTreeSet<String> = undone.conflicts.iter().map(|conflict| conflict.table.clone()).collect();
    if shapes.get("sqlite_sequence").is_some() {
        let after_rows = session.sequences(&shapes)?;
        sequences::restore(session, &changes.sequences, &sequences_now, &after_rows, &left)?;
    }
    Ok(undone)
}

struct Job<'a> {
    changes: &'a Changeset,
    strict: bool,
}

impl Job<'_> {
    /// A row that cannot come back keeps its present state, which may keep another one from coming back: so the whole
    /// is taken back and tried again without it, until nothing is in the way.
    fn in_rounds(
        &self,
        connection: &Connection,
        steps: &mut Vec<Step<'_>>,
        undone: &mut Undone,
    ) -> rusqlite::Result<()> {
        let foreign = foreign::Keys::load(connection, self.changes)?;
        for round in 1.. {
            run(connection, "SAVEPOINT tgp_undo")?;
            let mut failed = self.write(connection, steps)?;
            if failed.is_empty() {
                let broken = foreign.broken(connection, self.changes, steps)?;
                if self.strict {
                    failed = broken.into_iter().map(|broken| (broken.step, broken.kind())).collect();
                } else {
                    undone.dangling = broken.into_iter().map(Broken::dangling).collect();
                }
            }
            if failed.is_empty() {
                return run(connection, "RELEASE tgp_undo");
            }
            run(connection, "ROLLBACK TO tgp_undo")?;
            run(connection, "RELEASE tgp_undo")?;
            if round >= MOST_ROUNDS {
                let message = "too many rows depend on rows that cannot come back".to_owned();
                let all =
                    (0..steps.len()).map(|at| (at, ConflictKind::Constraint { message: message.clone() }));
                failed = all.chain(failed).collect();
            }
            self.leave(steps, failed, &mut undone.conflicts);
        }
        Ok(())
    }

    /// Says which steps the tables' rules refuse.
    fn write(
        &self,
        connection: &Connection,
        steps: &[Step<'_>],
    ) -> rusqlite::Result<BTreeMap<usize, ConflictKind>> {
        let mut writers = BTreeMap::new();
        for step in steps {
            let Some(table) = self.changes.tables.get(step.table) else { continue };
            let writer = match writers.entry(step.table) {
                Entry::Occupied(writer) => writer.into_mut(),
                Entry::Vacant(place) => place.insert(Writer::new(connection, &table.shape)?),
            };
            writer.delete(&table.shape, step)?;
        }
        let mut failed = BTreeMap::new();
        // Those that may lie anywhere come last, so that they take nobody's place.
        let (placed, anywhere): (Vec<_>, Vec<_>) =
            steps.iter().enumerate().partition(|(_, step)| step.rowid.is_some());
        for (at, step) in placed.into_iter().chain(anywhere) {
            let Some(writer) = writers.get_mut(&step.table) else { continue };
            match writer.insert(step) {
                Ok(()) => {}
                Err(rusqlite::Error::SqliteFailure(code, message))
                    if code.code == ErrorCode::ConstraintViolation =>
                {
                    let message = message.unwrap_or_else(|| code.to_string());
                    failed.insert(at, ConflictKind::Constraint { message });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(failed)
    }

    fn leave(
        &self,
        steps: &mut Vec<Step<'_>>,
        failed: BTreeMap<usize, ConflictKind>,
        conflicts: &mut Vec<Conflict>,
    ) {
        let all = std::mem::take(steps);
        for (at, step) in all.into_iter().enumerate() {
            match (failed.get(&at), self.changes.tables.get(step.table)) {
                (Some(kind), Some(table)) => {
                    let found = step.change.before.as_ref();
                    conflicts.push(plan::conflict(table, step.change, kind.clone(), found));
                }
                _ => steps.push(step),
            }
        }
    }
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare(sql)?.execute([]).map(|_| ())
}
