//! The one place that decides how the process ends.

use std::io;
use std::process::ExitCode;

use clap::error::ErrorKind;
use tgp_engine::Damage;
use tgp_screen::code::Code;
use tgp_screen::failure::Failure;

/// The exit code of a command.
pub(crate) fn of(result: &Result<(), Failure>) -> ExitCode {
    let code = match result {
        Ok(()) => Code::Done,
        Err(Failure::Said) => Code::Failed,
        Err(Failure::SaidWith(code)) => *code,
        Err(Failure::Refused(refusal)) => Code::of(refusal.code),
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
