//! Starting: opens the database, sets a damaged one aside, verifies what came since, compares with the anchors.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tgp_audit::{Anchor, AnchorError, Anchored, Damage, FileAnchor, Finding, Imports, Start};
use tgp_model::Timestamp;

use crate::connection;
use crate::error::{OpenStoreError, StoreError};
use crate::open::{open_problem, set_aside};
use crate::store::{Anchoring, Heads, Store, quick_check};
use crate::tables::agent_actions;
use tgp_model::iso::iso8601;

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
    /// Anchors kept elsewhere, such as in a ref.
    pub anchors: Vec<Anchor>,
    /// How many rows that were verified before are looked at again.
    pub look_again: u64,
    /// Whether every page is looked at: after a process died, or when a person asks.
    pub check_pages: bool,
}

impl StartStore {
    /// The database at `path`, without anchors.
    pub fn new(path: &Path, now: Timestamp) -> Self {
        Self {
            path: path.to_owned(),
            now,
            anchor: None,
            anchors: Vec::new(),
            look_again: LOOK_AGAIN,
            check_pages: false,
        }
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
    /// Rows that were looked at.
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
    /// over what can still be read. Then the audit chain is verified as far as a start has time for.
    pub fn start(start: &StartStore) -> Result<Opened, OpenStoreError> {
        let read = start.anchor.as_ref().map(FileAnchor::read).transpose();
        let (held, problem) = match read {
            Ok(held) => (held.flatten(), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let was_lost = held.as_ref().is_some_and(|held| !held.heads.is_empty())
            || start.anchors.iter().any(|anchor| anchor.head.seq > 0);
        let mut set_aside = put_away_if_damaged(start, was_lost)?;
        let mut store = Store::open(&start.path)?;
        let mut rebuilt = store.take_over(set_aside.as_deref(), start);
        let mut look = self::look(start, held.as_ref())?;
        if let (Some(Damage::Unreadable { .. }), None) = (&look.report.damage, &set_aside) {
            drop(store);
            set_aside = self::set_aside(&start.path, start.now, &|| is_unreadable(&start.path))?;
            store = Store::open(&start.path)?;
            rebuilt = store.take_over(set_aside.as_deref(), start);
            let unreadable = look.report.damage.take();
            look = self::look(start, held.as_ref())?;
            look.report.damage = look.report.damage.or(unreadable);
        }
        if let (Some(aside), Some(Damage::Deleted { .. })) = (&set_aside, &look.report.damage)
            && std::fs::metadata(aside).is_ok_and(|file| file.len() > 0)
        {
            // It is there, and nothing of it could be read.
            let message = format!("the file is damaged, and was set aside as `{}`", aside.display());
            look.report.damage = Some(Damage::Unreadable { seq: 0, message });
        }
        let audit = AuditStart {
            rows: look.report.rows,
            damage: look.report.damage.clone(),
            found_at: None,
            is_anchored: was_lost,
            anchor_problem: problem,
        };
        let audit = store.settle_start(start, held, look, audit)?;
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

    /// Keeps what was found in the anchor, and begins to anchor where all is whole.
    fn settle_start(
        &self,
        start: &StartStore,
        held: Option<Anchored>,
        look: Start,
        mut audit: AuditStart,
    ) -> Result<AuditStart, OpenStoreError> {
        let Some(anchor) = start.anchor.as_ref().filter(|_| audit.anchor_problem.is_none()) else {
            return Ok(audit);
        };
        let unusable = |error: AnchorError| unreachable_store(&start.path, &error.to_string());
        if let Some(damage) = audit.damage.take() {
            let finding = Finding { damage, at: iso8601(start.now) };
            // What was found first is what happened; a later look sees only its traces.
            let held =
                anchor.update(|held| held.found = held.found.take().or(Some(finding))).map_err(unusable)?;
            audit.found_at = held.found.as_ref().map(|found| found.at.clone());
            audit.damage = held.found.map(|found| found.damage);
            return Ok(audit);
        }
        if held.is_some_and(|held| held.found.is_some()) {
            anchor.update(|held| held.found = None).map_err(unusable)?; // It fits all anchors again.
        }
        let heads =
            Heads { durable: None, verified: Some(look.report.head), looked_again: look.looked_again };
        self.inner.begin_anchoring(anchor.clone(), heads);
        Ok(audit)
    }
}

/// What the chain and its anchors say.
fn look(start: &StartStore, held: Option<&Anchored>) -> Result<Start, OpenStoreError> {
    tgp_audit::at_start(
        &|| connection::open(&start.path, false),
        &start.anchors,
        held,
        start.look_again,
        &agent_actions::is_ahead_of_audit,
    )
    .map_err(|error| match error {
        tgp_audit::AuditError::Database(error) => open_problem(&start.path, &error),
        other => unreachable_store(&start.path, &other.to_string()),
    })
}

fn unreachable_store(path: &Path, message: &str) -> OpenStoreError {
    OpenStoreError::Unreachable { path: path.to_owned(), message: message.to_owned() }
}

/// Sets a file aside that is no database, or an empty one where there was one, or one with damaged pages.
fn put_away_if_damaged(start: &StartStore, was_lost: bool) -> Result<Option<PathBuf>, OpenStoreError> {
    let is_damaged = || {
        let is_empty = std::fs::metadata(&start.path).is_ok_and(|file| file.len() == 0);
        (is_empty && was_lost)
            || is_unreadable(&start.path)
            || (start.check_pages && has_damaged_pages(&start.path))
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

impl Anchoring {
    pub(crate) fn begin(&self, anchor: FileAnchor, heads: Heads) {
        let lock = |file: &Mutex<Option<FileAnchor>>, value| {
            *file.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = value;
        };
        lock(&self.file, Some(anchor));
        let mut known = self.heads.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *known = Heads { durable: known.durable, ..heads };
    }
}
