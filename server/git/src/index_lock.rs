//! The index of a worktree under Git's own lock file, which a process that dies leaves to nobody.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tgp_lock::{GitLock, LockError, clear_own, lock_name, wait};

use crate::fault::ProjectFault;
use crate::open::Project;

/// The second name of a lock of ours, by which the next process knows it.
const OWN: &str = "lock-index";

/// The index of a worktree while no other program changes it. Dropped, it is as it was.
pub struct HeldIndex {
    lock: GitLock,
    index: PathBuf,
}

impl HeldIndex {
    /// Puts an index in place. Git sees the old one or the new one.
    pub fn replace(mut self, bytes: &[u8]) -> Result<(), ProjectFault> {
        self.lock.write_all(bytes).map_err(ProjectFault::io("write", &self.index))?;
        self.lock.commit()?;
        let synced = std::fs::File::open(&self.index).and_then(|file| file.sync_all());
        synced.map_err(ProjectFault::io("sync", &self.index))
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
        let index = self.git_dir().join("index");
        let own = self.own_name(self.git_dir())?;
        let mut taken = Err(LockError::Held { path: lock_name(&index), age: None });
        wait(self.settings.lock_limit, || {
            taken = self
                .gate
                .pass()
                .and_then(|_passage| GitLock::take(&index, &own, Duration::ZERO, &self.private()));
            !matches!(taken, Err(LockError::Held { .. }))
        });
        Ok(HeldIndex { lock: taken?, index })
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
