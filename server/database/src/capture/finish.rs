//! From the notes on a transaction to its changeset: each touched row is read once more, just before the end.

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::{Capture, Captured, Key, Reason, Touched};
use crate::look::{SqlKind, SqlLook};
use crate::reader::RowReader;
use crate::session::Session;
use tgp_changeset::{Change, Changeset, Sequence, SequenceChange, TableChanges};
use tgp_changeset::{Kind, Shapes};
use tgp_changeset::{Row, Stored};
use tgp_changeset::{decode_key, encode, encode_key};

impl Session {
    fn capture(&self) -> MutexGuard<'_, Capture> {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables as they are now, asked once for each version of the schema.
    pub(crate) fn shapes(&mut self) -> rusqlite::Result<Arc<Shapes>> {
        if let Some(shapes) = &self.shapes {
            return Ok(Arc::clone(shapes));
        }
        let shapes = Arc::new(self.trusted(Shapes::load)?);
        self.shapes = Some(Arc::clone(&shapes));
        Ok(shapes)
    }

    /// Listens from here on, if it does not already. Inside the transaction, before its first write.
    pub(crate) fn start_capture(&mut self) -> rusqlite::Result<()> {
        if self.capture().active {
            return Ok(());
        }
        let shapes = self.shapes()?;
        let sequences = self.sequences(&shapes)?;
        let changes_at_start = self.trusted(|connection| Ok(connection.total_changes()))?;
        let limit = self.limits.changeset_bytes;
        *self.capture() =
            Capture { active: true, shapes, sequences, changes_at_start, limit, ..Capture::default() };
        Ok(())
    }

    /// Learns what a statement did that cannot be seen row by row.
    pub(crate) fn note_in_capture(&mut self, look: &SqlLook) -> rusqlite::Result<()> {
        let shapes = self.shapes()?;
        let mut capture = self.capture();
        if look.kind == SqlKind::Schema {
            capture.schema.extend(look.writes.iter().cloned());
            capture.schema.extend(look.writes.is_empty().then(|| "the whole database".to_owned()));
        }
        for table in &look.writes {
            let of_module = shapes.get(table).is_some_and(|shape| shape.kind == Kind::Virtual);
            if of_module && look.kind == SqlKind::Write {
                capture.reasons.insert(Reason::VirtualTable { table: table.clone() });
            }
        }
        capture.shapes = shapes;
        Ok(())
    }

    /// Stops listening and forgets.
    pub(crate) fn drop_capture(&self) {
        let mut capture = self.capture();
        if capture.active {
            *capture = Capture::default();
        }
    }

    /// What was changed since `start_capture`, which goes on listening.
    pub(crate) fn captured(&mut self) -> rusqlite::Result<Captured> {
        if !self.capture().active {
            return Ok(Captured::default());
        }
        let shapes = self.shapes()?;
        let sequences_now = self.sequences(&shapes)?;
        let total = self.trusted(|connection| Ok(connection.total_changes()))?;
        // Nothing is written while the notes are out: rows are only read.
        let notes = std::mem::take(&mut *self.capture());
        let tables = self.trusted(|connection| tables_of(connection, &notes, &shapes));
        let reasons = notes.reasons_with(total);
        let sequences = sequence_changes(&notes.sequences, &sequences_now);
        let limit = notes.limit;
        // Too many to be held: then each change is counted, also where one row was changed twice.
        let uncounted = (notes.bytes > limit).then_some(notes.heard);
        *self.capture() = notes;
        Ok(packed(&Changeset { tables: tables?, sequences }, reasons, limit, uncounted))
    }

    /// All rows of `sqlite_sequence`, by table.
    pub(crate) fn sequences(&self, shapes: &Shapes) -> rusqlite::Result<BTreeMap<String, Sequence>> {
        if shapes.get("sqlite_sequence").is_none() {
            return Ok(BTreeMap::new());
        }
        self.trusted(|connection| {
            let mut statement = connection.prepare("SELECT rowid, name, seq FROM sqlite_sequence")?;
            let mut rows = statement.raw_query();
            let mut sequences = BTreeMap::new();
            while let Some(row) = rows.next()? {
                // A row without a name was put there by hand and counts nothing.
                let Some(table) = row.get_ref(1)?.as_str_or_null().ok().flatten() else { continue };
                let sequence = Sequence { rowid: row.get(0)?, value: Stored::of(row.get_ref(2)?) };
                sequences.insert(table.to_owned(), sequence);
            }
            Ok(sequences)
        })
    }
}

