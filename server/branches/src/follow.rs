//! Whether a person's checkout can follow a branch that moves: only where no local change is touched.

use std::path::Path;

use gix::index::entry::Flags;
use tgp_git::edit::Step;
use tgp_git::scan::{Different, ScanOptions};
use tgp_git::{Checkout, GitPath, Project, ProjectFault, ProjectSettings};
use tgp_objects::id::CommitId;

use crate::task::Branches;

/// Files up to this size are compared by content where their times say nothing.
const LARGEST_COMPARED: u64 = 256 << 20;

pub(crate) const SCAN: ScanOptions =
    ScanOptions { untracked: true, ignored: true, largest: LARGEST_COMPARED };

/// Why a file keeps a checkout from following.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockedWhy {
    /// The working copy or the index holds a change that is not committed.
    Changed,
    /// A file no commit knows stands where one is to come.
    Untracked,
    /// It is in a conflict a person has not resolved.
    Unmerged,
}

/// A file that keeps a checkout from following.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The file.
    pub path: GitPath,
    /// Why.
    pub why: BlockedWhy,
}

/// A checkout that did not follow. Its files are as they were.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Local changes would be touched.
    #[error("the checkout at `{}` has changes of its own in {}", folder.display(), names(files))]
    LocalChanges {
        /// The checkout.
        folder: std::path::PathBuf,
        /// The files.
        files: Vec<Blocked>,
    },
    /// Something is going on there.
    #[error("{doing} is going on at `{}`; end it first", folder.display())]
    Busy {
        /// The checkout.
        folder: std::path::PathBuf,
        /// What.
        doing: &'static str,
    },
    /// Its folder is not there, and it is locked because it may come back.
    #[error("the worktree at `{}` is locked and not there now", folder.display())]
    Absent {
        /// The checkout.
        folder: std::path::PathBuf,
    },
    /// Its index is locked: a git program works there, or one was killed.
    #[error("`{}` exists: a git program works there, or one ended without removing it", lock.display())]
    IndexLocked {
        /// The lock file.
        lock: std::path::PathBuf,
    },
    /// The disk, the repository or the git program.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

fn names(files: &[Blocked]) -> String {
    files.iter().map(|file| format!("`{}`", file.path)).collect::<Vec<_>>().join(", ")
}

/// A checkout whose files are there, and where nothing else is going on.
pub(crate) fn check_there(checkout: &Checkout) -> Result<(), FollowError> {
    let Some(folder) = checkout.work_dir.clone() else { return Ok(()) };
    if let Some(doing) = checkout.doing {
        return Err(FollowError::Busy { folder, doing });
    }
    if folder.exists() { Ok(()) } else { Err(FollowError::Absent { folder }) }
}

impl Branches {
    /// Whether a checkout could follow from one commit to another; it is only looked at.
    pub fn check_follow(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        check_there(checkout)?;
        // A git program that works there is waited for, as long as for any lock.
        if let Some(lock) = self.project.index_locked(&checkout.git_dir)? {
            return Err(FollowError::IndexLocked { lock });
        }
        self.check_held(checkout, from, to)
    }

    /// The same where its index is held.
    pub(crate) fn check_held(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        check_there(checkout)?;
        let Some(folder) = checkout.work_dir.clone() else { return Ok(()) };
        let (old, new) = (self.project.tree_of(from.map(|from| from.0))?, self.project.commit(to.0)?.tree);
        let steps = self.project.difference(old, new)?;
        let files = self.blocked(&folder, old, &steps)?;
        if files.is_empty() { Ok(()) } else { Err(FollowError::LocalChanges { folder, files }) }
    }

    /// The repository as a worktree sees it; none where that is the one that is open.
    pub(crate) fn opened_at(&self, folder: &Path) -> Result<Option<Project>, ProjectFault> {
        if self.project.work_dir() == Some(folder) {
            return Ok(None);
        }
        Project::open(folder, ProjectSettings::default())
            .map(Some)
            .map_err(|error| ProjectFault::Git { doing: "open a worktree", reason: error.to_string() })
    }

