//! Snapshots of a project: taken, listed, compared, restored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A snapshot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotShown {
    /// Its number.
    pub id: String,
    /// When it was taken, ISO 8601.
    pub created: String,
    /// `agent_start`, `before_action`, `before_merge`, `before_restore` or `manual`.
    pub trigger: String,
    /// Why, in a few words.
    pub reason: String,
    /// The agent it was taken for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The action it was taken before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// HEAD, index and working tree; none where there is no repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git: Option<SnapshotTree>,
    /// The database; none where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<SnapshotDatabase>,
    /// What it does not hold, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutShown>,
}

/// What a snapshot holds of the working tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotTree {
    /// The branch HEAD was on; none where it was detached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commit HEAD named; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Files that were not committed.
    pub uncommitted: usize,
}

/// What a snapshot holds of the database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotDatabase {
    /// Size of the copy, in bytes.
    pub size: u64,
    /// Where it lies, relative to the library's folder.
    pub path: String,
}

/// Something a snapshot does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutShown {
    /// What, mostly a path.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Output of `tgp snapshot list`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotsOutput {
    /// The snapshots, the newest first.
    pub snapshots: Vec<SnapshotShown>,
}

/// Output of `tgp snapshot show` and `create`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotOutput {
    /// The snapshot.
    pub snapshot: SnapshotShown,
    /// Open tasks, scopes, version of the policy and notes of the session, as they were.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub context: Value,
}

/// Output of `tgp snapshot diff`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotDiffOutput {
    /// The snapshot.
    pub snapshot: String,
    /// What it is compared with: another snapshot, or `now`.
    pub with: String,
    /// Files of the working tree that differ.
    pub files: Vec<SnapshotFile>,
    /// Whether the database differs; none where either side has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_differs: Option<bool>,
}

/// A file that differs between a snapshot and something later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotFile {
    /// Its path.
    pub path: String,
    /// What became of it since: `added`, `changed` or `deleted`.
    pub how: String,
}

/// Output of `tgp snapshot delete`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SnapshotDeletedOutput {
    /// Number of the action; none before it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The snapshot as it was.
    pub snapshot: SnapshotShown,
    /// Restores that it keeps the way back of: without it they are not taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed_by: Vec<String>,
}

/// What of a snapshot is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotPart {
    /// Branch, index and working tree.
    Tree,
    /// The database.
    Database,
}

/// Input of `tgp snapshot restore`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreInput {
    /// The snapshot, or the end of its number.
    pub snapshot: String,
    /// Only this; without it all it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only: Option<SnapshotPart>,
    /// Files the snapshot did not know go as well; ignored ones stay.
    #[serde(default)]
    pub delete: bool,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Output of `tgp snapshot restore`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RestoreOutput {
    /// Number of the action, which `tgp undo` takes back; none after a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The snapshot.
    pub snapshot: String,
    /// The snapshot of how things were before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Files that were written.
    pub written: Vec<String>,
    /// Files that went.
    pub removed: Vec<String>,
    /// Files the snapshot did not know, which stayed.
    pub unknown: Vec<String>,
    /// Files that changed meanwhile, which were left alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_alone: Vec<String>,
    /// What the snapshot does not hold and that is therefore not restored: work in submodules, a merge that was going on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutShown>,
    /// The branch that moved, and where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Whether the database was put back.
    #[serde(default)]
    pub database: bool,
}
