//! What is asked.

use tgp_model::{AgentName, RepoPath};

/// What a capability does to its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// Looks.
    Read,
    /// Creates or changes.
    Write,
    /// Removes.
    Delete,
    /// Runs.
    Execute,
    /// Reaches out of the machine.
    Network,
}

/// One thing an action touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A file or folder, as the agent names it, after the look.
    Path(RepoPath),
    /// A tool of the library, by the path that runs it.
    Tool(RepoPath),
    /// A table of the database, as `SQLite` names it.
    Table(String),
    /// A host, lower-cased and punycoded.
    Host(String),
}

impl Target {
    /// The target as text, for messages and the timeline.
    pub fn text(&self) -> String {
        match self {
            Self::Path(path) | Self::Tool(path) => path.to_string(),
            Self::Table(name) | Self::Host(name) => name.clone(),
        }
    }
}

/// One question to the judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub agent: AgentName,
    /// What for, such as `fs.write`.
    pub capability: &'static str,
    /// What that does.
    pub operation: Operation,
    /// What it touches; a request without targets is judged once, as itself.
    pub targets: Vec<Target>,
}
