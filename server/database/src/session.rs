//! One open connection: set up safely, with its prepared statements and what is known about them.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use tgp_model::ResultSet;

use crate::authorizer;
use crate::capture::Capture;
use crate::error::{Place, SqlError};
use crate::guard::{Guard, Stop};
use crate::limits::DatabaseLimits;
use crate::look::{Recorder, SchemaNames, SqlKind, SqlLook};
use crate::params::{self, BindProblem, SqlParams};
use crate::preupdate;
use crate::rows::{self, Page, ReadProblem};
use tgp_changeset::Shapes;

/// Steps of `SQLite`'s machine between two looks at the time: about ten microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;
/// Statements kept prepared; when there are more, all are let go.
const PREPARED_STATEMENTS: usize = 64;
/// Longer statements are not kept.
const LONGEST_KEPT_STATEMENT: usize = 16 << 10;
/// Longest pattern of `LIKE` and `GLOB`: matching is exponential in its wildcards and cannot be interrupted.
const LONGEST_PATTERN: i32 = 1_000;

/// A connection and what goes with it. Used by one run at a time.
pub(crate) struct Session {
    connection: Connection,
    pub(crate) guard: Arc<Guard>,
    recorder: Arc<Mutex<Recorder>>,
    /// What the open transaction changes. Declared after the connection, whose hook writes into it until it is closed.
    pub(crate) capture: Arc<Mutex<Capture>>,
    pub(crate) shapes: Option<Arc<Shapes>>,
    pub(crate) limits: Arc<DatabaseLimits>,
    names: SchemaNames,
    schema_version: Option<i64>,
    looks: HashMap<String, Arc<SqlLook>>,
}

