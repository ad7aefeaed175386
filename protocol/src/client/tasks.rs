//! Tasks: an agent's branches of the user's repository, and what it does on them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::client::branches::ChangedFile;

/// What of a person's uncommitted work a task begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Uncommitted {
    /// Nothing: the task begins from the last commit.
    #[default]
    None,
    /// Changes of files Git knows.
    Tracked,
    /// The same, and new files that are not ignored.
    All,
}

/// Input of `start_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTaskInput {
    /// What the task is for, in a few words; the branch is named after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What of the person's uncommitted work it begins with: `none`, `tracked` or `all`.
    #[serde(default)]
    pub uncommitted: Uncommitted,
    /// One of your own active branches to go on with, instead of a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}

/// A file of the working tree that a task does not begin with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOutFile {
    /// The file.
    pub path: String,
    /// Why it was left out.
    pub why: String,
}

/// Output of `start_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StartTaskOutput {
    /// The branch. Paths of the project are seen through it from now on.
    pub branch: String,
    /// What it is for.
    pub description: String,
    /// The commit it began from.
    pub start: String,
    /// Whether it was there before and is gone on with.
    pub continued: bool,
    /// What a person said when sending it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Uncommitted files that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOutFile>,
    /// Number of the action.
    pub action: String,
}

/// Input of `list_tasks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListTasksInput {
    /// Only in this state: `active`, `ready`, `merged` or `discarded`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// At most this many, the newest first; 50 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Something that was tried before work was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskCheck {
    /// What, such as `npm test`.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
}

/// A task as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaskShown {
    /// The branch.
    pub branch: String,
    /// What it is for.
    pub description: String,
    /// `active`, `ready`, `merged` or `discarded`.
    pub status: String,
    /// Whether it is the one this session works on.
    pub current: bool,
    /// Whether its ref is gone, though nobody merged or discarded it here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missing: bool,
    /// When it was opened, ISO 8601.
    pub opened: String,
    /// Files it changes.
    pub files_changed: u32,
    /// What the agent said it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// What the agent said it tried.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<TaskCheck>,
    /// The highest risk of what was done on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub risk: Option<String>,
    /// What a person said when sending it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The commit that merged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merge_commit: Option<String>,
}

/// Output of `list_tasks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListTasksOutput {
    /// Your own tasks, the newest first.
    pub tasks: Vec<TaskShown>,
}

/// Input of `diff_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DiffTaskInput {
    /// One of your branches; the current task where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Only this file or folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Skip this many files (paging).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
}

/// Output of `diff_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DiffTaskOutput {
    /// The branch.
    pub branch: String,
    /// The files, with their symbols; their lines are in `patch`.
    pub files: Vec<ChangedFile>,
    /// Their changes as a unified diff, cut where it is very long.
    pub patch: String,
    /// Whether the diff is cut; ask for one file, or for the next page.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// Offset of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u32>,
}

/// Input of `finish_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishTaskInput {
    /// What was done, for the person who decides about it.
    pub summary: String,
    /// What was tried, and whether it went well.
    #[serde(default)]
    pub checks: Vec<TaskCheck>,
}

/// Output of `finish_task`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FinishTaskOutput {
    /// The branch. A person merges it, discards it, or sends it back.
    pub branch: String,
    /// Its last commit.
    pub commit: String,
    /// Files it changes.
    pub files_changed: u32,
    /// The highest risk of what was done on it.
    pub risk: String,
    /// Number of the action.
    pub action: String,
}

/// Input of `save_note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaveNoteInput {
    /// What should be known later: why something was decided, what is left to do. Snapshots keep it.
    pub note: String,
}

/// Output of `save_note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SaveNoteOutput {
    /// Number of the action.
    pub action: String,
}

/// Input of `delete_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteFileInput {
    /// File to delete.
    pub path: String,
}

/// Input of `move_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveFileInput {
    /// File or folder to move.
    pub from: String,
    /// Where it goes; nothing may be there.
    pub to: String,
}

/// Output of `delete_file` and `move_file`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeFilesOutput {
    /// The files that changed.
    pub files: Vec<String>,
    /// The branch it went to.
    pub branch: String,
    /// The commit.
    pub commit: String,
    /// What else the agent should know (a task was opened, ...).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Number of the action.
    pub action: String,
}

/// Input of `search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchInput {
    /// A regular expression (Rust's syntax), matched line by line.
    pub pattern: String,
    /// Whether the pattern is plain text.
    #[serde(default)]
    pub plain: bool,
    /// Whether upper and lower case are one.
    #[serde(default)]
    pub ignore_case: bool,
    /// Only below this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<String>,
    /// Only files one of these globs takes, such as `*.ts` or `src/**`; `!docs/**` takes files out.
    #[serde(default)]
    pub globs: Vec<String>,
    /// Whether files the project's ignore files name are searched as well.
    #[serde(default)]
    pub ignored: bool,
    /// At most this many lines; 100 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// A line that matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FoundLine {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: u64,
    /// Its text, cut where it is very long.
    pub text: String,
}

/// Output of `search`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchOutput {
    /// The lines, by file and line.
    pub lines: Vec<FoundLine>,
    /// Whether there are more; narrow the search with `dir` or `globs`.
    pub more: bool,
    /// How many files were too large to be searched.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub too_large: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands in a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Input of `outline`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutlineInput {
    /// The file.
    pub path: String,
}

/// A symbol of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlinedSymbol {
    /// Its name with those around it, as in `Server.start`.
    pub name: String,
    /// What it is, such as `function` or `class`.
    pub kind: String,
    /// Its first line, from 1.
    pub first_line: u32,
    /// Its last line.
    pub last_line: u32,
}

/// Output of `outline`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutlineOutput {
    /// The symbols, in the order they stand there.
    pub symbols: Vec<OutlinedSymbol>,
    /// Whether the file has errors a compiler would refuse.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub errors: bool,
    /// Whether there are more symbols than are told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}
