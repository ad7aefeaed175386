//! What the judge answers.

use serde::{Deserialize, Serialize};

/// May it happen?
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Allow,
    /// Only after a person said yes.
    RequireApproval,
    /// No.
    Deny,
}

/// A decision and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// Allow, ask or deny.
    pub decision: Decision,
    /// Id of the rule that decided, `default` where none matched.
    pub rule: String,
    /// Why, in a sentence; empty for an allow.
    pub reason: String,
    /// The target that decided, where there is one.
    pub target: Option<String>,
}
