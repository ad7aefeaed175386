//! The index of a worktree put in place under Git's own lock file, which a process that dies leaves to nobody.

use std::io::Write as _;
use std::path::PathBuf;

use tgp_lock::{GitLock, clear_own, lock_name};

use crate::fault::ProjectFault;
use crate::open::Project;

/// The second name of a lock of ours, by which the next process knows it.
const OWN: &str = "lock-index";

impl Project {
    /// The lock file of the index, where a git program holds it or left it behind. One of a dead process of ours is
    /// taken away.
    pub fn index_locked(&self) -> Result<Option<PathBuf>, ProjectFault> {
        let index = self.git_dir().join("index");
        let lock = lock_name(&index);
        if !lock.exists() {
            return Ok(None);
        }
        let _passage = self.gate.pass().map_err(ProjectFault::from)?;
        clear_own(&index, &self.private().join(OWN));
        Ok(Some(lock).filter(|lock| lock.exists()))
    }

    /// Puts an index in place. Git sees the old one or the new one.
    pub fn replace_index(&self, bytes: &[u8]) -> Result<(), ProjectFault> {
        let index = self.git_dir().join("index");
        let _passage = self.gate.pass().map_err(ProjectFault::from)?;
        let own = self.private().join(OWN);
        let mut lock = GitLock::take(&index, &own, self.settings.lock_limit, &self.private())?;
        lock.write_all(bytes).map_err(ProjectFault::io("write", &index))?;
        lock.commit()?;
        let synced = std::fs::File::open(&index).and_then(|file| file.sync_all());
        synced.map_err(ProjectFault::io("sync", &index))
    }
}
