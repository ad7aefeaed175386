//! Questions to a person, and their answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Input of the kernel tool `approval_status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalStatusInput {
    /// The ticket that `policy.requires_approval` named.
    pub ticket: String,
}

/// Output of `approval_status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalStatusOutput {
    /// The ticket.
    pub ticket: String,
    /// `pending`, `approved`, `denied`, `used` or `expired`.
    pub state: String,
    /// What was asked for, such as `fs.write`.
    pub capability: String,
    /// From when on it is too late, ISO 8601.
    pub expires: String,
    /// What the person said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do now.
    pub next: String,
}

/// Output of `tgp approvals`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalsOutput {
    /// The questions, the open ones first.
    pub approvals: Vec<ApprovalShown>,
}

/// A question as a person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalShown {
    /// The ticket.
    pub ticket: String,
    /// `pending`, `approved`, `denied`, `used` or `expired`.
    pub state: String,
    /// Who asks.
    pub agent: String,
    /// In which session.
    pub session: String,
    /// The action that asked.
    pub action: String,
    /// What it wants to do, such as `fs.write`.
    pub capability: String,
    /// `low`, `medium`, `high` or `critical`.
    pub risk: String,
    /// The rule that asks.
    pub rule: String,
    /// Every rule that asks with its file and line, and its reason.
    pub why: String,
    /// What would happen: a diff, or SQL with the rows it would touch.
    pub preview: String,
    /// What an answer names, so that it counts for this and nothing else.
    pub shown_hash: String,
    /// When it was asked, ISO 8601.
    pub asked: String,
    /// From when on it is too late, ISO 8601.
    pub expires: String,
    /// When it was answered, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<String>,
    /// The operating-system user who answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Where: `terminal`, `elicitation` or `editor`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub door: Option<String>,
    /// What the person said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The action that used the yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used_by: Option<String>,
}

/// A person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerInput {
    /// The ticket.
    pub ticket: String,
    /// Yes or no.
    pub approve: bool,
    /// The operating-system user.
    pub by: String,
    /// Where it is given: `terminal`, `elicitation` or `editor`.
    pub door: String,
    /// Why.
    pub reason: Option<String>,
    /// `ApprovalShown::shown_hash` of what the person saw.
    pub shown_hash: String,
}
