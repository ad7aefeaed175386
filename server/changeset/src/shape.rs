//! How the rows of each table are addressed: by rowid, by primary key, or not at all.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::Connection;

use crate::value::{Row, Stored};

/// Every table of the schema by its declared name.
#[derive(Debug, Default)]
pub struct Shapes(HashMap<String, Arc<TableShape>>);

/// Where a table keeps its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In a b-tree of rows that have a rowid.
    Rowid,
    /// In the index of its primary key (`WITHOUT ROWID`).
    WithoutRowid,
    /// In a module, or it is the inner table of one.
    Virtual,
}

/// One table.
#[derive(Debug, PartialEq, Eq)]
pub struct TableShape {
    /// As it was declared.
    pub name: String,
    /// Where it keeps its rows.
    pub kind: Kind,
    /// The stored columns. Generated ones are left out: `SQLite` makes them again.
    pub columns: Vec<String>,
    /// The number of each stored column among all columns.
    pub numbers: Vec<i32>,
    /// Positions in `columns` of the primary key, in the order of the key.
    pub primary_key: Vec<usize>,
    /// The position in `columns` that is another name of the rowid (`INTEGER PRIMARY KEY`).
    pub rowid_column: Option<usize>,
}

impl Shapes {
    /// Asks `SQLite` about every table. The caller must be trusted by the authorizer.
    pub fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut shapes: HashMap<String, TableShape> = HashMap::new();
        let mut list = connection.prepare(
            "SELECT name, type, wr, \
               (type = 'table' AND EXISTS (SELECT 1 FROM pragma_index_list(t.name) WHERE origin = 'pk')) \
             FROM pragma_table_list AS t WHERE schema = 'main' AND type IN ('table', 'shadow', 'virtual')",
        )?;
        let mut with_key_index = Vec::new();
        let mut rows = list.raw_query();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let kind = match (row.get::<_, String>(1)?.as_str(), row.get::<_, bool>(2)?) {
                ("table", true) => Kind::WithoutRowid,
                ("table", false) => Kind::Rowid,
                _ => Kind::Virtual,
            };
            if row.get::<_, bool>(3)? {
                with_key_index.push(name.clone());
            }
            shapes.insert(name.clone(), TableShape::new(name, kind));
        }
        drop(rows);
        let mut columns = connection.prepare(
            "SELECT t.name, x.cid, x.name, x.pk, upper(x.type) FROM pragma_table_list AS t, \
               pragma_table_xinfo(t.name) AS x \
             WHERE t.schema = 'main' AND t.type = 'table' AND x.hidden = 0 ORDER BY t.name, x.cid",
        )?;
        let mut keys: HashMap<String, Vec<(i64, usize, bool)>> = HashMap::new();
        let mut rows = columns.raw_query();
        while let Some(row) = rows.next()? {
            let table: String = row.get(0)?;
            let Some(shape) = shapes.get_mut(&table) else { continue };
            let place: i64 = row.get(3)?;
            if place > 0 {
                let integer = row.get::<_, String>(4)? == "INTEGER";
                keys.entry(table).or_default().push((place, shape.columns.len(), integer));
            }
            shape.columns.push(row.get(2)?);
            shape.numbers.push(row.get(1)?);
        }
        for (table, mut key) in keys {
            key.sort_unstable();
            let Some(shape) = shapes.get_mut(&table) else { continue };
            shape.primary_key = key.iter().map(|(_, position, _)| *position).collect();
            // `INTEGER PRIMARY KEY DESC` has an index of its own and is no rowid.
            if let [(_, position, true)] = key.as_slice()
                && shape.kind == Kind::Rowid
                && !with_key_index.contains(&table)
            {
                shape.rowid_column = Some(*position);
            }
        }
        Ok(Self(shapes.into_iter().map(|(name, shape)| (name, Arc::new(shape))).collect()))
    }

    /// The table of this name.
    pub fn get(&self, table: &str) -> Option<&Arc<TableShape>> {
        self.0.get(table)
    }
}

impl TableShape {
    fn new(name: String, kind: Kind) -> Self {
        let (columns, numbers, primary_key) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, kind, columns, numbers, primary_key, rowid_column: None }
    }

    /// How a statement says "the rowid"; none where columns took all its names.
    pub fn rowid_name(&self) -> Option<String> {
        if let Some(column) = self.rowid_column.and_then(|at| self.columns.get(at)) {
            return Some(quoted(column));
        }
        ["rowid", "_rowid_", "oid"]
            .into_iter()
            .find(|name| !self.columns.iter().any(|column| column.eq_ignore_ascii_case(name)))
            .map(str::to_owned)
    }

    /// Whether a changeset can hold its rows.
    pub fn is_addressable(&self) -> bool {
        match self.kind {
            Kind::Rowid => self.rowid_name().is_some(),
            Kind::WithoutRowid => !self.primary_key.is_empty(),
            Kind::Virtual => false,
        }
    }

    /// The values of the primary key, where none of them is NULL.
    pub fn key_of(&self, row: &Row) -> Option<Vec<Stored>> {
        let key: Option<Vec<Stored>> = self.primary_key.iter().map(|at| row.get(*at).cloned()).collect();
        key.filter(|key| !key.is_empty() && !key.iter().any(Stored::is_null))
    }

    /// The stored columns as SQL lists them.
    pub fn column_list(&self) -> String {
        self.columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
    }

    /// `"a" = ?1 AND "b" = ?2` for the primary key.
    pub fn key_condition(&self) -> String {
        let names = self.primary_key.iter().filter_map(|at| self.columns.get(*at));
        let parts = names.enumerate().map(|(index, name)| format!("{} = ?{}", quoted(name), index + 1));
        parts.collect::<Vec<_>>().join(" AND ")
    }

    /// Reads the rowid (0 without one) and the stored columns, in this order.
    pub fn select(&self, condition: &str) -> String {
        let rowid = match self.kind {
            Kind::Rowid => self.rowid_name().unwrap_or_else(|| "0".to_owned()),
            _ => "0".to_owned(),
        };
        format!("SELECT {rowid}, {} FROM {} WHERE {condition}", self.column_list(), quoted(&self.name))
    }
}

/// A name as SQL writes it, whatever it contains.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
