//! Handing a narrower token to another agent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Input of the kernel tool `delegate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegateInput {
    /// The agent that gets it; one your scope lists in `can_delegate`.
    pub agent: String,
    /// What it is to do, in a sentence. It stands in the timeline.
    pub task: String,
    /// What it gets, each a capability and globs of its targets, such as `fs.write path:docs/**` or
    /// `tool.run tool:tools/reports/*`.
    pub grants: Vec<String>,
    /// How long it lasts, such as `30min`; an hour where nothing is said, a day at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// How much it may be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<DelegatedBudget>,
}

/// How much a token may be used for in all; no limit where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelegatedBudget {
    /// Actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<u64>,
    /// Bytes written or sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Rows changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Milliseconds of running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
}

/// Output of `delegate`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelegateOutput {
    /// Number of the token.
    pub id: String,
    /// The token itself; it is shown only here. The other agent's session presents it as `TGP_TOKEN`.
    pub token: String,
    /// Whose it is.
    pub agent: String,
    /// What it grants.
    pub grants: Vec<String>,
    /// Until when, ISO 8601.
    pub expires: String,
    /// Number of the action; undoing it revokes the token.
    pub action: String,
}
