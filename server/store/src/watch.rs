//! What other processes noted: looked for often, so that looking costs one number while nothing happens.

use std::collections::BTreeSet;

use rusqlite::{Connection, params};
use tgp_model::{ActionType, Area, SessionId};

use crate::connection;
use crate::error::StoreError;
use crate::store::Store;

/// Looks at the state database on a connection of its own.
pub struct Watch {
    connection: Connection,
    version: i64,
    noted: i64,
    snapshots: (i64, String),
    questions: (i64, i64),
    runs: i64,
}

/// `SQLite`'s number for what others committed; the same while nobody did.
fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA data_version", [], |row| row.get(0))
}

/// The last row of the audit chain: everything that is done adds one.
fn noted(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(max(seq), 0) FROM audit", [], |row| row.get(0))
}

fn snapshots(connection: &Connection) -> rusqlite::Result<(i64, String)> {
    let sql = "SELECT count(*), coalesce(max(id), '') FROM state_snapshots";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How many questions there are, and how many of them wait; one that expires adds no row to the chain.
fn questions(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let sql = "SELECT count(*), count(*) FILTER (WHERE state = 'pending') FROM approvals";
    connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// How often tools ran; counted a moment after the run was noted.
fn runs(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT coalesce(sum(runs), 0) FROM tool_usage", [], |row| row.get(0))
}

impl Store {
    /// Begins to watch; what was noted before is not told.
    pub fn watch(&self) -> Result<Watch, StoreError> {
        let connection = connection::open(self.path(), false)?;
        connection.execute_batch("PRAGMA query_only = ON")?;
        Ok(Watch {
            version: version(&connection)?,
            noted: noted(&connection)?,
            snapshots: snapshots(&connection)?,
            questions: questions(&connection)?,
            runs: runs(&connection)?,
            connection,
        })
    }
}

impl Watch {
    /// What changed since the last look; nothing where nobody committed anything. What the session `own` only read is no
    /// news to it: a list that is read again because it was read would never rest.
    pub fn look(&mut self, own: SessionId) -> Result<BTreeSet<Area>, StoreError> {
        let version = version(&self.connection)?;
        if version == self.version {
            return Ok(BTreeSet::new());
        }
        let mut areas = BTreeSet::new();
        let noted = noted(&self.connection)?;
        if noted != self.noted {
            self.add_kinds(own, &mut areas)?;
        }
        let (snapshots, questions) = (snapshots(&self.connection)?, questions(&self.connection)?);
        let runs = runs(&self.connection)?;
        if snapshots != self.snapshots {
            areas.insert(Area::Snapshots);
        }
        if questions != self.questions {
            areas.insert(Area::Approvals);
        }
        if runs != self.runs {
            areas.insert(Area::Tools);
        }
        // Kept last: what could not be read is looked at again.
        (self.version, self.noted, self.snapshots) = (version, noted, snapshots);
        (self.questions, self.runs) = (questions, runs);
        Ok(areas)
    }

    /// What kinds of things were noted since.
    fn add_kinds(&self, own: SessionId, areas: &mut BTreeSet<Area>) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT audit.kind, coalesce(action_type, ''), branch_id IS NOT NULL, \
             coalesce(session_id, '') = ?2 \
             FROM audit LEFT JOIN agent_actions ON agent_actions.id = audit.action_id WHERE seq > ?1",
        )?;
        let rows = statement.query_map(params![self.noted, own.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get(2)?, row.get::<_, bool>(3)?))
        })?;
        for row in rows {
            let (noted, kind, on_branch, is_own) = row?;
            if noted != "read" || !is_own {
                areas.insert(Area::Timeline);
            }
            if noted == "approval" {
                areas.insert(Area::Approvals);
            }
            if let Ok(kind) = kind.parse() {
                areas.extend(of(kind, on_branch));
            }
        }
        Ok(())
    }
}

/// What an action of this kind may have changed. Too much is looked at again for nothing; too little is never seen.
fn of(kind: ActionType, on_branch: bool) -> &'static [Area] {
    use ActionType as Kind;
    match kind {
        Kind::FileCreate | Kind::FileModify | Kind::FileDelete if on_branch => &[Area::Branches],
        Kind::FileCreate | Kind::FileModify | Kind::FileDelete => &[Area::Library, Area::Tools],
        Kind::ToolRun => &[Area::Tools],
        Kind::PolicyChange => &[Area::Scopes],
        Kind::SnapshotCreate | Kind::SnapshotDelete => &[Area::Snapshots],
        Kind::FileRead
        | Kind::FileList
        | Kind::ToolFind
        | Kind::ToolCheck
        | Kind::SqlRead
        | Kind::SqlWrite
        | Kind::NoteSave => &[],
        // Undos, merges, restores, syncs and what is to come reach further.
        _ => &[Area::Branches, Area::Library, Area::Tools, Area::Snapshots],
    }
}
