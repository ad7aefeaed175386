//! What is noted about an action: the intent before it, the outcome after it.

use serde_json::Value;
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName, Decision, SessionId, Timestamp};

/// What an action is about to do, noted before it does.
#[derive(Debug, Clone, PartialEq)]
pub struct Intent {
    /// Number of the action.
    pub action: ActionId,
    /// The session it belongs to.
    pub session: SessionId,
    /// Who acts.
    pub agent: AgentName,
    /// The client that connected, such as `claude-code 2.1`, where it said so.
    pub client: Option<String>,
    /// The project's id.
    pub project: String,
    /// What kind of action.
    pub kind: ActionType,
    /// `Pending` for what is about to happen; an end such as `Denied` for what never will.
    pub status: ActionStatus,
    /// What it does, in words for the timeline.
    pub description: String,
    /// The files it reads or changes, as the agent names them.
    pub files: Vec<String>,
    /// Its SQL, where there is some.
    pub sql: Option<String>,
    /// The tool that runs, where there is one.
    pub tool: Option<String>,
    /// Arguments and whatever else is worth keeping, secrets already redacted (see `redact`).
    pub details: Value,
    /// The seed of a tool run.
    pub seed: Option<u64>,
    /// The time a run sees, in milliseconds since 1970.
    pub clock_ms: i64,
    /// What is about to be written, by path, so that it can be written again after a power failure.
    pub content: Vec<(String, Vec<u8>)>,
    /// What the judge decided.
    pub decision: Decision,
    /// The rule that decided.
    pub rule: String,
    /// The lock the process holds while it lives; recovery closes intents whose lock is free.
    pub lock_id: String,
    /// When.
    pub at: Timestamp,
}

/// How an action ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Number of the action.
    pub action: ActionId,
    /// How far it came.
    pub status: ActionStatus,
    /// The stable code of what went wrong.
    pub error_code: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: f64,
    /// Fuel a tool run used.
    pub fuel: Option<u64>,
    /// The commit that holds what it wrote.
    pub commit_id: Option<String>,
    /// Its files, where they became known only while it ran; they replace the intent's.
    pub files: Option<Vec<String>>,
    /// Its SQL, where more of it became known while it ran; it replaces the intent's.
    pub sql: Option<String>,
    /// When.
    pub at: Timestamp,
}
