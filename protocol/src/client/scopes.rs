//! Scopes as a person looks at them and sets them in an editor.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::project::TrustFile;

/// Params of `tgp/scopes/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentInput {
    /// The agent.
    pub agent: String,
}

/// A scope in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListedScope {
    /// The agent.
    pub agent: String,
    /// Its file.
    pub file: String,
    /// How many rules it has.
    pub rules: usize,
}

/// Result of `tgp/scopes/list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScopesOutput {
    /// The scopes, by agent.
    pub scopes: Vec<ListedScope>,
}

/// A rule of a scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownRule {
    /// Its name.
    pub id: String,
    /// `allow`, `require_approval` or `deny`.
    pub effect: String,
    /// Its line, from 1.
    pub line: usize,
}

/// Result of `tgp/scopes/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScopeOutput {
    /// The agent whose scope it is; `default` where the agent has none of its own.
    pub agent: String,
    /// Its file.
    pub file: String,
    /// The scope as it is written.
    pub text: String,
    /// Its rules.
    pub rules: Vec<ShownRule>,
}

/// Params of `tgp/scopes/check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckScopeInput {
    /// The scope, in YAML.
    pub text: String,
    /// How mistakes name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownMistake {
    /// The file.
    pub file: String,
    /// Whose file it is, such as `scope` or `workspace`.
    pub level: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Result of `tgp/scopes/check`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckScopeOutput {
    /// The file.
    pub file: String,
    /// What is wrong; nothing where all is well.
    pub mistakes: Vec<ShownMistake>,
}

/// Params of `tgp/scopes/preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewScopeInput {
    /// The agent.
    pub agent: String,
    /// Its scope, in YAML.
    pub text: String,
}

/// An action that the new scope would decide otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherDecision {
    /// Number of the action.
    pub action: String,
    /// The agent.
    pub agent: String,
    /// What it did.
    pub description: String,
    /// What the rules in force say: `allow`, `require_approval` or `deny`.
    pub before: String,
    /// What they would say.
    pub after: String,
}

/// Result of `tgp/scopes/preview`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewScopeOutput {
    /// The file it would be written to, such as `scopes/coder.yaml`.
    pub file: String,
    /// Whether nothing would change.
    pub settled: bool,
    /// What differs from what is in force, file by file.
    pub trust: Vec<TrustFile>,
    /// How many of the last actions were judged again.
    pub judged: usize,
    /// Those that would be decided otherwise, the newest first.
    pub changed: Vec<OtherDecision>,
    /// What a person wrote into the file by hand and did not put in force; it would be overwritten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draft: Option<String>,
    /// What `tgp/scopes/set` names, so that it puts in force exactly this.
    pub shown_hash: String,
}

/// Params of `tgp/scopes/set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetScopeInput {
    /// The agent.
    pub agent: String,
    /// Its scope, in YAML.
    pub text: String,
    /// `PreviewScopeOutput::shown_hash` of what the person saw.
    pub shown_hash: String,
    /// Whether the draft that the preview showed may be overwritten; without it that is refused with `trust.draft`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub over_draft: bool,
}

/// Result of `tgp/scopes/set`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SetScopeOutput {
    /// The file.
    pub file: String,
    /// Whether anything changed.
    pub changed: bool,
    /// Number of the action; none where nothing changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}