impl Session {
    /// Opens an existing file and checks that it is a database.
    pub(crate) fn open(
        path: &Path,
        read_only: bool,
        limits: &Arc<DatabaseLimits>,
    ) -> rusqlite::Result<Session> {
        let access =
            if read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        let mut connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let guard = Arc::new(Guard::default());
        let recorder = Arc::new(Mutex::new(Recorder::trusting()));
        let capture = Arc::new(Mutex::new(Capture::default()));
        preupdate::listen(&connection, &capture);
        set_up(&connection, limits)?;
        let (watch, lock, notes) = (Arc::clone(&guard), Arc::clone(&guard), Arc::clone(&recorder));
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || watch.must_stop()))?;
        connection.busy_handler(Some(move |attempt| lock.wait_for_lock(attempt)))?;
        connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            authorizer::answer(&mut notes.lock().unwrap_or_else(PoisonError::into_inner), &context)
        }))?;
        guard.disarm(limits.lock_wait);
        let mut session = Session {
            connection,
            guard,
            recorder,
            capture,
            shapes: None,
            limits: Arc::clone(limits),
            names: SchemaNames::new(),
            schema_version: None,
            looks: HashMap::new(),
        };
        session.refresh_schema()?;
        session.recorder().trusted = false;
        Ok(session)
    }

    fn recorder(&self) -> MutexGuard<'_, Recorder> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs one of our own statements, which the authorizer lets pass. Never by way of the cache: there a caller's
    /// statement of the same text would find it, and nobody would be asked.
    pub(crate) fn own(&self, sql: &str) -> rusqlite::Result<()> {
        self.trusted(|connection| connection.prepare(sql)?.execute([]).map(|_| ()))
    }

    pub(crate) fn trusted<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let before = std::mem::replace(&mut self.recorder().trusted, true);
        let result = work(&self.connection);
        self.recorder().trusted = before;
        result
    }

    /// Whether no transaction is open.
    pub(crate) fn is_autocommit(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// Forgets everything that was known about the schema; it changed, or its change was taken back.
    pub(crate) fn forget_schema(&mut self) {
        self.looks.clear();
        self.shapes = None;
        self.connection.flush_prepared_statement_cache();
        self.schema_version = None;
    }

    /// Learns the schema anew when anyone changed it. Inside a transaction this also takes the snapshot, so that
    /// what is looked at afterwards is what runs. Says whether it had changed.
    pub(crate) fn refresh_schema(&mut self) -> rusqlite::Result<bool> {
        let version: i64 = self.trusted(|connection| {
            connection.prepare("PRAGMA schema_version")?.query_row([], |row| row.get(0))
        })?;
        if self.schema_version == Some(version) {
            return Ok(false);
        }
        self.forget_schema();
        // Stepping a statement that uses the schema makes SQLite itself load it again; the pragma does not.
        self.names = self.trusted(|connection| {
            let mut statement =
                connection.prepare("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")?;
            let names = statement.query_map([], |row| row.get::<_, String>(0))?;
            names.map(|name| name.map(|name| (name.to_ascii_lowercase(), name))).collect()
        })?;
        self.schema_version = Some(version);
        Ok(true)
    }

    /// What the statement would do.
    pub(crate) fn look(&mut self, sql: &str) -> Result<Arc<SqlLook>, SqlError> {
        if let Some(look) = self.looks.get(sql) {
            return Ok(Arc::clone(look));
        }
        if sql.contains('\0') {
            return Err(SqlError::Failed {
                message: "the statement holds a NUL character".to_owned(),
                place: None,
            });
        }
        if self.looks.len() >= PREPARED_STATEMENTS {
            self.looks.clear();
            self.connection.flush_prepared_statement_cache();
        }
        self.recorder().clear();
        let keep = sql.len() <= LONGEST_KEPT_STATEMENT;
        let look = if keep {
            self.connection.prepare_cached(sql).map(|statement| self.looked(&statement))
        } else {
            self.connection.prepare(sql).map(|statement| self.looked(&statement))
        };
        let look = Arc::new(look.map_err(|error| self.problem(sql, error, false))??);
        if keep {
            self.looks.insert(sql.to_owned(), Arc::clone(&look));
        }
        Ok(look)
    }

    fn looked(&self, statement: &rusqlite::Statement<'_>) -> Result<SqlLook, SqlError> {
        let recorder = self.recorder();
        if !recorder.asked && statement.readonly() {
            // Nothing to run, or something prepared where nobody was asked about it: neither may run.
            let what = "a statement nobody was asked about".to_owned();
            return Err(match statement.expanded_sql() {
                None => SqlError::Failed { message: "there is no statement".to_owned(), place: None },
                Some(_) => SqlError::Forbidden { what },
            });
        }
        let mut look = recorder.finish(statement.readonly(), statement.is_explain() != 0, &self.names);
        look.columns = statement.column_names().map(str::to_owned).collect();
        look.parameters = params::names(statement);
        Ok(look)
    }

    /// Runs one statement that was looked at, in whatever transaction is open. `upgrading` says that the
    /// transaction has read before and has no write lock yet.
    pub(crate) fn run(
        &self,
        sql: &str,
        look: &SqlLook,
        params: &SqlParams,
        page: Page,
        upgrading: bool,
    ) -> Result<ResultSet, SqlError> {
        self.recorder().clear();
        let outcome = if sql.len() <= LONGEST_KEPT_STATEMENT {
            self.connection
                .prepare_cached(sql)
                .map(|mut statement| self.run_prepared(&mut statement, look, params, page))
        } else {
            self.connection
                .prepare(sql)
                .map(|mut statement| self.run_prepared(&mut statement, look, params, page))
        };
        let problem = match outcome {
            Ok(Ok(result)) => return Ok(result),
            Ok(Err(problem)) => problem,
            Err(error) => RunProblem::Sqlite(error),
        };
        Err(match problem {
            RunProblem::Ours(error) => error,
            RunProblem::Sqlite(error) => self.problem(sql, error, upgrading),
        })
    }

    fn run_prepared(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        look: &SqlLook,
        params: &SqlParams,
        page: Page,
    ) -> Result<ResultSet, RunProblem> {
        params::bind(statement, params).map_err(|problem| match problem {
            BindProblem::Fit(error) => RunProblem::Ours(error),
            BindProblem::Sqlite(error) => RunProblem::Sqlite(error),
        })?;
        let mut result =
            rows::read_page(statement, page, &self.limits, look).map_err(|problem| match problem {
                ReadProblem::Sqlite(error) => RunProblem::Sqlite(error),
                ReadProblem::TooLarge(error) => RunProblem::Ours(error),
            })?;
        if look.kind == SqlKind::Write {
            result.rows_affected = self.connection.changes();
        }
        Ok(result)
    }

    /// What `SQLite`'s error means for the caller.
    pub(crate) fn problem(&self, sql: &str, error: rusqlite::Error, upgrading: bool) -> SqlError {
        if let Some(what) = self.recorder().denied.take() {
            return SqlError::Forbidden { what };
        }
        match self.guard.stopped() {
            Some(Stop::Time { limit }) => return SqlError::Timeout { limit },
            Some(Stop::Cancelled) => return SqlError::Interrupted,
            None => {}
        }
        match error {
            rusqlite::Error::MultipleStatement => {
                SqlError::Forbidden { what: "more than one statement in one call".to_owned() }
            }
            rusqlite::Error::SqlInputError { msg, sql: part, offset, .. } => {
                // What follows a first statement is prepared by itself; its offsets begin there.
                let begin = sql.len().saturating_sub(part.len());
                let place = usize::try_from(offset).ok().map(|offset| Place::of(sql, begin + offset));
                SqlError::Failed { message: msg, place }
            }
            rusqlite::Error::SqliteFailure(code, message) => {
                let message = message.unwrap_or_else(|| code.to_string());
                self.failure(code, message, upgrading)
            }
            other => SqlError::Failed { message: other.to_string(), place: None },
        }
    }

    fn failure(&self, code: rusqlite::ffi::Error, message: String, upgrading: bool) -> SqlError {
        match code.code {
            ErrorCode::DatabaseBusy
                if upgrading || code.extended_code == rusqlite::ffi::SQLITE_BUSY_SNAPSHOT =>
            {
                SqlError::Stale
            }
            ErrorCode::DatabaseBusy => SqlError::Busy { waited: self.limits.lock_wait },
            ErrorCode::OperationInterrupted => SqlError::Interrupted,
            ErrorCode::DatabaseCorrupt
            | ErrorCode::NotADatabase
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::DiskFull
            | ErrorCode::OutOfMemory
            | ErrorCode::FileLockingProtocolFailed => SqlError::Unusable { message },
            ErrorCode::ReadOnly if code.extended_code == rusqlite::ffi::SQLITE_READONLY_DBMOVED => {
                SqlError::Unusable { message }
            }
            _ => SqlError::Failed { message, place: None },
        }
    }
}

enum RunProblem {
    Ours(SqlError),
    Sqlite(rusqlite::Error),
}

fn set_up(connection: &Connection, limits: &DatabaseLimits) -> rusqlite::Result<()> {
    let settings = [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, limits.foreign_keys),
    ];
    for (setting, on) in settings {
        connection.set_db_config(setting, on)?;
    }
    let size = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, size(limits.value_bytes))?;
    connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS * 2);
    Ok(())
}
