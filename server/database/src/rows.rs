//! One page of a result, read row by row and never whole.

use rusqlite::types::ValueRef;
use rusqlite::{Row, Statement};
use tgp_model::{ResultSet, SqlValue};

use crate::actions::mentions_actions_table;
use crate::error::SqlError;
use crate::limits::DatabaseLimits;
use crate::look::{SCHEMA_TABLE, SqlKind, SqlLook};

/// Which rows of a result are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Skip this many.
    pub offset: u64,
    /// Then give at most this many; never more than `DatabaseLimits::rows`.
    pub limit: u64,
}

impl Default for Page {
    /// As many as the limits allow, from the first.
    fn default() -> Self {
        Self { offset: 0, limit: u64::MAX }
    }
}

/// Why reading stopped.
pub(crate) enum ReadProblem {
    Sqlite(rusqlite::Error),
    TooLarge(SqlError),
}

/// Runs the statement and reads one page. A statement that writes is run to its end, however small the page.
pub(crate) fn read_page(
    statement: &mut Statement<'_>,
    page: Page,
    limits: &DatabaseLimits,
    look: &SqlLook,
) -> Result<ResultSet, ReadProblem> {
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let limit = page.limit.min(limits.rows);
    let mut result = ResultSet::default();
    let mut seen = 0_u64;
    let mut bytes = 0_usize;
    let mut full = false;
    let to_the_end = look.kind != SqlKind::Read;
    let lists_tables = look.reads.iter().any(|name| name == SCHEMA_TABLE || name.starts_with("pragma_"))
        || (look.reads.is_empty() && !to_the_end);
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(ReadProblem::Sqlite)? {
        if lists_tables && mentions_own_table(row, columns.len()) {
            continue;
        }
        seen += 1;
        if seen <= page.offset {
            continue;
        }
        full = full || seen - page.offset > limit || bytes >= limits.page_bytes;
        if full {
            result.more = true;
            if to_the_end {
                continue;
            }
            break;
        }
        let mut values = Vec::with_capacity(columns.len());
        for (index, column) in columns.iter().enumerate() {
            let value = row.get_ref(index).map_err(ReadProblem::Sqlite)?;
            let size = size_of_value(value);
            if size > limits.cell_bytes {
                let column = column.clone();
                return Err(ReadProblem::TooLarge(SqlError::TooLarge {
                    column,
                    size,
                    limit: limits.cell_bytes,
                }));
            }
            bytes += size;
            values.push(owned(value));
        }
        result.rows.push(values);
    }
    drop(rows);
    result.columns = columns;
    Ok(result)
}

/// Whether a row of a listing of the schema is about tgp's own table.
fn mentions_own_table(row: &Row<'_>, columns: usize) -> bool {
    (0..columns).any(|index| match row.get_ref(index) {
        Ok(ValueRef::Text(text)) => mentions_actions_table(text),
        _ => false,
    })
}

fn size_of_value(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Null => 1,
        ValueRef::Integer(_) | ValueRef::Real(_) => 8,
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
    }
}

/// The value with its type. Text that is not UTF-8 keeps its bytes, as a blob.
fn owned(value: ValueRef<'_>) -> SqlValue {
    match value {
        ValueRef::Null => SqlValue::Null,
        ValueRef::Integer(value) => SqlValue::Integer(value),
        ValueRef::Real(value) => SqlValue::Real(value),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => SqlValue::Text(text.to_owned()),
            Err(_) => SqlValue::Blob(bytes.to_owned()),
        },
        ValueRef::Blob(bytes) => SqlValue::Blob(bytes.to_owned()),
    }
}
