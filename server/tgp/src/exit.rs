//! The one place that decides how the process ends.

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use tgp_engine::Damage;
use tgp_protocol::client::ErrorCode;

use tgp_screen::code::Code;
use tgp_screen::failure::Failure;

/// The exit code of a command.
pub(crate) fn of(result: &Result<(), Failure>) -> ExitCode {
    let code = match result {
        Ok(()) => Code::Done,
        Err(Failure::Said) => Code::Failed,
        Err(Failure::SaidWith(code)) => *code,
        Err(Failure::Refused(refusal)) => of_refusal(refusal.code),
        Err(Failure::Usage { .. }) => Code::Usage,
        Err(Failure::Output(_)) => Code::Output,
        Err(Failure::Bug(_)) => Code::Bug,
        Err(Failure::Ended(signal)) => signal.code(),
    };
    code.into()
}

/// The exit code of a damaged audit chain.
pub(crate) fn of_damage(damage: &Damage) -> Code {
    match damage {
        Damage::Truncated { .. } => Code::AuditTruncated,
        Damage::RolledBack { .. } => Code::AuditRolledBack,
        Damage::Deleted { .. } => Code::AuditDeleted,
        Damage::Rewritten { .. } => Code::AuditRewritten,
        Damage::Swapped { .. } => Code::AuditSwapped,
        Damage::Removed { .. } => Code::AuditRemoved,
        Damage::Edited { .. } => Code::AuditEdited,
        Damage::Unreadable { .. } => Code::AuditUnreadable,
    }
}

/// The exit code of a command line that is no command: help was asked for, or it is wrong.
pub(crate) fn of_parsing(told: &clap::Error, written: io::Result<()>) -> ExitCode {
    let code = match (told.kind(), written) {
        (_, Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => Code::Output,
        (ErrorKind::DisplayHelp | ErrorKind::DisplayVersion, _) => Code::Done,
        _ => Code::Usage,
    };
    code.into()
}

/// Written out without a wildcard, so that a new code has to be thought about.
fn of_refusal(code: ErrorCode) -> Code {
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
        | ErrorCode::BranchMissing
        | ErrorCode::BranchClosed
        | ErrorCode::BranchCheckedOut
        | ErrorCode::BranchTaken
        | ErrorCode::RepositoryMissing
        | ErrorCode::RepositoryUnusable
        | ErrorCode::RepositoryBusy
        | ErrorCode::FileExists
        | ErrorCode::PatchInvalid
        | ErrorCode::LibraryUnusable
        | ErrorCode::RemoteFailed
        | ErrorCode::ArgumentsInvalid => Code::Failed,
    }
}
