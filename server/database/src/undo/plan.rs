//! Which rows still are as the action left them, and where they lie now.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::reader::RowReader;
use crate::shown::{shown_key, shown_row};
use crate::undo::{Conflict, ConflictKind};
use tgp_changeset::encode_key;
use tgp_changeset::{Change, TableChanges};
use tgp_changeset::{Kind, TableShape, quoted};
use tgp_changeset::{Row, Stored};

/// What is to be done with one row.
pub(crate) struct Step<'a> {
    pub(crate) table: usize,
    pub(crate) change: &'a Change,
    /// The rowid of the row that has to go first; for a table without rowids anything.
    pub(crate) present: Option<i64>,
    /// The rowid the row gets; none where `SQLite` may choose.
    pub(crate) rowid: Option<i64>,
}

/// What a row needs.
enum Needs {
    Step { present: Option<i64>, rowid: Option<i64> },
    Nothing,
    Left { kind: ConflictKind, found: Option<Row> },
}

/// The plan for one table.
#[derive(Default)]
pub(crate) struct TablePlan<'a> {
    pub(crate) steps: Vec<Step<'a>>,
    pub(crate) already: u64,
    pub(crate) conflicts: Vec<Conflict>,
}

/// Looks at every row of one table. Changes nothing.
pub(crate) fn plan<'a>(
    connection: &Connection,
    number: usize,
    table: &'a TableChanges,
) -> rusqlite::Result<TablePlan<'a>> {
    let shape = table.shape.as_ref();
    let mut finder = Finder { shape, reader: RowReader::new(connection, shape)?, leaving: BTreeSet::new() };
    let mut plan = TablePlan::default();
    // Rows that are there first: what they leave free may be what another one needs to come back.
    let (present, absent): (Vec<&Change>, Vec<&Change>) =
        table.changes.iter().partition(|change| change.before.is_some());
    for change in present.into_iter().chain(absent) {
        let needs = match &change.before {
            Some(before) => finder.present(change, before)?,
            None => finder.absent(change)?,
        };
        match needs {
            Needs::Step { present, rowid } => {
                if let Some((rowid, row)) = present.zip(change.before.as_ref()) {
                    finder.leaving.insert(place(shape, rowid, row));
                }
                plan.steps.push(Step { table: number, change, present, rowid });
            }
            Needs::Nothing => plan.already += 1,
            Needs::Left { kind, found } => {
                plan.conflicts.push(conflict(table, change, kind, found.as_ref()));
            }
        }
    }
    Ok(plan)
}

pub(crate) fn conflict(
    table: &TableChanges,
    change: &Change,
    kind: ConflictKind,
    found: Option<&Row>,
) -> Conflict {
    Conflict {
        table: table.shape.name.clone(),
        key: shown_key(table, change),
        kind,
        expected: change.before.as_ref().map(shown_row),
        found: found.map(shown_row),
    }
}

/// Where a row lies, for comparing: in a table without rowids its key, byte for byte.
fn place(shape: &TableShape, rowid: i64, row: &Row) -> Vec<u8> {
    match shape.kind {
        Kind::Rowid => rowid.to_be_bytes().to_vec(),
        _ => shape.key_of(row).map(|key| encode_key(&key)).unwrap_or_default(),
    }
}

struct Finder<'a> {
    shape: &'a TableShape,
    reader: RowReader<'a>,
    /// Where rows lie that the plan removes.
    leaving: BTreeSet<Vec<u8>>,
}

