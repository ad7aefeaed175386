//! Single facts by name, such as the commit whose tools are indexed.

use rusqlite::{Connection, OptionalExtension};

pub(crate) const CREATE: &str = "
CREATE TABLE facts (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;
";

/// The commit of the library whose tools are indexed.
pub(crate) const INDEXED_HEAD: &str = "indexed_head";

/// The row of the audit chain up to which reads were synced. Its only use is to have something to sync.
pub(crate) const SYNCED_UP_TO: &str = "synced_up_to";

pub(crate) fn read(connection: &Connection, name: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM facts WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()
}

pub(crate) fn write(connection: &Connection, name: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO facts (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        )?
        .execute([name, value])?;
    Ok(())
}
