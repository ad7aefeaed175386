//! Reads single rows of one table, by rowid or by primary key.

use rusqlite::{Connection, Statement};

use tgp_changeset::Change;
use tgp_changeset::{Kind, TableShape};
use tgp_changeset::{Row, Stored};

/// The prepared questions about one table.
pub(crate) struct RowReader<'a> {
    by_rowid: Option<Statement<'a>>,
    by_key: Option<Statement<'a>>,
}

impl<'a> RowReader<'a> {
    pub(crate) fn new(connection: &'a Connection, shape: &TableShape) -> rusqlite::Result<Self> {
        let by_rowid = match shape.rowid_name().filter(|_| shape.kind == Kind::Rowid) {
            Some(rowid) => Some(connection.prepare(&shape.select(&format!("{rowid} = ?1")))?),
            None => None,
        };
        let by_key = match shape.primary_key.as_slice() {
            [] => None,
            _ => Some(connection.prepare(&shape.select(&shape.key_condition()))?),
        };
        Ok(Self { by_rowid, by_key })
    }

    /// The row with this rowid.
    pub(crate) fn by_rowid(&mut self, rowid: i64) -> rusqlite::Result<Option<Row>> {
        let Some(statement) = self.by_rowid.as_mut() else { return Ok(None) };
        Ok(find(statement, &[Stored::Integer(rowid)])?.map(|(_, row)| row))
    }

    /// The row with this primary key, and its rowid.
    pub(crate) fn by_key(&mut self, key: &[Stored]) -> rusqlite::Result<Option<(i64, Row)>> {
        let Some(statement) = self.by_key.as_mut() else { return Ok(None) };
        find(statement, key)
    }

    /// The row where a change says it lies.
    pub(crate) fn at_place(&mut self, shape: &TableShape, change: &Change) -> rusqlite::Result<Option<Row>> {
        if shape.kind == Kind::Rowid {
            return self.by_rowid(change.rowid);
        }
        let row = change.before.as_ref().or(change.after.as_ref());
        match row.and_then(|row| shape.key_of(row)) {
            Some(key) => Ok(self.by_key(&key)?.map(|(_, row)| row)),
            None => Ok(None),
        }
    }
}

fn find(statement: &mut Statement<'_>, values: &[Stored]) -> rusqlite::Result<Option<(i64, Row)>> {
    let count = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let values = (1..count).map(|index| row.get_ref(index).map(Stored::of)).collect::<Result<_, _>>()?;
    Ok(Some((row.get(0)?, values)))
}
