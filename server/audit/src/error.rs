//! What can go wrong with the chain itself; damage of its rows is an answer, not an error.

use std::io;
use std::path::PathBuf;

/// Why something could not be done with the chain.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database refused.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// A file or stream could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A line of an export is not what an export holds.
    #[error("line {line} of the export {what}")]
    Export {
        /// Which line, from 1.
        line: u64,
        /// What is wrong with it.
        what: String,
    },
    /// The rows to archive are damaged; an archive of them would hide it.
    #[error("the rows to archive are damaged at row {seq}; verify the chain first")]
    Damaged {
        /// The first row that is not whole.
        seq: u64,
    },
    /// Rows up to here cannot be archived.
    #[error("rows can be archived from {first} to {last}, not up to {asked}")]
    Range {
        /// First row that is there.
        first: u64,
        /// Last row that may go.
        last: u64,
        /// What was asked for.
        asked: u64,
    },
    /// The chain has no row of this action.
    #[error("the audit chain has no row of action {action}")]
    NoRow {
        /// The action.
        action: String,
    },
    /// The row is older than the links a proof needs.
    #[error(
        "row {seq} was noted before rows could be proven one by one (from row {first} on); export the chain"
    )]
    BeforeProofs {
        /// The row.
        seq: u64,
        /// First row that can be proven.
        first: u64,
    },
    /// A row that a proof needs is not there or not whole.
    #[error("row {seq} is damaged; verify the chain first")]
    Unproven {
        /// The row.
        seq: u64,
    },
}

/// Why an anchor file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// It cannot be read or written.
    #[error("the anchor `{}` cannot be used: {source}", path.display())]
    Io {
        /// Where.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// It holds something else. It is left alone, because it may be evidence.
    #[error("the anchor `{}` is not readable: {message}", path.display())]
    Malformed {
        /// Where.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// Says what was being done when a stream failed.
pub(crate) fn io_error(what: &str) -> impl FnOnce(io::Error) -> AuditError {
    let what = what.to_owned();
    move |source| AuditError::Io { what, source }
}
