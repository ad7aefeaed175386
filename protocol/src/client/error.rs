//! The one list of stable error codes, and the shape of every refusal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! error_codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $code:literal $(as $name:literal)? => $hint:literal),+ $(,)?) => {
        /// A stable code; clients branch on it. `docs/reference/errors.md` is generated from this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum ErrorCode {
            $($(#[doc = $doc])+ #[serde(rename = $code)] $variant),+
        }

        impl ErrorCode {
            /// All codes, in the order of the declaration.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),+];

            /// The code as text, such as `path.escape`.
            pub fn as_str(self) -> &'static str {
                match self { $(ErrorCode::$variant => $code),+ }
            }

            /// What it means, in a sentence or two.
            pub fn meaning(self) -> &'static str {
                match self { $(ErrorCode::$variant => concat!($($doc),+).trim_ascii()),+ }
            }

            /// What to do about it, in a sentence; empty where there is nothing general to say.
            pub fn hint(self) -> &'static str {
                match self { $(ErrorCode::$variant => $hint),+ }
            }

            /// The name the seed documents gave this error, where they gave one (`SecurityViolation`, ...).
            pub fn name(self) -> Option<&'static str> {
                match self { $(ErrorCode::$variant => error_codes!(@name $($name)?)),+ }
            }
        }
    };
    (@name $name:literal) => { Some($name) };
    (@name) => { None };
}

