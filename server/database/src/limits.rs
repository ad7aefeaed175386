//! How much one statement and one run may use of a database.

use std::time::{Duration, Instant};

use tgp_model::CancelToken;

/// Limits of every statement on one database, and the one setting the user's application decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseLimits {
    /// Longest time one statement may run, reading its page included.
    pub statement: Duration,
    /// Longest time to wait for another process's lock.
    pub lock_wait: Duration,
    /// Most rows of one page, whatever the caller asks for.
    pub rows: u64,
    /// Largest single value of a page, in bytes; a larger one is `SqlError::TooLarge`.
    pub cell_bytes: usize,
    /// Size of a page in bytes, roughly; a page ends early (with `more`) when it is full.
    pub page_bytes: usize,
    /// Largest value or row `SQLite` itself will build (`randomblob(1e9)`), in bytes.
    pub value_bytes: usize,
    /// Whether foreign keys are enforced. `false` is `SQLite`'s own default: a tool then sees
    /// the same rules as an application that never asked for them.
    pub foreign_keys: bool,
    /// Longest time undoing one changeset may take.
    pub undo: Duration,
    /// Most bytes one transaction's changeset may take. What changes more is irreversible, and says so before it is
    /// committed.
    pub changeset_bytes: usize,
    /// Whether tgp may keep its small table `tgp_actions` in the database, from which it knows exactly after a crash
    /// whether an action's transaction was committed.
    pub actions_table: bool,
}

impl Default for DatabaseLimits {
    fn default() -> Self {
        Self {
            statement: Duration::from_secs(10),
            lock_wait: Duration::from_secs(2),
            rows: 100_000,
            cell_bytes: 1 << 20,
            page_bytes: 8 << 20,
            value_bytes: 64 << 20,
            foreign_keys: false,
            undo: Duration::from_mins(1),
            changeset_bytes: 32 << 20,
            actions_table: true,
        }
    }
}

/// What bounds one run besides the limits of each statement.
#[derive(Debug, Clone, Default)]
pub struct RunLimits {
    /// When the whole run has to be over.
    pub deadline: Option<Instant>,
    /// Stops the statement that is running; looked at every few microseconds.
    pub cancel: Option<CancelToken>,
}
