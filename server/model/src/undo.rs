//! What is needed to take an action back.

use serde_json::Value;

/// One thing that is needed to take an action back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UndoPart {
    /// What a transaction changed in a database; its inverse takes it back.
    Changeset {
        /// Which database.
        database: String,
        /// The changeset as `SQLite`'s session extension made it.
        bytes: Vec<u8>,
    },
    /// A file as it was.
    PreImage {
        /// The file.
        path: String,
        /// Hash under which the content is kept; none where there was no file.
        content: Option<String>,
        /// What was done to it, in the words of the room that did it.
        change: String,
    },
    /// A commit that is to be reverted.
    Commit {
        /// The branch it went to.
        branch: String,
        /// The commit.
        id: String,
    },
    /// A capability that makes up for it.
    Compensation {
        /// The capability.
        capability: String,
        /// Its arguments.
        arguments: Value,
    },
    /// What a review did: a branch that was moved or put away, a snapshot that was restored.
    Review {
        /// The branch or the snapshot.
        target: String,
        /// What was done to it, in the words of the part that did it.
        step: String,
    },
}

impl UndoPart {
    /// The name of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Changeset { .. } => "changeset",
            Self::PreImage { .. } => "pre_image",
            Self::Commit { .. } => "commit",
            Self::Compensation { .. } => "compensation",
            Self::Review { .. } => "review",
        }
    }

    /// What it is about: which database, path, branch, capability or snapshot.
    pub fn target(&self) -> &str {
        match self {
            Self::Changeset { database, .. } => database,
            Self::PreImage { path, .. } => path,
            Self::Commit { branch, .. } => branch,
            Self::Compensation { capability, .. } => capability,
            Self::Review { target, .. } => target,
        }
    }
}