impl Capture {
    fn reasons_with(&self, total_changes: u64) -> Vec<Reason> {
        let mut reasons = self.reasons.clone();
        if !self.schema.is_empty() {
            reasons.insert(Reason::Schema { tables: self.schema.iter().cloned().collect() });
        }
        let counted = total_changes.saturating_sub(self.changes_at_start);
        // SQLite counts rows it changes as a whole, and tells nobody: better to ask once too often than to lie.
        let unseen = counted.saturating_sub(self.heard) + self.lost;
        if unseen > 0 && reasons.is_empty() {
            reasons.insert(Reason::Unseen { rows: unseen });
        }
        reasons.into_iter().collect()
    }
}

fn tables_of(
    connection: &Connection,
    notes: &Capture,
    shapes: &Shapes,
) -> rusqlite::Result<Vec<TableChanges>> {
    let mut tables = Vec::new();
    for touched in notes.touched.values() {
        // A table that was altered or dropped since is named among the changes of the schema.
        if shapes.get(&touched.shape.name).is_some_and(|now| *now == touched.shape) {
            let changes = changes_of(connection, touched)?;
            tables.extend(
                (!changes.is_empty()).then(|| TableChanges { shape: Arc::clone(&touched.shape), changes }),
            );
        }
    }
    Ok(tables)
}

fn packed(
    changeset: &Changeset,
    mut irreversible: Vec<Reason>,
    limit: usize,
    heard: Option<u64>,
) -> Captured {
    let rows = heard.unwrap_or_else(|| changeset.rows());
    let bytes = if changeset.is_empty() { Vec::new() } else { encode(changeset) };
    if heard.is_some() || bytes.len() > limit {
        irreversible.push(Reason::TooLarge { limit });
        return Captured { changeset: Vec::new(), rows, irreversible };
    }
    Captured { changeset: bytes, rows, irreversible }
}

fn changes_of(connection: &Connection, touched: &Touched) -> rusqlite::Result<Vec<Change>> {
    let shape = &touched.shape;
    let mut reader = RowReader::new(connection, shape)?;
    let mut changes = Vec::new();
    let mut others: BTreeMap<Vec<u8>, Row> = BTreeMap::new();
    for (key, before) in &touched.rows {
        let (rowid, after) = match key {
            Key::Rowid(rowid) => (*rowid, reader.by_rowid(*rowid)?),
            Key::Primary(bytes) => {
                let values = decode_key(bytes).map_err(|_| rusqlite::Error::InvalidQuery)?;
                let found = reader.by_key(&values)?.map(|(_, row)| row);
                let its_key = found.as_ref().and_then(|row| shape.key_of(row)).map(|key| encode_key(&key));
                if its_key.as_ref().is_some_and(|its_key| its_key != bytes) {
                    // The same key in another spelling (`NOCASE`, '5' for 5): a row of its own here.
                    others.extend(its_key.zip(found));
                    (0, None)
                } else {
                    (0, found)
                }
            }
        };
        if *before != after {
            changes.push(Change { rowid, before: before.clone(), after });
        }
    }
    for (key, row) in others {
        if !touched.rows.contains_key(&Key::Primary(key)) {
            changes.push(Change { rowid: 0, before: None, after: Some(row) });
        }
    }
    Ok(changes)
}

fn sequence_changes(
    before: &BTreeMap<String, Sequence>,
    after: &BTreeMap<String, Sequence>,
) -> Vec<SequenceChange> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let change = |table: &String| SequenceChange {
        table: table.clone(),
        before: before.get(table).cloned(),
        after: after.get(table).cloned(),
    };
    names.into_iter().map(change).filter(|change| change.before != change.after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_were_counted_and_not_heard_of_are_irreversible() {
        let notes = Capture { changes_at_start: 10, heard: 2, ..Capture::default() };
        assert_eq!(notes.reasons_with(12), []);
        assert_eq!(notes.reasons_with(15), [Reason::Unseen { rows: 3 }]);
        let notes = Capture { lost: 1, heard: 2, ..Capture::default() };
        assert_eq!(notes.reasons_with(2), [Reason::Unseen { rows: 1 }]);
    }
}
