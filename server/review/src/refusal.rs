//! The errors of branches and snapshots as codes.

use serde_json::json;
use tgp_branches::follow::{BlockedWhy, FollowError};
use tgp_branches::integrate::IntegrateError;
use tgp_branches::publish::PublishError;
use tgp_branches::{Branches, Conflict, ConflictKind};
use tgp_git::Leaf;
use tgp_protocol::client::branches::ConflictShown;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::{CreateError, RestoreError};
pub(crate) use tgp_task::refusal::{from_discard, from_fault, from_task};

/// Largest side of a conflict that is shown, in bytes.
const LARGEST_SIDE: usize = 64 << 10;
/// Conflicts whose sides are shown; all are named.
const MOST_SIDES: usize = 50;

/// Work that cannot be joined. A conflict names each file with both sides.
pub fn from_integrate(branches: &Branches, error: &IntegrateError) -> Refusal {
    match error {
        IntegrateError::Conflict { target, conflicts } => {
            let target = short(target);
            let paths: Vec<String> = conflicts.iter().map(|one| format!("`{}`", one.path)).collect();
            let message =
                format!("nothing was changed: {} cannot be joined with `{target}`", paths.join(", "));
            let files: Vec<ConflictShown> =
                conflicts.iter().enumerate().map(|(at, one)| shown(branches, one, at < MOST_SIDES)).collect();
            Refusal::new(ErrorCode::BranchConflict, message)
                .with_details(json!({ "into": target, "files": files }))
        }
        IntegrateError::Nothing { target } => {
            let message = format!("`{}` has all of it already", short(target));
            Refusal::new(ErrorCode::MergeNothing, message)
        }
        IntegrateError::Target { target, why } => {
            let message = format!("`{}` is not a branch work is merged into: {why}", short(target));
            Refusal::new(ErrorCode::ArgumentsInvalid, message).with_hint("Name another with `--into`.")
        }
        IntegrateError::Joins { .. } => Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string()),
        IntegrateError::Task(error) => from_task(error),
    }
}

/// A checkout that cannot follow.
pub fn from_follow(error: &FollowError) -> Refusal {
    let message = format!("nothing was changed: {error}");
    match error {
        FollowError::LocalChanges { folder, files } => {
            let why = |why| match why {
                BlockedWhy::Changed => "has changes that are not committed",
                BlockedWhy::Untracked => "is a file no commit knows, where one is to come",
                BlockedWhy::Unmerged => "is in a conflict that is not resolved",
            };
            let are = |wanted: BlockedWhy| files.iter().any(|file| file.why == wanted);
            let mut hint = Vec::new();
            if are(BlockedWhy::Changed) {
                hint.push("commit or stash what is not committed");
            }
            if are(BlockedWhy::Untracked) {
                hint.push("move the files no commit knows elsewhere, or delete them");
            }
            if are(BlockedWhy::Unmerged) {
                hint.push("resolve the conflicts and `git add` them");
            }
            let hint = format!("{}; then do this again.", begin_large(&hint.join(", ")));
            let files: Vec<_> = files
                .iter()
                .map(|file| json!({ "path": file.path.to_string(), "why": why(file.why) }))
                .collect();
            Refusal::new(ErrorCode::MergeBlocked, message)
                .with_hint(hint)
                .with_details(json!({ "checkout": folder.display().to_string(), "files": files }))
        }
        FollowError::Busy { .. } => Refusal::new(ErrorCode::MergeBlocked, message).with_hint(
            "End what is going on there, or take it back (`git status` says how); then do this again.",
        ),
        FollowError::Absent { .. } => Refusal::new(ErrorCode::MergeBlocked, message)
            .with_hint("Bring its folder back, or `git worktree unlock` and `git worktree prune`."),
        FollowError::IndexLocked { lock } => Refusal::new(ErrorCode::MergeBlocked, message).with_hint(
            format!("Where no git program runs any more, remove `{}`; then do this again.", lock.display()),
        ),
        FollowError::Fault(fault) => from_fault(fault),
    }
}

fn begin_large(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Joined work that was not published.
pub fn from_publish(error: &PublishError) -> Refusal {
    match error {
        PublishError::Moved { target, .. } => {
            let message = format!("nothing was changed: `{}` moved meanwhile", short(target));
            Refusal::new(ErrorCode::BranchMoved, message).with_hint("Do it again.")
        }
        PublishError::Follow(error) => from_follow(error),
        PublishError::Fault(fault) => from_fault(fault),
    }
}

/// A snapshot that was not taken.
pub fn from_create(error: &CreateError) -> Refusal {
    match error {
        CreateError::Fault(fault) => from_fault(fault),
        CreateError::Exists { .. } => Refusal::new(ErrorCode::Internal, error.to_string()),
        CreateError::Bare { .. } | CreateError::Tree(_) => {
            Refusal::new(ErrorCode::RepositoryUnusable, error.to_string())
        }
    }
}

/// A snapshot that was not restored.
pub fn from_restore(error: &RestoreError) -> Refusal {
    let message = format!("nothing was changed: {error}");
    match error {
        RestoreError::Blocked { files } => {
            let files: Vec<_> =
                files.iter().map(|file| json!({ "path": file.path.to_string(), "why": file.why })).collect();
            Refusal::new(ErrorCode::SnapshotBlocked, message).with_details(json!({ "files": files }))
        }
        RestoreError::Head { .. } | RestoreError::Busy { .. } | RestoreError::Contents(_) => {
            Refusal::new(ErrorCode::SnapshotBlocked, message)
        }
        RestoreError::Staged => Refusal::new(ErrorCode::SnapshotBlocked, message).with_hint("Do this again."),
        RestoreError::IndexLocked { lock } => Refusal::new(ErrorCode::SnapshotBlocked, message).with_hint(
            format!("Where no git program runs any more, remove `{}`; then do this again.", lock.display()),
        ),
        RestoreError::Fault(fault) => from_fault(fault),
    }
}

/// A database that cannot be copied or put back.
pub fn from_backup(error: &tgp_backup::BackupError) -> Refusal {
    let code = match error {
        tgp_backup::BackupError::TooLarge { .. } => ErrorCode::FileTooLarge,
        tgp_backup::BackupError::Io { .. } => ErrorCode::FileIo,
        tgp_backup::BackupError::Busy { .. } => ErrorCode::DatabaseBusy,
        tgp_backup::BackupError::Database { .. } => ErrorCode::DatabaseUnusable,
    };
    Refusal::new(code, error.to_string())
}

/// A ref as people write it.
pub(crate) fn short(target: &str) -> &str {
    target.strip_prefix("refs/heads/").unwrap_or(target)
}

fn shown(branches: &Branches, conflict: &Conflict, sides: bool) -> ConflictShown {
    let side = |leaf: Option<Leaf>| {
        let leaf = leaf.filter(|_| sides)?;
        let bytes = branches.project().blob(leaf.id).ok().filter(|bytes| bytes.len() <= LARGEST_SIDE)?;
        String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
    };
    let kind = match conflict.kind {
        ConflictKind::Content => "both changed the same lines",
        ConflictKind::ChangedAndDeleted => "one changed what the other deleted",
        ConflictKind::Renamed => "both renamed it, or two files got one name",
        ConflictKind::Kinds => "a file on one side is something else on the other",
        ConflictKind::Submodule => "both moved a submodule",
    };
    ConflictShown {
        path: conflict.path.to_string(),
        kind: kind.to_owned(),
        base: side(conflict.base),
        ours: side(conflict.ours),
        theirs: side(conflict.theirs),
    }
}
