//! The index of a worktree under Git's own lock file, which a process that dies leaves to nobody.

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tgp_lock::{GitLock, LockError, clear_own, lock_name, wait};

use crate::edit::Step;
use crate::fault::ProjectFault;
use crate::open::Project;
use crate::refs::is_absent;

/// The second name of a lock of ours, by which the next process knows it.
const OWN: &str = "lock-index";

/// What the name of the second index ends in.
const NEXT: &str = "next";

/// The index of a worktree while no other program changes it. Dropped, it is as it was.
#[derive(Debug)]
pub struct HeldIndex {
    // Goes before the lock does: the next one that has the lock makes a second index of its own.
    next: Next,
    lock: GitLock,
    index: PathBuf,
    git_dir: PathBuf,
    left: bool,
}

/// The second index, which goes where it did not take the place of the first.
#[derive(Debug)]
struct Next(PathBuf);

impl HeldIndex {
    /// Runs git in the worktree. It reads and writes a second index, which begins as the first one; the first stays until
    /// the second takes its place. The lock is git's as well: it outlives us where we die and git works on.
    pub fn git(&self, work_dir: &Path, arguments: &[OsString]) -> Result<Vec<u8>, ProjectFault> {
        if !self.next.0.exists() {
            // A second name and no copy: times tell Git which files it has to look at anew. Git never writes in its place.
            let index = self.index.canonicalize().unwrap_or_else(|_| self.index.clone());
            match std::fs::hard_link(&index, &self.next.0) {
                Err(error) if !is_absent(&error) => return Err(ProjectFault::io("link", &index)(error)),
                _ => {}
            }
        }
        let lock = self.lock.share().map_err(ProjectFault::io("share the lock of", &self.index))?;
        crate::program::run(&self.git_dir, work_dir, &self.next.0, lock, arguments)
    }

    /// Makes files as they were before some steps. The index still knows that.
    pub fn put_back(&self, work_dir: &Path, steps: &[&Step]) -> Result<(), ProjectFault> {
        // What goes first makes room for what comes: a folder may become a file.
        for step in steps.iter().filter(|step| step.old.is_none()) {
            let file = step.path.below(work_dir);
            match std::fs::remove_file(&file) {
                Err(error) if !is_absent(&error) => return Err(ProjectFault::io("remove", &file)(error)),
                _ => {}
            }
            let mut above = step.path.parent();
            while !above.is_root() && std::fs::remove_dir(above.below(work_dir)).is_ok() {
                above = above.parent();
            }
        }
        let known = steps.iter().copied().filter(|step| step.old.is_some());
        self.git_on(work_dir, &["checkout-index", "--force", "--quiet", "--"], known)
    }

    /// Runs git with the files of some steps.
    pub fn git_on<'a>(
        &self,
        work_dir: &Path,
        words: &[&str],
        steps: impl Iterator<Item = &'a Step>,
    ) -> Result<(), ProjectFault> {
        let files: Vec<OsString> =
            steps.map(|step| step.path.below(Path::new("")).into_os_string()).collect();
        for some in files.chunks(500) {
            let arguments: Vec<OsString> = words.iter().map(Into::into).chain(some.iter().cloned()).collect();
            self.git(work_dir, &arguments)?;
        }
        Ok(())
    }

    /// Puts the second index in the place of the first. The lock is held on.
    pub fn put_next(&self) -> Result<(), ProjectFault> {
        match std::fs::rename(&self.next.0, &self.index) {
            Err(error) if !is_absent(&error) => Err(ProjectFault::io("write", &self.index)(error)),
            _ => Ok(()),
        }
    }

    /// Takes the second index away: the next one begins as the first is then.
    pub fn forget_next(&self) {
        self.next.clear();
    }

    /// Whether a process had it and died: its work may be half done.
    pub fn was_left(&self) -> bool {
        self.left
    }

    /// Puts an index in place. Git sees the old one or the new one.
    pub fn replace(mut self, bytes: &[u8]) -> Result<(), ProjectFault> {
        self.lock.write_all(bytes).map_err(ProjectFault::io("write", &self.index))?;
        self.lock.commit()?;
        let synced = std::fs::File::open(&self.index).and_then(|file| file.sync_all());
        synced.map_err(ProjectFault::io("sync", &self.index))
    }
}

impl Next {
    fn clear(&self) {
        for name in [lock_name(&self.0), self.0.clone()] {
            let _ = std::fs::remove_file(name);
        }
    }
}

impl Drop for Next {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Project {
    /// The lock file of the index of a worktree, where a git program holds it for longer than we wait, or left it
    /// behind: an editor holds it for a moment whenever a file changes. One of a dead process of ours is taken away.
    pub fn index_locked(&self, git_dir: &Path) -> Result<Option<PathBuf>, ProjectFault> {
        let index = git_dir.join("index");
        let lock = lock_name(&index);
        let own = self.own_name(git_dir)?;
        let mut failure = None;
        let free = wait(self.settings.lock_limit, || {
            if lock.exists() && own.exists() {
                match self.gate.pass() {
                    Ok(_passage) => drop(clear_own(&index, &own)),
                    Err(error) => failure = Some(error),
                }
            }
            failure.is_some() || !lock.exists()
        });
        match failure {
            Some(error) => Err(error.into()),
            None => Ok((!free).then_some(lock)),
        }
    }

    /// Takes the lock of the index, so that what is done with the files and what the index says of them are one. A git
    /// program that has it is waited for; agents go on meanwhile, and while it is held.
    pub fn hold_index(&self) -> Result<HeldIndex, ProjectFault> {
        self.hold_index_of(self.git_dir())
    }

    /// The same of any worktree.
    pub fn hold_index_of(&self, git_dir: &Path) -> Result<HeldIndex, ProjectFault> {
        let index = git_dir.join("index");
        let own = self.own_name(git_dir)?;
        let next = own.with_extension(NEXT);
        let mut taken = Err(LockError::Held { path: lock_name(&index), age: None });
        let mut left = false;
        wait(self.settings.lock_limit, || {
            taken = self.gate.pass().and_then(|_passage| {
                left = own.exists() || next.exists();
                GitLock::take(&index, &own, Duration::ZERO, &self.private())
            });
            !matches!(taken, Err(LockError::Held { .. }))
        });
        let lock = taken?;
        let held = HeldIndex { next: Next(next), lock, index, git_dir: git_dir.to_owned(), left };
        held.next.clear(); // What a dead process left.
        Ok(held)
    }

    /// Worktrees share what is private to us, so each has a name of its own.
    fn own_name(&self, git_dir: &Path) -> Result<PathBuf, ProjectFault> {
        if git_dir == self.common_dir() {
            return Ok(self.private().join(OWN));
        }
        let which = crate::disk::hash(git_dir.as_os_str().as_encoded_bytes())?;
        Ok(self.private().join(format!("{OWN}-{which}")))
    }
}
