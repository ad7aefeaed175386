//! A gate between tgp's own threads and processes: an operating-system lock on a file such as `state/library.lock`, which
//! dies with its process.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;

use crate::error::LockError;

/// Longest pause between two looks at a lock somebody else holds.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Lets one thread of one process at a time change something, such as the library.
pub struct Gate {
    path: PathBuf,
    limit: Duration,
    file: Mutex<Option<File>>,
}

/// Held while it is changed.
pub struct Passage<'a> {
    file: MutexGuard<'a, Option<File>>,
}

impl Gate {
    /// The gate of the library whose state lies in this folder; others are waited for `limit` long.
    pub fn new(state: &Path, limit: Duration) -> Self {
        Self::named(state, "library.lock", limit)
    }

    /// The gate whose lock is this file of a folder.
    pub fn named(folder: &Path, name: &str, limit: Duration) -> Self {
        Self { path: folder.join(name), limit, file: Mutex::new(None) }
    }

    /// Waits until nobody else passed.
    pub fn pass(&self) -> Result<Passage<'_>, LockError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            if let Some(folder) = self.path.parent() {
                std::fs::create_dir_all(folder).map_err(LockError::io("create", folder))?;
            }
            let opened = OpenOptions::new().create(true).truncate(false).write(true).open(&self.path);
            *file = Some(opened.map_err(LockError::io("open", &self.path))?);
        }
        let locked = file.as_ref().is_some_and(|file| {
            wait(self.limit, || rustix::fs::flock(file, FlockOperation::NonBlockingLockExclusive).is_ok())
        });
        if locked {
            Ok(Passage { file })
        } else {
            Err(LockError::Held { path: self.path.clone(), age: None })
        }
    }
}

impl Drop for Passage<'_> {
    fn drop(&mut self) {
        if let Some(file) = self.file.as_ref() {
            let _ = rustix::fs::flock(file, FlockOperation::Unlock);
        }
    }
}

/// Tries until it works or the time is over, with growing pauses.
pub fn wait(limit: Duration, mut attempt: impl FnMut() -> bool) -> bool {
    let begun = Instant::now();
    let mut pause = Duration::from_micros(200);
    loop {
        if attempt() {
            return true;
        }
        if begun.elapsed() >= limit {
            return false;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