error_codes! {
    /// The path leads outside the project, is absolute, or passes through a symlink that leads outside.
    PathEscape = "path.escape" as "SecurityViolation" => "Use a path relative to the project that stays inside it.",
    /// The text is no path: a control character, a backslash, a component no file system can hold.
    PathInvalid = "path.invalid" => "Write the path with `/` and ordinary characters.",
    /// There is no such file or folder.
    FileNotFound = "file.not_found" => "Look with `list_files`.",
    /// Something is there already; it is not overwritten.
    FileExists = "file.exists" => "Choose another name, or delete what is there first.",
    /// The path is a folder where a file was wanted, a file where a folder was, or neither (a device, a FIFO).
    FileKind = "file.kind" => "Look with `list_files` what is there.",
    /// The file is not UTF-8 text.
    FileEncoding = "file.encoding" => "Only UTF-8 text can be read or written here.",
    /// The file or content is larger than what one call takes.
    FileTooLarge = "file.too_large" => "Read it in pages with `offset` and `limit`; write smaller files.",
    /// Writing is not allowed there.
    FileReadOnly = "file.read_only" as "SecurityViolation" => "Write to `tools/...`, or to a folder listed in `fs.allowedDirs`.",
    /// The operating system refused: disk full, no permission, read-only disk.
    FileIo = "file.io" => "Look at the message of the operating system; nothing was half-written.",
    /// The search text does not occur in the file.
    PatchMissing = "patch.missing" => "Read the file again and copy the text exactly, white space included.",
    /// The search text occurs more than once.
    PatchAmbiguous = "patch.ambiguous" => "Make the search text longer, so that it occurs exactly once.",
    /// The patch cannot be read.
    PatchInvalid = "patch.invalid" => "Send a unified diff as `git diff` writes it: `--- a/name`, `+++ b/name`, `@@` hunks.",
    /// The policy denies it.
    PolicyDenied = "policy.denied" as "SecurityViolation" => "It cannot be done by an agent; ask the person if it is needed.",
    /// A rule asks for a person. The question is stored under the ticket that `details` names, and nothing was done.
    PolicyRequiresApproval = "policy.requires_approval" => "Once a person said yes (`tgp approve TICKET`), make the same call again.",
    /// There is no such ticket, or it is another agent's.
    ApprovalUnknown = "approval.unknown" => "`tgp approvals` lists the questions.",
    /// The question was answered before, has expired, or is not the one that was shown.
    ApprovalClosed = "approval.closed" => "Look at it again with `tgp approvals`; the first answer counts.",
    /// What came back as a person's answer has no state that this process sealed for this call: it was altered, is another call's, was used before, or is too old.
    ApprovalState = "approval.state" as "SecurityViolation" => "Make the call again without `requestState` and `inputResponses`; where it has to ask, it asks anew.",
    /// The source has a syntax error.
    CompileSyntax = "compile.syntax" as "CompilationError" => "Mend the line that is named.",
    /// The source is nested too deeply, or its expressions are too long, to be compiled safely.
    CompileTooDeep = "compile.too_deep" as "CompilationError" => "Split the expression or the data.",
    /// The source is larger than 256 KiB, or would be after compilation.
    CompileTooLarge = "compile.too_large" as "CompilationError" => "Split the tool; keep data in the database or in files.",
    /// The tool uses a global the sandbox does not have (`process`, `Deno`, ...).
    CompileForbiddenGlobal = "compile.forbidden_global" as "CompilationError" => "Use the arguments and the `tgp` functions.",
    /// The tool imports what is not in `allowedImports`, or what does not exist.
    CompileForbiddenImport = "compile.forbidden_import" as "CompilationError" => "Import other tools by relative path, `@tgp/std`, or what `allowedImports` lists.",
    /// Tools import each other in a circle.
    CompileImportCycle = "compile.import_cycle" as "CompilationError" => "Move the shared part to a third tool.",
    /// The tool uses `eval`, `Function`, or imports a computed name.
    CompileDynamicCode = "compile.dynamic_code" as "CompilationError" => "Write the code out; nothing is compiled at run time.",
    /// The tool exports nothing that can be run.
    CompileNoExport = "compile.no_export" as "CompilationError" => "Add `export default (args) => ...`.",
    /// The exported `schema` uses what is not checked.
    CompileSchema = "compile.schema" as "CompilationError" => "Use the keywords the message lists.",
    /// The exported `effects` cannot be read, or state less risk than they have.
    CompileEffects = "compile.effects" as "CompilationError" => "Write the effects as a literal list, each with `kind`, `description` and what its kind needs.",
    /// The tool breaks a code standard that this project counts as an error.
    LintError = "lint.error" => "Run `check_tool` and mend what it names.",
    /// There is no such tool, or it is not committed yet.
    ToolNotFound = "tool.not_found" => "Look with `find_tool` or `list_files`.",
    /// The tool of another agent waits for review: it runs for its author only until a person merges it.
    ToolNotValid = "tool.not_valid" => "A person merges its branch first; or write a version of your own.",
    /// The arguments do not fit the tool's parameters.
    ToolArguments = "tool.arguments" => "`details` names each field; the schema is in `find_tool`.",
    /// The tool threw an error.
    ToolThrew = "tool.threw" => "Read the stack, mend the tool with `patch_file`, then `check_tool` and run it again.",
    /// The tool sent a request that changes something at the other end, and did not declare it; nothing was sent.
    ToolEffectsUndeclared = "tool.effects_undeclared" as "SecurityViolation" => "Declare it: `export const effects = [{ kind: 'api_call', method: 'POST', host: 'api.example.com', description: '...' }]`.",
    /// The tool used more memory than it may.
    SandboxMemory = "sandbox.memory" as "ERR_ISOLATE_MEMORY" => "Work in smaller pieces, or raise `limits.memoryBytes`.",
    /// The tool used more time than it may.
    SandboxTimeout = "sandbox.timeout" as "ERR_ISOLATE_TIMEOUT" => "Do less in one run, or raise `limits.cpuMs` or `limits.wallMs`, as the message says.",
    /// The tool used more fuel (instructions) than it may.
    SandboxFuel = "sandbox.fuel" as "ERR_ISOLATE_TIMEOUT" => "Do less in one run, or raise `limits.fuel`.",
    /// The arguments are larger than they may be.
    SandboxArgumentsTooLarge = "sandbox.arguments_too_large" => "Pass less, or raise `limits.argsBytes`.",
    /// The result is larger than it may be.
    SandboxResultTooLarge = "sandbox.result_too_large" => "Return less (page it), or raise `limits.resultBytes`.",
    /// The result cannot be written as JSON: it is cyclic, a function, or a getter threw.
    SandboxResultInvalid = "sandbox.result_invalid" => "Return plain data.",
    /// The tool nested too deeply: calls of functions, data, or tools running tools.
    SandboxDepth = "sandbox.depth" => "Nest less, or raise `limits.depth` where tools run tools.",
    /// The tool made more calls to the host than it may.
    SandboxHostCalls = "sandbox.host_calls" => "Ask for more at once, or raise `limits.hostCalls`.",
    /// The tool waits for something that never comes.
    SandboxStalled = "sandbox.stalled" => "Every promise the tool awaits must settle.",
    /// The call was cancelled.
    Cancelled = "cancelled" => "",
    /// The URL is not under an entry of `allowedFetchUrls`.
    NetworkForbidden = "network.forbidden" as "SecurityViolation" => "Ask the person to add the URL to `allowedFetchUrls`.",
    /// The request failed: no connection, a time limit, a size limit, a refused redirect.
    NetworkFailed = "network.failed" => "",
    /// No database is configured.
    DatabaseMissing = "database.missing" => "Set `database` in `tgp.config.ts` or `DATABASE_URL` to `sqlite:path`.",
    /// The database cannot be opened or is damaged.
    DatabaseUnusable = "database.unusable" => "Check the file with `tgp doctor`.",
    /// Another writer held the database for too long.
    DatabaseBusy = "database.busy" => "Try again.",
    /// The statement is refused: several statements, `ATTACH`, transactions, settings, extensions.
    SqlForbidden = "sql.forbidden" as "SecurityViolation" => "Send one plain statement; a tool run is one transaction by itself.",
    /// `SQLite` does not accept the statement, or a constraint failed.
    SqlFailed = "sql.failed" => "",
    /// The parameters do not fit the statement.
    SqlParameters = "sql.parameters" => "Pass an array for `?`, an object for `:name`, `@name` and `$name`.",
    /// The statement ran longer than it may.
    SqlTimeout = "sql.timeout" => "Add an index or ask for less.",
    /// The file changed since it was read, by a person or another agent.
    BranchMoved = "branch.moved" => "Read it again and make the change again.",
    /// There is no such branch: it was never opened, was merged or discarded, or a person removed it.
    BranchMissing = "branch.missing" => "Look with `list_tasks`; `start_task` opens a new one.",
    /// The branch is not open for this: it was handed in, merged or discarded, or is another agent's.
    BranchClosed = "branch.closed" => "Look with `list_tasks`; a person sends it back with `tgp branch reopen`.",
    /// A person has the branch checked out; moving it would change what lies beneath their files.
    BranchCheckedOut = "branch.checked_out" => "Ask the person to check out another branch, or start another task.",
    /// The name of a branch cannot be had: another branch stands where it would be.
    BranchTaken = "branch.taken" => "Ask the person to rename the branch that is named.",
    /// The project's folder is not the top of a Git repository, and this works on branches only.
    RepositoryMissing = "repository.missing" => "Ask the person to run `git init` in the project's folder and to commit.",
    /// The project's Git repository cannot be used: its format is not supported, or it is damaged.
    RepositoryUnusable = "repository.unusable" => "Look at the message; `git fsck` says more about damage. Nothing was changed.",
    /// Another process holds a lock of the project's repository.
    RepositoryBusy = "repository.busy" => "Try again; where the lock stays, see which Git command still runs.",
    /// Both sides changed the same, in ways that cannot be joined; nothing was changed.
    BranchConflict = "branch.conflict" => "`details.files` has each file with both sides. Send the branch back with `tgp branch reopen`, or merge it by hand with git.",
    /// The target has all of it already.
    MergeNothing = "merge.nothing" => "There is nothing to merge; `tgp branch discard` puts the branch away.",
    /// A checkout cannot follow: files have changes that are not committed, or something is going on there.
    MergeBlocked = "merge.blocked" => "Commit or stash the files that are named, then merge again.",
    /// There is no such snapshot, or it lacks what is wanted.
    SnapshotMissing = "snapshot.missing" => "`tgp snapshot list` shows what there is.",
    /// Something stands against restoring the snapshot; nothing was changed.
    SnapshotBlocked = "snapshot.blocked" => "Move what is named out of the way, or end what is going on; then restore again.",
    /// The library is locked by another process, or cannot be read.
    LibraryUnusable = "library.unusable" => "Run `tgp doctor`.",
    /// The remote of the library refused or cannot be reached.
    RemoteFailed = "remote.failed" => "What was written is kept here; `tgp sync` tries again.",
    /// A scope or policy file has a mistake.
    PolicyInvalid = "policy.invalid" => "Mend the place that is named; the version in force stays in force.",
    /// Nobody trusted the configuration, policy and scopes of this project on this machine.
    TrustRequired = "trust.required" => "Look at what lies there and run `tgp trust` in a terminal.",
    /// What was trusted cannot be read, or others could have written it.
    TrustUnusable = "trust.unusable" => "Look at the file that is named; remove it and run `tgp trust` again.",
    /// A person wrote into a rule file by hand and did not put it in force; another text would overwrite it.
    TrustDraft = "trust.draft" => "Put the file in force as it lies there with `tgp trust`, or move it away; then do this again.",
    /// The action cannot be taken back: it failed, was taken back before, or left nothing that can be.
    UndoImpossible = "undo.impossible" => "Look at `tgp timeline` for what can be taken back.",
    /// What the action left was changed since, so that taking it back would overwrite somebody else's work.
    UndoConflict = "undo.conflict" => "`details` names what was changed since; take that back first, or mend it by hand.",
    /// Only a person at a terminal can do this.
    TerminalRequired = "terminal.required" => "Run it yourself in a terminal.",
    /// The configuration has a mistake.
    ConfigInvalid = "config.invalid" => "Mend the place that is named in `tgp.config.ts`.",
    /// There is no project here.
    ProjectMissing = "project.missing" => "Run `tgp init`.",
    /// A parameter of the call is missing or wrong.
    ArgumentsInvalid = "arguments.invalid" => "",
    /// A bug in tgp; the message carries the number of the action.
    Internal = "internal" => "Please report it with the number of the action.",
}

/// Why a call did not do what was asked. The `structuredContent` of every result with `isError`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Refusal {
    /// The stable code.
    pub code: ErrorCode,
    /// The name the seed gave this kind of error, where it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The facts, in a sentence.
    pub message: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Number of the action in the timeline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// More facts by code: diagnostics, argument problems, the tool's stack and logs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<serde_json::Value>,
}

impl Refusal {
    /// A refusal with the code's own name and hint.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let hint = code.hint();
        Self {
            code,
            name: code.name().map(str::to_owned),
            message: message.into(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
            action: None,
            details: None,
        }
    }

    /// The same with more facts.
    #[must_use]
    pub fn with_details(mut self, details: serde_json::Value) -> Self {
        self.details = Some(details);
        self
    }

    /// The same with a hint that fits the case better than the general one.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
