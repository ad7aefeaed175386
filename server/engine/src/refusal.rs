//! The one place where a room's error becomes a code.

use serde_json::json;
use tgp_database::{OpenDatabaseError, SqlError};
use tgp_files::FileError;
use tgp_model::PathProblem;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{LibraryFault, PrepareError, ReadError, WriteError};

pub(crate) fn from_path(problem: &PathProblem) -> Refusal {
    let code = match problem {
        PathProblem::Absolute { .. } | PathProblem::Escapes { .. } => ErrorCode::PathEscape,
        PathProblem::Malformed { .. } => ErrorCode::PathInvalid,
    };
    Refusal::new(code, problem.to_string())
}

pub(crate) fn from_open_database(error: &OpenDatabaseError) -> Refusal {
    let code = match error {
        OpenDatabaseError::Url { .. } | OpenDatabaseError::Missing { .. } => ErrorCode::DatabaseMissing,
        OpenDatabaseError::Busy { .. } => ErrorCode::DatabaseBusy,
        OpenDatabaseError::Kind { .. }
        | OpenDatabaseError::Permission { .. }
        | OpenDatabaseError::NotADatabase { .. }
        | OpenDatabaseError::Corrupt { .. }
        | OpenDatabaseError::Other { .. } => ErrorCode::DatabaseUnusable,
    };
    Refusal::new(code, error.to_string())
}

pub(crate) fn from_sql(error: &SqlError) -> Refusal {
    let code = match error {
        SqlError::Forbidden { .. } => ErrorCode::SqlForbidden,
        SqlError::Failed { .. } | SqlError::TooLarge { .. } | SqlError::Ended { .. } => ErrorCode::SqlFailed,
        SqlError::Parameters { .. } => ErrorCode::SqlParameters,
        SqlError::Busy { .. } | SqlError::Stale => ErrorCode::DatabaseBusy,
        SqlError::Timeout { .. } => ErrorCode::SqlTimeout,
        SqlError::Interrupted => ErrorCode::Cancelled,
        SqlError::Unusable { .. } => ErrorCode::DatabaseUnusable,
    };
    let refusal = Refusal::new(code, error.to_string());
    match error {
        SqlError::Failed { place: Some(place), .. } => refusal
            .with_details(json!({ "line": place.line, "column": place.column, "offset": place.offset })),
        _ => refusal,
    }
}

fn from_fault(fault: &LibraryFault) -> Refusal {
    let code = match fault {
        LibraryFault::Io { .. } => ErrorCode::FileIo,
        LibraryFault::Damaged { .. } | LibraryFault::Locked { .. } => ErrorCode::LibraryUnusable,
        LibraryFault::BranchTaken { .. } => ErrorCode::BranchMoved,
    };
    Refusal::new(code, fault.to_string())
}

pub(crate) fn from_read(error: &ReadError) -> Refusal {
    match error {
        ReadError::NotAFile { .. } => Refusal::new(ErrorCode::FileKind, error.to_string()),
        ReadError::NoCommit { .. } => Refusal::new(ErrorCode::Internal, error.to_string()),
        ReadError::Library(fault) => from_fault(fault),
    }
}

pub(crate) fn from_write(error: &WriteError) -> Refusal {
    let code = match error {
        WriteError::Moved { .. }
        | WriteError::Contended { .. }
        | WriteError::Prepare(PrepareError::Moved { .. }) => ErrorCode::BranchMoved,
        WriteError::Prepare(PrepareError::Path { .. }) => ErrorCode::PathInvalid,
        WriteError::Prepare(PrepareError::InTheWay { .. } | PrepareError::CaseClash { .. }) => {
            ErrorCode::FileKind
        }
        WriteError::Prepare(PrepareError::NothingToDelete { .. }) => ErrorCode::FileNotFound,
        WriteError::Prepare(PrepareError::Twice { .. }) => ErrorCode::Internal,
        WriteError::Prepare(PrepareError::Library(fault)) | WriteError::Library(fault) => {
            return from_fault(fault);
        }
    };
    Refusal::new(code, error.to_string())
}

pub(crate) fn from_files(error: &FileError) -> Refusal {
    let code = match error {
        FileError::Escape { .. } | FileError::Loop { .. } => ErrorCode::PathEscape,
        FileError::Missing { .. } => ErrorCode::FileNotFound,
        FileError::Kind { .. } => ErrorCode::FileKind,
        FileError::TooLarge { .. } => ErrorCode::FileTooLarge,
        FileError::NotAllowed { .. } => ErrorCode::FileReadOnly,
        FileError::Changed { .. } => ErrorCode::BranchMoved,
        FileError::Path(problem) => return from_path(problem),
        FileError::Io { .. } => ErrorCode::FileIo,
    };
    Refusal::new(code, error.to_string())
}
