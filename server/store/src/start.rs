//! Starting: opens the database, sets a damaged one aside, verifies what came since, compares with the anchors.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tgp_audit::{Anchor, Anchored, AuditError, Damage, FileAnchor, Imports, KeepHead};
use tgp_model::Timestamp;

use crate::connection;
use crate::error::{OpenStoreError, StoreError};
use crate::open::{open_problem, set_aside};
use crate::store::{Store, quick_check};
use crate::tables::agent_actions;

/// Rows that a start looks at again besides the new ones, where nothing else is said: a few milliseconds.
pub const LOOK_AGAIN: u64 = 5_000;

/// How to start. Anchors are read before the database is opened, so that they never seem ahead of it.
#[derive(Debug, Clone)]
pub struct StartStore {
    /// Where the database lies.
    pub path: PathBuf,
    /// The time of now.
    pub now: Timestamp,
    /// The anchor in the user's state folder, outside the project.
    pub anchor: Option<FileAnchor>,
    /// Anchors kept elsewhere.
    pub anchors: Vec<Anchor>,
    /// A second place for the head, compared with as the anchors are, and told what is anchored.
    pub second: Option<Arc<dyn KeepHead>>,
    /// How many rows that were verified before are looked at again.
    pub look_again: u64,
    /// Whether every page is looked at: after a process died, or when a person asks.
    pub check_pages: bool,
    /// Whether rows are verified while the database is used already. Its anchors are compared before in any case.
    pub in_background: bool,
}

impl StartStore {
    /// The database at `path`, without anchors.
    pub fn new(path: &Path, now: Timestamp) -> Self {
        Self {
            path: path.to_owned(),
            now,
            anchor: None,
            anchors: Vec::new(),
            second: None,
            look_again: LOOK_AGAIN,
            check_pages: false,
            in_background: false,
        }
    }

    /// The anchors that were named, and what the second place holds. One that cannot be read proves nothing.
    fn all_anchors(&self) -> Vec<Anchor> {
        let mut anchors = self.anchors.clone();
        if let Some(second) = &self.second {
            match second.read() {
                Ok(head) => {
                    anchors.extend(head.map(|head| Anchor { source: second.source().to_owned(), head }));
                }
                Err(message) => {
                    tracing::warn!(message, "the second anchor of the audit chain cannot be read");
                }
            }
        }
        anchors
    }
}

/// What a start found.
pub struct Opened {
    /// The database.
    pub store: Store,
    /// Where a damaged one was put, when there was one.
    pub set_aside: Option<PathBuf>,
    /// What could be read back from the damaged one.
    pub rebuilt: Option<Imports>,
    /// What the audit chain and its anchors say.
    pub audit: AuditStart,
}

/// What the audit chain and its anchors say at the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditStart {
    /// Rows that were verified; none yet where that goes on in the background.
    pub rows: u64,
    /// What is damaged. It stays until a person accepts it; until then nothing new is anchored.
    pub damage: Option<Damage>,
    /// When it was found first, ISO 8601.
    pub found_at: Option<String>,
    /// Whether there was an anchor to compare with.
    pub is_anchored: bool,
    /// Why the anchor file could not be used. Nothing is anchored in it.
    pub anchor_problem: Option<String>,
}

