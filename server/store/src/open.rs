//! Opening the file: what is ours, what is newer, what is damaged, and where a damaged one goes.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};
use tgp_model::Timestamp;

use crate::connection::{self, Writer};
use crate::error::OpenStoreError;
use crate::migrate;
use tgp_model::iso::iso8601;

pub(crate) fn open_both(path: &Path) -> Result<(Writer, Connection), OpenStoreError> {
    let problem = |error: rusqlite::Error| open_problem(path, &error);
    let connection = connection::open(path, true).map_err(problem)?;
    let header = migrate::header(&connection).map_err(problem)?;
    let known = migrate::newest();
    let is_ours =
        header.application == migrate::APPLICATION_ID || (header.tables == 0 && header.version == 0);
    if !is_ours {
        return Err(OpenStoreError::Foreign { path: path.to_owned() });
    }
    if header.version > known {
        return Err(OpenStoreError::Newer { path: path.to_owned(), found: header.version, known });
    }
    connection::use_wal(&connection).map_err(problem)?;
    let mut writer = Writer::new(connection).map_err(problem)?;
    if header.version < known {
        migrate::migrate(&mut writer).map_err(problem)?;
    }
    let reader = connection::open(path, false).map_err(problem)?;
    reader.execute_batch("PRAGMA query_only = ON").map_err(problem)?;
    Ok((writer, reader))
}

pub(crate) fn open_problem(path: &Path, error: &rusqlite::Error) -> OpenStoreError {
    let path = path.to_owned();
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy) => OpenStoreError::Busy { path },
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            OpenStoreError::Damaged { path, message }
        }
        _ => OpenStoreError::Unreachable { path, message },
    }
}

/// Gives a damaged database another name, with its log, so that a new one can be begun and nothing is lost. One
/// process does it; another that comes to the same conclusion meanwhile finds that `is_still_damaged` says no.
pub(crate) fn set_aside(
    path: &Path,
    now: Timestamp,
    is_still_damaged: &dyn Fn() -> bool,
) -> Result<Option<PathBuf>, OpenStoreError> {
    let unreachable = |error: std::io::Error| OpenStoreError::Unreachable {
        path: path.to_owned(),
        message: error.to_string(),
    };
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(with_ending(path, ".setting-aside"))
        .map_err(unreachable)?;
    lock.lock().map_err(unreachable)?;
    if !is_still_damaged() {
        return Ok(None);
    }
    let stamp: String = iso8601(now).chars().filter(char::is_ascii_alphanumeric).collect();
    let aside = (1..=u16::MAX)
        .map(|number| match number {
            1 => with_ending(path, &format!(".damaged-{stamp}")),
            _ => with_ending(path, &format!(".damaged-{stamp}-{number}")),
        })
        .find(|aside| !aside.exists())
        .unwrap_or_else(|| with_ending(path, ".damaged"));
    // The log first: a new database must never meet the log of the old one.
    for ending in ["-wal", "-shm", ""] {
        match fs::rename(with_ending(path, ending), with_ending(&aside, ending)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(unreachable(error)),
            _ => {}
        }
    }
    Ok(Some(aside))
}

pub(crate) fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
