//! The kernel tools, one declaration each: name, what it says of itself, schemas, order and call derive from it.

use std::sync::OnceLock;

use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::Value;
use tgp_engine::{Call, Engine};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::actions::{SeeActionsInput, SeeActionsOutput};
use tgp_protocol::client::approvals::{ApprovalStatusInput, ApprovalStatusOutput};
use tgp_protocol::client::branches::{MergeBranchInput, MergeOutput};
use tgp_protocol::client::delegate::{DelegateInput, DelegateOutput};
use tgp_protocol::client::tasks::{
    ChangeFilesOutput, DeleteFileInput, DiffTaskInput, DiffTaskOutput, FinishTaskInput, FinishTaskOutput,
    ListTasksInput, ListTasksOutput, MoveFileInput, OutlineInput, OutlineOutput, SaveNoteInput,
    SaveNoteOutput, SearchInput, SearchOutput, StartTaskInput, StartTaskOutput,
};
use tgp_protocol::client::tools::{
    CheckToolInput, CheckToolOutput, ExecSqlInput, ExecSqlOutput, ExecToolInput, ExecToolOutput,
    FindToolInput, FindToolOutput, ListFilesInput, ListFilesOutput, PatchFileInput, ReadFileInput,
    ReadFileOutput, WriteFileInput, WriteFileOutput,
};
use tgp_protocol::client::undo::{UndoActionInput, UndoOutput};

use crate::bench::Kind;
use crate::kernel::Answer;
use crate::schema::{input_schema, output_schema};

/// One kernel tool.
pub(crate) struct KernelTool {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    title: &'static str,
    description: &'static str,
    hints: Hints,
    input: fn() -> JsonObject,
    output: fn() -> JsonObject,
    parse: fn(Value) -> Result<Command, serde_path_to_error::Error<serde_json::Error>>,
}

/// What hosts want to know before they let an agent call: all four, always.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "the protocol has these four, each yes or no")]
struct Hints {
    read_only: bool,
    destructive: bool,
    idempotent: bool,
    open_world: bool,
}

/// Reads only.
const READS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
/// Replaces what was there.
const WRITES: Hints = Hints { read_only: false, destructive: true, idempotent: true, open_world: false };
/// Changes what was there, and not the same way twice.
const ACTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: false };
/// The same, and reaches the network where the project allows it.
const REACHES: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };

/// The engine's method of a kernel tool: of the same name, or another where the terminal has that name.
macro_rules! asked {
    ($engine:ident, $call:ident, $input:ident, $method:ident) => {
        $engine.$method($call, $input)
    };
    ($engine:ident, $call:ident, $input:ident, $method:ident $own:ident) => {
        $engine.$own($call, $input)
    };
}

macro_rules! kernel_tools {
    ($($method:ident $(as $own:ident)?, $variant:ident: $input:ty => $output:ty, $kind:ident, $hints:ident, $title:literal, $description:literal;)+) => {
        /// A call of a kernel tool, with its input checked for shape.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Command {
            $(#[doc = concat!("`", stringify!($method), "`.")] $variant($input)),+
        }

        impl Command {
            /// The tool's name.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => stringify!($method)),+ }
            }

            /// Has the engine do it.
            pub(crate) fn perform(self, engine: &Engine, call: &Call) -> Result<Answer, Refusal> {
                match self { $(Self::$variant(input) => Answer::of(&asked!(engine, call, input, $method $($own)?)?)),+ }
            }
        }

        /// All kernel tools. The list and its order never change while a process lives.
        pub(crate) const TOOLS: &[KernelTool] = &[$(KernelTool {
            name: stringify!($method),
            kind: Kind::$kind,
            title: $title,
            description: $description,
            hints: $hints,
            input: input_schema::<$input>,
            output: output_schema::<$output>,
            parse: |value| serde_path_to_error::deserialize(value).map(Command::$variant),
        }),+];
    };
}

