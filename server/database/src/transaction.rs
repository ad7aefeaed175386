//! One run's transaction: begun at its first statement, kept only by `commit`.

use std::collections::HashMap;
use std::sync::Arc;

use tgp_model::ResultSet;

use crate::actions;
use crate::capture::Captured;
use crate::database::{Begin, Inner, Ticket};
use crate::error::SqlError;
use crate::limits::RunLimits;
use crate::look::{SqlKind, SqlLook};
use crate::params::SqlParams;
use crate::rows::Page;
use crate::session::Session;

/// All statements of one run. Dropping it, in a panic too, takes everything back.
pub struct Transaction {
    database: Arc<Inner>,
    /// None only after the connection was given back.
    session: Option<Session>,
    ticket: Ticket,
    mode: Begin,
    run: RunLimits,
    state: State,
    /// What the caller was told a statement would do; it must still be so when it runs.
    told: HashMap<String, Arc<SqlLook>>,
    wrote: bool,
    schema_changed: bool,
}

#[derive(Debug, Clone)]
enum State {
    /// Nothing is locked yet.
    Waiting,
    /// Open. `writing` says whether the write lock is held.
    Open { writing: bool },
    /// Lost; nothing of it is kept.
    Ended { cause: String },
}

impl Transaction {
    pub(crate) fn new(
        database: Arc<Inner>,
        session: Session,
        ticket: Ticket,
        mode: Begin,
        run: RunLimits,
    ) -> Self {
        Self {
            database,
            session: Some(session),
            ticket,
            mode,
            run,
            state: State::Waiting,
            told: HashMap::new(),
            wrote: false,
            schema_changed: false,
        }
    }

    /// Whether a statement has written, so that `commit` changes something.
    pub fn wrote(&self) -> bool {
        self.wrote
    }

    /// What the statement would do in this run. When it would do something else by the time it is executed
    /// (another process changed a view or trigger), `execute` refuses it with `SqlError::Stale`.
    pub fn look(&mut self, sql: &str) -> Result<SqlLook, SqlError> {
        let sql = sql.trim();
        let (session, _) = self.ready()?;
        let look = session.look(sql)?;
        self.told.insert(sql.to_owned(), Arc::clone(&look));
        Ok(SqlLook::clone(&look))
    }

    /// Runs one statement and gives one page of its rows.
    pub fn execute(&mut self, sql: &str, params: &SqlParams, page: Page) -> Result<ResultSet, SqlError> {
        let sql = sql.trim();
        let (session, state) = self.ready()?;
        let mut look = session.look(sql)?;
        if matches!(state, State::Waiting) && self.start(look.kind)? {
            look = self.ready()?.0.look(sql)?;
        }
        if self.told.get(sql).is_some_and(|told| !look.is_within(told)) {
            self.end("the schema changed after the statement was judged");
            return Err(SqlError::Stale);
        }
        let writes = look.kind != SqlKind::Read;
        let upgrading = matches!(self.state, State::Open { writing: false }) && writes;
        let session = self.ready()?.0;
        if writes {
            session.start_capture().map_err(|error| session.problem("", error, false))?;
        }
        let result = session.run(sql, &look, params, page, upgrading);
        self.after(&look, &result);
        result
    }

    /// What the run changed so far: kept for its undo, or shown before it is approved. What cannot be taken back is
    /// named here, while the run can still be rolled back.
    pub fn capture(&mut self) -> Result<Captured, SqlError> {
        if !self.wrote {
            return Ok(Captured::default());
        }
        let (session, _) = self.ready()?;
        session.captured().map_err(|error| session.problem("", error, false))
    }

    /// Notes in tgp's own table that this run belongs to `action`, so that after a crash `Database::landed` knows
    /// whether it was committed. `at` is the time in milliseconds. Does nothing where nothing was written, and where
    /// the person forbids the table.
    pub fn note_action(&mut self, action: &str, at: i64) -> Result<(), SqlError> {
        if !self.wrote || !self.database.limits.actions_table {
            return Ok(());
        }
        let (session, _) = self.ready()?;
        actions::note(session, action, at).map_err(|error| session.problem("", error, false))
    }

    /// Keeps everything the run did. When it fails, nothing is kept.
    pub fn commit(mut self) -> Result<(), SqlError> {
        match &self.state {
            State::Waiting => return Ok(()),
            State::Ended { cause } => return Err(SqlError::Ended { cause: cause.clone() }),
            State::Open { .. } => {}
        }
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        session.guard.disarm(self.database.limits.lock_wait);
        match session.own("COMMIT") {
            Ok(()) => {
                self.state = State::Waiting;
                session.drop_capture();
                Ok(())
            }
            // Dropping the transaction takes everything back.
            Err(error) => Err(session.problem("COMMIT", error, false)),
        }
    }

