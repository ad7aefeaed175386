//! What one transaction changes, noted while it happens: the first state of every row it touches.
//!
//! Only the state before is taken from the hook, and only the first one: a statement that fails is taken back by
//! `SQLite` without telling, so what is there after is read when the transaction is about to end.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::actions::is_actions_table;
use crate::preupdate::{Event, Operation};
use tgp_changeset::encode_key;
use tgp_changeset::{Kind, Shapes, TableShape};
use tgp_changeset::{Row, Stored};

mod finish;

/// Why a change cannot be taken back row by row. Told before the transaction is committed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Reason {
    /// Tables, indexes, views or triggers were made, changed or dropped.
    #[error("the schema is changed ({})", list(tables))]
    Schema {
        /// What was made, changed or dropped.
        tables: Vec<String>,
    },
    /// The rows of a virtual table lie in a form of its own (full-text index, r-tree).
    #[error("`{table}` is a virtual table")]
    VirtualTable {
        /// The table.
        table: String,
    },
    /// Columns of the table have taken all names of the rowid, and it has no primary key that says the same.
    #[error("rows of `{table}` cannot be told apart: its columns hide the rowid")]
    HiddenRowid {
        /// The table.
        table: String,
    },
    /// A table of `SQLite`'s own was written.
    #[error("`{table}` is a table of SQLite's own")]
    SystemTable {
        /// The table.
        table: String,
    },
    /// There are more changes than one changeset may hold.
    #[error("the changed rows take more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// Rows were changed in a way `SQLite` does not tell row by row.
    #[error("{rows} rows were changed without being told one by one")]
    Unseen {
        /// How many.
        rows: u64,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What a transaction changed, to be kept for its undo.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Captured {
    /// The changes as bytes, for `Database::begin_undo`. Empty where nothing was changed.
    pub changeset: Vec<u8>,
    /// How many rows were inserted, updated or deleted, what triggers and foreign keys did included.
    pub rows: u64,
    /// What the changeset does not hold; empty means that undo brings everything back.
    pub irreversible: Vec<Reason>,
}

/// Which row of a table.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Rowid(i64),
    Primary(Vec<u8>),
}

#[derive(Debug)]
struct Touched {
    shape: Arc<TableShape>,
    rows: BTreeMap<Key, Option<Row>>,
}

/// The notes on one transaction. Shared by a session and its hook.
#[derive(Debug, Default)]
pub(crate) struct Capture {
    active: bool,
    shapes: Arc<Shapes>,
    touched: BTreeMap<String, Touched>,
    reasons: BTreeSet<Reason>,
    schema: BTreeSet<String>,
    sequences: BTreeMap<String, tgp_changeset::Sequence>,
    changes_at_start: u64,
    heard: u64,
    lost: u64,
    bytes: usize,
    limit: usize,
}

impl Capture {
    /// One row is about to change.
    pub(crate) fn hear(&mut self, event: &Event<'_>) {
        if !self.active {
            return;
        }
        self.heard += 1;
        if self.bytes > self.limit || is_actions_table(event.table) {
            return;
        }
        let Some(shape) = self.shapes.get(event.table).map(Arc::clone) else {
            self.lost += 1;
            return;
        };
        if is_told_otherwise(&shape) {
            return;
        }
        if let Some(reason) = unheld(&shape) {
            self.reasons.insert(reason);
            return;
        }
        let complete = match shape.kind {
            Kind::WithoutRowid => self.hear_by_key(event, &shape),
            _ => self.hear_by_rowid(event, &shape),
        };
        if complete.is_none() {
            self.lost += 1;
        }
        if self.bytes > self.limit {
            self.touched.clear();
        }
    }

    /// A change could not be noted.
    pub(crate) fn lose(&mut self) {
        self.lost += 1;
    }

    fn hear_by_rowid(&mut self, event: &Event<'_>, shape: &Arc<TableShape>) -> Option<()> {
        let old = Key::Rowid(event.old_rowid);
        if event.operation == Operation::Insert {
            self.first(shape, old, None);
            return Some(());
        }
        if !self.knows(&shape.name, &old) {
            let row = old_row(event, shape)?;
            self.first(shape, old, Some(row));
        }
        if event.operation == Operation::Update && event.new_rowid != event.old_rowid {
            self.first(shape, Key::Rowid(event.new_rowid), None);
        }
        Some(())
    }

    fn hear_by_key(&mut self, event: &Event<'_>, shape: &Arc<TableShape>) -> Option<()> {
        let numbers = || shape.primary_key.iter().map(|at| shape.numbers.get(*at).copied());
        let key = |values: Option<Vec<Stored>>| values.map(|values| Key::Primary(encode_key(&values)));
        if event.operation != Operation::Insert {
            let old = key(numbers().map(|number| event.before(number?)).collect())?;
            if !self.knows(&shape.name, &old) {
                let row = old_row(event, shape)?;
                self.first(shape, old, Some(row));
            }
        }
        if event.operation != Operation::Delete {
            let new = key(numbers().map(|number| event.after(number?)).collect())?;
            self.first(shape, new, None);
        }
        Some(())
    }

    fn knows(&self, table: &str, key: &Key) -> bool {
        self.touched.get(table).is_some_and(|touched| touched.rows.contains_key(key))
    }

    /// Keeps the first state of a row; later ones are this transaction's own.
    fn first(&mut self, shape: &Arc<TableShape>, key: Key, before: Option<Row>) {
        if !self.touched.contains_key(&shape.name) {
            let touched = Touched { shape: Arc::clone(shape), rows: BTreeMap::new() };
            self.touched.insert(shape.name.clone(), touched);
        }
        let Some(touched) = self.touched.get_mut(&shape.name) else { return };
        if let Entry::Vacant(place) = touched.rows.entry(key) {
            let size = |row: &Row| row.iter().map(Stored::size).sum::<usize>();
            self.bytes += 32 + before.as_ref().map_or(0, size);
            place.insert(before);
        }
    }
}

fn old_row(event: &Event<'_>, shape: &TableShape) -> Option<Row> {
    shape.numbers.iter().map(|number| event.before(*number)).collect()
}

/// Inner tables of a virtual table, which the statement names, and the sequences, which are compared as a whole.
fn is_told_otherwise(shape: &TableShape) -> bool {
    shape.kind == Kind::Virtual || shape.name.eq_ignore_ascii_case("sqlite_sequence")
}

/// Why rows of this table cannot be held.
fn unheld(shape: &TableShape) -> Option<Reason> {
    let table = || shape.name.clone();
    if shape.name.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("sqlite_")) {
        return Some(Reason::SystemTable { table: table() });
    }
    (!shape.is_addressable()).then(|| Reason::HiddenRowid { table: table() })
}
