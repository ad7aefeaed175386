//! How the state database is opened and written: WAL, and a sync only where one is asked for.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

/// How long a process waits for another one's lock.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(5);

/// Whether a transaction has to be on the disk when it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Also after a power failure: one sync of the write-ahead log.
    Synced,
    /// After the death of this process; the next sync or checkpoint carries it to the disk.
    Lazy,
}

/// The one connection of this process that writes.
///
/// `SQLite` itself syncs no transaction (`synchronous = NORMAL`: the log only before it is moved into the database).
pub(crate) struct Writer {
    pub(crate) connection: Connection,
}

impl Writer {
    pub(crate) fn new(connection: Connection) -> rusqlite::Result<Self> {
        connection.execute_batch("PRAGMA synchronous = NORMAL")?;
        Ok(Self { connection })
    }

    /// Runs `work` with a connection that asks for another process's lock a few times only.
    pub(crate) fn impatiently<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> rusqlite::Result<T> {
        self.connection.busy_handler(Some(ask_a_few_times))?;
        let done = work(self);
        self.connection.busy_handler(Some(wait_for_lock))?;
        Ok(done)
    }

    /// Runs `work` in one transaction that has the write lock from the beginning. It outlives the process; a power
    /// failure only after `Log::sync`, or when the log is moved.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let result = work(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}

/// The write-ahead log, synced by us and not by `SQLite`: the lock on the database is free by then, so others write
/// while the disk works.
pub(crate) struct Log {
    path: PathBuf,
    state: Mutex<LogState>,
}

#[derive(Default)]
struct LogState {
    file: Option<Arc<File>>,
    failed: bool,
}

impl Log {
    pub(crate) fn of(database: &Path) -> Self {
        let mut path = database.as_os_str().to_owned();
        path.push("-wal");
        Self { path: path.into(), state: Mutex::default() }
    }

    /// Brings all transactions so far to the disk. The log exists, and stays the same file, from the first transaction
    /// of a connection to its end.
    ///
    /// What a sync could not write the next one does not write either, and says nothing of: the system takes it for
    /// written. So after a failure `repair` has to move the log into the database before a sync counts again.
    pub(crate) fn sync(&self, repair: impl FnOnce() -> rusqlite::Result<()>) -> io::Result<()> {
        let lock = || self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut state = lock();
        if state.failed {
            repair().map_err(io::Error::other)?;
            state.failed = false;
        }
        if state.file.is_none() {
            state.file = Some(Arc::new(File::options().write(true).open(&self.path)?));
        }
        let file = state.file.clone();
        drop(state);
        let synced = file.map_or(Ok(()), |file| file.sync_data());
        // The system tells one of those who sync at once; it is true for all of them.
        let mut state = lock();
        state.failed |= synced.is_err();
        if state.failed { synced.and(Err(io::ErrorKind::Other.into())) } else { synced }
    }
}

/// Another process's transaction takes a fraction of a millisecond, so the lock is asked for soon and often at first;
/// `SQLite`'s own pauses grow to a tenth of a second.
fn wait_for_lock(times: i32) -> bool {
    const SOON: i32 = 100;
    const LATER: Duration = Duration::from_millis(2);
    if times < SOON {
        std::thread::sleep(Duration::from_micros(100));
        return true;
    }
    let later = u32::try_from(times - SOON).unwrap_or(u32::MAX);
    if LATER.saturating_mul(later) >= LOCK_WAIT {
        return false;
    }
    std::thread::sleep(LATER);
    true
}

/// What another process's usual transaction takes, and no more.
fn ask_a_few_times(times: i32) -> bool {
    std::thread::sleep(Duration::from_micros(100));
    times < 200
}

/// Opens a connection; creates the file only when told to.
pub(crate) fn open(path: &Path, create: bool) -> rusqlite::Result<Connection> {
    let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.set_prepared_statement_cache_capacity(64);
    // Otherwise `SQLite` plans a kept statement anew for every new value, which costs more than running it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(
        "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF",
    )?;
    Ok(connection)
}

/// Puts the file into WAL mode. `SQLite` does not wait for the lock this needs when another process does the
/// same at that moment, so it is asked again.
pub(crate) fn use_wal(connection: &Connection) -> rusqlite::Result<()> {
    let begun = Instant::now();
    loop {
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && begun.elapsed() < LOCK_WAIT =>
            {
                std::thread::sleep(Duration::from_millis(2));
            }
            other => return other.map(|_| ()),
        }
    }
}
