//! Locks between processes: who changes the library, whose lock file that is, and which process still lives.
//!
//! - Comes in: the folder of a library and of its state, how long to wait.
//! - Goes out: a lock that frees itself when its process dies, however it dies.
//! - Stays true: a lock of a living process is waited for and never broken; one of a dead process holds up nobody.
//! - Deliberately absent: what is done while a lock is held.

mod error;
mod gate;
mod git_lock;
mod process_lock;

pub use error::LockError;
pub use gate::{Gate, Passage, wait};
pub use git_lock::{GitLock, age, clear_foreign, clear_own, lock_name};
pub use process_lock::{ProcessLock, ProcessLockError, boot_of, process_lock_name};
