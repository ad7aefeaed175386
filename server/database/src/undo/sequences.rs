//! Brings back the numbers `AUTOINCREMENT` has given, where nobody has drawn one since.

use std::collections::{BTreeMap, BTreeSet};

use crate::session::Session;
use tgp_changeset::{Sequence, SequenceChange};

/// Sets each sequence that stands where the action left it; bringing rows back has moved others, which go back too.
/// `now` is what stood there before rows were brought back, `left` the tables with rows that were left: their numbers
/// stay used.
pub(crate) fn restore(
    session: &Session,
    changes: &[SequenceChange],
    now: &BTreeMap<String, Sequence>,
    after_rows: &BTreeMap<String, Sequence>,
    left: &BTreeSet<String>,
) -> rusqlite::Result<()> {
    let mut wanted = now.clone();
    for change in changes {
        let value = |sequence: Option<&Sequence>| sequence.map(|sequence| sequence.value.clone());
        let untouched = value(now.get(&change.table)) == value(change.before.as_ref());
        if untouched && !left.contains(&change.table) {
            match &change.after {
                Some(sequence) => wanted.insert(change.table.clone(), sequence.clone()),
                None => wanted.remove(&change.table),
            };
        }
    }
    session.trusted(|connection| {
        for table in after_rows.keys().filter(|table| wanted.get(*table) != after_rows.get(*table)) {
            connection.prepare("DELETE FROM sqlite_sequence WHERE name = ?1")?.execute([table])?;
        }
        for (table, sequence) in &wanted {
            if after_rows.get(table) != Some(sequence) {
                // The place too: a dump writes the rows in their order. Where it was taken since, any place does.
                let sql = "INSERT INTO sqlite_sequence (rowid, name, seq) SELECT \
                    CASE WHEN EXISTS (SELECT 1 FROM sqlite_sequence WHERE rowid = ?1) THEN NULL ELSE ?1 END, ?2, ?3";
                connection.prepare(sql)?.execute((sequence.rowid, table, &sequence.value))?;
            }
        }
        Ok(())
    })
}
