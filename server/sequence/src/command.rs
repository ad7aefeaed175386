//! From the capability of a step to the kernel command that does it.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use tgp_policy::{EFFECTS_PREFIX, SequenceStep};
use tgp_protocol::client::tools::{
    CheckToolInput, ExecSqlInput, ExecToolInput, FindToolInput, ListFilesInput, PatchFileInput,
    ReadFileInput, WriteFileInput,
};
use tgp_protocol::client::{ErrorCode, Refusal};

/// Capabilities a step can call, besides a tool's declared effects.
const KNOWN: &str = "fs.read, fs.list, fs.write, fs.patch, tool.check, tool.find, tool.run, sql.read, sql.write, \
     sql.schema, and tool.effects:PATH for a tool that declares effects";

/// A kernel command with its input.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// `read_file`.
    ReadFile(ReadFileInput),
    /// `list_files`.
    ListFiles(ListFilesInput),
    /// `write_file`.
    WriteFile(WriteFileInput),
    /// `patch_file`.
    PatchFile(PatchFileInput),
    /// `check_tool`.
    CheckTool(CheckToolInput),
    /// `find_tool`.
    FindTool(FindToolInput),
    /// `exec_tool`.
    ExecTool(ExecToolInput),
    /// `exec_sql`.
    ExecSql(ExecSqlInput),
}

impl Command {
    /// Whether it may leave something to take back.
    pub fn changes(&self) -> bool {
        matches!(self, Self::WriteFile(_) | Self::PatchFile(_) | Self::ExecTool(_) | Self::ExecSql(_))
    }
}

/// The command of a step. What it does is judged as what it is, whatever the step calls it.
pub fn of_step(step: &SequenceStep) -> Result<Command, Refusal> {
    if let Some(path) = step.capability.strip_prefix(EFFECTS_PREFIX) {
        // The arguments are the tool's own.
        let input = json!({ "path": path, "args": step.arguments });
        return input_of(step, input).map(Command::ExecTool);
    }
    let arguments = || Value::Object(Map::clone(&step.arguments));
    Ok(match step.capability.as_str() {
        "fs.read" => Command::ReadFile(input_of(step, arguments())?),
        "fs.list" => Command::ListFiles(input_of(step, arguments())?),
        "fs.write" => Command::WriteFile(input_of(step, arguments())?),
        "fs.patch" => Command::PatchFile(input_of(step, arguments())?),
        "tool.check" => Command::CheckTool(input_of(step, arguments())?),
        "tool.find" => Command::FindTool(input_of(step, arguments())?),
        "tool.run" => Command::ExecTool(input_of(step, arguments())?),
        "sql.read" | "sql.write" | "sql.schema" => Command::ExecSql(input_of(step, arguments())?),
        other => {
            let message = format!("{}: `{other}` cannot be a step", place(step));
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message)
                .with_hint(format!("A step calls one of {KNOWN}.")));
        }
    })
}

fn input_of<T: DeserializeOwned>(step: &SequenceStep, arguments: Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner();
        let at = if path == "." { String::new() } else { format!("`{path}`: ") };
        let message =
            format!("{}: the arguments of `{}` do not fit: {at}{reason}", place(step), step.capability);
        Refusal::new(ErrorCode::ArgumentsInvalid, message)
    })
}

fn place(step: &SequenceStep) -> String {
    format!("line {}, column {}", step.place.line, step.place.column)
}
