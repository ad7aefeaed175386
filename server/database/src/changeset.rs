//! What a transaction changed, row by row, with what was there before and what is there after.

use std::sync::Arc;

use crate::shape::TableShape;
use crate::value::{Row, Stored};

pub(crate) mod codec;

/// All changes of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Changeset {
    pub(crate) tables: Vec<TableChanges>,
    pub(crate) sequences: Vec<SequenceChange>,
}

/// The changes of one table, and how the table looked then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableChanges {
    pub(crate) shape: Arc<TableShape>,
    pub(crate) changes: Vec<Change>,
}

/// One row. At least one of before and after is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The same before and after; 0 in a table without rowids.
    pub(crate) rowid: i64,
    pub(crate) before: Option<Row>,
    pub(crate) after: Option<Row>,
}

/// The highest number an `AUTOINCREMENT` table has given: a row of `sqlite_sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SequenceChange {
    pub(crate) table: String,
    pub(crate) before: Option<Sequence>,
    pub(crate) after: Option<Sequence>,
}

/// A row of `sqlite_sequence`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sequence {
    pub(crate) rowid: i64,
    pub(crate) value: Stored,
}

impl Changeset {
    pub(crate) fn rows(&self) -> u64 {
        let rows: usize = self.tables.iter().map(|table| table.changes.len()).sum();
        u64::try_from(rows).unwrap_or(u64::MAX)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.sequences.is_empty()
    }

    /// The same changes the other way round.
    pub(crate) fn inverted(mut self) -> Self {
        for change in self.tables.iter_mut().flat_map(|table| &mut table.changes) {
            std::mem::swap(&mut change.before, &mut change.after);
        }
        for change in &mut self.sequences {
            std::mem::swap(&mut change.before, &mut change.after);
        }
        self
    }
}
