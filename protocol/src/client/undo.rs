//! Taking actions back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which actions are taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UndoTarget {
    /// One, by its number.
    Action(String),
    /// All of a session, by its number.
    Session(String),
    /// All of an agent, since a time in milliseconds since 1970 where one is given.
    Agent {
        /// Its name.
        name: String,
        /// Since when.
        since: Option<i64>,
    },
    /// What was taken back last is made again.
    LastUndo,
}

/// Input of `undo`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoInput {
    /// Which actions.
    pub target: UndoTarget,
    /// Only show what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Input of the kernel tool `undo_action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UndoActionInput {
    /// Number of one of the agent's own actions.
    pub action: String,
    /// Only show what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Output of `undo`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UndoOutput {
    /// Number of the undo, which can be undone itself; none after a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// Whether nothing was done.
    pub dry_run: bool,
    /// The actions that are taken back, the newest first.
    pub undone: Vec<UndoneAction>,
    /// Actions among those named that cannot be taken back, and why.
    pub left: Vec<LeftAction>,
    /// What makes up for what they did to the world outside, each an action of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compensated: Vec<CompensatedAction>,
    /// Whether it makes again what an undo had taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
    /// Files, as they were and as they are after.
    pub files: Vec<UndoneFile>,
    /// Rows of databases that come back, of the many the first.
    pub rows: Vec<UndoneRow>,
    /// How many rows come back.
    pub rows_restored: u64,
    /// Rows that were changed since and are left as they are.
    pub rows_left: Vec<LeftRow>,
    /// The commit that takes back what went into the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// An action that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UndoneAction {
    /// Its number.
    pub action: String,
    /// What it did.
    pub description: String,
}

/// An action that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftAction {
    /// Its number.
    pub action: String,
    /// What it did.
    pub description: String,
    /// Why it stays.
    pub why: String,
}

/// An action that something else makes up for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CompensatedAction {
    /// The action's number.
    pub action: String,
    /// What makes up for it, such as `tool.effects:tools/shop/refund.ts`.
    pub by: String,
    /// Number of the action that did; none after a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
}

/// A file that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UndoneFile {
    /// Its path, as the agent knows it.
    pub path: String,
    /// `restored`, `deleted`, or `merged` where a person's later edits stay.
    pub how: String,
    /// Its text before the undo; none where it is no text, or there is no file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its text after the undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// A row that comes back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UndoneRow {
    /// Its table.
    pub table: String,
    /// The columns of the values.
    pub columns: Vec<String>,
    /// Before the undo; none where it is not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Vec<Value>>,
    /// After the undo; none where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<Value>>,
}

/// A row that stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeftRow {
    /// Its table.
    pub table: String,
    /// What names it.
    pub key: Value,
    /// Why it stays.
    pub why: String,
}
