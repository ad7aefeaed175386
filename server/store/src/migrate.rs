//! The version of the tables, and the way from one to the next.

use rusqlite::Connection;

use crate::connection::Writer;
use crate::tables;

/// Marks the file as ours (`tgps`), so that another program's database is not taken for it.
pub(crate) const APPLICATION_ID: i32 = 0x7467_7073;

/// Each entry leads from its index to the next version. An entry, once released, never changes.
const STEPS: &[&[&str]] = &[
    &[
        tables::agent_actions::CREATE,
        tables::action_files::CREATE,
        tables::intent_content::CREATE,
        tgp_audit::CREATE,
        tgp_search::CREATE_TOOLS,
        tgp_search::CREATE_USAGE,
        tables::facts::CREATE,
    ],
    &[
        tables::agent_actions::UPGRADE,
        tgp_audit::UPGRADE,
        tgp_consent::approvals::CREATE,
        tgp_consent::tokens::CREATE,
        tables::undo_data::CREATE,
    ],
    &[tgp_work::branches::CREATE, tgp_work::notes::CREATE, tgp_work::snapshots::CREATE],
    &[tables::intent_content::UPGRADE],
    &[tables::intent_content::APPENDED],
];

/// The newest version this program knows.
pub(crate) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// What the header says about a file.
pub(crate) struct Header {
    pub(crate) version: i64,
    pub(crate) application: i32,
    pub(crate) tables: i64,
}

/// Reads the header; fails where the file is no database.
pub(crate) fn header(connection: &Connection) -> rusqlite::Result<Header> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get(0));
    Ok(Header {
        tables: number("SELECT count(*) FROM sqlite_schema")?,
        version: number("PRAGMA user_version")?,
        application: connection.query_row("PRAGMA application_id", [], |row| row.get(0))?,
    })
}

/// Brings the tables to the newest version, in one transaction. Two processes may do it at once.
pub(crate) fn migrate(writer: &mut Writer) -> rusqlite::Result<()> {
    writer.write(|connection| {
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        let done = usize::try_from(version).unwrap_or(usize::MAX);
        for step in STEPS.get(done..).unwrap_or_default() {
            for sql in *step {
                connection.execute_batch(sql)?;
            }
        }
        if done < STEPS.len() {
            connection.execute_batch(&format!(
                "PRAGMA user_version = {}; PRAGMA application_id = {APPLICATION_ID}",
                newest()
            ))?;
        }
        Ok(())
    })
}
