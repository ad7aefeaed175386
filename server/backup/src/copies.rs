//! Copies made, put back and compared.

use std::fs;
use std::io::{self, Read as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest as _, Sha256};

/// Copies kept in one folder; the oldest go.
const KEPT: usize = 20;
/// Pages copied between two looks at other users of the database.
const AT_ONCE: i32 = 4_096;
/// All pages in one step, and so in one transaction.
const EVERY_PAGE: i32 = i32::MAX;
/// Bytes read at once where databases are compared; the first piece holds the counters.
const PIECE: usize = 64 << 10;
/// How long others who hold a database are waited for.
const LONGEST: Duration = Duration::from_secs(5);
/// Bytes of the first page that say who wrote last and in which journal mode, and nothing of what it holds.
const COUNTERS: [Range<usize>; 3] = [18..20, 24..28, 92..100];
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
    /// Others hold it for too long.
    #[error("`{}` is held by somebody else", path.display())]
    Busy {
        /// The database.
        path: PathBuf,
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

/// Copies the database to `folder/name`, of at most `most` bytes, and lets older copies there go. Gives the size of the
/// copy.
pub fn back_up(database: &Path, folder: &Path, name: &str, most: u64) -> Result<u64, BackupError> {
    let size = copy_to(database, folder, name, most)?;
    forget_oldest(folder);
    Ok(size)
}

/// Makes the database what a copy holds, in one transaction of `SQLite`: others see the old or the new one.
pub fn put_back(copy: &Path, database: &Path) -> Result<(), BackupError> {
    copy_pages(copy, database, EVERY_PAGE).map_err(problem(database))
}

/// Whether two databases hold the same pages; counters that each writer advances are not compared.
pub fn same(one: &Path, other: &Path) -> Result<bool, BackupError> {
    let beside = one.with_extension(format!("comparing-{}", std::process::id()));
    Ok(pages(one, &beside)? == pages(other, &beside)?)
}

fn problem(path: &Path) -> impl FnOnce(rusqlite::Error) -> BackupError {
    let path = path.to_owned();
    move |source| match source.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
            BackupError::Busy { path }
        }
        _ => BackupError::Database { path, source },
    }
}

/// A hash of all pages as the last commit left them. They are read from a copy at `beside`, which goes again.
fn pages(database: &Path, beside: &Path) -> Result<[u8; 32], BackupError> {
    let _ = fs::remove_file(beside);
    let copied = copy(database, beside).map_err(problem(database));
    let hash = copied
        .and_then(|()| hash_of(beside).map_err(|source| BackupError::Io { path: beside.to_owned(), source }));
    let _ = fs::remove_file(beside);
    hash
}

fn hash_of(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = fs::File::open(path)?;
    let mut piece = vec![0; PIECE];
    let (mut hash, mut is_first) = (Sha256::new(), true);
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            return Ok(hash.finalize().into());
        }
        if std::mem::take(&mut is_first) {
            for range in COUNTERS {
                piece.get_mut(range).into_iter().flatten().for_each(|byte| *byte = 0);
            }
        }
        hash.update(piece.get(..read).unwrap_or_default());
    }
}

/// Copies the database to `folder/name`, of at most `most` bytes. Gives the size of the copy.
pub fn copy_to(database: &Path, folder: &Path, name: &str, most: u64) -> Result<u64, BackupError> {
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
    let copied = copy(database, &beside).map_err(problem(database));
    let done = copied.and_then(|()| {
        let file = fs::File::open(&beside).map_err(io(&beside))?;
        file.sync_all().map_err(io(&beside))?;
        let size = file.metadata().map_err(io(&beside))?.len();
        fs::rename(&beside, folder.join(name)).map_err(io(&beside))?;
        Ok(size)
    });
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

fn copy(database: &Path, to: &Path) -> rusqlite::Result<()> {
    copy_pages(database, to, AT_ONCE)?;
    // A copy of one with a write-ahead log would want a log of its own whenever somebody reads it.
    Connection::open(to)?.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
}

fn copy_pages(from: &Path, to: &Path, at_once: i32) -> rusqlite::Result<()> {
    let from = open(from)?;
    let mut to = Connection::open(to)?;
    to.busy_timeout(LONGEST)?;
    let backup = Backup::new(&from, &mut to)?;
    let begun = Instant::now();
    loop {
        match backup.step(at_once)? {
            StepResult::Done => return Ok(()),
            StepResult::Busy | StepResult::Locked if begun.elapsed() > LONGEST => {
                let busy = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY);
                return Err(rusqlite::Error::SqliteFailure(busy, None));
            }
            _ => std::thread::sleep(PAUSE),
        }
    }
}

fn open(database: &Path) -> rusqlite::Result<Connection> {
    // To be read, one whose writer was killed has to be put right first, and `SQLite` does that only where it may write.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(database, flags)?;
    opened.busy_timeout(LONGEST)?;
    Ok(opened)
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
