//! The state database of one project, as the engine uses it.

mod asking;
mod library;
mod notes;
mod timeline;
mod trail;
mod work;

pub use trail::{AcceptDamage, STORAGE_WARNING, StorageUse};

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use rusqlite::Connection;
use tgp_audit::{AuditHead, FileAnchor, KeepHead};

use crate::connection::{self, Durability, Log, Writer};
use crate::error::{OpenStoreError, StoreError};
use crate::group::{Flusher, Group, Note};
use crate::joint::Joint;
use crate::open::{open_both, open_problem};
use crate::verifying::Verifying;

/// Pages of the write-ahead log after which it is moved into the database: 4 MiB.
const CHECKPOINT_PAGES: i32 = 1_000;

/// The state database. Usable from several threads; several processes may have it open.
///
/// Dropping it writes what waits. A process that ends without dropping it calls `flush` first.
pub struct Store {
    pub(crate) inner: Arc<Inner>,
    flusher: Flusher,
}

pub(crate) struct Inner {
    pub(crate) path: PathBuf,
    writer: Mutex<Writer>,
    reader: Mutex<Connection>,
    log: Log,
    pub(crate) group: Group,
    joint: Joint,
    pub(crate) anchoring: Anchoring,
    pub(crate) verifying: Verifying,
}

/// What is needed to anchor the head of the audit chain.
#[derive(Default)]
pub(crate) struct Anchoring {
    /// Where; none where nothing is anchored, or where damage was found that no person accepted.
    pub(crate) file: Mutex<Option<FileAnchor>>,
    /// Another place for the head, and the last row it was told.
    pub(crate) second: Mutex<Option<Arc<dyn KeepHead>>>,
    pub(crate) second_has: AtomicU64,
    pub(crate) heads: Mutex<Heads>,
}

/// How far the chain is known to be on the disk, and how far it was verified.
#[derive(Default, Clone, Copy)]
pub(crate) struct Heads {
    /// The last row that a power loss cannot take.
    pub(crate) durable: Option<AuditHead>,
    /// The last row that was verified, and up to which row older ones were looked at again.
    pub(crate) verified: Option<AuditHead>,
    pub(crate) looked_again: u64,
}

impl Store {
    /// Opens the database, creates it (and its folder) where there is none, and brings its tables up to date. Looks at
    /// no anchor and verifies nothing; `Store::start` does.
    pub fn open(path: &Path) -> Result<Store, OpenStoreError> {
        Self::open_with(path, Anchoring::default())
    }

    pub(crate) fn open_with(path: &Path, anchoring: Anchoring) -> Result<Store, OpenStoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| OpenStoreError::Unreachable {
                path: path.to_owned(),
                message: error.to_string(),
            })?;
        }
        let (writer, reader) = open_both(path)?;
        let inner = Arc::new(Inner {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            reader: Mutex::new(reader),
            log: Log::of(path),
            group: Group::default(),
            joint: Joint::default(),
            anchoring,
            verifying: Verifying::default(),
        });
        let flusher = Flusher::start(&inner);
        if flusher.runs() {
            inner.checkpoint_in_background().map_err(|error| open_problem(path, &error))?;
        }
        Ok(Store { inner, flusher })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Writes the reads and counts that wait.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.inner.flush()
    }

    /// Adds a note to the group; writes it where the thread does not.
    fn add_to_group(&self, note: Note) -> Result<(), StoreError> {
        let overfull = self.inner.group.add(note);
        if overfull || !self.flusher.runs() { self.flush() } else { Ok(()) }
    }

    /// Looks at every page of the file; says what is damaged, nothing where all is well. Slow on a large file.
    pub fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        Ok(quick_check(&connection::open(&self.inner.path, false)?)?)
    }
}

/// Moves all of the write-ahead log into the database, which is synced then.
fn move_whole_log(path: &Path) -> rusqlite::Result<()> {
    connection::open(path, false)?.query_row("PRAGMA wal_checkpoint(FULL)", [], |row| {
        let [busy, all, moved] = [row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?];
        let whole = busy == 0 && all == moved;
        whole.then_some(()).ok_or(rusqlite::Error::QueryReturnedNoRows)
    })
}

/// What `SQLite` finds damaged in any page.
pub(crate) fn quick_check(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
    let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(lines.into_iter().filter(|line| line != "ok").collect())
}

