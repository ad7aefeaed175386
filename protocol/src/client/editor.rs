//! What editors ask through `tgp lsp`, where it is not what the terminal prints already.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::approvals::ApprovalShown;
use super::branches::{ChangedFile, DiffBy};
use super::project::ListedAction;

/// Version of the `tgp/...` requests.
pub const EDITOR_PROTOCOL: u32 = 1;

/// Nothing is asked for but the answer itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Result of `tgp/status`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusOutput {
    /// Version of the program.
    pub version: String,
    /// Version of these requests.
    pub protocol: u32,
    /// Folder of the project; none where there is none, or it cannot be opened.
    pub project: Option<String>,
    /// Why there is no project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The stable code of that reason, such as `project.missing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Questions that wait for an answer.
    pub pending_approvals: usize,
    /// Branches that are open.
    pub open_branches: usize,
    /// Version of the policy in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// What lies in the project and waits for a person's trust, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting_for_trust: Option<String>,
    /// Whether questions may be answered in an editor; otherwise it only shows them.
    pub approvals: bool,
    /// What the person should know about the opening.
    pub notes: Vec<String>,
}

/// Params of `tgp/branches/list` and `tgp/approvals/list`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInput {
    /// Also those that are settled.
    #[serde(default)]
    pub all: bool,
}

/// Params of the requests about one branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchInput {
    /// The branch, or what of its name is unique.
    pub branch: String,
}

/// Params of `tgp/branches/diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchDiffInput {
    /// The branch, or what of its name is unique.
    pub branch: String,
    /// How it is shown.
    #[serde(default)]
    pub by: DiffBy,
}

/// Params of `tgp/branches/reopen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenInput {
    /// The branch, or what of its name is unique.
    pub branch: String,
    /// What the agent reads.
    pub note: String,
}

/// Which repository a commit is of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repository {
    /// The user's.
    #[default]
    Project,
    /// The tool library.
    Library,
}

/// Params of `tgp/content`: a file of a commit, or of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentInput {
    /// The commit, by its full hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Instead: the snapshot, by its number or the end of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// The file, relative to the repository's folder.
    pub path: String,
    /// Which repository the commit is of.
    #[serde(default)]
    pub repository: Repository,
}

/// Result of `tgp/content`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContentOutput {
    /// The text; none where it is no text, too large, or not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Whether it is no text.
    pub binary: bool,
    /// Whether there is no such file.
    pub missing: bool,
    /// Its size in bytes.
    pub size: u64,
}

/// Params of `tgp/timeline/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionInput {
    /// Number of the action.
    pub action: String,
}

/// Result of `tgp/timeline/show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionOutput {
    /// The action.
    pub action: ListedAction,
    /// What it changed, where it is a commit.
    pub files: Vec<ChangedFile>,
    /// The commit before it; none where there is none, or it was the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Which repository the commits are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<Repository>,
    /// Whether lines were left out because there are too many.
    #[serde(default)]
    pub cut: bool,
}

/// Params of `tgp/timeline/redo`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RedoInput {
    /// Only show what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// Params of `tgp/approvals/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketInput {
    /// The ticket.
    pub ticket: String,
}

/// Params of `tgp/approvals/approve` and `tgp/approvals/deny`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideInput {
    /// The ticket.
    pub ticket: String,
    /// `ApprovalShown::shown_hash` of what the person saw.
    pub shown_hash: String,
    /// Why; the agent can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Params of `tgp/snapshots/create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSnapshotInput {
    /// Why, for the list.
    #[serde(default)]
    pub reason: String,
    /// Ignored files as well.
    #[serde(default)]
    pub ignored: bool,
}

/// Params of `tgp/snapshots/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotInput {
    /// Its number, or the end of it.
    pub snapshot: String,
}

/// Params of `tgp/snapshots/diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotDiffInput {
    /// Its number, or the end of it.
    pub snapshot: String,
    /// A later one; without it, how things are now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
}

/// Params of `tgp/tools/show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ToolInput {
    /// The tool, such as `tools/math/fib.ts`.
    pub path: String,
}

/// Result of `tgp/tools/show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToolOutput {
    /// The tool, as `tgp tool show` has it.
    #[serde(flatten)]
    pub tool: super::project::ShowToolOutput,
    /// Its last runs, the newest first.
    pub last_runs: Vec<ListedAction>,
}

/// Params of `tgp/policy/explain`: an action nobody does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExplainInput {
    /// Who would do it; `coder` where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// What for, such as `fs.write`; a statement has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capability: Option<String>,
    /// Files it would touch.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Tables.
    #[serde(default)]
    pub tables: Vec<String>,
    /// Hosts.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Tools of the library.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Command lines, one simple command each.
    #[serde(default)]
    pub commands: Vec<String>,
    /// A statement for the project's database.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Figures of the action, such as `bytes`: `2MiB`.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// What other processes changed: params of the notification `tgp/changed`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedParams {
    /// What is no longer as it was: `timeline`, `branches`, `approvals`, `snapshots`, `tools`, `scopes`, `library`.
    pub areas: Vec<String>,
    /// Grows with each change that was seen.
    pub data_version: u64,
}

/// A question that is open now: params of the notification `tgp/approval`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalParams {
    /// The question.
    pub approval: ApprovalShown,
}

/// What a client says about itself in `initializationOptions.tgp`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientOptions {
    /// Whether the client shows questions itself; otherwise the server asks through `window/showMessageRequest`.
    #[serde(default)]
    pub approvals: bool,
    /// Which client it is, such as `vscode` or `nvim`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
}

/// A decision with everything it rests on, as `tgp policy explain --json` prints it.
pub type ExplainOutput = Value;