impl Finder<'_> {
    /// A rowid nobody gave by name may be given to another row, and `VACUUM` may change it.
    fn rowid_is_hidden(&self) -> bool {
        self.shape.kind == Kind::Rowid && self.shape.rowid_column.is_none()
    }

    /// The row with the same primary key, wherever it lies.
    fn by_key(&mut self, row: &Row) -> rusqlite::Result<Option<(i64, Row)>> {
        match self.shape.key_of(row).filter(|_| self.rowid_is_hidden()) {
            Some(key) => self.reader.by_key(&key),
            None => Ok(None),
        }
    }

    fn has_key(&self, row: &Row) -> bool {
        self.rowid_is_hidden() && self.shape.key_of(row).is_some()
    }

    /// The row has to be there as `before` says.
    fn present(&mut self, change: &Change, before: &Row) -> rusqlite::Result<Needs> {
        let rowid = Some(change.rowid);
        let here = self.reader.at_place(self.shape, change)?;
        if here.as_ref() == Some(before) {
            return Ok(Needs::Step { present: rowid, rowid });
        }
        if let Some((elsewhere, row)) = self.by_key(before)? {
            return Ok(if row == *before {
                Needs::Step { present: Some(elsewhere), rowid: Some(elsewhere) }
            } else if change.after.as_ref() == Some(&row) {
                Needs::Nothing
            } else {
                Needs::Left { kind: ConflictKind::Changed, found: Some(row) }
            });
        }
        if here == change.after {
            return Ok(Needs::Nothing);
        }
        // With a key of its own, whatever lies under the old rowid is another row.
        let found = here.filter(|_| !self.has_key(before));
        if found.is_none() && change.after.is_none() {
            return Ok(Needs::Nothing);
        }
        let kind = if found.is_some() { ConflictKind::Changed } else { ConflictKind::Deleted };
        Ok(Needs::Left { kind, found })
    }

    /// The row has to be gone, to come back as `after` says.
    fn absent(&mut self, change: &Change) -> rusqlite::Result<Needs> {
        let Some(after) = &change.after else { return Ok(Needs::Nothing) };
        let here = self.reader.at_place(self.shape, change)?;
        let here = here.filter(|row| !self.leaving.contains(&place(self.shape, change.rowid, row)));
        if here.as_ref() == Some(after) {
            return Ok(Needs::Nothing);
        }
        if let Some((elsewhere, row)) = self.by_key(after)?
            && !self.leaving.contains(&place(self.shape, elsewhere, &row))
        {
            return Ok(if row == *after {
                Needs::Nothing
            } else {
                Needs::Left { kind: ConflictKind::Taken, found: Some(row) }
            });
        }
        Ok(match here {
            None => Needs::Step { present: None, rowid: Some(change.rowid) },
            Some(_) if self.rowid_is_hidden() => Needs::Step { present: None, rowid: None },
            found => Needs::Left { kind: ConflictKind::Taken, found },
        })
    }
}

/// The statements that remove and bring back rows of one table.
pub(crate) struct Writer<'a> {
    delete: rusqlite::Statement<'a>,
    insert: rusqlite::Statement<'a>,
    /// Whether the insert takes a rowid after the columns.
    takes_rowid: bool,
}

impl<'a> Writer<'a> {
    pub(crate) fn new(connection: &'a Connection, shape: &TableShape) -> rusqlite::Result<Self> {
        let rowid = shape.rowid_name().filter(|_| shape.kind == Kind::Rowid);
        let condition = rowid.as_ref().map_or_else(|| shape.key_condition(), |rowid| format!("{rowid} = ?1"));
        let hidden = rowid.filter(|_| shape.rowid_column.is_none());
        let columns: Vec<String> =
            shape.columns.iter().map(|name| quoted(name)).chain(hidden.clone()).collect();
        let values = vec!["?"; columns.len()].join(", ");
        let (table, columns) = (quoted(&shape.name), columns.join(", "));
        // `OR ABORT` stands above a table's own `ON CONFLICT REPLACE`: no other row may go.
        let insert = format!("INSERT OR ABORT INTO {table} ({columns}) VALUES ({values})");
        Ok(Self {
            delete: connection.prepare(&format!("DELETE FROM {table} WHERE {condition}"))?,
            insert: connection.prepare(&insert)?,
            takes_rowid: hidden.is_some(),
        })
    }

    /// Removes the row that is there.
    pub(crate) fn delete(&mut self, shape: &TableShape, step: &Step<'_>) -> rusqlite::Result<()> {
        let Some(rowid) = step.present else { return Ok(()) };
        let key = match shape.kind {
            Kind::Rowid => vec![Stored::Integer(rowid)],
            _ => step.change.before.as_ref().and_then(|row| shape.key_of(row)).unwrap_or_default(),
        };
        self.delete.execute(rusqlite::params_from_iter(key)).map(|_| ())
    }

    /// Brings the row back. With NULL for its rowid `SQLite` chooses one.
    pub(crate) fn insert(&mut self, step: &Step<'_>) -> rusqlite::Result<()> {
        let Some(row) = &step.change.after else { return Ok(()) };
        let rowid = step.rowid.map_or(Stored::Null, Stored::Integer);
        let rowid = Some(&rowid).filter(|_| self.takes_rowid);
        self.insert.execute(rusqlite::params_from_iter(row.iter().chain(rowid))).map(|_| ())
    }
}
