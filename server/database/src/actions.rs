//! tgp's own small table in the user's database: which actions were committed. Written in the same transaction as the
//! changes themselves, so that it is exact. Agents do not see it.

use rusqlite::Connection;

use crate::database::Database;
use crate::error::SqlError;
use crate::reader::RowReader;
use crate::session::Session;
use crate::undo::UndoError;
use tgp_changeset::Changeset;
use tgp_changeset::decode;

/// The table's name.
pub(crate) const ACTIONS_TABLE: &str = "tgp_actions";
/// Actions that are kept; only those a crash left open are ever asked about.
const KEPT: i64 = 256;

/// Whether a name in a statement is the table's.
pub(crate) fn is_actions_table(name: &str) -> bool {
    name.eq_ignore_ascii_case(ACTIONS_TABLE)
}

/// Whether a text, such as a cell of `sqlite_schema`, mentions the table.
pub(crate) fn mentions_actions_table(text: &[u8]) -> bool {
    text.windows(ACTIONS_TABLE.len()).any(|part| part.eq_ignore_ascii_case(ACTIONS_TABLE.as_bytes()))
}

/// As it is made; a table of this name with another form is somebody else's.
const CREATE: &str = "CREATE TABLE tgp_actions (action TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID";

#[derive(PartialEq, Eq)]
enum Table {
    Absent,
    Ours,
    Foreign,
}

/// Writes the action down, in the open transaction.
pub(crate) fn note(session: &mut Session, action: &str, at: i64) -> rusqlite::Result<()> {
    let made = session.trusted(|connection| {
        let table = table(connection)?;
        match table {
            Table::Absent => connection.prepare(CREATE)?.execute([])?,
            Table::Ours => 0,
            Table::Foreign => return Ok(false),
        };
        connection
            .prepare("INSERT INTO tgp_actions (action, at) VALUES (?1, ?2) ON CONFLICT (action) DO NOTHING")?
            .execute((action, at))?;
        connection
            .prepare(
                "DELETE FROM tgp_actions WHERE action IN \
                 (SELECT action FROM tgp_actions ORDER BY at DESC, action DESC LIMIT -1 OFFSET ?1)",
            )?
            .execute([KEPT])?;
        Ok(table == Table::Absent)
    })?;
    if made {
        session.forget_schema();
    }
    Ok(())
}

fn table(connection: &Connection) -> rusqlite::Result<Table> {
    let mut statement =
        connection.prepare("SELECT sql FROM sqlite_schema WHERE name = 'tgp_actions' COLLATE NOCASE")?;
    let mut rows = statement.raw_query();
    Ok(match rows.next()?.map(|row| row.get_ref(0)).transpose()? {
        None => Table::Absent,
        Some(sql) if sql.as_str().is_ok_and(|sql| sql == CREATE) => Table::Ours,
        Some(_) => Table::Foreign,
    })
}

/// Whether an action's transaction was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// It was.
    Yes,
    /// It was not; nothing of it is there.
    No,
    /// It cannot be known.
    Ambiguous {
        /// Rows that are as the action wanted to leave them.
        as_after: u64,
        /// Rows that are as they were before.
        as_before: u64,
        /// Rows that are neither.
        other: u64,
    },
}

impl Database {
    /// Whether the transaction that `Transaction::note_action` was called in was committed. From tgp's own table; where
    /// the person forbids that, or so much was written since that it was forgotten, from the rows of the changeset.
    pub fn landed(&self, action: &str, changeset: Option<&[u8]>) -> Result<Landed, UndoError> {
        let mut session = self.inner().session_for_undo()?;
        let known = if self.inner().limits.actions_table { ask_table(&session, action) } else { Ok(None) };
        if let Some(landed) = known.map_err(|error| session.problem("", error, false))? {
            return Ok(landed);
        }
        let changes = changeset.map(decode).transpose()?.unwrap_or_default();
        let compared = compare(&mut session, &changes);
        Ok(compared.map_err(|error| session.problem("", error, false))?)
    }

    /// Takes tgp's own table out of the database. Says whether there was one.
    pub fn remove_actions_table(&self) -> Result<bool, SqlError> {
        let session = self.inner().session_for_undo()?;
        let removed = session.trusted(|connection| {
            let ours = table(connection)? == Table::Ours;
            if ours {
                connection.prepare("DROP TABLE tgp_actions")?.execute([])?;
            }
            Ok(ours)
        });
        removed.map_err(|error| session.problem("", error, false))
    }
}

/// None where the table cannot tell, because it keeps only the newest actions, or is not tgp's.
fn ask_table(session: &Session, action: &str) -> rusqlite::Result<Option<Landed>> {
    session.trusted(|connection| {
        match table(connection)? {
            Table::Ours => {}
            Table::Absent => return Ok(Some(Landed::No)),
            Table::Foreign => return Ok(None),
        }
        let sql = "SELECT EXISTS (SELECT 1 FROM tgp_actions WHERE action = ?1), count(*) FROM tgp_actions";
        let (found, count): (bool, i64) =
            connection.prepare(sql)?.query_row([action], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(match (found, count < KEPT) {
            (true, _) => Some(Landed::Yes),
            (false, true) => Some(Landed::No),
            (false, false) => None,
        })
    })
}

fn compare(session: &mut Session, changes: &Changeset) -> rusqlite::Result<Landed> {
    let shapes = session.shapes()?;
    let (mut as_after, mut as_before, mut other) = (0, 0, 0);
    session.trusted(|connection| {
        for table in &changes.tables {
            let shape = table.shape.as_ref();
            if shapes.get(&shape.name).map(AsRef::as_ref) != Some(shape) {
                other += u64::try_from(table.changes.len()).unwrap_or(u64::MAX);
                continue;
            }
            let mut reader = RowReader::new(connection, shape)?;
            for change in &table.changes {
                let now = reader.at_place(shape, change)?;
                if now == change.after {
                    as_after += 1;
                } else if now == change.before {
                    as_before += 1;
                } else {
                    other += 1;
                }
            }
        }
        Ok(())
    })?;
    Ok(match (as_after, as_before, other) {
        (1.., 0, 0) => Landed::Yes,
        (0, 1.., 0) => Landed::No,
        _ => Landed::Ambiguous { as_after, as_before, other },
    })
}