impl Drop for Store {
    fn drop(&mut self) {
        self.flusher.stop(&self.inner.group);
        if let Err(error) = self.inner.flush() {
            tracing::error!(%error, "the last notes were not written");
        }
        self.inner.verifying.wait(); // What it verified is anchored.
        if let Err(error) = self.inner.anchor_all() {
            tracing::warn!(%error, "the head of the audit chain could not be anchored");
        }
    }
}

impl Inner {
    pub(crate) fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction. After a synced one, all rows of the chain so far outlive a power loss.
    pub(crate) fn write<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let (result, head) = self.commit(durability, work)?;
        head.map_or(Ok(()), |head| self.sync(head))?;
        Ok(result)
    }

    /// Runs `work` in one transaction; for one to be synced, also says the head of the chain after it.
    pub(crate) fn commit<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<(T, Option<AuditHead>), StoreError> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).write(|connection| {
            let result = work(connection)?;
            let head = (durability == Durability::Synced).then(|| tgp_audit::head(connection)).transpose()?;
            Ok((result, head))
        })
    }

    /// Brings what was committed to the disk, the chain to this head with it.
    pub(crate) fn sync(&self, head: AuditHead) -> Result<(), StoreError> {
        let synced = self.log.sync(|| move_whole_log(&self.path));
        synced.map_err(|error| StoreError::NotSynced { message: error.to_string() })?;
        let mut heads = self.heads();
        if heads.durable.is_none_or(|durable| durable.seq < head.seq) {
            heads.durable = Some(head);
        }
        drop(heads);
        self.group.ask_for_anchor();
        Ok(())
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        // The writer first, so that two who flush keep the order of the notes.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        self.flush_through(&mut writer)
    }

    /// `flush`, for what has to be on the disk when it returns.
    pub(crate) fn flush_to_disk(&self) -> Result<(), StoreError> {
        self.flush()?;
        self.write(Durability::Synced, |_| Ok(()))
    }

    /// Writes what waits where that can be done at once. What is read then is as old as the last note at the most that
    /// another process's long write holds up; nobody waits for it.
    pub(crate) fn flush_soon(&self) -> Result<(), StoreError> {
        let Some(mut writer) = self.writer_soon() else { return Ok(()) };
        match writer.impatiently(|writer| self.flush_through(writer))? {
            Err(StoreError::Busy) => Ok(()),
            other => other,
        }
    }

    /// The writer, unless another thread holds it for longer than a usual write takes.
    fn writer_soon(&self) -> Option<MutexGuard<'_, Writer>> {
        const TRIES: u32 = 500;
        const PAUSE: Duration = Duration::from_micros(100);
        for _ in 0..TRIES {
            match self.writer.try_lock() {
                Ok(writer) => return Some(writer),
                Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            }
        }
        None
    }

    fn flush_through(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let notes = self.group.take();
        if notes.is_empty() {
            return Ok(());
        }
        let written = writer.write(|connection| notes::write_notes(connection, &notes));
        match &written {
            Ok(()) => {}
            Err(StoreError::Duplicate { action }) => {
                // One that can never be noted must not hold up the others.
                tracing::error!(%action, "a read was noted twice");
                let is_other = |note: &Note| match note {
                    Note::Read(read) => read.0.action.to_string() != *action,
                    Note::Run { .. } => true,
                };
                self.group.give_back(notes.into_iter().filter(is_other).collect());
            }
            Err(_) => self.group.give_back(notes),
        }
        written
    }

    pub(crate) fn heads(&self) -> MutexGuard<'_, Heads> {
        self.anchoring.heads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the checkpoint out of the way of those who note something.
    fn checkpoint_in_background(self: &Arc<Self>) -> rusqlite::Result<()> {
        let weak = Arc::downgrade(self);
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut before, mut due) = (0, CHECKPOINT_PAGES);
        writer.connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages: i32| {
            if pages < before {
                due = CHECKPOINT_PAGES; // The log was begun anew.
            }
            before = pages;
            if pages >= due
                && let Some(inner) = weak.upgrade()
            {
                due = pages + CHECKPOINT_PAGES;
                inner.group.ask_for_checkpoint();
            }
            Ok(())
        }))
    }

    /// Moves the write-ahead log into the database: nearly all of it while others write, and the rest while they
    /// wait for a moment, because the log is begun anew only when nothing of it is left to move.
    pub(crate) fn checkpoint(&self) {
        let move_all =
            |connection: &Connection| connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        let done = connection::open(&self.path, false).and_then(|connection| {
            move_all(&connection)?;
            let _nobody_writes = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
            move_all(&connection)
        });
        if let Err(error) = done {
            tracing::debug!(%error, "the write-ahead log could not be moved into the state database");
        }
    }
}
