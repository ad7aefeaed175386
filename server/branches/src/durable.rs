//! Making what was published survive a power loss. Publishing alone survives the death of the process only; the caller
//! keeps what it needs to do it again until this was done.

use std::path::Path;

use tgp_git::ProjectFault;

use crate::name::BranchName;
use crate::task::Branches;

/// Up to this many objects are synced one by one.
const FEW: usize = 8;

impl Branches {
    /// Syncs all objects written so far and the refs of a branch.
    pub fn sync(&self, branch: &BranchName) -> Result<(), ProjectFault> {
        self.sync_refs(&[&branch.head_ref(), &branch.start_ref()])
    }

    /// Syncs all objects written so far and some refs, by their full names.
    pub fn sync_refs(&self, names: &[&str]) -> Result<(), ProjectFault> {
        // Few objects one by one: syncing the whole file system waits for what others write.
        let objects = self.project.objects();
        objects.keep_recent()?;
        let unsynced = objects.unsynced();
        if unsynced.len() <= FEW {
            if !unsynced.is_empty() {
                objects.sync(&unsynced)?;
            }
        } else {
            objects.sync_all()?;
        }
        for name in names {
            let path = self.project.common_dir().join(name);
            sync(&path)?;
            if let Some(folder) = path.parent() {
                sync(folder)?;
            }
        }
        Ok(())
    }
}

/// A ref that was gathered or removed meanwhile is Git's to keep.
fn sync(path: &Path) -> Result<(), ProjectFault> {
    match std::fs::File::open(path).and_then(|file| file.sync_all()) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ProjectFault::io("sync", path)(error))
        }
        _ => Ok(()),
    }
}