    /// Takes back everything the run did.
    pub fn rollback(self) {
        drop(self);
    }

    /// The connection, with the time of the next statement running.
    fn ready(&mut self) -> Result<(&mut Session, &State), SqlError> {
        if let State::Ended { cause } = &self.state {
            return Err(SqlError::Ended { cause: cause.clone() });
        }
        let limits = &self.database.limits;
        match self.session.as_mut() {
            Some(session) => {
                session.guard.arm(
                    limits.statement,
                    limits.lock_wait,
                    self.run.deadline,
                    self.run.cancel.as_ref(),
                );
                Ok((session, &self.state))
            }
            None => Err(SqlError::Ended { cause: "the run is over".to_owned() }),
        }
    }

    /// Opens the transaction and fixes the schema it sees. Says whether that had changed.
    fn start(&mut self, first: SqlKind) -> Result<bool, SqlError> {
        // A run that begins by writing asks for the write lock at once, and so can wait for it.
        let writing = self.mode == Begin::Immediate || first != SqlKind::Read;
        let (session, _) = self.ready()?;
        session
            .own(if writing { "BEGIN IMMEDIATE" } else { "BEGIN" })
            .map_err(|error| session.problem("", error, false))?;
        let changed = session.refresh_schema();
        let problem = changed.map_err(|error| session.problem("", error, false));
        self.state = State::Open { writing };
        if problem.is_err() {
            self.back_to_waiting();
        }
        problem
    }

    fn back_to_waiting(&mut self) {
        self.take_back();
        self.state = State::Waiting;
    }

    /// Learns from a statement's outcome whether the transaction is still there.
    fn after(&mut self, look: &SqlLook, result: &Result<ResultSet, SqlError>) {
        if look.kind == SqlKind::Schema
            && let Some(session) = self.session.as_mut()
        {
            session.forget_schema();
            self.schema_changed = true;
            self.told.clear();
            self.relearn();
        }
        let open = self.session.as_ref().is_some_and(|session| !session.is_autocommit());
        if open && result.is_ok() && look.kind != SqlKind::Read {
            self.note_in_capture(look);
        }
        match result {
            Ok(_) if !open => self.end("a statement ended it"),
            Ok(_) if look.kind != SqlKind::Read => {
                self.wrote = true;
                self.state = State::Open { writing: true };
            }
            Err(SqlError::Stale | SqlError::Interrupted) => self.end(&text_of(result)),
            // All rows are written before the first is returned: the statement cannot be taken back by itself.
            Err(SqlError::TooLarge { .. }) if look.kind != SqlKind::Read => self.end(&text_of(result)),
            Err(_) if !open => self.end(&text_of(result)),
            Ok(_) | Err(_) => {}
        }
    }

    fn relearn(&mut self) {
        if let Some(session) = self.session.as_mut()
            && let Err(error) = session.refresh_schema()
        {
            tracing::debug!(%error, "the schema could not be read again after it was changed");
        }
    }

    fn note_in_capture(&mut self, look: &SqlLook) {
        if let Some(session) = self.session.as_mut()
            && let Err(error) = session.note_in_capture(look)
        {
            tracing::debug!(%error, "the tables could not be asked about after a statement");
            self.end("the schema could not be read");
        }
    }

    fn end(&mut self, cause: &str) {
        self.take_back();
        self.state = State::Ended { cause: cause.to_owned() };
    }

    /// Rolls back whatever is open. A connection that cannot even do that is closed, which does it.
    fn take_back(&mut self) {
        let Some(session) = self.session.as_mut() else { return };
        session.guard.disarm(self.database.limits.lock_wait);
        session.drop_capture();
        if self.schema_changed {
            session.forget_schema();
        }
        if !session.is_autocommit()
            && let Err(error) = session.own("ROLLBACK")
        {
            tracing::debug!(%error, "rolling back failed; the connection is closed");
            self.session = None;
        }
    }
}

fn text_of(result: &Result<ResultSet, SqlError>) -> String {
    result.as_ref().err().map_or_else(String::new, ToString::to_string)
}

impl Drop for Transaction {
    fn drop(&mut self) {
        self.take_back();
        if let Some(session) = self.session.take() {
            self.database.keep((session, self.ticket));
        }
    }
}
