//! A task of an agent as it is remembered, and what may become of it.

use serde::{Deserialize, Serialize};
use tgp_model::{ActionId, AgentName, BranchStatus, SessionId, Timestamp};

/// Something an agent says it tried before it handed its work in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What, such as `npm test`.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
}

/// A branch that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBranch {
    /// The action that opened it; its number is the branch's.
    pub action: ActionId,
    /// The project's id.
    pub project: String,
    /// Whose it is.
    pub agent: AgentName,
    /// In which session it was opened.
    pub session: SessionId,
    /// Its name, such as `agent/coder/add-login-1704067200`.
    pub branch: String,
    /// What it is for, in the agent's words.
    pub description: String,
    /// The commit it began from.
    pub start: String,
    /// When.
    pub at: Timestamp,
}

/// A branch as it is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BranchRow {
    /// Number of the action that opened it.
    pub id: ActionId,
    /// The project's id.
    pub project: String,
    /// Whose it is.
    pub agent: AgentName,
    /// Its name.
    pub branch: String,
    /// What it is for.
    pub description: String,
    /// How far it is.
    pub status: BranchStatus,
    /// When it was opened, ISO 8601.
    pub created_at: String,
    /// When something of this row changed last, ISO 8601.
    pub updated_at: String,
    /// The session that works on it, or did last.
    pub session: SessionId,
    /// When that session took it up, ISO 8601.
    pub taken_at: String,
    /// The commit it began from.
    pub start: String,
    /// What the agent says it did.
    pub summary: Option<String>,
    /// What the agent says it tried.
    pub checks: Vec<Check>,
    /// The highest risk of what was done on it: `low`, `medium`, `high` or `critical`.
    pub risk: Option<String>,
    /// What a person said when sending it back.
    pub note: Option<String>,
    /// The commit that brought it into a person's branch.
    pub merge_commit: Option<String>,
}

/// What becomes of a branch. What is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BranchChange {
    /// How far it is from now on.
    pub status: Option<BranchStatus>,
    /// The session that takes it up.
    pub session: Option<SessionId>,
    /// What the agent says it did.
    pub summary: Option<String>,
    /// What the agent says it tried; replaces what was said before.
    pub checks: Option<Vec<Check>>,
    /// The highest risk of what was done on it.
    pub risk: Option<String>,
    /// What a person says; an empty text takes an earlier note away.
    pub note: Option<String>,
    /// The commit that brought it into a person's branch; an empty text takes it away (the merge was undone).
    pub merge_commit: Option<String>,
}

/// Which branches are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BranchFilter {
    /// Only this agent's.
    pub agent: Option<AgentName>,
    /// Only those this session works on.
    pub session: Option<SessionId>,
    /// Only in this state.
    pub status: Option<BranchStatus>,
    /// At most this many; 0 means all.
    pub limit: u32,
}
