//! Names of agents' branches: `agent/<agent>/<slug>-<unix time>`.

use std::fmt;
use std::str::FromStr;

use tgp_model::{AgentName, Timestamp};

/// Longest slug, in characters.
const LONGEST_SLUG: usize = 40;
/// Longest name of a branch, in bytes: it is a file name below `refs/`.
const LONGEST_NAME: usize = 200;

/// Name of an agent's branch, without `refs/heads/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BranchName(String);

/// A text that is no agent branch's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the name of an agent's branch (`agent/<agent>/<task>`)")]
pub struct BranchNameProblem {
    /// The text as it came in.
    pub text: String,
}

impl BranchName {
    /// The name of a task begun at a time; `again` tells it from others of the same second.
    pub fn of_task(agent: &AgentName, description: &str, now: Timestamp, again: u32) -> Self {
        let again = if again == 0 { String::new() } else { format!("-{}", again + 1) };
        Self(format!("agent/{agent}/{}-{}{again}", slug(description), now.0.div_euclid(1000).max(0)))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The agent whose branch it is.
    pub fn agent(&self) -> AgentName {
        self.0.split('/').nth(1).and_then(|agent| agent.parse().ok()).unwrap_or_default()
    }

    /// The full name of its ref.
    pub fn head_ref(&self) -> String {
        format!("refs/heads/{}", self.0)
    }

    /// The private ref that names the commit it began from.
    pub fn start_ref(&self) -> String {
        format!("refs/tgp/starts/{}", self.0)
    }
}

/// A few words of a description, as a name of a ref takes them.
fn slug(description: &str) -> String {
    let mut slug = String::new();
    for character in description.chars().map(|c| c.to_ascii_lowercase()) {
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.len() >= LONGEST_SLUG {
            break;
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "task".to_owned() } else { slug.to_owned() }
}

impl FromStr for BranchName {
    type Err = BranchNameProblem;

    fn from_str(text: &str) -> Result<Self, BranchNameProblem> {
        let problem = || BranchNameProblem { text: text.chars().take(LONGEST_NAME).collect() };
        let name = text.strip_prefix("refs/heads/").unwrap_or(text);
        let parts: Vec<&str> = name.split('/').collect();
        let ["agent", agent, task] = parts.as_slice() else { return Err(problem()) };
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = name.len() <= LONGEST_NAME
            && agent.parse::<AgentName>().is_ok_and(|parsed| parsed.as_str() == *agent)
            && task.starts_with(|c: char| c.is_ascii_alphanumeric())
            && task.chars().all(plain)
            && !task.contains("..")
            && !task.ends_with('.')
            && !task.to_ascii_lowercase().ends_with(".lock");
        if fits { Ok(Self(name.to_owned())) } else { Err(problem()) }
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_s_name_is_agent_slug_and_time() {
        let agent: AgentName = "coder".parse().unwrap();
        let name =
            |text: &str| BranchName::of_task(&agent, text, Timestamp(1_704_067_200_999), 0).to_string();
        assert_eq!(name("Add OAuth login"), "agent/coder/add-oauth-login-1704067200");
        assert_eq!(name("  --upload-pack=x; $(rm) \n"), "agent/coder/upload-pack-x-rm-1704067200");
        assert_eq!(name("\u{65e5}\u{672c}"), "agent/coder/task-1704067200");
        assert_eq!(name(&"long ".repeat(50)).len(), "agent/coder/-1704067200".len() + 39);
        for text in ["", "x", "@coder", "-x ../../y.lock"] {
            assert!(name(text).parse::<BranchName>().is_ok(), "{text}");
        }
    }

    #[test]
    fn hostile_names_are_no_names() {
        for text in [
            "main",
            "agent/coder",
            "agent/coder/a/b",
            "agent/../x",
            "agent/coder/-x",
            "agent/coder/x.lock",
            "agent/coder/a..b",
            "agent/coder/a b",
            "agent/coder/x\n",
            "agent/CODER/x",
            "agent/coder/",
            "-agent/a/b",
            "agent/coder/.x",
            "agent/coder/x~1",
            "agent/@coder/x",
        ] {
            assert!(text.parse::<BranchName>().is_err(), "{text}");
        }
    }
}
