//! What can go wrong with a database, a statement, a run.

use std::path::PathBuf;
use std::time::Duration;

/// Why a database cannot be opened. Nothing was created or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenDatabaseError {
    /// The URL is none of `sqlite:path`, `sqlite://path`, `sqlite:///absolute`, or a path.
    #[error("`{url}` is no database URL: {why}")]
    Url {
        /// The URL as it came in, without what may be a password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such file. tgp never creates a database.
    #[error("there is no database `{path}`")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is something else: a folder, a device.
    #[error("`{path}` is {what}, not a database file")]
    Kind {
        /// Where.
        path: PathBuf,
        /// What is there.
        what: &'static str,
    },
    /// The operating system does not let us read it.
    #[error("`{path}` cannot be opened: {message}")]
    Permission {
        /// Where.
        path: PathBuf,
        /// What the operating system said.
        message: String,
    },
    /// The file is no `SQLite` database (or an encrypted one).
    #[error("`{path}` is not an SQLite database")]
    NotADatabase {
        /// Where.
        path: PathBuf,
    },
    /// The file is damaged.
    #[error("the database `{path}` is damaged: {message}")]
    Corrupt {
        /// Where.
        path: PathBuf,
        /// What `SQLite` said.
        message: String,
    },
    /// Another process held it for the whole time we were ready to wait.
    #[error("the database `{path}` is locked by another process (waited {waited:?})")]
    Busy {
        /// Where.
        path: PathBuf,
        /// How long we waited.
        waited: Duration,
    },
    /// Anything else `SQLite` says.
    #[error("the database `{path}` cannot be opened: {message}")]
    Other {
        /// Where.
        path: PathBuf,
        /// What `SQLite` said.
        message: String,
    },
}

/// A place in an SQL text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Bytes from the beginning.
    pub offset: usize,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Why a statement did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SqlError {
    /// Statements of this kind are never run here.
    #[error("{what} is not allowed")]
    Forbidden {
        /// What, such as "`ATTACH`" or "the function `load_extension`".
        what: String,
    },
    /// `SQLite` does not accept the statement, or a constraint failed.
    #[error("{message}{}", place_text(*place))]
    Failed {
        /// `SQLite`'s message.
        message: String,
        /// Where in the statement, when `SQLite` says so.
        place: Option<Place>,
    },
    /// The parameters do not fit the statement.
    #[error("{}", parameters_text(missing, extra, hint.as_deref()))]
    Parameters {
        /// Parameters of the statement that were given no value, as the statement writes them.
        missing: Vec<String>,
        /// Values that were given and fit no parameter, by name or position.
        extra: Vec<String>,
        /// What does not fit otherwise (an array for names, an object for `?`).
        hint: Option<String>,
    },
    /// A value of the result is larger than one call takes.
    #[error("a value of {size} bytes in column `{column}` is over the limit of {limit} bytes")]
    TooLarge {
        /// The column.
        column: String,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// Another writer held the database for the whole time we were ready to wait.
    #[error("the database is locked by another writer (waited {waited:?})")]
    Busy {
        /// How long we were ready to wait.
        waited: Duration,
    },
    /// The run has read something another writer has changed since (or is about to), and now wants to write.
    /// The run is lost; run it again with `Begin::Immediate` and the same seed.
    #[error("another writer changed the database since this run first read it")]
    Stale,
    /// The statement ran longer than it may.
    #[error("the statement ran longer than {limit:?}")]
    Timeout {
        /// The limit that was reached.
        limit: Duration,
    },
    /// The run was cancelled.
    #[error("the statement was cancelled")]
    Interrupted,
    /// The run's transaction is gone: a statement ended it (`INSERT OR ROLLBACK`, `RAISE(ROLLBACK)`), was stopped
    /// while writing, or lost to another writer. Nothing of the run is kept and no further statement is taken.
    #[error("the transaction of this run was rolled back ({cause}); nothing of it is kept")]
    Ended {
        /// What ended it.
        cause: String,
    },
    /// The database is damaged, gone, full, or the disk fails.
    #[error("the database cannot be used: {message}")]
    Unusable {
        /// What `SQLite` or the operating system said.
        message: String,
    },
}

fn place_text(place: Option<Place>) -> String {
    place.map_or_else(String::new, |at| format!(" (line {}, column {})", at.line, at.column))
}

fn parameters_text(missing: &[String], extra: &[String], hint: Option<&str>) -> String {
    let list = |items: &[String]| items.iter().map(|item| format!("`{item}`")).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("no value for {}", list(missing)));
    }
    if !extra.is_empty() {
        parts.push(format!("the statement has no {}", list(extra)));
    }
    if let Some(hint) = hint {
        parts.push(hint.to_owned());
    }
    format!("the parameters do not fit: {}", parts.join("; "))
}

impl Place {
    /// The place of a byte in a text.
    pub(crate) fn of(text: &str, offset: usize) -> Place {
        let before = text.get(..offset).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Place { offset, line: number(line), column: number(column) }
    }
}
