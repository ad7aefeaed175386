//! One database of the user: where it lies, its limits, and one or two warm connections.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::ErrorCode;
use rusqlite::config::DbConfig;
use tgp_model::CancelToken;

use crate::address;
use crate::error::{OpenDatabaseError, SqlError};
use crate::limits::{DatabaseLimits, RunLimits};
use crate::look::SqlLook;
use crate::session::Session;
use crate::transaction::Transaction;

/// Connections kept open between runs.
const WARM_CONNECTIONS: usize = 2;

/// How a run's transaction begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Begin {
    /// At the first statement, with a read lock only while it reads.
    #[default]
    Deferred,
    /// At the first statement, as a writer: what a run does again after `SqlError::Stale`.
    Immediate,
}

/// A database that was opened. Cheap to clone; every clone is the same database.
#[derive(Clone)]
pub struct Database(Arc<Inner>);

pub(crate) struct Inner {
    path: PathBuf,
    read_only: bool,
    pub(crate) limits: Arc<DatabaseLimits>,
    warm: Mutex<Vec<(Session, FileId)>>,
}

/// Which file a connection was opened on: the user may put another one in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileId(u64, u64);

impl Database {
    /// Opens the database a URL names, relative to `root`. The file must exist; nothing is created or changed.
    pub fn open(url: &str, root: &Path, limits: DatabaseLimits) -> Result<Database, OpenDatabaseError> {
        let address = address::parse(url, root)?;
        let inner = Inner {
            path: address.path,
            read_only: address.read_only,
            limits: Arc::new(limits),
            warm: Mutex::new(Vec::new()),
        };
        let opened = inner.open_session()?;
        inner.keep(opened);
        Ok(Database(Arc::new(inner)))
    }

    /// Where the file lies.
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// What the statement would read and write, without running it.
    ///
    /// The schema may change before it runs. `Transaction::look` closes that gap.
    pub fn look(&self, sql: &str) -> Result<SqlLook, SqlError> {
        let (mut session, file) = self.0.take()?;
        session.guard.arm(self.0.limits.statement, self.0.limits.lock_wait, None, None);
        let look = match session.refresh_schema() {
            Ok(_) => session.look(sql.trim()).map(|look| SqlLook::clone(&look)),
            Err(error) => Err(session.problem(sql, error, false)),
        };
        self.0.keep((session, file));
        look
    }

    pub(crate) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.0)
    }

    /// Begins a run that can be cancelled. Nothing is locked until its first statement.
    pub fn begin(&self, mode: Begin, cancel: &CancelToken) -> Result<Transaction, SqlError> {
        self.begin_within(mode, RunLimits { deadline: None, cancel: Some(cancel.clone()) })
    }

    /// Begins a run that also has a deadline.
    pub fn begin_within(&self, mode: Begin, run: RunLimits) -> Result<Transaction, SqlError> {
        let (session, file) = self.0.take()?;
        Ok(Transaction::new(Arc::clone(&self.0), session, file, mode, run))
    }
}

/// A connection that is out of the pool, with the file it was opened on.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(FileId);

impl Inner {
    fn open_session(&self) -> Result<(Session, Ticket), OpenDatabaseError> {
        let path = self.path.clone();
        let metadata = std::fs::metadata(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                OpenDatabaseError::Missing { path: path.clone() }
            }
            _ => OpenDatabaseError::Permission { path: path.clone(), message: error.to_string() },
        })?;
        if metadata.is_dir() {
            return Err(OpenDatabaseError::Kind { path, what: "a folder" });
        }
        if !metadata.is_file() {
            return Err(OpenDatabaseError::Kind { path, what: "a device or pipe" });
        }
        let session =
            Session::open(&path, self.read_only, &self.limits).map_err(|error| self.open_problem(&error))?;
        Ok((session, Ticket(file_id(&metadata))))
    }

    /// A connection of its own, on which triggers are silent and foreign keys do nothing.
    pub(crate) fn session_for_undo(&self) -> Result<Session, SqlError> {
        let (session, _) = self.open_session().map_err(unusable)?;
        let quiet = session.trusted(|connection| {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)
        });
        quiet.map_err(|error| session.problem("", error, false))?;
        Ok(session)
    }

    fn open_problem(&self, error: &rusqlite::Error) -> OpenDatabaseError {
        let path = self.path.clone();
        let message = match error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => OpenDatabaseError::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => OpenDatabaseError::Corrupt { path, message },
            Some(ErrorCode::DatabaseBusy) => OpenDatabaseError::Busy { path, waited: self.limits.lock_wait },
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                OpenDatabaseError::Permission { path, message }
            }
            _ => OpenDatabaseError::Other { path, message },
        }
    }

    /// A warm connection on the file that lies there now, or a new one.
    fn take(&self) -> Result<(Session, Ticket), SqlError> {
        let now = std::fs::metadata(&self.path).ok().map(|metadata| file_id(&metadata));
        {
            let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
            warm.retain(|(_, file)| Some(*file) == now);
            if let Some((session, file)) = warm.pop() {
                return Ok((session, Ticket(file)));
            }
        }
        self.open_session().map_err(unusable)
    }

    /// Takes a connection back, when it is clean.
    pub(crate) fn keep(&self, (session, ticket): (Session, Ticket)) {
        if !session.is_autocommit() {
            return;
        }
        session.guard.disarm(self.limits.lock_wait);
        let mut warm = self.warm.lock().unwrap_or_else(PoisonError::into_inner);
        if warm.len() < WARM_CONNECTIONS {
            warm.push((session, ticket.0));
        }
    }
}

fn unusable(error: OpenDatabaseError) -> SqlError {
    match error {
        OpenDatabaseError::Busy { waited, .. } => SqlError::Busy { waited },
        other => SqlError::Unusable { message: other.to_string() },
    }
}

#[cfg(unix)]
fn file_id(metadata: &Metadata) -> FileId {
    use std::os::unix::fs::MetadataExt;
    FileId(metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn file_id(_metadata: &Metadata) -> FileId {
    // An open database cannot be replaced there.
    FileId(0, 0)
}
