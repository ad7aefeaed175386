//! Why a branch or a note cannot be read or written.

/// What can go wrong. The caller takes its transaction back.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The database.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// A row holds what no version of tgp writes.
    #[error("the state database holds `{value}` as {what}")]
    Malformed {
        /// Which column.
        what: &'static str,
        /// What stands there.
        value: String,
    },
}
