//! Agents' branches as a person reviews them: listed, shown, compared, merged, put away.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A branch with what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchShown {
    /// Its name, such as `agent/coder/add-login-1704067200`, or `feat/math.fib` for a tool of the library.
    pub name: String,
    /// `project`, or `library` for a tool that waits for review.
    pub repository: String,
    /// The agent whose branch it is; empty where nobody knows.
    pub agent: String,
    /// What it is for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub task: String,
    /// `active`, `ready`, `merged` or `discarded`.
    pub status: String,
    /// When it was opened, ISO 8601; none where nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// When it last changed, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// The commit it began at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<String>,
    /// Its last commit.
    pub tip: String,
    /// How many files it changes.
    pub files_changed: usize,
    /// Lines it adds.
    pub added: usize,
    /// Lines it removes.
    pub removed: usize,
    /// What the agent says it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// Checks the agent says it ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// The highest risk of what it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// What the person wrote to the agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The commit that brought it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_commit: Option<String>,
    /// Until when a discarded branch can be taken back, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_until: Option<String>,
}

/// Output of `tgp branch list`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchesOutput {
    /// The branches, those that wait for a person first.
    pub branches: Vec<BranchShown>,
    /// Why branches of the project are not among them, where it has no repository that can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_missing: Option<String>,
}

/// A commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchAction {
    /// Number of the action; none for a commit of a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The commit.
    pub commit: String,
    /// What it did.
    pub description: String,
    /// The actions it takes back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// What it changed; only where a difference by action was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<ChangedFile>,
}

/// Output of `tgp branch show`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchOutput {
    /// The branch.
    pub branch: BranchShown,
    /// Its commits, the newest first.
    pub actions: Vec<BranchAction>,
    /// Files it changes, without their lines.
    pub files: Vec<ChangedFile>,
}

/// How a difference is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiffBy {
    /// Files with their lines.
    #[default]
    File,
    /// Each action by itself.
    Action,
    /// Functions, types and headings.
    Symbol,
}

/// Output of `tgp branch diff`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchDiffOutput {
    /// The branch.
    pub branch: String,
    /// How it is shown.
    pub by: DiffBy,
    /// The commit it is compared with; none for the empty state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Its last commit.
    pub to: String,
    /// What it changes, by file.
    pub files: Vec<ChangedFile>,
    /// What it changes, by action, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<BranchAction>,
    /// Whether lines were left out because there are too many.
    #[serde(default)]
    pub cut: bool,
}

/// A file that differs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedFile {
    /// Its path; the old one for a file that is gone. Bytes that are no text are written as U+FFFD.
    pub path: String,
    /// Where it was before, if it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// `added`, `changed`, `deleted` or `renamed`.
    pub how: String,
    /// Lines added.
    pub added: usize,
    /// Lines removed.
    pub removed: usize,
    /// Whether it is no text.
    #[serde(default)]
    pub binary: bool,
    /// Mode bits before and after, in octal, where they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// The lines that differ, with those around them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hunks: Vec<ShownHunk>,
    /// The functions, types and headings that changed, such as "function `login` changed".
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub symbols: Vec<ShownSymbol>,
}

/// Changes that lie near each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownHunk {
    /// First line before, from 1.
    pub old_start: u32,
    /// How many lines before.
    pub old_lines: u32,
    /// First line after, from 1.
    pub new_start: u32,
    /// How many lines after.
    pub new_lines: u32,
    /// The lines: each begins with ` `, `-` or `+`, and has no line break.
    pub lines: Vec<String>,
}

/// A symbol that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ShownSymbol {
    /// Its kind, such as `function`.
    pub kind: String,
    /// Its name with those around it, such as `Server.start`.
    pub name: String,
    /// `added`, `removed`, `changed` or `renamed`.
    pub change: String,
    /// Its old name, where it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Its first and last line now; before, for one that is gone.
    pub lines: [usize; 2],
}

/// Input of `tgp branch merge`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeInput {
    /// The branch, or what of its name is unique.
    pub branch: String,
    /// One commit without the branch's history.
    #[serde(default)]
    pub squash: bool,
    /// Only these actions, each as a commit of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<String>,
    /// The branch it goes into; without it the one that is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// The branch's last commit as the person saw it; the merge is refused where the branch moved since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    pub dry_run: bool,
}

/// Input of the kernel tool `merge_branch`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeBranchInput {
    /// One of the agent's own branches, finished with `finish_task`.
    pub branch: String,
}

/// Output of a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MergeOutput {
    /// Number of the action, which `tgp undo` takes back; none after a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The branch.
    pub branch: String,
    /// The branch's last commit, which a merge after a dry run names.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tip: String,
    /// What it went into.
    pub into: String,
    /// `merge`, `squash` or `pick`.
    pub how: String,
    /// The commit that brought it in; the last of several picked ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Files of the target that change, without their lines.
    pub files: Vec<ChangedFile>,
    /// The snapshot that was taken before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// Folders of the checkouts that followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed: Vec<String>,
}

/// Output of `tgp branch discard`, `restore` and `reopen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BranchChangedOutput {
    /// Number of the action, which `tgp undo` takes back.
    pub action: String,
    /// The branch as it is now.
    pub branch: BranchShown,
}

/// A file two sides changed in ways that cannot be joined; in `details.files` of `branch.conflict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConflictShown {
    /// Its path.
    pub path: String,
    /// How they contradict, such as `both changed the same lines`.
    pub kind: String,
    /// As it was where they parted; none where it was not there, or is no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// As the target has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ours: Option<String>,
    /// As the branch has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theirs: Option<String>,
}
