//! What is noted about an action: the intent before it, the outcome after it.

use serde_json::Value;
use tgp_consent::{ApprovalUse, TokenSpend, TokenUse};
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName, Decision, SessionId, Timestamp, UndoPart};

/// Whether an action can be taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Reversibility {
    /// As actions of its kind usually can; in an outcome, as the intent said.
    #[default]
    Usual,
    /// It can.
    Reversible,
    /// It cannot.
    Irreversible {
        /// Why, in a sentence a person understands.
        why: String,
    },
}

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
    /// The agent's branch it goes to.
    pub branch: Option<String>,
    /// Whether it can be taken back.
    pub reversibility: Reversibility,
    /// What is needed to take it back, as far as it is known before.
    pub undo: Vec<UndoPart>,
    /// The actions this one takes back.
    pub undo_of: Vec<ActionId>,
    /// The approval it uses up, in the same transaction; where that fails, nothing is noted.
    pub approval: Option<ApprovalUse>,
    /// Further approvals it uses up, in the same transaction too: a tool run may be asked about several times.
    pub more_approvals: Vec<ApprovalUse>,
    /// The token it spends from, in the same transaction; where that fails, nothing is noted.
    pub consume: Option<TokenUse>,
}

impl Default for Intent {
    /// An intent that says nothing yet: number zero, the usual agent, a file to be read.
    fn default() -> Self {
        Self {
            action: ActionId::from_parts(0, 0),
            session: SessionId::from_parts(0, 0),
            agent: AgentName::default(),
            client: None,
            project: String::new(),
            kind: ActionType::FileRead,
            status: ActionStatus::Pending,
            description: String::new(),
            files: Vec::new(),
            sql: None,
            tool: None,
            details: Value::Null,
            seed: None,
            clock_ms: 0,
            content: Vec::new(),
            decision: Decision::Allow,
            rule: String::new(),
            lock_id: String::new(),
            at: Timestamp(0),
            branch: None,
            reversibility: Reversibility::Usual,
            undo: Vec::new(),
            undo_of: Vec::new(),
            approval: None,
            more_approvals: Vec::new(),
            consume: None,
        }
    }
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
    /// Whether it can be taken back, where that became known only while it ran.
    pub reversibility: Reversibility,
    /// What is needed to take it back, as far as it became known while it ran.
    pub undo: Vec<UndoPart>,
    /// Actions that are taken back now; those that were not executed are left as they are.
    pub undone: Vec<ActionId>,
    /// Actions that are as if they had never been taken back.
    pub restored: Vec<ActionId>,
    /// What its token paid for beyond what the intent said.
    pub spent: Option<TokenSpend>,
    /// What it did in words, where that became known only afterwards; it replaces the intent's.
    pub description: Option<String>,
}

impl Default for Outcome {
    /// An outcome that says nothing yet: number zero, executed.
    fn default() -> Self {
        Self {
            action: ActionId::from_parts(0, 0),
            status: ActionStatus::Executed,
            error_code: None,
            duration_ms: 0.0,
            fuel: None,
            commit_id: None,
            files: None,
            sql: None,
            at: Timestamp(0),
            reversibility: Reversibility::Usual,
            undo: Vec::new(),
            undone: Vec::new(),
            restored: Vec::new(),
            spent: None,
            description: None,
        }
    }
}
