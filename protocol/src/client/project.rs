//! What the terminal shows of a project with `--json`: its tools, its timeline, its health, its set-up.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One tool of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListedTool {
    /// Path for `exec_tool`.
    pub path: String,
    /// What it does; empty where the tool does not say.
    pub description: String,
    /// Whether it compiles and keeps all error-level rules.
    pub valid: bool,
    /// How often it ran on this machine.
    pub runs: u64,
    /// Whether a person has an edit of it that is not committed.
    pub edited: bool,
    /// The branch it waits for review on, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
}

/// Output of `tgp tool list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListToolsOutput {
    /// The tools, sorted by path.
    pub tools: Vec<ListedTool>,
}

/// Output of `tgp tool show`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ShowToolOutput {
    /// Path for `exec_tool`.
    pub path: String,
    /// What it does; empty where the tool does not say.
    pub description: String,
    /// The committed source.
    pub source: String,
    /// JSON Schema of the arguments, where the tool compiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
    /// What it imports, in the order of the source.
    pub imports: Vec<String>,
    /// Whether it compiles and keeps all error-level rules.
    pub valid: bool,
    /// How often it ran on this machine.
    pub runs: u64,
    /// Whether a person has an edit of it that is not committed.
    pub edited: bool,
}

/// Output of `tgp sync`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SyncLibraryOutput {
    /// Where to, without credentials.
    pub remote: String,
    /// Whether the remote had something new.
    pub pulled: bool,
    /// Whether both sides had something new, and were joined.
    pub joined: bool,
    /// Whether the library's branch was pushed.
    pub pushed: bool,
    /// Branches for review, and what became of their push: `pushed`, `diverged` or `refused`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<PushedBranch>,
    /// The library's commit afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<String>,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Number of the action.
    pub action: String,
}

/// A branch for review that had something to push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PushedBranch {
    /// Its name, such as `feat/math-fib`.
    pub branch: String,
    /// `pushed`, `diverged` or `refused`.
    pub outcome: String,
    /// What the remote said, where it refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Which actions `tgp timeline` shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListActionsInput {
    /// Only of this agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Only of this kind, such as `tool_run`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_type: Option<String>,
    /// Only with this status, such as `executed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Only of this session, by its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Only on this branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Only those that touch this file, or a file in this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Only from this time on, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<i64>,
    /// Only before this time, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
    /// Only older than this action, by its number: the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// At most this many; 50 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One action of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListedAction {
    /// Number of the action.
    pub id: String,
    /// When it began, in milliseconds since 1970.
    pub at: i64,
    /// The agent on whose behalf it was.
    pub agent: String,
    /// The session it belongs to.
    pub session: String,
    /// What kind of thing it did, such as `tool_run`.
    #[serde(rename = "type")]
    pub action_type: String,
    /// How far it came, such as `executed`.
    pub status: String,
    /// What it did, in words.
    pub description: String,
    /// What it was about: the tool, the file, or nothing where it had no single object.
    pub target: String,
    /// The files it read or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// Its SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The commit that holds what it wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The client, where it said who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Stable code of the reason, where it did not happen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What was decided: `allow`, `require_approval` or `deny`.
    pub decision: String,
    /// The rule that decided; empty where nothing was asked.
    pub rule: String,
    /// Whether it can be taken back.
    pub reversible: bool,
    /// Why it cannot, where it has a reason of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub irreversible: Option<String>,
    /// The agent's branch it went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The tool that ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// Fuel the run used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// The ticket of the approval it used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Number of the token that stood in for an approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<f64>,
    /// The requests it made or may have made, such as `GET https://api.example.com/v1`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fetched: Vec<String>,
    /// Where it was found again after the timeline was lost: `git trailers` or `audit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rebuilt_from: Option<String>,
}

/// Output of `tgp timeline`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListActionsOutput {
    /// The actions, the newest last.
    pub actions: Vec<ListedAction>,
    /// Whether there are older ones that the limit left out.
    pub more: bool,
}

/// How a check of `tgp doctor` ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Works, but something is missing or worth knowing.
    Warn,
    /// Does not work.
    Fail,
}

/// One check of `tgp doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthCheck {
    /// What was looked at, such as `configuration`.
    pub name: String,
    /// How it is.
    pub health: Health,
    /// The facts, in a sentence.
    pub message: String,
    /// What to do, where something is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Output of `tgp doctor`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiagnoseOutput {
    /// Whether nothing failed.
    pub healthy: bool,
    /// The checks, in the order they were made.
    pub checks: Vec<HealthCheck>,
}

/// What `tgp init` did about one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// It is new.
    Created,
    /// It was there and was added to.
    Changed,
    /// It was there already, as it should be.
    Kept,
    /// It was left alone, for the reason in the note.
    Skipped,
}

/// One step of `tgp init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InitStep {
    /// What it is about: a path below the project, or `engine`.
    pub item: String,
    /// What was done.
    pub state: StepState,
    /// More to know, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What to paste into the configuration of one agent host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HostSetup {
    /// `claude`, `vscode`, `cursor` or `codex`.
    pub host: String,
    /// The file it belongs into.
    pub file: String,
    /// The text to paste.
    pub text: String,
}

/// Output of `tgp trust`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustOutput {
    /// Whether the present files are the trusted ones.
    pub trusted: bool,
    /// Hash of the present files; a deployment names it in `TGP_TRUST`.
    pub hash: String,
    /// The files that differ from what is trusted.
    pub files: Vec<TrustFile>,
}

/// One file that decides what agents may do, and differs from what is trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrustFile {
    /// Its name, such as `scopes/coder.yaml`.
    pub name: String,
    /// `added`, `changed` or `removed`.
    pub how: String,
    /// What is trusted; empty where it is new.
    pub before: String,
    /// What is there; empty where it is gone.
    pub after: String,
}

/// Output of `tgp init`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InitOutput {
    /// Folder of the project.
    pub root: String,
    /// The steps, in the order they were made.
    pub steps: Vec<InitStep>,
    /// What to paste where; empty for hosts that were written with `--host`.
    pub hosts: Vec<HostSetup>,
}
