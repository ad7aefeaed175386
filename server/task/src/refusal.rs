//! Errors of the user's repository as codes, each with what to do.

use serde_json::{Value, json};
use tgp_branches::change::ApplyError;
use tgp_branches::discard::DiscardError;
use tgp_branches::join::{Conflict, ConflictKind};
use tgp_branches::list::ListError;
use tgp_branches::patch::PatchError;
use tgp_branches::read::ReadFileError;
use tgp_branches::search::SearchError;
use tgp_branches::undo::UndoBranchError;
use tgp_branches::{
    BranchNameProblem, GitPathProblem, OpenProjectError, OpenTaskError, ProjectFault, TaskError,
};
use tgp_protocol::client::{ErrorCode, Refusal};

/// A repository that cannot be used.
pub fn from_open(error: &OpenProjectError) -> Refusal {
    let refusal = Refusal::new(ErrorCode::RepositoryUnusable, error.to_string());
    match error {
        OpenProjectError::Unsupported { .. } => refusal.with_hint(
            "Agents need a repository with SHA-1 names and refs in files; convert it, or work in a clone made with \
             `git init --ref-format=files --object-format=sha1`.",
        ),
        OpenProjectError::Missing { .. }
        | OpenProjectError::Inside { .. }
        | OpenProjectError::Unreadable { .. } => refusal,
    }
}

/// The disk, the repository or a lock.
pub fn from_fault(fault: &ProjectFault) -> Refusal {
    let code = match fault {
        ProjectFault::Io { .. } => ErrorCode::FileIo,
        ProjectFault::Damaged { .. } | ProjectFault::Git { .. } | ProjectFault::NotFetched { .. } => {
            ErrorCode::RepositoryUnusable
        }
        ProjectFault::Locked { .. } => ErrorCode::RepositoryBusy,
    };
    let refusal = Refusal::new(code, fault.to_string());
    match fault {
        ProjectFault::NotFetched { .. } => refusal.with_hint("Ask the person to fetch it, then try again."),
        _ => refusal,
    }
}

/// A path under which nothing may be written.
pub fn from_git_path(problem: &GitPathProblem) -> Refusal {
    Refusal::new(ErrorCode::PathInvalid, problem.to_string())
}

/// A text that names no agent's branch.
pub fn from_branch_name(problem: &BranchNameProblem) -> Refusal {
    Refusal::new(ErrorCode::BranchMissing, problem.to_string())
}

/// A branch that cannot be used.
pub fn from_task(error: &TaskError) -> Refusal {
    match error {
        TaskError::NoBranch { .. } => Refusal::new(ErrorCode::BranchMissing, error.to_string()),
        TaskError::CheckedOut { folder, .. } => Refusal::new(ErrorCode::BranchCheckedOut, error.to_string())
            .with_details(json!({ "folder": folder.display().to_string() })),
        TaskError::Fault(fault) => from_fault(fault),
    }
}

/// A task that cannot be opened.
pub fn from_open_task(error: &OpenTaskError) -> Refusal {
    match error {
        OpenTaskError::NameTaken { .. } => Refusal::new(ErrorCode::BranchTaken, error.to_string()),
        OpenTaskError::Capture(_) => Refusal::new(ErrorCode::RepositoryUnusable, error.to_string())
            .with_hint("Start the task with `uncommitted: none`, or put right what the message names."),
        OpenTaskError::Fault(fault) => from_fault(fault),
    }
}

/// Changes that were not made.
pub fn from_apply(error: &ApplyError) -> Refusal {
    let code = match error {
        ApplyError::Path(problem) => return from_git_path(problem),
        ApplyError::Task(error) => return from_task(error),
        ApplyError::NotThere { .. } => ErrorCode::FileNotFound,
        ApplyError::NotAFile { .. } | ApplyError::InTheWay(_) => ErrorCode::FileKind,
        ApplyError::Exists { .. } => ErrorCode::FileExists,
        ApplyError::Moved { conflicts, .. } => {
            return Refusal::new(ErrorCode::BranchMoved, error.to_string())
                .with_details(json!({ "files": conflicting(conflicts) }));
        }
    };
    Refusal::new(code, error.to_string())
}

/// A patch that was not applied.
pub fn from_patch(error: &PatchError) -> Refusal {
    use tgp_branches::patch::HunkProblem;
    match error {
        PatchError::Parse(problem) => Refusal::new(ErrorCode::PatchInvalid, problem.to_string()),
        PatchError::Hunk { path, source } => {
            let code = match source {
                HunkProblem::Mismatch { .. } => ErrorCode::PatchMissing,
                HunkProblem::Ambiguous { .. } => ErrorCode::PatchAmbiguous,
            };
            Refusal::new(code, error.to_string()).with_details(json!({ "path": path.to_string() }))
        }
        PatchError::Apply(error) => from_apply(error),
    }
}

/// Commits of a branch that are not taken back.
pub fn from_undo_branch(error: &UndoBranchError) -> Refusal {
    match error {
        UndoBranchError::Conflict { conflicts, .. } => {
            Refusal::new(ErrorCode::UndoConflict, format!("nothing was taken back: {error}"))
                .with_details(json!({ "files": conflicting(conflicts) }))
        }
        UndoBranchError::NotOfBranch { .. } | UndoBranchError::Joins { .. } | UndoBranchError::Nothing => {
            Refusal::new(ErrorCode::UndoImpossible, error.to_string())
        }
        UndoBranchError::Apply(error) => from_apply(error),
    }
}

/// A file that cannot be read.
pub fn from_read_file(error: &ReadFileError) -> Refusal {
    match error {
        ReadFileError::NotThere { .. } => Refusal::new(ErrorCode::FileNotFound, error.to_string()),
        ReadFileError::TooLarge { .. } => Refusal::new(ErrorCode::FileTooLarge, error.to_string()),
        ReadFileError::Fault(fault) => from_fault(fault),
    }
}

/// A listing that cannot be made.
pub fn from_list(error: &ListError) -> Refusal {
    match error {
        ListError::Glob(problem) => Refusal::new(ErrorCode::ArgumentsInvalid, problem.to_string()),
        ListError::Fault(fault) => from_fault(fault),
    }
}

/// A search that cannot be made.
pub fn from_search(error: &SearchError) -> Refusal {
    match error {
        SearchError::Pattern { .. } | SearchError::Glob(_) => {
            Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string())
        }
        SearchError::Cancelled => Refusal::new(ErrorCode::Cancelled, error.to_string()),
        SearchError::Fault(fault) => from_fault(fault),
    }
}

/// A branch that was not put away or taken back.
pub fn from_discard(error: &DiscardError) -> Refusal {
    match error {
        DiscardError::Moved { .. } => Refusal::new(ErrorCode::BranchMoved, error.to_string())
            .with_hint("Somebody wrote to it just now: look at it, and do it again."),
        DiscardError::Exists { .. } => Refusal::new(ErrorCode::BranchTaken, error.to_string()),
        DiscardError::Task(error) => from_task(error),
    }
}

/// What contradicts, file by file.
pub fn conflicting(conflicts: &[Conflict]) -> Vec<Value> {
    let one = |conflict: &Conflict| {
        let why = match conflict.kind {
            ConflictKind::Content => "both sides changed the same lines",
            ConflictKind::ChangedAndDeleted => "one side changed what the other deleted",
            ConflictKind::Renamed => "both sides renamed it",
            ConflictKind::Kinds => "both sides made something of another kind there",
            ConflictKind::Submodule => "both sides moved the submodule",
        };
        json!({ "path": conflict.path.to_string(), "why": why })
    };
    conflicts.iter().map(one).collect()
}