kernel_tools! {
    find_tool, FindTool: FindToolInput => FindToolOutput, Look, READS, "Find a tool",
        "Ask this first. Finds tools in the library by what they do. A score of 0.85 or more means: reuse that \
         tool with exec_tool. Otherwise forge a new one with write_file.";
    list_files, ListFiles: ListFilesInput => ListFilesOutput, Look, READS, "List files",
        "Lists files below a folder, recursively, in pages. `tools` is the tool library, `.` the whole project. In a Git \
         project you see the files of your task's branch, or of the last commit.";
    read_file, ReadFile: ReadFileInput => ReadFileOutput, Look, READS, "Read a file",
        "Reads a text file of the library or the project, in pages of lines; with `byte_offset` any file as base64.";
    write_file, WriteFile: WriteFileInput => WriteFileOutput, Change, WRITES, "Write a file",
        "Creates or replaces a file. A tool is a TypeScript file such as `tools/reports/downgrade.ts` with \
         `export default (args: { month: string }) => ...`; each write is a commit. Run check_tool next. \
         Other paths are the project's: in a Git project each write is a commit on your task's branch, which a person \
         reviews and merges. Without a task, one is opened.";
    patch_file, PatchFile: PatchFileInput => WriteFileOutput, Change, ACTS, "Patch a file",
        "Replaces a text that occurs exactly once in a file. Use it to mend a tool instead of writing it anew. Or give \
         `patch`, a unified diff over several files of the project: all of it is applied, or nothing.";
    delete_file, DeleteFile: DeleteFileInput => ChangeFilesOutput, Change, ACTS, "Delete a file",
        "Deletes a file of the project on your task's branch.";
    move_file, MoveFile: MoveFileInput => ChangeFilesOutput, Change, ACTS, "Move a file",
        "Moves a file or folder of the project to another name on your task's branch.";
    search, Search: SearchInput => SearchOutput, Look, READS, "Search",
        "Finds the lines of the project's files that match a regular expression, in the files you may read. Narrow it \
         with `dir` and `globs`; files the ignore files name are left out.";
    outline, Outline: OutlineInput => OutlineOutput, Look, READS, "Outline a file",
        "Lists the functions, classes and other symbols of a source file with their lines; read only the part you need.";
    start_task, StartTask: StartTaskInput => StartTaskOutput, Change, ACTS, "Start a task",
        "Opens a branch of your own for a task; nothing you do touches the person's checkout. `uncommitted` begins with \
         the person's uncommitted work; `branch` goes on with one of your own, also one that was sent back.";
    list_tasks, ListTasks: ListTasksInput => ListTasksOutput, Look, READS, "List tasks",
        "Lists your own tasks with their state, and what a person said about them.";
    diff_task, DiffTask: DiffTaskInput => DiffTaskOutput, Look, READS, "Show what a task changed",
        "Shows what your task changed: files, symbols, and a unified diff.";
    finish_task, FinishTask: FinishTaskInput => FinishTaskOutput, Change, ACTS, "Hand a task in",
        "Hands your task's branch in, with a summary and what you tried. A person merges it, discards it, or sends it \
         back with a note.";
    save_note, SaveNote: SaveNoteInput => SaveNoteOutput, Change, ACTS, "Save a note",
        "Keeps what should be known later: why something was decided, what is left to do.";
    check_tool, CheckTool: CheckToolInput => CheckToolOutput, Look, READS, "Check a tool",
        "Compiles a tool and checks it against the eight standards. Gives errors with line, column and a \
         suggested edit, and the schema of its arguments. Runs nothing.";
    exec_tool, ExecTool: ExecToolInput => ExecToolOutput, Run, REACHES, "Run a tool",
        "Runs a tool in the sandbox, under limits of time and memory. Its SQL is one transaction: all of it is \
         kept when the tool returns, none of it when it throws.";
    exec_sql, ExecSql: ExecSqlInput => ExecSqlOutput, Query, ACTS, "Run SQL",
        "Runs one SQL statement on the project's database, with parameters; rows come in pages. For work that \
         will come again, forge a tool.";
    list_actions as see_actions, ListActions: SeeActionsInput => SeeActionsOutput, Look, READS, "List actions",
        "Lists what was done in this project, the newest first: your own actions with their numbers, and of others \
         what they did. Give `agent`, `status`, `type` or `path` to narrow it.";
    undo_action, UndoAction: UndoActionInput => UndoOutput, Change, ACTS, "Undo an action",
        "Takes one of your own actions back: files, tools and rows come back as they were. What others changed \
         since is named and stays. `dry_run` shows what would come back. The undo has a number and can be undone.";
    delegate, Delegate: DelegateInput => DelegateOutput, Change, ACTS, "Delegate",
        "Hands a part of what you may do to another agent, as a token with an end and a budget. Only to agents your \
         scope lists, and never more than you have. Pass the token's text on: its session presents it as TGP_TOKEN.";
    approval_status, ApprovalStatus: ApprovalStatusInput => ApprovalStatusOutput, Look, READS, "Ask about a ticket",
        "Says what became of a question to a person, by the ticket that `policy.requires_approval` named. Once it \
         says `approved`, make the same call again.";
    merge_branch, MergeBranch: MergeBranchInput => MergeOutput, Change, ACTS, "Ask to merge",
        "Asks a person to merge one of your own branches that is ready into the branch they have checked out. They see \
         the difference; once they said yes, make the same call again. A conflict names each file with both sides.";
}

/// What `tools/list` says. Made once: the schemas take about as long as opening the state database.
pub(crate) fn described() -> &'static [Tool] {
    static DESCRIBED: OnceLock<Vec<Tool>> = OnceLock::new();
    DESCRIBED.get_or_init(|| TOOLS.iter().map(KernelTool::describe).collect())
}

/// The tool of this name.
pub(crate) fn find(name: &str) -> Option<&'static KernelTool> {
    TOOLS.iter().find(|tool| tool.name == name)
}

impl KernelTool {
    /// What `tools/list` says of it.
    pub(crate) fn describe(&self) -> Tool {
        let Hints { read_only, destructive, idempotent, open_world } = self.hints;
        let annotations = ToolAnnotations::with_title(self.title)
            .read_only(read_only)
            .destructive(destructive)
            .idempotent(idempotent)
            .open_world(open_world);
        Tool::new(self.name, self.description, (self.input)())
            .with_title(self.title)
            .with_raw_output_schema((self.output)().into())
            .with_annotations(annotations)
    }

    /// Reads the arguments. The error is a sentence that names the field.
    pub(crate) fn parse(&self, arguments: Option<JsonObject>) -> Result<Command, String> {
        (self.parse)(Value::Object(arguments.unwrap_or_default())).map_err(|error| {
            let path = error.path().to_string();
            let reason = error.into_inner();
            if path == "." { reason.to_string() } else { format!("`{path}`: {reason}") }
        })
    }
}
