//! Which actions touched which file, so that the history of one file is found without reading the timeline.

use rusqlite::Connection;

pub(crate) const CREATE: &str = "
CREATE TABLE action_files (
  path TEXT NOT NULL,
  action_id TEXT NOT NULL,
  PRIMARY KEY (path, action_id)
) WITHOUT ROWID;
";

pub(crate) fn insert(connection: &Connection, action: &str, files: &[String]) -> rusqlite::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO action_files (path, action_id) VALUES (?1, ?2)")?;
    for file in files {
        statement.execute([file.as_str(), action])?;
    }
    Ok(())
}
