//! What can go wrong with the state database.

use std::path::PathBuf;

use tgp_audit::{AnchorError, AuditError};
use tgp_consent::{ApprovalProblem, ConsentError, TokenProblem};
use tgp_model::{ApprovalId, TokenId};
use tgp_work::WorkError;

/// Why the state database cannot be opened. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The folder cannot be written, the file cannot be opened.
    #[error("the state database `{path}` cannot be opened: {message}")]
    Unreachable {
        /// Where.
        path: PathBuf,
        /// What `SQLite` or the operating system said.
        message: String,
    },
    /// A newer tgp wrote it.
    #[error("the state database `{path}` has version {found}; this tgp knows up to version {known}")]
    Newer {
        /// Where.
        path: PathBuf,
        /// Version in the file.
        found: i64,
        /// Newest version this program knows.
        known: i64,
    },
    /// It is a database of another program.
    #[error("`{path}` is a database of another program")]
    Foreign {
        /// Where.
        path: PathBuf,
    },
    /// It is damaged, or no database at all. Set it aside (with its `-wal` and `-shm`) and open again: Git has the
    /// tools, and what was noted can be rebuilt from it as far as its trailers go.
    #[error("the state database `{path}` is damaged: {message}")]
    Damaged {
        /// Where.
        path: PathBuf,
        /// What `SQLite` said.
        message: String,
    },
    /// Another process held it for the whole time we were ready to wait.
    #[error("the state database `{path}` is locked by another process")]
    Busy {
        /// Where.
        path: PathBuf,
    },
}

/// Why something could not be noted or read.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process held the database for the whole time we were ready to wait.
    #[error("the state database is locked by another process")]
    Busy,
    /// There is no room, or the disk fails. Nothing was noted.
    #[error("the state database cannot be written: {message}")]
    Disk {
        /// What `SQLite` said.
        message: String,
    },
    /// It was noted, and the disk does not say that it has it: a power failure may take it.
    #[error("the state database cannot be written: the write-ahead log cannot be synced: {message}")]
    NotSynced {
        /// What the operating system said.
        message: String,
    },
    /// The database is damaged.
    #[error("the state database is damaged: {message}")]
    Damaged {
        /// What `SQLite` said.
        message: String,
    },
    /// An action with this number was noted already.
    #[error("action {action} was noted already")]
    Duplicate {
        /// The action.
        action: String,
    },
    /// No open action has this number.
    #[error("there is no open action {action}")]
    NotOpen {
        /// The action.
        action: String,
    },
    /// An answer to a question, or the use of one, is refused. Nothing was noted.
    #[error("ticket {approval}: {problem}")]
    Approval {
        /// The ticket.
        approval: ApprovalId,
        /// Why.
        problem: ApprovalProblem,
    },
    /// A token does not pay. Nothing was noted.
    #[error("token {token}: {problem}")]
    Token {
        /// The token.
        token: TokenId,
        /// Why.
        problem: TokenProblem,
    },
    /// The audit chain cannot be exported, archived, proven or anchored as asked.
    #[error("{message}")]
    Audit {
        /// What is wrong.
        message: String,
    },
    /// A row holds what no version of tgp writes.
    #[error("the state database holds `{value}` as {what}")]
    Malformed {
        /// Which column.
        what: &'static str,
        /// What stands there.
        value: String,
    },
    /// Anything else: a bug of ours.
    #[error("the state database refused: {message}")]
    Other {
        /// What `SQLite` said.
        message: String,
    },
}

impl From<AuditError> for StoreError {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Database(error) => error.into(),
            AuditError::Io { .. } => Self::Disk { message: error.to_string() },
            other => Self::Audit { message: other.to_string() },
        }
    }
}

impl From<ConsentError> for StoreError {
    fn from(error: ConsentError) -> Self {
        match error {
            ConsentError::Database(error) => error.into(),
            ConsentError::Approval { approval, problem } => Self::Approval { approval, problem },
            ConsentError::Token { token, problem } => Self::Token { token, problem },
            ConsentError::Malformed { what, value } => Self::Malformed { what, value },
        }
    }
}

impl From<WorkError> for StoreError {
    fn from(error: WorkError) -> Self {
        match error {
            WorkError::Database(error) => error.into(),
            WorkError::Malformed { what, value } => Self::Malformed { what, value },
        }
    }
}

impl From<AnchorError> for StoreError {
    fn from(error: AnchorError) -> Self {
        match error {
            AnchorError::Io { .. } => Self::Disk { message: error.to_string() },
            AnchorError::Malformed { .. } => Self::Audit { message: error.to_string() },
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        let message = match &error {
            rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
            other => other.to_string(),
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { message },
            Some(
                ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::ReadOnly
                | ErrorCode::CannotOpen,
            ) => Self::Disk { message },
            _ => Self::Other { message },
        }
    }
}
