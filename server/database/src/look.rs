//! What a statement would read and write, as `SQLite` itself says while preparing it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a statement would do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SqlKind {
    /// It changes nothing.
    Read,
    /// It changes rows.
    Write,
    /// It changes tables, indexes, views, triggers or statistics.
    Schema,
}

/// A statement, looked at and not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqlLook {
    /// Reading, writing, or changing the schema.
    pub kind: SqlKind,
    /// Tables and views it reads, those behind views and triggers included, sorted, as they were declared.
    pub reads: Vec<String>,
    /// Tables it writes, creates, alters or drops, those behind triggers included, sorted, as they were declared.
    pub writes: Vec<String>,
    /// The columns it reads, by table; a table from which no value is taken (`count(*)`) has none.
    pub columns_read: BTreeMap<String, BTreeSet<String>>,
    /// The columns an `UPDATE` sets, by table.
    pub columns_written: BTreeMap<String, BTreeSet<String>>,
    /// Names of the columns of its result.
    pub columns: Vec<String>,
    /// Its parameters in the order of their numbers: `:name` as written, `?1` for those without a name.
    pub parameters: Vec<String>,
}

impl SqlLook {
    /// Whether it touches nothing that `told` does not touch as well. A virtual table that is opened for the first time
    /// reads tables of its own, the second time it does not.
    pub(crate) fn is_within(&self, told: &Self) -> bool {
        let names = |own: &[String], all: &[String]| own.iter().all(|name| all.contains(name));
        (self.kind, &self.columns, &self.parameters) == (told.kind, &told.columns, &told.parameters)
            && names(&self.reads, &told.reads)
            && names(&self.writes, &told.writes)
    }
}

/// Names of everything in the schema, by their lower-case form: `SQLite` does not tell `USERS` from `users`.
pub(crate) type SchemaNames = HashMap<String, String>;

/// What the authorizer was asked while one statement was prepared.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    /// Our own statements are not asked about.
    pub(crate) trusted: bool,
    /// The first thing that was refused.
    pub(crate) denied: Option<String>,
    /// Whether the schema would change.
    pub(crate) schema: bool,
    /// Whether anything at all was asked.
    pub(crate) asked: bool,
    reads: BTreeMap<String, BTreeSet<String>>,
    writes: BTreeMap<String, BTreeSet<String>>,
}

impl Recorder {
    /// One that lets everything pass, for setting a connection up.
    pub(crate) fn trusting() -> Self {
        Self { trusted: true, ..Self::default() }
    }

    pub(crate) fn clear(&mut self) {
        *self = Recorder { trusted: self.trusted, ..Recorder::default() };
    }

    pub(crate) fn read(&mut self, table: &str, column: &str) {
        let columns = self.reads.entry(table.to_owned()).or_default();
        if !column.is_empty() {
            columns.insert(column.to_owned());
        }
    }

    pub(crate) fn write(&mut self, table: &str, column: Option<&str>) {
        let columns = self.writes.entry(table.to_owned()).or_default();
        columns.extend(column.map(str::to_owned));
    }

    /// What was asked, with the names as they were declared. `explain` runs nothing, so it only reads.
    pub(crate) fn finish(&self, read_only: bool, explain: bool, names: &SchemaNames) -> SqlLook {
        let mut reads = declared(&self.reads, names);
        reads.retain(|table, columns| {
            // A common table expression from which nothing is taken looks like a table; it is none.
            let lower = table.to_ascii_lowercase();
            !columns.is_empty()
                || names.contains_key(&lower)
                || lower.starts_with("sqlite_")
                || lower.starts_with("pragma_")
        });
        let mut writes = declared(&self.writes, names);
        if self.schema {
            // The schema table changes with every `CREATE`; that is what `Schema` says.
            writes.remove(SCHEMA_TABLE);
        }
        // What is neither asked about nor read-only works on the whole file (`VACUUM`) or on nothing (`DROP ... IF EXISTS`).
        let schema = self.schema || (!self.asked && !read_only);
        let kind = match (explain, schema, read_only && writes.is_empty()) {
            (true, ..) | (false, false, true) => SqlKind::Read,
            (false, true, _) => SqlKind::Schema,
            (false, false, false) => SqlKind::Write,
        };
        let mut look = SqlLook {
            kind,
            reads: reads.keys().cloned().collect(),
            writes: writes.keys().cloned().collect(),
            columns_read: reads,
            columns_written: writes,
            columns: Vec::new(),
            parameters: Vec::new(),
        };
        if explain {
            look.reads.append(&mut look.writes);
            look.reads.sort();
            look.reads.dedup();
            look.columns_written.clear();
        }
        look.columns_written.retain(|_, columns| !columns.is_empty());
        look
    }
}

/// The name of the table of all tables.
pub(crate) const SCHEMA_TABLE: &str = "sqlite_schema";

fn declared(
    uses: &BTreeMap<String, BTreeSet<String>>,
    names: &SchemaNames,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut result: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (table, columns) in uses {
        let lower = table.to_ascii_lowercase();
        let name = match lower.as_str() {
            "sqlite_master" | "sqlite_schema" | "sqlite_temp_master" | "sqlite_temp_schema" => {
                SCHEMA_TABLE.to_owned()
            }
            _ => names.get(&lower).unwrap_or(table).clone(),
        };
        result.entry(name).or_default().extend(columns.iter().cloned());
    }
    result
}
