//! A question to a person, the answer, and the one use of a yes.

use serde::Serialize;
use tgp_model::{ActionId, AgentName, ApprovalId, ApprovalState, SessionId, Timestamp};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Its number: the ticket.
    pub approval: ApprovalId,
    /// The action that asks.
    pub action: ActionId,
    /// Who asks.
    pub agent: AgentName,
    /// In which session.
    pub session: SessionId,
    /// What it wants to do.
    pub capability: String,
    /// The canonical request, after the look.
    pub request: String,
    /// What the files and rows it touches are now, in a form that two looks agree on.
    pub pre_images: String,
    /// The policy that asked.
    pub policy_version: String,
    /// Of a tool run: the effects it had collected up to the question.
    pub effects: Option<String>,
    /// Of a tool run: its seed, for running it again.
    pub seed: Option<u64>,
    /// Of a tool run: its clock, for running it again.
    pub clock_ms: Option<i64>,
    /// What the person sees: a diff, or SQL with the rows it would touch.
    pub preview: String,
    /// Why it is asked.
    pub reason: String,
    /// Its risk.
    pub risk: String,
    /// The rule that asks.
    pub rule: String,
    /// When it is asked.
    pub at: Timestamp,
    /// From when on it is too late.
    pub expires: Timestamp,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Yes or no.
    pub approve: bool,
    /// The operating-system user.
    pub by: String,
    /// Where it was given: `terminal`, `elicitation`, `editor`.
    pub door: String,
    /// Why.
    pub reason: Option<String>,
    /// `ApprovalRow::shown_hash` of what the person saw.
    pub shown_hash: String,
    /// When.
    pub at: Timestamp,
}

/// The use of a yes. All of it must be as it was when it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovalUse {
    /// The ticket.
    pub approval: ApprovalId,
    /// The canonical request of now.
    pub request: String,
    /// What the files and rows it touches are now.
    pub pre_images: String,
    /// The policy in force now.
    pub policy_version: String,
}

/// Why an answer or a use is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalProblem {
    /// No such ticket.
    #[error("there is no such ticket")]
    Missing,
    /// Nobody answered yet.
    #[error("it is not answered yet")]
    Pending,
    /// Somebody answered before.
    #[error("it was answered before")]
    Answered,
    /// The answer was no.
    #[error("it was denied")]
    Denied,
    /// It was used before.
    #[error("it was used before")]
    Used,
    /// Too late.
    #[error("it has expired")]
    Expired,
    /// Another agent asked.
    #[error("another agent asked for it")]
    Agent,
    /// The request is another one.
    #[error("the request is not the one that was approved")]
    RequestChanged,
    /// What the request touches changed meanwhile.
    #[error("what it touches has changed since it was approved")]
    PreImagesChanged,
    /// The policy changed meanwhile.
    #[error("the policy has changed since it was approved")]
    PolicyChanged,
    /// The person saw something else than what stands here.
    #[error("what was shown is not what is asked")]
    ShownOther,
}

/// A question and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are those of `Question` and `Answer`")]
pub struct ApprovalRow {
    pub id: ApprovalId,
    pub action: ActionId,
    pub agent: AgentName,
    pub session: SessionId,
    pub capability: String,
    pub request: String,
    pub request_hash: String,
    pub pre_images: String,
    pub policy_version: String,
    pub effects: Option<String>,
    pub seed: Option<u64>,
    pub clock_ms: Option<i64>,
    pub preview: String,
    pub shown_hash: String,
    pub reason: String,
    pub risk: String,
    pub rule: String,
    pub state: ApprovalState,
    pub created_at: String,
    pub expires_at: String,
    pub answered_at: Option<String>,
    pub answered_by: Option<String>,
    pub answered_door: Option<String>,
    pub answer_reason: Option<String>,
    pub used_by: Option<ActionId>,
    pub used_at: Option<String>,
}

/// Which questions are wanted; an empty filter wants all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApprovalFilter {
    /// Only in this state.
    pub state: Option<ApprovalState>,
    /// Only this agent's.
    pub agent: Option<AgentName>,
    /// Only this session's.
    pub session: Option<SessionId>,
    /// Only for this canonical request.
    pub request: Option<String>,
}
