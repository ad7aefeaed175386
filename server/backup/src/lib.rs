//! Copies of the user's database, made by `SQLite` itself while others use it.
//!
//! - Comes in: the file of a database, and where its copy goes.
//! - Goes out: the copy, page by page as the last commit left it; what an open transaction changed is not in it.
//! - Stays true: a copy is there whole or not at all; older copies go first when there are too many.
//! - Deliberately absent: when a copy is made, and putting one back. A person does that.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};

/// Copies kept in one folder; the oldest go.
const KEPT: usize = 20;
/// Pages copied between two looks at other users of the database.
const AT_ONCE: i32 = 4_096;
/// How long it waits for a writer who is just committing.
const PAUSE: Duration = Duration::from_millis(5);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database is larger than a copy may be.
    #[error("the database has {size} bytes; a copy may have {most}")]
    TooLarge {
        /// Its size.
        size: u64,
        /// The largest copy.
        most: u64,
    },
    /// A file or folder cannot be used.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// `SQLite` refuses.
    #[error("`{}` cannot be copied: {source}", path.display())]
    Database {
        /// The database.
        path: PathBuf,
        /// What it says.
        source: rusqlite::Error,
    },
}

/// Copies the database to `folder/name`, of at most `most` bytes. Gives the size of the copy.
pub fn back_up(database: &Path, folder: &Path, name: &str, most: u64) -> Result<u64, BackupError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| BackupError::Io { path, source }
    };
    let size = fs::metadata(database).map_err(io(database))?.len();
    if size > most {
        return Err(BackupError::TooLarge { size, most });
    }
    fs::create_dir_all(folder).map_err(io(folder))?;
    let beside = folder.join(format!(".{name}.new"));
    let _ = fs::remove_file(&beside);
    let copied =
        copy(database, &beside).map_err(|source| BackupError::Database { path: database.to_owned(), source });
    let done = copied.and_then(|()| {
        let file = fs::File::open(&beside).map_err(io(&beside))?;
        file.sync_all().map_err(io(&beside))?;
        let size = file.metadata().map_err(io(&beside))?.len();
        fs::rename(&beside, folder.join(name)).map_err(io(&beside))?;
        Ok(size)
    });
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    } else {
        forget_oldest(folder);
    }
    done
}

fn copy(database: &Path, to: &Path) -> rusqlite::Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let from = Connection::open_with_flags(database, flags)?;
    from.busy_timeout(Duration::from_secs(5))?;
    let mut copy = Connection::open(to)?;
    Backup::new(&from, &mut copy)?.run_to_completion(AT_ONCE, PAUSE, None)
}

/// Names begin with the number of an action, and so with its time.
fn forget_oldest(folder: &Path) {
    let Ok(listing) = fs::read_dir(folder) else { return };
    let mut names: Vec<PathBuf> = listing.filter_map(|item| Some(item.ok()?.path())).collect();
    names.retain(|path| path.extension().is_some_and(|end| end == "db"));
    names.sort();
    let too_many = names.len().saturating_sub(KEPT);
    for old in names.into_iter().take(too_many) {
        let _ = fs::remove_file(old);
    }
}
