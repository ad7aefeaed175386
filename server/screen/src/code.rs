//! How the process ends: the exit codes, and the signals that ask for it.

use std::process::ExitCode;

use tgp_protocol::client::ErrorCode;

/// What the codes mean is in `tgp --help` and in `docs/reference/cli.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
    /// Done.
    Done = 0,
    /// The tool, the statement or the check failed, or was refused.
    Failed = 1,
    /// The command line is wrong.
    Usage = 2,
    /// There is no project, or its configuration has a mistake.
    Project = 3,
    /// The last rows are gone.
    AuditTruncated = 10,
    /// The whole file is an older copy.
    AuditRolledBack = 11,
    /// The database was deleted.
    AuditDeleted = 12,
    /// A suffix was written anew.
    AuditRewritten = 13,
    /// Rows changed places.
    AuditSwapped = 14,
    /// Rows are missing.
    AuditRemoved = 15,
    /// A row was changed.
    AuditEdited = 16,
    /// The chain cannot be read.
    AuditUnreadable = 17,
    /// The anchor cannot be read.
    AuditAnchor = 18,
    /// A sequence failed, and something it had done stays.
    SequenceStays = 20,
    /// A bug in tgp.
    Bug = 70,
    /// The answer could not be written.
    Output = 74,
    /// Interrupted by a signal.
    Interrupted = 130,
    /// Told to end by a signal.
    Terminated = 143,
}

impl Code {
    /// The exit code of a refusal. Written out without a wildcard, so that a new code has to be thought about.
    #[allow(clippy::too_many_lines, reason = "one line a code")]
    pub fn of(code: ErrorCode) -> Self {
        match code {
            ErrorCode::ConfigInvalid
            | ErrorCode::ProjectMissing
            | ErrorCode::PolicyInvalid
            | ErrorCode::TrustRequired
            | ErrorCode::TrustUnusable => Code::Project,
            ErrorCode::Internal => Code::Bug,
            ErrorCode::TerminalRequired
            | ErrorCode::UndoImpossible
            | ErrorCode::UndoConflict
            | ErrorCode::TrustDraft
            | ErrorCode::PathEscape
            | ErrorCode::PathInvalid
            | ErrorCode::FileNotFound
            | ErrorCode::FileKind
            | ErrorCode::FileEncoding
            | ErrorCode::FileTooLarge
            | ErrorCode::FileReadOnly
            | ErrorCode::FileIo
            | ErrorCode::PatchMissing
            | ErrorCode::PatchAmbiguous
            | ErrorCode::PolicyDenied
            | ErrorCode::PolicyRequiresApproval
            | ErrorCode::ApprovalUnknown
            | ErrorCode::ApprovalClosed
            | ErrorCode::ApprovalState
            | ErrorCode::CompileSyntax
            | ErrorCode::CompileTooDeep
            | ErrorCode::CompileTooLarge
            | ErrorCode::CompileForbiddenGlobal
            | ErrorCode::CompileForbiddenImport
            | ErrorCode::CompileImportCycle
            | ErrorCode::CompileDynamicCode
            | ErrorCode::CompileNoExport
            | ErrorCode::CompileSchema
            | ErrorCode::CompileEffects
            | ErrorCode::ToolEffectsUndeclared
            | ErrorCode::LintError
            | ErrorCode::ToolNotFound
            | ErrorCode::ToolNotValid
            | ErrorCode::ToolArguments
            | ErrorCode::ToolThrew
            | ErrorCode::SandboxMemory
            | ErrorCode::SandboxTimeout
            | ErrorCode::SandboxFuel
            | ErrorCode::SandboxArgumentsTooLarge
            | ErrorCode::SandboxResultTooLarge
            | ErrorCode::SandboxResultInvalid
            | ErrorCode::SandboxDepth
            | ErrorCode::SandboxHostCalls
            | ErrorCode::SandboxStalled
            | ErrorCode::Cancelled
            | ErrorCode::NetworkForbidden
            | ErrorCode::NetworkFailed
            | ErrorCode::DatabaseMissing
            | ErrorCode::DatabaseUnusable
            | ErrorCode::DatabaseBusy
            | ErrorCode::SqlForbidden
            | ErrorCode::SqlFailed
            | ErrorCode::SqlParameters
            | ErrorCode::SqlTimeout
            | ErrorCode::BranchMoved
            | ErrorCode::FileExists
            | ErrorCode::PatchInvalid
            | ErrorCode::BranchMissing
            | ErrorCode::BranchClosed
            | ErrorCode::BranchCheckedOut
            | ErrorCode::BranchTaken
            | ErrorCode::RepositoryMissing
            | ErrorCode::RepositoryUnusable
            | ErrorCode::RepositoryBusy
            | ErrorCode::BranchConflict
            | ErrorCode::MergeNothing
            | ErrorCode::MergeBlocked
            | ErrorCode::SnapshotMissing
            | ErrorCode::SnapshotBlocked
            | ErrorCode::LibraryUnusable
            | ErrorCode::RemoteFailed
            | ErrorCode::ArgumentsInvalid => Code::Failed,
        }
    }
}

impl From<Code> for ExitCode {
    fn from(code: Code) -> Self {
        Self::from(code as u8)
    }
}

/// What asked the process to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM or a closed terminal.
    Terminate,
}

impl Signal {
    /// The exit code of a process it ended.
    pub fn code(self) -> Code {
        match self {
            Signal::Interrupt => Code::Interrupted,
            Signal::Terminate => Code::Terminated,
        }
    }
}
