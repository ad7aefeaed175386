//! The state database of one project, as the engine uses it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, ErrorCode};
use tgp_model::{ActionId, ActionStatus, Timestamp};

use crate::audit::{self, AuditHead, AuditReport};
use crate::connection::{self, Durability, Writer};
use crate::error::{OpenStoreError, StoreError};
use crate::find;
use crate::group::{Flusher, Group, Note};
use crate::migrate;
use crate::note::{Intent, Outcome};
use crate::tables::agent_actions::{ActionFilter, ActionRow};
use crate::tables::audit::Kind;
use crate::tables::tool_usage::Usage;
use crate::tables::tools::{ToolEntry, ToolHit};
use crate::tables::{action_files, agent_actions, facts, intent_content, tool_usage, tools};

/// Pages of the write-ahead log after which it is moved into the database: 4 MiB.
const CHECKPOINT_PAGES: i32 = 1_000;

/// The state database. Usable from several threads; several processes may have it open.
///
/// Dropping it writes what waits. A process that ends without dropping it calls `flush` first.
pub struct Store {
    inner: Arc<Inner>,
    flusher: Flusher,
}

pub(crate) struct Inner {
    path: PathBuf,
    writer: Mutex<Writer>,
    reader: Mutex<Connection>,
    pub(crate) group: Group,
}

impl Store {
    /// Opens the database, creates it (and its folder) where there is none, and brings its tables up to date.
    pub fn open(path: &Path) -> Result<Store, OpenStoreError> {
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
            group: Group::default(),
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

    /// Notes what is about to happen, or what was denied. On the disk when it returns, also against power loss.
    pub fn note_intent(&self, intent: &Intent) -> Result<(), StoreError> {
        let id = intent.action.to_string();
        let payload = audit::intent_payload(intent);
        self.inner.write(Durability::Synced, |connection| {
            agent_actions::insert(connection, intent, None).map_err(|error| duplicate(error, &id))?;
            action_files::insert(connection, &id, &intent.files)?;
            intent_content::insert(connection, &id, &intent.content)?;
            append(connection, &[(Kind::Intent, &id, intent.at, &payload)])
        })
    }

    /// Notes how it ended. Survives the death of the process; the next intent carries it to the disk.
    pub fn note_outcome(&self, outcome: &Outcome) -> Result<(), StoreError> {
        let id = outcome.action.to_string();
        let payload = audit::outcome_payload(outcome);
        self.inner.write(Durability::Lazy, |connection| {
            if !agent_actions::close(connection, outcome)? {
                return Err(StoreError::NotOpen { action: id.clone() });
            }
            action_files::insert(connection, &id, outcome.files.as_deref().unwrap_or_default())?;
            append(connection, &[(Kind::Outcome, &id, outcome.at, &payload)])
        })
    }

    /// Notes an action that is over and changed nothing. Written with others of its kind within half a second.
    /// What was denied is written at once.
    pub fn note_read(&self, intent: &Intent, outcome: &Outcome) -> Result<(), StoreError> {
        let overfull = self.inner.group.add(Note::Read(Box::new((intent.clone(), outcome.clone()))));
        if outcome.status == ActionStatus::Denied {
            return self.inner.flush_with(Durability::Synced);
        }
        if overfull || !self.flusher.runs() { self.flush() } else { Ok(()) }
    }

    /// Writes the reads and counts that wait.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.inner.flush()
    }

    /// The timeline.
    pub fn actions(&self, filter: &ActionFilter) -> Result<Vec<ActionRow>, StoreError> {
        self.flush()?;
        agent_actions::filtered(&self.inner.reader(), filter)
    }

    /// One action.
    pub fn action(&self, id: ActionId) -> Result<Option<ActionRow>, StoreError> {
        self.flush()?;
        agent_actions::one(&self.inner.reader(), id)
    }

    /// Actions that never ended, oldest first: of this process, of others that live, and of dead ones.
    pub fn open_intents(&self) -> Result<Vec<ActionRow>, StoreError> {
        agent_actions::open(&self.inner.reader())
    }

