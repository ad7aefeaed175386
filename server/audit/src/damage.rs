//! The kinds of damage, each with its name.

use serde::{Deserialize, Serialize};

/// What happened to a chain that is not whole, as far as the chain and its anchors tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Damage {
    /// The last rows are gone; the timeline still knows what they were about.
    #[error(
        "the audit chain ends at row {seq}; it was anchored at row {anchored}: its last rows were removed"
    )]
    Truncated {
        /// The last row that is there.
        seq: u64,
        /// The last row that was anchored.
        anchored: u64,
    },
    /// The whole database is an older state of itself.
    #[error("the state database is an older copy: it ends at row {seq}, it was anchored at row {anchored}")]
    RolledBack {
        /// The last row that is there.
        seq: u64,
        /// The last row that was anchored.
        anchored: u64,
    },
    /// The database is gone, or was begun anew.
    #[error("the state database was deleted; its audit chain was anchored at row {anchored}")]
    Deleted {
        /// The last row that was anchored.
        anchored: u64,
    },
    /// The chain fits together, but it is not the one that was anchored.
    #[error("the audit chain was written anew somewhere after row {after} and up to row {seq}")]
    Rewritten {
        /// The last row known to be the anchored one; 0 where none is.
        after: u64,
        /// The anchored row that is another one now.
        seq: u64,
    },
    /// Two rows changed places.
    #[error("rows {first} and {second} of the audit chain changed places")]
    Swapped {
        /// The first.
        first: u64,
        /// The second.
        second: u64,
    },
    /// Rows in the middle are gone.
    #[error("rows {first} to {last} of the audit chain are gone")]
    Removed {
        /// The first that is gone.
        first: u64,
        /// The last that is gone.
        last: u64,
    },
    /// A row says something else than it did.
    #[error("row {seq} of the audit chain was changed: {what}")]
    Edited {
        /// The row.
        seq: u64,
        /// What does not fit.
        what: String,
    },
    /// The database cannot be read.
    #[error("the audit chain cannot be read after row {seq}: {message}")]
    Unreadable {
        /// The last row that could be read and is whole.
        seq: u64,
        /// What `SQLite` said.
        message: String,
    },
}

impl Damage {
    /// The stable name of the kind.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::RolledBack { .. } => "rolled_back",
            Self::Deleted { .. } => "deleted",
            Self::Rewritten { .. } => "rewritten",
            Self::Swapped { .. } => "swapped",
            Self::Removed { .. } => "removed",
            Self::Edited { .. } => "edited",
            Self::Unreadable { .. } => "unreadable",
        }
    }
}
