//! Taking a transaction back by its changeset, in a transaction of its own.

use std::sync::Arc;

use tgp_model::SqlValue;

use crate::actions;
use crate::capture::Captured;
use crate::database::{Database, Inner};
use crate::error::SqlError;
use crate::limits::RunLimits;
use crate::session::Session;
use crate::shown::RowChange;
use tgp_changeset::Changeset;
use tgp_changeset::{DamagedChangeset, decode};

mod apply;
mod foreign;
mod plan;
mod sequences;

pub use foreign::Dangling;

/// Why an undo did not happen. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UndoError {
    /// The stored changeset cannot be read.
    #[error(transparent)]
    Damaged(#[from] DamagedChangeset),
    /// The database does not let us: it is locked, gone, damaged, or the time was over.
    #[error(transparent)]
    Sql(#[from] SqlError),
}

/// Why a row was left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConflictKind {
    /// It was changed since.
    Changed,
    /// It was deleted since.
    Deleted,
    /// It was deleted by the action, and another row has its place now.
    Taken,
    /// A rule of the table does not let it come back: a unique value another row has now, a check.
    Constraint {
        /// What `SQLite` said.
        message: String,
    },
    /// Rows made since refer to it (only where foreign keys are enforced).
    Referenced {
        /// The table that refers to it.
        by: String,
    },
    /// What it refers to is gone (only where foreign keys are enforced).
    ParentMissing {
        /// The table it refers to.
        parent: String,
    },
    /// The table was dropped or altered since, so that its rows mean something else.
    SchemaChanged,
}

/// A row that was left as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The table.
    pub table: String,
    /// What names the row: its primary key, otherwise its rowid.
    pub key: Vec<(String, SqlValue)>,
    /// Why it was left.
    pub kind: ConflictKind,
    /// The values it had to have; none where it should not be there.
    pub expected: Option<Vec<SqlValue>>,
    /// The values it has; none where it is not there.
    pub found: Option<Vec<SqlValue>>,
}

/// What undoing one changeset did, or would do.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Undone {
    /// Rows that were brought back.
    pub applied: u64,
    /// Rows that already were as they should be.
    pub already: u64,
    /// Rows that were left, and why.
    pub conflicts: Vec<Conflict>,
    /// References that lead nowhere now and did not before; only where foreign keys are not enforced.
    pub dangling: Vec<Dangling>,
    /// The first rows that were brought back, as they were and as they are now.
    pub rows: Vec<RowChange>,
}

/// An open undo. Dropping it takes everything back: that is a dry run.
pub struct UndoRun {
    database: Arc<Inner>,
    session: Session,
    run: RunLimits,
    most_shown: usize,
    wrote: bool,
}

impl Database {
    /// Begins an undo as a writer. Triggers are silent and foreign keys do nothing by themselves while it is open:
    /// what they once did is in the changesets. Each changeset's answer shows at most `most_shown` rows.
    pub fn begin_undo(&self, run: RunLimits, most_shown: usize) -> Result<UndoRun, UndoError> {
        let database = self.inner();
        // A connection of its own: its settings are another's, and no statement prepared for a run is used here.
        let mut session = database.session_for_undo()?;
        arm(&session, &database, &run);
        let begun = session.own("BEGIN IMMEDIATE").and_then(|()| session.refresh_schema().map(|_| ()));
        begun.and_then(|()| session.start_capture()).map_err(|error| session.problem("", error, false))?;
        Ok(UndoRun { database, session, run, most_shown, wrote: false })
    }
}

fn arm(session: &Session, database: &Inner, run: &RunLimits) {
    let limits = &database.limits;
    session.guard.arm(limits.undo, limits.lock_wait, run.deadline, run.cancel.as_ref());
}

impl UndoRun {
    /// Takes the changes of one action back. Call it newest first for several.
    pub fn undo(&mut self, changeset: &[u8]) -> Result<Undone, UndoError> {
        let changeset = decode(changeset)?;
        self.apply(changeset.inverted())
    }

    /// Makes the changes of one action again. Call it oldest first for several.
    pub fn redo(&mut self, changeset: &[u8]) -> Result<Undone, UndoError> {
        let changeset = decode(changeset)?;
        self.apply(changeset)
    }

    /// From `before` to `after`, for every row that still is as `before` says.
    fn apply(&mut self, changes: Changeset) -> Result<Undone, UndoError> {
        arm(&self.session, &self.database, &self.run);
        let strict = self.database.limits.foreign_keys;
        let undone = apply::apply(&mut self.session, &changes, strict, self.most_shown)
            .map_err(|error| self.session.problem("", error, false))?;
        self.wrote |= undone.applied > 0;
        Ok(undone)
    }

    /// What this undo changed so far: kept, so that the undo can be undone.
    pub fn capture(&mut self) -> Result<Captured, UndoError> {
        arm(&self.session, &self.database, &self.run);
        let captured = self.session.captured();
        Ok(captured.map_err(|error| self.session.problem("", error, false))?)
    }

    /// Notes that this undo is `action`; see `Transaction::note_action`.
    pub fn note_action(&mut self, action: &str, at: i64) -> Result<(), UndoError> {
        if self.wrote && self.database.limits.actions_table {
            let noted = actions::note(&mut self.session, action, at);
            noted.map_err(|error| self.session.problem("", error, false))?;
        }
        Ok(())
    }

    /// Keeps what the undo did. When it fails, nothing is kept.
    pub fn commit(self) -> Result<(), UndoError> {
        self.session.guard.disarm(self.database.limits.lock_wait);
        let done = self.session.own("COMMIT");
        // Where that failed, closing the connection takes everything back.
        Ok(done.map_err(|error| self.session.problem("COMMIT", error, false))?)
    }
}
