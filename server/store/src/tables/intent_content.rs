//! What an action is about to write, kept until Git has it on the disk.

use rusqlite::{Connection, params};

pub(crate) const CREATE: &str = "
CREATE TABLE intent_content (
  action_id TEXT NOT NULL,
  path TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (action_id, path)
);
";

/// One page for each intent instead of two: a table with a rowid keeps its key in an index beside it.
pub(crate) const UPGRADE: &str = "
ALTER TABLE intent_content RENAME TO intent_content_with_rowid;
CREATE TABLE intent_content (
  action_id TEXT NOT NULL,
  path TEXT NOT NULL,
  content BLOB NOT NULL,
  PRIMARY KEY (action_id, path)
) WITHOUT ROWID;
INSERT INTO intent_content SELECT action_id, path, content FROM intent_content_with_rowid;
DROP TABLE intent_content_with_rowid;
";

/// Appended, and only their numbers sorted in: 1 KiB of content does not fit into a page of an index, and a second page
/// had to be found for each.
pub(crate) const APPENDED: &str = "
ALTER TABLE intent_content RENAME TO intent_content_by_action;
CREATE TABLE intent_content (
  seq INTEGER PRIMARY KEY,
  action_id TEXT NOT NULL,
  path TEXT NOT NULL,
  content BLOB NOT NULL
);
CREATE INDEX intent_content_action ON intent_content (action_id);
INSERT INTO intent_content (action_id, path, content) SELECT action_id, path, content FROM intent_content_by_action;
DROP TABLE intent_content_by_action;
";

pub(crate) fn insert(
    connection: &Connection,
    action: &str,
    content: &[(String, Vec<u8>)],
) -> rusqlite::Result<()> {
    if content.is_empty() {
        return Ok(());
    }
    let mut statement = connection
        .prepare_cached("INSERT INTO intent_content (action_id, path, content) VALUES (?1, ?2, ?3)")?;
    for (path, bytes) in content {
        statement.execute(params![action, path, bytes])?;
    }
    Ok(())
}

pub(crate) fn read(connection: &Connection, action: &str) -> rusqlite::Result<Vec<(String, Vec<u8>)>> {
    let mut statement = connection
        .prepare_cached("SELECT path, content FROM intent_content WHERE action_id = ?1 ORDER BY path, seq")?;
    let rows = statement.query_map([action], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Actions whose content is kept, oldest first.
pub(crate) fn actions(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT action_id FROM intent_content ORDER BY action_id")?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

pub(crate) fn delete(connection: &Connection, action: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM intent_content WHERE action_id = ?1")?.execute([action])?;
    Ok(())
}
