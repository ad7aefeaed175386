//! Git's lock files, which a person's git also takes.
//!
//! Every Git lock file we take is a second name (hard link) of a file in `state/`, is taken only while holding the gate,
//! and is locked for the operating system as long as its owner lives. So whoever holds the gate and finds such a file that
//! nobody has locked knows that its owner is dead. A lock file that is not ours
//! belongs to a git program: it is waited for, and removed only when it is older than ten minutes and no git process
//! works in the library.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::FlockOperation;

use crate::error::LockError;
use crate::gate::wait;

/// Younger lock files of a git program are never removed.
const FOREIGN_LOCK_AGE: Duration = Duration::from_mins(10);
/// A lock file of Git's, `<target>.lock`, which becomes the target when it is committed.
#[derive(Debug)]
pub struct GitLock {
    target: PathBuf,
    lock: PathBuf,
    own: PathBuf,
    file: File,
    done: bool,
}

/// The lock file of a file of Git's.
pub fn lock_name(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

fn inode(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    let found = std::fs::symlink_metadata(path).ok()?;
    Some((found.dev(), found.ino()))
}

/// Locks a second name for the operating system, which frees it when its process ends, however it ends.
fn hold(file: &File) -> std::io::Result<()> {
    Ok(rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive)?)
}

/// Removes the lock file of a dead tgp process. The caller holds the gate, so no living one is about to take it.
pub fn clear_own(target: &Path, own: &Path) -> Option<PathBuf> {
    let mine = inode(own)?;
    if File::open(own).is_ok_and(|file| hold(&file).is_err()) {
        return None;
    }
    let lock = lock_name(target);
    let removed = inode(&lock) == Some(mine) && std::fs::remove_file(&lock).is_ok();
    let _ = std::fs::remove_file(own);
    removed.then_some(lock)
}

impl GitLock {
    /// Takes `<target>.lock`. The caller holds the gate.
    pub fn take(target: &Path, own: &Path, limit: Duration, library: &Path) -> Result<Self, LockError> {
        let lock = lock_name(target);
        clear_own(target, own);
        let file = match OpenOptions::new().create_new(true).write(true).open(own) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                return Err(LockError::Held { path: lock, age: None });
            }
            Err(error) => return Err(LockError::io("create", own)(error)),
        };
        if let Err(error) = hold(&file) {
            let _ = std::fs::remove_file(own);
            return Err(LockError::io("lock", own)(error));
        }
        let mut failure = None;
        let mut attempt = || match std::fs::hard_link(own, &lock) {
            Ok(()) => true,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            Err(error) => {
                failure = Some(error);
                true
            }
        };
        let taken = wait(limit, &mut attempt) || (clear_foreign(&lock, library) && attempt());
        if let Some(error) = failure {
            let _ = std::fs::remove_file(own);
            return Err(LockError::io("lock", &lock)(error));
        }
        if !taken {
            let _ = std::fs::remove_file(own);
            return Err(LockError::Held { age: age(&lock, own), path: lock });
        }
        Ok(Self { target: target.to_owned(), lock, own: own.to_owned(), file, done: false })
    }

    /// The lock once more, to hand to a program that works under it: it then stands as long as that program runs, even
    /// where this process dies.
    pub fn share(&self) -> std::io::Result<File> {
        self.file.try_clone()
    }

    /// Makes what was written the target.
    pub fn commit(mut self) -> Result<(), LockError> {
        std::fs::rename(&self.lock, &self.target).map_err(LockError::io("write", &self.target))?;
        self.done = true;
        let _ = std::fs::remove_file(&self.own);
        Ok(())
    }
}

impl Write for GitLock {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for GitLock {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.lock);
            let _ = std::fs::remove_file(&self.own);
        }
    }
}

/// Age by the file system's own clock: compared with a file touched just now, so that no other clock is asked.
pub fn age(lock: &Path, fresh: &Path) -> Option<Duration> {
    let reference = fresh.with_extension("clock");
    let now = std::fs::write(&reference, b"").and_then(|()| std::fs::metadata(&reference)?.modified());
    let _ = std::fs::remove_file(&reference);
    now.ok()?.duration_since(std::fs::symlink_metadata(lock).ok()?.modified().ok()?).ok()
}

/// Removes a lock file a git program left behind: old, and no git process works in the library.
pub fn clear_foreign(lock: &Path, library: &Path) -> bool {
    let fresh = library.join("state").join("age");
    if age(lock, &fresh).is_none_or(|age| age < FOREIGN_LOCK_AGE) || git_works_in(library) {
        return false;
    }
    tracing::warn!(lock = %lock.display(), "removed a lock file no process holds");
    std::fs::remove_file(lock).is_ok()
}

/// Whether any process named `git` stands in the library. `git commit` keeps its lock, closed, while an editor is
/// open, so it is not enough to ask who has the lock file open. Where it cannot be told, somebody might: yes.
fn git_works_in(library: &Path) -> bool {
    let (Ok(processes), Ok(library)) = (std::fs::read_dir("/proc"), library.canonicalize()) else {
        return true;
    };
    processes.flatten().any(|process| {
        let folder = process.path();
        let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
        name.starts_with("git")
            && std::fs::read_link(folder.join("cwd")).is_ok_and(|cwd| cwd.starts_with(&library))
    })
}
