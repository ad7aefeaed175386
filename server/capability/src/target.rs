//! What an action touches, as the owning room saw it when it looked.

use std::fmt;

use serde::{Deserialize, Serialize};
use tgp_model::{AgentName, RepoPath};

/// The kinds of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TargetKind {
    /// A file or folder.
    Path,
    /// A simple command, its words joined by one space.
    Command,
    /// A host name.
    Host,
    /// A statement; no rule speaks about one, its tables are what counts.
    Sql,
    /// A table.
    Table,
    /// A branch.
    Branch,
    /// A tool of the library.
    Tool,
    /// Another agent, for `delegate`.
    Agent,
}

/// One thing an action touches, as the owning room saw it when it looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    kind: TargetKind,
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

impl Target {
    /// A file or folder, as the agent names it, after the look.
    pub fn path(path: &RepoPath) -> Self {
        Self::of(TargetKind::Path, path.as_str())
    }

    /// A file in a folder of the host that the configuration names, as an absolute path.
    pub fn host_path(path: &str) -> Self {
        Self::of(TargetKind::Path, path)
    }

    /// A tool of the library, by the path that runs it.
    pub fn tool(path: &RepoPath) -> Self {
        Self::of(TargetKind::Tool, path.as_str())
    }

    /// A simple command; its words are joined by one space.
    pub fn command<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of(TargetKind::Command, &words.into_iter().collect::<Vec<_>>().join(" "))
    }

    /// A host, in any case, with or without the dot at its end.
    pub fn host(host: &str) -> Self {
        let lower = host.to_ascii_lowercase();
        Self::of(TargetKind::Host, lower.strip_suffix('.').unwrap_or(&lower))
    }

    /// A table, as `SQLite` names it.
    pub fn table(name: &str) -> Self {
        Self::of(TargetKind::Table, name)
    }

    /// A branch.
    pub fn branch(name: &str) -> Self {
        Self::of(TargetKind::Branch, name)
    }

    /// A statement.
    pub fn sql(text: &str) -> Self {
        Self::of(TargetKind::Sql, text)
    }

    /// Another agent, for `delegate`.
    pub fn agent(name: &AgentName) -> Self {
        Self::of(TargetKind::Agent, name.as_str())
    }

    /// A target of a kind by its text, such as a glob that is itself looked at.
    pub fn named(kind: TargetKind, text: &str) -> Self {
        Self::of(kind, text)
    }

    /// The same, with the number of bytes it is about.
    #[must_use]
    pub fn of_bytes(mut self, bytes: u64) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// What kind it is.
    pub fn kind(&self) -> TargetKind {
        self.kind
    }

    /// The target as text; empty for the root of the project.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// How many bytes it is about, where that is known.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    fn of(kind: TargetKind, value: &str) -> Self {
        Self { kind, value: value.to_owned(), bytes: None }
    }
}

impl fmt::Display for Target {
    /// The target as text, for messages and the timeline; the root is `.`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = self.kind == TargetKind::Path && self.value.is_empty();
        f.write_str(if root { "." } else { &self.value })
    }
}

impl TargetKind {
    /// The kinds a rule can have a field about, with the name of that field.
    pub const FIELDS: [(&'static str, Self); 7] = [
        ("path", Self::Path),
        ("command", Self::Command),
        ("host", Self::Host),
        ("table", Self::Table),
        ("branch", Self::Branch),
        ("tool", Self::Tool),
        ("to", Self::Agent),
    ];

    /// The name of the field about this kind.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Command => "command",
            Self::Host => "host",
            Self::Sql => "sql",
            Self::Table => "table",
            Self::Branch => "branch",
            Self::Tool => "tool",
            Self::Agent => "to",
        }
    }
}