impl Store {
    /// Opens the database as `open` does. One that is damaged gets another name and a new one is begun, which takes
    /// over what can still be read. Then the audit chain is compared with its anchors, and verified as far as a start
    /// has time for.
    pub fn start(start: &StartStore) -> Result<Opened, OpenStoreError> {
        let start = &StartStore { anchors: start.all_anchors(), ..start.clone() };
        let read = start.anchor.as_ref().map(FileAnchor::read).transpose();
        let (held, problem) = match read {
            Ok(held) => (held.flatten(), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let was_lost = held.as_ref().is_some_and(|held| !held.heads.is_empty())
            || start.anchors.iter().any(|anchor| anchor.head.seq > 0);
        let mut set_aside = put_away_if_damaged(start, was_lost)?;
        let mut compared = open_and_compare(start, held.as_ref(), set_aside.as_deref());
        if set_aside.is_none() && is_unreadable_now(&compared) {
            let unreadable = compared.as_mut().ok().and_then(|opened| opened.damage.take());
            drop(compared);
            set_aside = self::set_aside(&start.path, start.now, &|| is_unreadable(&start.path))?;
            compared = open_and_compare(start, held.as_ref(), set_aside.as_deref());
            if let Ok(opened) = &mut compared {
                opened.damage = opened.damage.take().or(unreadable);
            }
        }
        let Compared { store, rebuilt, mut damage } = compared?;
        if let (Some(aside), Some(Damage::Deleted { .. })) = (&set_aside, &damage)
            && std::fs::metadata(aside).is_ok_and(|file| file.len() > 0)
        {
            // It is there, and nothing of it could be read.
            let message = format!("the file is damaged, and was set aside as `{}`", aside.display());
            damage = Some(Damage::Unreadable { seq: 0, message });
        }
        let audit =
            AuditStart { rows: 0, damage, found_at: None, is_anchored: was_lost, anchor_problem: problem };
        let audit = store.verify_at_start(start, held, audit)?;
        Ok(Opened { store, set_aside, rebuilt, audit })
    }

    /// Reads what a database that was set aside still tells. A failure is told, and nothing else: the new database
    /// works without.
    fn take_over(&self, aside: Option<&Path>, start: &StartStore) -> Option<Imports> {
        let aside = aside?;
        match self.rebuild_from_database(aside) {
            Ok(imports) => Some(imports),
            Err(error) => {
                tracing::warn!(%error, path = %start.path.display(), "nothing could be read from the damaged state database");
                None
            }
        }
    }
}

/// A database that is open, and what its anchors say of it.
struct Compared {
    store: Store,
    rebuilt: Option<Imports>,
    damage: Option<Damage>,
}

fn open_and_compare(
    start: &StartStore,
    held: Option<&Anchored>,
    aside: Option<&Path>,
) -> Result<Compared, OpenStoreError> {
    let store = Store::open(&start.path)?;
    let rebuilt = store.take_over(aside, start);
    let report = tgp_audit::compare_with_anchors(
        &store.inner.reader(),
        &|| connection::open(&start.path, false),
        &start.anchors,
        held,
        &agent_actions::is_ahead_of_audit,
    );
    let damage = report.map_err(|error| unusable_chain(&start.path, error))?.and_then(|report| report.damage);
    Ok(Compared { store, rebuilt, damage })
}

fn is_unreadable_now(compared: &Result<Compared, OpenStoreError>) -> bool {
    match compared {
        Ok(opened) => matches!(opened.damage, Some(Damage::Unreadable { .. })),
        Err(error) => matches!(error, OpenStoreError::Damaged { .. }),
    }
}

pub(crate) fn unusable_chain(path: &Path, error: AuditError) -> OpenStoreError {
    match error {
        AuditError::Database(error) => open_problem(path, &error),
        other => unreachable_store(path, &other.to_string()),
    }
}

pub(crate) fn unreachable_store(path: &Path, message: &str) -> OpenStoreError {
    OpenStoreError::Unreachable { path: path.to_owned(), message: message.to_owned() }
}

/// Sets an empty file aside where there was a database, or, where pages are looked at, one with damaged pages.
fn put_away_if_damaged(start: &StartStore, was_lost: bool) -> Result<Option<PathBuf>, OpenStoreError> {
    let is_damaged = || {
        let is_empty = std::fs::metadata(&start.path).is_ok_and(|file| file.len() == 0);
        (is_empty && was_lost)
            || (start.check_pages && (is_unreadable(&start.path) || has_damaged_pages(&start.path)))
    };
    if !start.path.exists() || !is_damaged() {
        return Ok(None);
    }
    set_aside(&start.path, start.now, &is_damaged)
}

/// Whether the file can not even be opened, or its audit chain's end cannot be read.
fn is_unreadable(path: &Path) -> bool {
    let read = || -> Result<(), StoreError> {
        let connection = connection::open(path, false)?;
        if crate::migrate::header(&connection)?.version >= crate::migrate::newest() {
            let report =
                tgp_audit::verify(&|| connection::open(path, false), tgp_audit::head(&connection).ok())?;
            if let Some(Damage::Unreadable { message, .. }) = report.damage {
                return Err(StoreError::Damaged { message });
            }
        }
        Ok(())
    };
    matches!(read(), Err(StoreError::Damaged { .. }))
}

fn has_damaged_pages(path: &Path) -> bool {
    match connection::open(path, false).and_then(|connection| quick_check(&connection)) {
        Ok(lines) => !lines.is_empty(),
        Err(error) => matches!(StoreError::from(error), StoreError::Damaged { .. }),
    }
}