    /// What an action was about to write, by path.
    pub fn intent_content(&self, action: ActionId) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Ok(intent_content::read(&self.inner.reader(), &action.to_string())?)
    }

    /// Actions whose content is still kept, oldest first: Git may not have it on the disk yet.
    pub fn kept_content(&self) -> Result<Vec<ActionId>, StoreError> {
        let ids = intent_content::actions(&self.inner.reader())?;
        let read = |id: String| {
            id.parse().map_err(|_| StoreError::Malformed { what: "the number of an action", value: id })
        };
        ids.into_iter().map(read).collect()
    }

    /// Forgets what these actions were about to write; Git has it on the disk now.
    pub fn forget_content(&self, actions: &[ActionId]) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| {
            for action in actions {
                intent_content::delete(connection, &action.to_string())?;
            }
            Ok(())
        })
    }

    /// The end of the audit chain.
    pub fn audit_head(&self) -> Result<AuditHead, StoreError> {
        self.flush()?;
        Ok(crate::tables::audit::head(&self.inner.reader())?)
    }

    /// Walks the audit chain from its beginning and says where it is broken first.
    pub fn verify_audit(&self) -> Result<AuditReport, StoreError> {
        self.verify_audit_from(AuditHead { seq: 0, hash: audit::GENESIS })
    }

    /// Walks the audit chain from a head that was found whole before.
    pub fn verify_audit_from(&self, head: AuditHead) -> Result<AuditReport, StoreError> {
        self.flush()?;
        // A connection of its own: a walk over a million rows must not hold up those who read the timeline.
        let connection = connection::open(&self.inner.path, false)?;
        audit::verify(&connection, head)
    }

    /// Makes the index hold exactly these tools, those of the commit `head`. Looks only at what changed; says how
    /// many did. An entry whose schema is null says that the tool is there and unchanged.
    pub fn index_tools(&self, tools: &[ToolEntry], head: &str) -> Result<usize, StoreError> {
        self.inner.write(Durability::Lazy, |connection| {
            let changed = tools::replace(connection, tools)?;
            facts::write(connection, facts::INDEXED_HEAD, head)?;
            Ok(changed)
        })
    }

    /// The commit whose tools are indexed.
    pub fn indexed_head(&self) -> Result<Option<String>, StoreError> {
        Ok(facts::read(&self.inner.reader(), facts::INDEXED_HEAD)?)
    }

    /// All indexed tools, by path.
    pub fn indexed_tools(&self) -> Result<Vec<ToolEntry>, StoreError> {
        Ok(tools::all(&self.inner.reader())?)
    }

    /// The hash of each indexed tool, by path: an entry with the same hash is not looked at by `index_tools`.
    pub fn indexed_hashes(&self) -> Result<HashMap<String, String>, StoreError> {
        Ok(tools::hashes(&self.inner.reader())?)
    }

    /// The tools that fit a query in ordinary words, the best first.
    pub fn find_tools(&self, query: &str, limit: u32) -> Result<Vec<ToolHit>, StoreError> {
        self.flush()?;
        find::find(&self.inner.reader(), query, limit)
    }

    /// Counts a run of a tool. Written like a read.
    pub fn count_run(&self, path: &str, ok: bool, at: Timestamp) -> Result<(), StoreError> {
        let overfull = self.inner.group.add(Note::Run { path: path.to_owned(), ok, at });
        if overfull || !self.flusher.runs() { self.flush() } else { Ok(()) }
    }

    /// How often a tool ran.
    pub fn usage(&self, path: &str) -> Result<Usage, StoreError> {
        self.flush()?;
        Ok(tool_usage::read(&self.inner.reader(), path)?)
    }

    /// Looks at every page of the file; says what is damaged, nothing where all is well. Slow on a large file.
    pub fn quick_check(&self) -> Result<Vec<String>, StoreError> {
        let connection = connection::open(&self.inner.path, false)?;
        let mut statement = connection.prepare("PRAGMA quick_check(20)")?;
        let lines: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(lines.into_iter().filter(|line| line != "ok").collect())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.flusher.stop(&self.inner.group);
        if let Err(error) = self.inner.flush() {
            tracing::error!(%error, "the last notes were not written");
        }
    }
}

impl Inner {
    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(
        &self,
        durability: Durability,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).write(durability, work)
    }

    pub(crate) fn flush(&self) -> Result<(), StoreError> {
        self.flush_with(Durability::Lazy)
    }

    fn flush_with(&self, durability: Durability) -> Result<(), StoreError> {
        // The writer first, so that two who flush keep the order of the notes.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = self.group.take();
        if notes.is_empty() {
            return Ok(());
        }
        let written = writer.write(durability, |connection| write_notes(connection, &notes));
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

fn write_notes(connection: &Connection, notes: &[Note]) -> Result<(), StoreError> {
    let mut head = crate::tables::audit::head(connection)?;
    for note in notes {
        let (intent, outcome) = match note {
            Note::Read(read) => (&read.0, &read.1),
            Note::Run { path, ok, at } => {
                tool_usage::count(connection, path, *ok, *at)?;
                continue;
            }
        };
        let id = intent.action.to_string();
        agent_actions::insert(connection, intent, Some(outcome)).map_err(|error| duplicate(error, &id))?;
        action_files::insert(connection, &id, &intent.files)?;
        let payload = audit::read_payload(intent, outcome);
        let at = crate::iso::iso8601(intent.at);
        crate::tables::audit::append(connection, &mut head, Kind::Read, &id, &at, &payload)?;
    }
    Ok(())
}

fn append(connection: &Connection, links: &[(Kind, &str, Timestamp, &str)]) -> Result<(), StoreError> {
    let mut head = crate::tables::audit::head(connection)?;
    for (kind, action, at, payload) in links {
        crate::tables::audit::append(
            connection,
            &mut head,
            *kind,
            action,
            &crate::iso::iso8601(*at),
            payload,
        )?;
    }
    Ok(())
}

fn duplicate(error: rusqlite::Error, action: &str) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::ConstraintViolation) => StoreError::Duplicate { action: action.to_owned() },
        _ => error.into(),
    }
}

fn open_both(path: &Path) -> Result<(Writer, Connection), OpenStoreError> {
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

fn open_problem(path: &Path, error: &rusqlite::Error) -> OpenStoreError {
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
