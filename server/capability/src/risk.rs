//! Operations and risk levels.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What a capability does to its targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

/// How bad it may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RiskLevel {
    /// Nothing changes.
    Low,
    /// Something changes and comes back.
    Medium,
    /// Something is lost unless it is compensated.
    High,
    /// Something is lost for good.
    Critical,
}

/// A text that names no operation or no risk level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not one of {known}")]
pub struct UnknownName {
    /// The text as it came in.
    pub text: String,
    /// What it could have been.
    pub known: &'static str,
}

/// A capability's risk and why it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// How bad it may get.
    pub level: RiskLevel,
    /// Why, in a sentence a person reads before approving.
    pub justification: String,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 5] = [Self::Read, Self::Write, Self::Delete, Self::Execute, Self::Network];

    /// The name in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Delete => "delete",
            Self::Execute => "execute",
            Self::Network => "network",
        }
    }
}

impl RiskLevel {
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in rules.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl FromStr for Operation {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = "read, write, delete, execute, network";
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| UnknownName { text: text.to_owned(), known })
    }
}

impl FromStr for RiskLevel {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = "low, medium, high, critical";
        Self::ALL
            .into_iter()
            .find(|one| one.as_str() == text)
            .ok_or_else(|| UnknownName { text: text.to_owned(), known })
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for RiskLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
