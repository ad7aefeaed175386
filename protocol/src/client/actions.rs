//! The timeline as an agent sees it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Input of the kernel tool `list_actions`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeeActionsInput {
    /// Only of this agent; its own name gives an agent its own actions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Only with this status: `pending`, `executed`, `undone`, `failed`, `denied` or `abandoned`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Only of this kind, such as `tool_run` or `file_modify`.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub action_type: Option<String>,
    /// Only those that touch this file, or a file in this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// At most this many, the newest; 20 where nothing is said, at most 200.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Output of `list_actions`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeeActionsOutput {
    /// The actions, the newest first.
    pub actions: Vec<SeenAction>,
    /// Whether there are older ones that the limit left out.
    pub more: bool,
}

/// One action as an agent sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SeenAction {
    /// Its number.
    pub action: String,
    /// When it began, in milliseconds since 1970.
    pub at: i64,
    /// The agent on whose behalf it was.
    pub agent: String,
    /// Whether it is one of the caller's own, which `undo_action` may take back.
    pub own: bool,
    /// What kind of thing it did, such as `tool_run`.
    #[serde(rename = "type")]
    pub action_type: String,
    /// How far it came, such as `executed`.
    pub status: String,
    /// What it did, in words.
    pub description: String,
    /// The files it read or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Why it cannot be taken back, where it has a reason of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// Its SQL, with secrets left out. Own actions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The commit that holds what it wrote. Own actions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The code of what went wrong. Own actions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