    /// Files of the steps that hold something a person did not commit.
    fn blocked(
        &self,
        folder: &Path,
        tree: gix::ObjectId,
        steps: &[Step],
    ) -> Result<Vec<Blocked>, FollowError> {
        let opened = self.opened_at(folder)?;
        let project = opened.as_ref().unwrap_or(&self.project);
        // Only what the move touches is looked at: nothing else is read or written by it, whatever a person did there.
        // So looking costs little, and is done again right before the move; `git read-tree` looks a third time.
        let paths: Vec<&GitPath> = steps.iter().map(|step| &step.path).collect();
        let scan = project.scan_at(&paths, LARGEST_COMPARED)?;
        let staged = project.index_steps(tree, &scan.index)?;
        let touched =
            |path: &GitPath| steps.iter().any(|step| path.is_within(&step.path) || step.path.is_within(path));
        let mut files: Vec<Blocked> = Vec::new();
        let mut block = |path: &GitPath, why| {
            if touched(path) && !files.iter().any(|file: &Blocked| file.path == *path) {
                files.push(Blocked { path: path.clone(), why });
            }
        };
        scan.unmerged.iter().for_each(|path| block(path, BlockedWhy::Unmerged));
        for Different { path, .. } in &scan.tracked {
            block(path, BlockedWhy::Changed);
        }
        for step in &staged {
            // What the index has already as it is to come is in nobody's way.
            if !steps.iter().any(|comes| comes.path == step.path && comes.new == step.new) {
                block(&step.path, BlockedWhy::Changed);
            }
        }
        for path in self.unwatched(folder, &scan.index)?.iter().filter(|path| touched(path)) {
            block(path, BlockedWhy::Changed);
        }
        let known = |path: &GitPath| {
            use gix::bstr::ByteSlice as _;
            scan.index.entry_by_path(path.as_bytes().as_bstr()).is_some()
        };
        for step in steps.iter().filter(|step| step.new.is_some() && !known(&step.path)) {
            if let Some(path) = in_the_way(folder, &step.path, &known) {
                block(&path, BlockedWhy::Untracked);
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }
}

impl Branches {
    /// Files a person told Git not to look at (`skip-worktree`, `assume-unchanged`) that are there and differ: Git does
    /// not name them, and refuses all the same.
    fn unwatched(&self, folder: &Path, index: &gix::index::File) -> Result<Vec<GitPath>, ProjectFault> {
        let flags = Flags::SKIP_WORKTREE | Flags::ASSUME_VALID;
        let mut files = Vec::new();
        for entry in index.entries() {
            if !entry.flags.intersects(flags) || entry.mode.is_sparse() {
                continue;
            }
            let path = GitPath::from_tree(entry.path(index));
            // One that is not there is what a sparse checkout leaves out.
            let Ok(bytes) = std::fs::read(path.below(folder)) else { continue };
            if self.project.blob(entry.id)? != bytes {
                files.push(path);
            }
        }
        Ok(files)
    }
}

/// What stands where a file is to come, or in place of a folder on the way to it. Ignored files count: they are a
/// person's as well.
fn in_the_way(folder: &Path, path: &GitPath, known: &dyn Fn(&GitPath) -> bool) -> Option<GitPath> {
    let mut above = path.parent();
    while !above.is_root() {
        let about = std::fs::symlink_metadata(above.below(folder));
        if about.is_ok_and(|about| !about.is_dir()) && !known(&above) {
            return Some(above);
        }
        above = above.parent();
    }
    let about = std::fs::symlink_metadata(path.below(folder)).ok()?;
    let empty = about.is_dir() && !holds_files(&path.below(folder), path, known);
    (!empty).then(|| path.clone())
}

/// Whether a folder holds a file no index knows; folders of tracked files go with them.
fn holds_files(folder: &Path, path: &GitPath, known: &dyn Fn(&GitPath) -> bool) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|item| {
        let inner = path.entry(item.file_name().as_encoded_bytes());
        match item.file_type() {
            Ok(kind) if kind.is_dir() => holds_files(&item.path(), &inner, known),
            _ => !known(&inner),
        }
    })
}
