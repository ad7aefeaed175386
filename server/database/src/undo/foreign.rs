//! References between tables that an undo would break. Foreign keys are switched off while it works, because their
//! cascades would change rows of others; so they are asked about here, for exactly the rows that come and go.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::ConflictKind;
use super::plan::Step;
use tgp_changeset::quoted;
use tgp_changeset::{Changeset, TableChanges};
use tgp_changeset::{Row, Stored};

/// A reference that leads nowhere after the undo.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dangling {
    /// The table that refers.
    pub table: String,
    /// The table it refers to.
    pub parent: String,
}

/// A step after which a reference leads nowhere.
pub(crate) struct Broken {
    pub(crate) step: usize,
    table: String,
    parent: String,
    /// Whether the step's row refers, or is referred to.
    refers: bool,
}

impl Broken {
    pub(crate) fn kind(&self) -> ConflictKind {
        if self.refers {
            ConflictKind::ParentMissing { parent: self.parent.clone() }
        } else {
            ConflictKind::Referenced { by: self.table.clone() }
        }
    }

    pub(crate) fn dangling(self) -> Dangling {
        Dangling { table: self.table, parent: self.parent }
    }
}

struct Key {
    child: String,
    parent: String,
    from: Vec<String>,
    to: Vec<String>,
}

/// The foreign keys that touch certain tables.
pub(crate) struct Keys(Vec<Key>);

impl Keys {
    /// All foreign keys of, or to, the tables of a changeset.
    pub(crate) fn load(connection: &Connection, changes: &Changeset) -> rusqlite::Result<Self> {
        let touched =
            |name: &str| changes.tables.iter().any(|table| table.shape.name.eq_ignore_ascii_case(name));
        let mut statement = connection.prepare(
            "SELECT m.name, f.id, f.\"table\", f.\"from\", \
               coalesce(f.\"to\", (SELECT name FROM pragma_table_info(f.\"table\") WHERE pk = f.seq + 1)) \
             FROM sqlite_schema AS m, pragma_foreign_key_list(m.name) AS f \
             WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq",
        )?;
        let mut keys: BTreeMap<(String, i64), Key> = BTreeMap::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let (child, parent): (String, String) = (row.get(0)?, row.get(2)?);
            if !touched(&child) && !touched(&parent) {
                continue;
            }
            // A reference to a table that is not there, or has no key, is broken whatever happens.
            let Some(to) = row.get::<_, Option<String>>(4)? else { continue };
            let key = keys.entry((child.clone(), row.get(1)?)).or_insert_with(|| Key {
                child,
                parent,
                from: Vec::new(),
                to: Vec::new(),
            });
            key.from.push(row.get(3)?);
            key.to.push(to);
        }
        Ok(Self(keys.into_values().collect()))
    }

    /// The steps, all of them done, after which a reference leads nowhere.
    pub(crate) fn broken(
        &self,
        connection: &Connection,
        changes: &Changeset,
        steps: &[Step<'_>],
    ) -> rusqlite::Result<Vec<Broken>> {
        let mut broken = Vec::new();
        for key in &self.0 {
            let Some(mut question) = Question::new(connection, key)? else { continue };
            for (at, step) in steps.iter().enumerate() {
                let Some(table) = changes.tables.get(step.table) else { continue };
                let (before, after) = (step.change.before.as_ref(), step.change.after.as_ref());
                let was = |names: &[String]| before.and_then(|row| values(table, row, names));
                let is = |names: &[String]| after.and_then(|row| values(table, row, names));
                let mut add = |refers| {
                    let (table, parent) = (key.child.clone(), key.parent.clone());
                    broken.push(Broken { step: at, table, parent, refers });
                };
                if table.shape.name.eq_ignore_ascii_case(&key.child)
                    && let Some(refers_to) = is(&key.from)
                    && was(&key.from).as_ref() != Some(&refers_to)
                    && !question.has_parent(&refers_to)?
                {
                    add(true);
                }
                if table.shape.name.eq_ignore_ascii_case(&key.parent)
                    && let Some(was_referred) = was(&key.to)
                    && is(&key.to).as_ref() != Some(&was_referred)
                    && !question.has_parent(&was_referred)?
                    && question.has_child(&was_referred)?
                {
                    add(false);
                }
            }
        }
        Ok(broken)
    }
}

/// The values of some columns, where none is NULL: a NULL refers to nothing.
fn values(table: &TableChanges, row: &Row, names: &[String]) -> Option<Vec<Stored>> {
    let place =
        |name: &String| table.shape.columns.iter().position(|column| column.eq_ignore_ascii_case(name));
    let values: Option<Vec<Stored>> = names.iter().map(|name| row.get(place(name)?).cloned()).collect();
    values.filter(|values| !values.iter().any(Stored::is_null))
}

struct Question<'a> {
    parent: rusqlite::Statement<'a>,
    child: rusqlite::Statement<'a>,
}

impl<'a> Question<'a> {
    /// None where the parent does not have such columns.
    fn new(connection: &'a Connection, key: &Key) -> rusqlite::Result<Option<Self>> {
        let ask = |table: &str, columns: &[String]| {
            let parts = columns.iter().enumerate();
            let condition: Vec<String> =
                // With the table's name, so that a column that is not there is an error and not a text.
                parts.map(|(at, name)| format!("{}.{} = ?{}", quoted(table), quoted(name), at + 1)).collect();
            connection.prepare(&format!(
                "SELECT 1 FROM {} WHERE {} LIMIT 1",
                quoted(table),
                condition.join(" AND ")
            ))
        };
        let Ok(parent) = ask(&key.parent, &key.to) else { return Ok(None) };
        Ok(Some(Self { parent, child: ask(&key.child, &key.from)? }))
    }

    fn has_parent(&mut self, values: &[Stored]) -> rusqlite::Result<bool> {
        self.parent.exists(rusqlite::params_from_iter(values))
    }

    fn has_child(&mut self, values: &[Stored]) -> rusqlite::Result<bool> {
        self.child.exists(rusqlite::params_from_iter(values))
    }
}
