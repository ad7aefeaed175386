//! The library's tools as they are searched: one row a tool, and a full-text index over it.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::terms;

/// `tool_index` keeps no text of its own; its rowid is `tools.id`.
pub const CREATE: &str = "
CREATE TABLE tools (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  schema JSON NOT NULL,
  imports JSON NOT NULL,
  version TEXT NOT NULL,
  hash TEXT NOT NULL,
  says TEXT NOT NULL, -- stems of name and description
  mentions TEXT NOT NULL -- stems of schema and path
);
CREATE VIRTUAL TABLE tool_index USING fts5(
  name, description, schema_terms, path,
  content = '', contentless_delete = 1, tokenize = 'porter unicode61'
);
";

/// One tool of the library, as its registry has it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolEntry {
    /// Its path, such as `tools/math/fib.ts`.
    pub path: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// What it imports.
    pub imports: Vec<String>,
    /// Its version.
    pub version: String,
    /// Hash of its source; a tool whose hash is indexed already is not looked at again.
    pub hash: String,
}

/// A tool that may fit a query.
#[derive(Debug, Clone, PartialEq)]
pub struct ToolHit {
    /// Its path.
    pub path: String,
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
    /// How well it fits: 1 for an exact name or description, 0.85 and above when name and description cover the
    /// whole query, falling with what is not covered.
    pub score: f64,
    /// How often it ran on this machine.
    pub runs: u64,
}

/// Makes the index hold exactly `entries`. Says how many rows changed.
pub fn replace(connection: &Connection, entries: &[ToolEntry]) -> rusqlite::Result<usize> {
    let mut known: HashMap<String, (i64, String)> = HashMap::new();
    {
        let mut statement = connection.prepare_cached("SELECT path, id, hash FROM tools")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        for row in rows {
            let (path, facts) = row?;
            known.insert(path, facts);
        }
    }
    let mut changed = 0;
    for entry in entries {
        match known.remove(&entry.path) {
            Some((_, hash)) if hash == entry.hash || is_placeholder(entry) => {}
            // Another process took it out of the index meanwhile; whoever looks next brings it back.
            None if is_placeholder(entry) => {}
            Some((id, _)) => {
                delete(connection, id)?;
                insert(connection, entry)?;
                changed += 1;
            }
            None => {
                insert(connection, entry)?;
                changed += 1;
            }
        }
    }
    for (id, _) in known.into_values() {
        delete(connection, id)?;
        changed += 1;
    }
    Ok(changed)
}

/// All indexed tools, by path.
pub fn all(connection: &Connection) -> rusqlite::Result<Vec<ToolEntry>> {
    let mut statement = connection.prepare_cached(
        "SELECT path, description, schema, imports, version, hash FROM tools ORDER BY path",
    )?;
    let json = |text: String| serde_json::from_str::<Value>(&text).unwrap_or_default();
    let rows = statement.query_map([], |row| {
        let imports = json(row.get(3)?);
        let imports = imports.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        Ok(ToolEntry {
            path: row.get(0)?,
            description: row.get(1)?,
            schema: json(row.get(2)?),
            imports: imports.collect(),
            version: row.get(4)?,
            hash: row.get(5)?,
        })
    })?;
    rows.collect()
}

/// The hash of each indexed tool, by path.
pub fn hashes(connection: &Connection) -> rusqlite::Result<HashMap<String, String>> {
    let mut statement = connection.prepare_cached("SELECT path, hash FROM tools")?;
    statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Says only that the tool is there, unchanged.
fn is_placeholder(entry: &ToolEntry) -> bool {
    entry.schema.is_null()
}

fn delete(connection: &Connection, id: i64) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM tool_index WHERE rowid = ?1")?.execute([id])?;
    connection.prepare_cached("DELETE FROM tools WHERE id = ?1")?.execute([id])?;
    Ok(())
}

fn insert(connection: &Connection, entry: &ToolEntry) -> rusqlite::Result<()> {
    let schema_text = terms::schema_text(&entry.schema);
    connection
        .prepare_cached(
            "INSERT INTO tools (path, description, schema, imports, version, hash, says, mentions) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            entry.path,
            entry.description,
            entry.schema.to_string(),
            Value::from(entry.imports.clone()).to_string(),
            entry.version,
            entry.hash,
            terms::stems(&[terms::name_of(&entry.path), &entry.description]),
            terms::stems(&[&schema_text, &entry.path]),
        ])?;
    let id = connection.last_insert_rowid();
    let words = |text: &str| terms::words(text).join(" ");
    connection
        .prepare_cached("INSERT INTO tool_index (rowid, name, description, schema_terms, path) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            id,
            words(terms::name_of(&entry.path)),
            words(&entry.description),
            words(&schema_text),
            words(&entry.path),
        ])?;
    Ok(())
}

/// A tool that shares words with a query, and the rank the index gave it (the better, the lower).
pub(crate) struct Candidate {
    pub(crate) id: i64,
    pub(crate) path: String,
    pub(crate) description: String,
    pub(crate) says: String,
    pub(crate) mentions: String,
    pub(crate) rank: f64,
}

/// Tools that match an FTS5 expression, the best first. Name and description count more than schema and path.
pub(crate) fn matching(
    connection: &Connection,
    expression: &str,
    limit: u32,
) -> rusqlite::Result<Vec<Candidate>> {
    let mut statement = connection.prepare_cached(
        "SELECT tools.id, tools.path, tools.description, tools.says, tools.mentions, hit.score \
         FROM (SELECT rowid, bm25(tool_index, 8.0, 4.0, 1.0, 2.0) AS score FROM tool_index \
               WHERE tool_index MATCH ?1 ORDER BY score, rowid LIMIT ?2) AS hit \
         JOIN tools ON tools.id = hit.rowid ORDER BY hit.score, tools.path",
    )?;
    let rows = statement.query_map(params![expression, limit], candidate)?;
    rows.collect()
}

/// The indexed entry of one tool.
pub(crate) fn by_path(connection: &Connection, path: &str) -> rusqlite::Result<Option<Candidate>> {
    connection
        .prepare_cached("SELECT id, path, description, says, mentions, 0.0 FROM tools WHERE path = ?1")?
        .query_row([path], candidate)
        .optional()
}

fn candidate(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    Ok(Candidate {
        id: row.get(0)?,
        path: row.get(1)?,
        description: row.get(2)?,
        says: row.get(3)?,
        mentions: row.get(4)?,
        rank: row.get(5)?,
    })
}

/// Description and argument schema of one tool.
pub fn one(connection: &Connection, path: &str) -> rusqlite::Result<Option<(String, Value)>> {
    let Some(found) = by_path(connection, path)? else { return Ok(None) };
    Ok(Some((found.description, schema(connection, found.id)?)))
}

/// The schema of a tool's arguments.
pub(crate) fn schema(connection: &Connection, id: i64) -> rusqlite::Result<Value> {
    let text: String = connection
        .prepare_cached("SELECT schema FROM tools WHERE id = ?1")?
        .query_row([id], |row| row.get(0))?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
    })
}
