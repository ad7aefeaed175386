//! Inputs and outputs of the kernel tools. The MCP tool, the terminal command and the document share the name.
//!
//! Values of SQL and of tools are JSON, with two tags for what JSON cannot hold:
//! `{"$bigint": "9007199254740993"}` for integers beyond 2^53, `{"$bytes": "<base64>"}` for bytes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Input of `list_files`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListFilesInput {
    /// Folder to list, recursively; `tools` is the tool library, `.` everything.
    #[serde(default = "root")]
    pub dir: String,
    /// Skip this many entries (paging).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// At most this many entries; 1,000 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

fn root() -> String {
    ".".to_owned()
}

/// Output of `list_files`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ListFilesOutput {
    /// Paths of files, sorted, relative to the project.
    pub files: Vec<String>,
    /// Those of them that wait for review on a branch (`pr` mode).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
    /// Offset of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u32>,
}

/// Input of `read_file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadFileInput {
    /// File to read.
    pub path: String,
    /// First line, from 1 (paging).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u32>,
    /// At most this many lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// First byte, from 0: the page comes as base64, whatever the file is. For files that are no text, or have very long
    /// lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub byte_offset: Option<u64>,
}

/// Output of `read_file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadFileOutput {
    /// The text of these lines; the bytes as base64 where `byte_offset` asked for them.
    pub content: String,
    /// Lines of the whole file; 0 where bytes were asked for.
    pub total_lines: u32,
    /// First line of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u32>,
    /// Bytes of the whole file, where bytes were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
    /// First byte of the next page, where bytes were asked for and there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_byte_offset: Option<u64>,
}

/// Input of `write_file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteFileInput {
    /// File to create or replace, such as `tools/reports/downgrade.ts`.
    pub path: String,
    /// The whole content.
    pub content: String,
}

/// Output of `write_file` and `patch_file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WriteFileOutput {
    /// The file, in its one spelling.
    pub path: String,
    /// Whether it is new.
    pub created: bool,
    /// Bytes written.
    pub bytes: u64,
    /// The commit that holds it, for files of the library and of a task's branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The branch it went to: the task's, or one for review in the library (`pr` mode).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// All files that changed, where a patch changed several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
    /// What else the agent should know (a task was opened, a person's uncommitted edit was left alone, ...).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Number of the action.
    pub action: String,
}

/// Input of `patch_file`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PatchFileInput {
    /// File to change; not needed with `patch`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Text that occurs exactly once in it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub search: String,
    /// What stands there afterwards.
    #[serde(default)]
    pub replace: String,
    /// Instead: a unified diff over one or several files of the project, all of it or nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patch: Option<String>,
}

/// Input of `check_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckToolInput {
    /// The tool, such as `tools/math/fib.ts`.
    pub path: String,
}

/// One finding of `check_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Stable code, such as `compile.syntax` or `lint.no-hardcoded-values`.
    pub code: String,
    /// The facts.
    pub message: String,
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// The lines around the place, with a marker.
    pub frame: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// A change that would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<FindingEdit>,
}

/// A change that would mend a finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingEdit {
    /// What it does.
    pub title: String,
    /// The replacements, in order, not overlapping.
    pub replacements: Vec<FindingReplacement>,
}

/// One replacement: `text` where bytes `start..end` were.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingReplacement {
    /// First byte of the UTF-8 source.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// What stands there afterwards.
    pub text: String,
}

/// Output of `check_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckToolOutput {
    /// Whether the tool keeps all error-level rules.
    pub valid: bool,
    /// What has to be mended.
    pub errors: Vec<Finding>,
    /// What is worth mending.
    pub warnings: Vec<Finding>,
    /// JSON Schema of the arguments, where the tool compiles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
    /// What was not looked at (types, where no TypeScript 7 is installed).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// Input of `exec_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecToolInput {
    /// The tool, such as `tools/math/fib.ts`.
    pub path: String,
    /// Arguments by name; see the tool's schema.
    #[serde(default)]
    #[schemars(extend("type" = "object"))]
    pub args: serde_json::Value,
    /// Seed of `Math.random` and ids; the same seed gives the same result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// One line a tool logged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// `log`, `info`, `warn`, `error` or `debug`.
    pub level: String,
    /// The text.
    pub text: String,
}

/// Output of `exec_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExecToolOutput {
    /// What the tool returned.
    pub result: serde_json::Value,
    /// What it logged.
    pub logs: Vec<LogLine>,
    /// Fuel used; the same for the same seed and data.
    pub fuel: u64,
    /// Time from call to result, in milliseconds.
    pub duration_ms: f64,
    /// The seed that was used.
    pub seed: u64,
    /// Standards the tool breaks (`direct` mode).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Finding>,
    /// Number of the action.
    pub action: String,
}

/// Input of `exec_sql`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExecSqlInput {
    /// One statement.
    pub sql: String,
    /// An array for `?`, an object for `:name`, `@name`, `$name`.
    #[serde(default)]
    #[schemars(extend("anyOf" = [{ "type": "object" }, { "type": "array", "items": {} }]))]
    pub params: serde_json::Value,
    /// Skip this many rows (paging).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// At most this many rows; 200 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// Output of `exec_sql`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExecSqlOutput {
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Rows, each a list of values in the order of the columns.
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Rows inserted, updated or deleted.
    pub rows_affected: u64,
    /// Offset of the next page, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_offset: Option<u64>,
    /// Number of the action.
    pub action: String,
}

/// Input of `find_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindToolInput {
    /// What the tool should do, in a few words.
    pub query: String,
    /// At most this many; 10 where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// One tool that may fit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FoundTool {
    /// Path for `exec_tool`.
    pub path: String,
    /// What it does.
    pub description: String,
    /// How well it fits, from 0 to 1.
    pub score: f64,
    /// JSON Schema of its arguments.
    pub schema: serde_json::Value,
    /// How often it ran on this machine.
    pub runs: u64,
    /// The branch it waits for review on, if it does: until that is merged it runs only for the agent that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<String>,
}

/// Output of `find_tool`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindToolOutput {
    /// The best first.
    pub tools: Vec<FoundTool>,
    /// `reuse this one: tools/...` at 0.85 and above, otherwise `forge a new tool`.
    pub advice: String,
}
