//! One action as the timeline shows it, and which actions are wanted.

use serde::Serialize;
use serde_json::Value;
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName, ApprovalId, SessionId, Timestamp, TokenId};

/// One action as the timeline has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionRow {
    /// Number of the action.
    pub id: ActionId,
    /// The project's id.
    pub project: String,
    /// The session it belongs to.
    pub session: SessionId,
    /// Who acted.
    pub agent: AgentName,
    /// What kind of action.
    pub kind: ActionType,
    /// What it did, in words.
    pub description: String,
    /// Arguments and other details.
    pub details: Value,
    /// Whether an action of this kind can be taken back.
    pub reversible: bool,
    /// How far it came.
    pub status: ActionStatus,
    /// When it was noted, ISO 8601.
    pub created_at: String,
    /// The client, where it said who it is.
    pub client: Option<String>,
    /// The files it read or changed.
    pub files: Vec<String>,
    /// Its SQL.
    pub sql: Option<String>,
    /// The tool that ran.
    pub tool: Option<String>,
    /// How long it took, in milliseconds; none while it is open.
    pub duration_ms: Option<f64>,
    /// Fuel a tool run used.
    pub fuel: Option<u64>,
    /// The seed of a tool run.
    pub seed: Option<u64>,
    /// The time a run saw, in milliseconds since 1970.
    pub clock_ms: i64,
    /// `allow`, `require_approval` or `deny`.
    pub decision: String,
    /// The rule that decided.
    pub rule: String,
    /// The stable code of what went wrong.
    pub error_code: Option<String>,
    /// The commit that holds what it wrote.
    pub commit_id: Option<String>,
    /// The lock of the process that noted it.
    pub lock_id: String,
    /// When it ended, ISO 8601.
    pub ended_at: Option<String>,
    /// Why it cannot be taken back, where it cannot for a reason of its own.
    pub irreversible_why: Option<String>,
    /// The approval it used up.
    pub approval: Option<ApprovalId>,
    /// The token that paid for it.
    pub token: Option<TokenId>,
    /// The actions it took back.
    pub undo_of: Vec<ActionId>,
    /// The action that took it back.
    pub undone_by: Option<ActionId>,
    /// Where the row was found again after the database was lost.
    pub rebuilt_from: Option<String>,
    /// The agent's branch it went to.
    pub branch: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When that was, ISO 8601.
    pub approved_at: Option<String>,
}

/// Which end of the timeline comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The newest action first.
    #[default]
    NewestFirst,
    /// The newest action last.
    NewestLast,
}

/// Which actions are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActionFilter {
    /// Only this agent's.
    pub agent: Option<AgentName>,
    /// Only this session's.
    pub session: Option<SessionId>,
    /// Only of this kind.
    pub kind: Option<ActionType>,
    /// Only on this branch.
    pub branch: Option<String>,
    /// Only in this state.
    pub status: Option<ActionStatus>,
    /// Only those that touch this file, or a file in this folder.
    pub path: Option<String>,
    /// Only those noted at this time or later.
    pub since: Option<Timestamp>,
    /// Only those noted before this time.
    pub until: Option<Timestamp>,
    /// Only those that come after this one in the chosen order (paging).
    pub after: Option<ActionId>,
    /// At most this many; 0 means all.
    pub limit: u32,
    /// Which end comes first.
    pub order: Order,
}
