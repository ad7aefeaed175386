//! What a transaction changed, row by row, with what was there before and what is there after.

use std::sync::Arc;

use crate::shape::TableShape;
use crate::value::{Row, Stored};

/// All changes of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Changeset {
    /// The tables, in the order they were changed first.
    pub tables: Vec<TableChanges>,
    /// Numbers that were given.
    pub sequences: Vec<SequenceChange>,
}

/// The changes of one table, and how the table looked then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableChanges {
    /// How it looked.
    pub shape: Arc<TableShape>,
    /// Its rows.
    pub changes: Vec<Change>,
}

/// One row. At least one of before and after is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The same before and after; 0 in a table without rowids.
    pub rowid: i64,
    /// What was there.
    pub before: Option<Row>,
    /// What is there.
    pub after: Option<Row>,
}

/// The highest number an `AUTOINCREMENT` table has given: a row of `sqlite_sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequenceChange {
    /// Which table.
    pub table: String,
    /// What was there.
    pub before: Option<Sequence>,
    /// What is there.
    pub after: Option<Sequence>,
}

/// A row of `sqlite_sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence {
    /// Its rowid.
    pub rowid: i64,
    /// The number.
    pub value: Stored,
}

impl Changeset {
    /// How many rows were changed.
    pub fn rows(&self) -> u64 {
        let rows: usize = self.tables.iter().map(|table| table.changes.len()).sum();
        u64::try_from(rows).unwrap_or(u64::MAX)
    }

    /// Whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.sequences.is_empty()
    }

    /// The same changes the other way round.
    #[must_use]
    pub fn inverted(mut self) -> Self {
        for change in self.tables.iter_mut().flat_map(|table| &mut table.changes) {
            std::mem::swap(&mut change.before, &mut change.after);
        }
        for change in &mut self.sequences {
            std::mem::swap(&mut change.before, &mut change.after);
        }
        self
    }
}
