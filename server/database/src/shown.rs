//! Changed rows in a form a person can read.

use std::collections::BTreeMap;

use tgp_model::SqlValue;

use tgp_changeset::{Change, Changeset, TableChanges};
use tgp_changeset::{DamagedChangeset, decode};
use tgp_changeset::{Row, Stored};

/// A row that was changed, or would be. Long values are cut.
#[derive(Debug, Clone, PartialEq)]
pub struct RowChange {
    /// The table.
    pub table: String,
    /// What names the row: its primary key, otherwise its rowid.
    pub key: Vec<(String, SqlValue)>,
    /// The columns the values belong to.
    pub columns: Vec<String>,
    /// The values before; none for a row that was inserted.
    pub before: Option<Vec<SqlValue>>,
    /// The values after; none for a row that was deleted.
    pub after: Option<Vec<SqlValue>>,
}

/// How many rows of one table were changed, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableCount {
    /// The table.
    pub table: String,
    /// Rows inserted.
    pub inserted: u64,
    /// Rows updated.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
}

/// What a changeset holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ChangedRows {
    /// Every table with its counts, sorted by name.
    pub tables: Vec<TableCount>,
    /// The first rows, as many as asked for.
    pub rows: Vec<RowChange>,
}

/// Reads what a stored changeset holds; of its rows at most `most`.
pub fn changed_rows(changeset: &[u8], most: usize) -> Result<ChangedRows, DamagedChangeset> {
    Ok(shown(&decode(changeset)?, most))
}

pub(crate) fn shown(changeset: &Changeset, most: usize) -> ChangedRows {
    let mut counts: BTreeMap<&str, TableCount> = BTreeMap::new();
    let mut rows = Vec::new();
    for table in &changeset.tables {
        let count = counts.entry(&table.shape.name).or_default();
        count.table.clone_from(&table.shape.name);
        for change in &table.changes {
            match (&change.before, &change.after) {
                (None, _) => count.inserted += 1,
                (_, None) => count.deleted += 1,
                _ => count.updated += 1,
            }
            if rows.len() < most {
                rows.push(shown_change(table, change));
            }
        }
    }
    ChangedRows { tables: counts.into_values().collect(), rows }
}

pub(crate) fn shown_change(table: &TableChanges, change: &Change) -> RowChange {
    RowChange {
        table: table.shape.name.clone(),
        key: shown_key(table, change),
        columns: table.shape.columns.clone(),
        before: change.before.as_ref().map(shown_row),
        after: change.after.as_ref().map(shown_row),
    }
}

pub(crate) fn shown_key(table: &TableChanges, change: &Change) -> Vec<(String, SqlValue)> {
    let row = change.after.as_ref().or(change.before.as_ref());
    let value = |at: &usize| Some((table.shape.columns.get(*at)?.clone(), row?.get(*at)?.shown()));
    let key: Vec<(String, SqlValue)> = table.shape.primary_key.iter().filter_map(value).collect();
    if key.is_empty() || key.iter().any(|(_, value)| *value == SqlValue::Null) {
        return vec![("rowid".to_owned(), SqlValue::Integer(change.rowid))];
    }
    key
}

pub(crate) fn shown_row(row: &Row) -> Vec<SqlValue> {
    row.iter().map(Stored::shown).collect()
}
