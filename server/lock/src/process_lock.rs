//! The lock each process holds while it lives, so that others can tell a running action from an abandoned one.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;
use tgp_model::SessionId;

/// A lock that could not be taken or looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProcessLockError {
    /// The operating system refused.
    #[error("could not {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process holds a lock of this name.
    #[error("the process lock `{id}` is already held")]
    Held {
        /// Its name.
        id: String,
    },
    /// The name cannot be a file name.
    #[error("`{id}` is not the name of a process lock: letters, digits, `-` and `_`")]
    Name {
        /// The name as it came in.
        id: String,
    },
}

/// Held for as long as this value lives; the operating system frees it when the process dies, however it dies.
#[derive(Debug)]
pub struct ProcessLock {
    id: String,
    path: PathBuf,
    _file: File,
}

fn lock_path(state: &Path, id: &str) -> Result<PathBuf, ProcessLockError> {
    let fits = (1..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if fits {
        Ok(state.join("processes").join(format!("{id}.lock")))
    } else {
        Err(ProcessLockError::Name { id: id.to_owned() })
    }
}

fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> ProcessLockError + use<'a> {
    move |source| ProcessLockError::Io { doing, path: path.to_owned(), source }
}

/// Name of this process's lock: the session, and the machine's present run where the system tells it.
pub fn process_lock_name(session: SessionId) -> String {
    let boot: String = boot_id().chars().filter(char::is_ascii_alphanumeric).take(12).collect();
    format!("{session}-{boot}")
}

/// The part of a lock's name that says in which run of the machine it was taken.
pub fn boot_of(lock: &str) -> &str {
    lock.split_once('-').map_or("", |(_, boot)| boot)
}

#[cfg(target_os = "linux")]
fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default()
}

/// Elsewhere a power loss is not told from the death of a process: Git's own caution has to do.
#[cfg(not(target_os = "linux"))]
fn boot_id() -> String {
    String::new()
}

impl ProcessLock {
    /// Takes the lock `id` below the state folder. The name must be new in the world (a ULID).
    pub fn hold(state: &Path, id: &str) -> Result<Self, ProcessLockError> {
        let path = lock_path(state, id)?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io("create", folder))?;
        }
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io("open", &path))?;
        if rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
            return Err(ProcessLockError::Held { id: id.to_owned() });
        }
        // The number is for a person who looks; whether the process lives is told by the lock alone.
        writeln!(file, "{}", std::process::id()).map_err(io("write", &path))?;
        Ok(Self { id: id.to_owned(), path, _file: file })
    }

    /// The name intents carry.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether a process that took the lock `id` still runs. A lock nobody holds is removed.
    pub fn is_alive(state: &Path, id: &str) -> Result<bool, ProcessLockError> {
        let path = lock_path(state, id)?;
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(io("open", &path)(error)),
        };
        // A shared lock, so that two processes that both look do not take each other for the holder.
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => {
                let _ = std::fs::remove_file(&path);
                Ok(false)
            }
            Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
            Err(error) => Err(io("look at", &path)(error.into())),
        }
    }
}

impl Drop for ProcessLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}
