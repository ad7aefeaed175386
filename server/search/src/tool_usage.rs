//! How often each tool ran on this machine.

use rusqlite::{Connection, OptionalExtension, params};
use tgp_model::Timestamp;

use tgp_model::iso::iso8601;

/// The table of counts.
pub const CREATE: &str = "
CREATE TABLE tool_usage (
  path TEXT PRIMARY KEY,
  runs INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  last_run_at DATETIME NOT NULL
) WITHOUT ROWID;
";

/// How often a tool ran.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Runs, the failed ones included.
    pub runs: u64,
    /// Runs that failed.
    pub failures: u64,
    /// The last run, ISO 8601.
    pub last_run_at: Option<String>,
}

/// Counts a run.
pub fn count(connection: &Connection, path: &str, ok: bool, at: Timestamp) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO tool_usage (path, runs, failures, last_run_at) VALUES (?1, 1, ?2, ?3) \
             ON CONFLICT (path) DO UPDATE SET runs = runs + 1, failures = failures + ?2, \
             last_run_at = max(last_run_at, ?3)",
        )?
        .execute(params![path, !ok, iso8601(at)])?;
    Ok(())
}

/// How often a tool ran.
pub fn read(connection: &Connection, path: &str) -> rusqlite::Result<Usage> {
    let usage = connection
        .prepare_cached("SELECT runs, failures, last_run_at FROM tool_usage WHERE path = ?1")?
        .query_row([path], |row| {
            Ok(Usage {
                runs: row.get::<_, i64>(0)?.cast_unsigned(),
                failures: row.get::<_, i64>(1)?.cast_unsigned(),
                last_run_at: row.get(2)?,
            })
        })
        .optional()?;
    Ok(usage.unwrap_or_default())
}
