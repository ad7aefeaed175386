//! The name of an agent, as in `--agent coder`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest agent name, in characters; it becomes part of ref names and commit trailers.
pub const LONGEST_AGENT_NAME: usize = 64;

/// Name of an agent: lower-case letters, digits, `-` and `_`, beginning with a letter or digit.
/// `@coder` and `coder` are the same name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AgentName(String);

/// What is wrong with an agent's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not an agent name: 1 to {LONGEST_AGENT_NAME} lower-case letters, digits, `-` or `_`, beginning with a letter or digit"
)]
pub struct AgentNameProblem {
    /// The name as it came in.
    pub text: String,
}

impl AgentName {
    /// The person at the terminal, who is nobody's agent.
    pub fn person() -> Self {
        Self("person".to_owned())
    }

    /// The name without `@`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for AgentName {
    /// The agent of a host that named none.
    fn default() -> Self {
        Self("coder".to_owned())
    }
}

impl FromStr for AgentName {
    type Err = AgentNameProblem;

    fn from_str(text: &str) -> Result<Self, AgentNameProblem> {
        let name = text.strip_prefix('@').unwrap_or(text);
        let fits = (1..=LONGEST_AGENT_NAME).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_');
        if fits { Ok(Self(name.to_owned())) } else { Err(AgentNameProblem { text: text.to_owned() }) }
    }
}

impl TryFrom<String> for AgentName {
    type Error = AgentNameProblem;
    fn try_from(text: String) -> Result<Self, AgentNameProblem> {
        text.parse()
    }
}

impl From<AgentName> for String {
    fn from(name: AgentName) -> String {
        name.0
    }
}

impl fmt::Display for AgentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
