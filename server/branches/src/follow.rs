//! Letting a person's checkout follow a branch that was moved: only where no local change is touched.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::Path;

use gix::index::entry::Flags;
use tgp_git::edit::Step;
use tgp_git::scan::{Different, OnDisk, ScanOptions};
use tgp_git::{Checkout, GitPath, Project, ProjectFault, ProjectSettings};
use tgp_objects::id::CommitId;

use crate::task::Branches;

/// Files up to this size are compared by content where their times say nothing.
const LARGEST_COMPARED: u64 = 256 << 20;

/// So often a checkout that refuses to follow is asked again: once for an index that has to be looked at anew, and more
/// where another program has the index each time.
const MOST_READS: usize = 3;

const SCAN: ScanOptions = ScanOptions { untracked: true, ignored: true, largest: LARGEST_COMPARED };

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

impl Branches {
    /// Whether a checkout could follow from one commit to another; it is only looked at.
    pub fn check_follow(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        let Some(folder) = checkout.work_dir.clone() else { return Ok(()) };
        if let Some(doing) = checkout.doing {
            return Err(FollowError::Busy { folder, doing });
        }
        if !folder.exists() {
            return Err(FollowError::Absent { folder });
        }
        self.check_index(checkout)?;
        let (old, new) = (self.project.tree_of(from.map(|from| from.0))?, self.project.commit(to.0)?.tree);
        let steps = self.project.difference(old, new)?;
        let files = self.blocked(&folder, old, &steps)?;
        if files.is_empty() { Ok(()) } else { Err(FollowError::LocalChanges { folder, files }) }
    }

    /// A git program that works there is waited for, as long as for any lock.
    fn check_index(&self, checkout: &Checkout) -> Result<(), FollowError> {
        let locked = self.project.index_locked(&checkout.git_dir)?;
        locked.map_or(Ok(()), |lock| Err(FollowError::IndexLocked { lock }))
    }

    /// Lets a checkout follow: files, index and nothing else. Asked again after a crash, it goes on.
    pub fn follow(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        self.check_follow(checkout, from, to)?;
        self.read_tree(checkout, from, to)
    }

    /// The same where it was looked at a moment ago: looking costs as much as the rest in a large repository.
    pub(crate) fn read_tree(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<(), FollowError> {
        let Some(folder) = &checkout.work_dir else { return Ok(()) };
        let tree = |commit: Option<CommitId>| -> Result<OsString, ProjectFault> {
            Ok(self.project.tree_of(commit.map(|commit| commit.0))?.to_string().into())
        };
        let arguments: [OsString; 6] =
            ["read-tree".into(), "--quiet".into(), "-m".into(), "-u".into(), tree(from)?, tree(Some(to))?];
        // `read-tree` knows the empty tree by its name, also where no object of it exists.
        let read = || tgp_git::program::run(&checkout.git_dir, folder, &arguments);
        for _ in 0..MOST_READS {
            if read().is_ok() {
                return Ok(());
            }
            // A git program may have come first: Git takes the lock before it touches a file.
            self.check_index(checkout)?;
            // A repository that was copied has an index whose times and numbers are of other files. Git then refuses, and
            // touches nothing; `git merge` would look at the files anew first as well.
            let refresh = ["update-index", "-q", "--refresh"].map(OsString::from);
            // It says no where a file differs, which is nobody's fault here.
            let _ = tgp_git::program::run(&checkout.git_dir, folder, &refresh);
        }
        read()?;
        Ok(())
    }

    /// The same after a crash, which may have left some files as they were and some as they come. Says whether there was
    /// something to do.
    pub fn follow_after_crash(
        &self,
        checkout: &Checkout,
        from: Option<CommitId>,
        to: CommitId,
    ) -> Result<bool, FollowError> {
        let Some(folder) = &checkout.work_dir else { return Ok(false) };
        let (old, new) = (self.project.tree_of(from.map(|from| from.0))?, self.project.commit(to.0)?.tree);
        let steps = self.project.difference(old, new)?;
        let opened = self.opened_at(folder)?;
        let project = opened.as_ref().unwrap_or(&self.project);
        let scan = project.scan(SCAN)?;
        let not_staged = project.index_steps(new, &scan.index)?;
        let touched = |path: &GitPath| steps.iter().any(|step| step.path == *path);
        if !not_staged.iter().any(|step| touched(&step.path)) {
            return Ok(false);
        }
        if let Some(lock) = Some(checkout.git_dir.join("index.lock")).filter(|lock| lock.exists()) {
            return Err(FollowError::IndexLocked { lock });
        }
        let differs: HashMap<&GitPath, OnDisk> = scan
            .tracked
            .iter()
            .chain(&scan.untracked)
            .chain(&scan.ignored)
            .map(|file| (&file.path, file.disk))
            .collect();
        let (mut came, mut torn): (Vec<OsString>, Vec<OsString>) = (Vec::new(), Vec::new());
        for step in &steps {
            let Some(there) = differs.get(&step.path).copied() else { continue };
            let name = || step.path.below(Path::new("")).into_os_string();
            if there == step.new.map_or(OnDisk::Nothing, OnDisk::Leaf) {
                came.push(name());
            } else if self.is_torn(folder, step, there)? {
                match step.old {
                    Some(_) => torn.push(name()),
                    // Begun, and no more than the beginning of what the commit holds.
                    None => std::fs::remove_file(step.path.below(folder))
                        .map_err(ProjectFault::io("remove", &step.path.below(folder)))?,
                }
            }
        }
        let run = |words: &[&str], files: &[OsString]| -> Result<(), ProjectFault> {
            for some in files.chunks(500) {
                let mut arguments: Vec<OsString> = words.iter().map(Into::into).collect();
                arguments.extend(some.iter().cloned());
                tgp_git::program::run(&checkout.git_dir, folder, &arguments)?;
            }
            Ok(())
        };
        // What was being written when it died is as it was again; the index still knows that.
        run(&["checkout-index", "--force", "--quiet", "--"], &torn)?;
        // What came already is told to the index first: then Git sees that it is what is to come.
        run(&["update-index", "--add", "--remove", "--"], &came)?;
        self.follow(checkout, from, to)?;
        Ok(true)
    }

    /// Whether a file is one Git was writing when it died: gone, because the old one goes first, or the beginning of what
    /// is to come.
    fn is_torn(&self, folder: &Path, step: &Step, there: OnDisk) -> Result<bool, ProjectFault> {
        let Some(new) = step.new.filter(tgp_git::Leaf::is_file) else { return Ok(false) };
        if there == OnDisk::Nothing {
            return Ok(step.old.is_some());
        }
        let Ok(bytes) = std::fs::read(step.path.below(folder)) else { return Ok(false) };
        let whole = self.project.blob(new.id)?;
        // As it stands, or with the line endings of the person's checkout.
        let plain: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != b'\r').collect();
        let begins = |part: &[u8]| part.len() < whole.len() && whole.starts_with(part);
        Ok(begins(&bytes) || begins(&plain))
    }

    /// The repository as a worktree sees it; none where that is the one that is open.
    fn opened_at(&self, folder: &Path) -> Result<Option<Project>, ProjectFault> {
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
