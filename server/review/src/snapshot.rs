//! Taking a snapshot: working tree, database and context, kept under one number.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tgp_branches::{Branches, CommitMessage, Identity};
use tgp_gate::{Gate, from_store, new_action_id};
use tgp_model::{ActionId, AgentName, SessionId, Timestamp};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::create::{Contents, Limits, Request};
use tgp_snapshots::{LeftOutWhy, Shelf, SnapshotId};
use tgp_store::NewSnapshot;

use crate::refusal::{from_backup, from_create, from_fault};

/// Largest database that is copied.
const LARGEST_DATABASE: u64 = 1 << 30;
/// Snapshots tgp took by itself that are kept; what a person took stays.
const MOST_AUTOMATIC: usize = 100;
/// Copies of the database among them.
const MOST_COPIES: usize = 20;

/// Why a snapshot is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// A task begins.
    AgentStart,
    /// An action that a person had to allow.
    BeforeAction,
    /// A merge.
    BeforeMerge,
    /// Another snapshot is restored.
    BeforeRestore,
    /// A person wants one.
    Manual,
}

impl Trigger {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AgentStart => "agent_start",
            Self::BeforeAction => "before_action",
            Self::BeforeMerge => "before_merge",
            Self::BeforeRestore => "before_restore",
            Self::Manual => "manual",
        }
    }
}

/// Of what snapshots are taken, and where they are kept. Owned, because some are taken while nobody waits.
#[derive(Debug, Clone)]
pub struct SnapshotPlace {
    /// Folder of the project.
    pub root: PathBuf,
    /// Folder of what tgp remembers.
    pub state_folder: PathBuf,
    /// The library's folder: `scopes/` lies in it.
    pub library_folder: PathBuf,
    /// The user's database, where one is configured.
    pub database: Option<PathBuf>,
    /// This installation, as commits name it.
    pub installation: String,
    /// The lock of this process, by which others know whether it lives.
    pub lock_id: String,
}

/// A snapshot about to be taken.
#[derive(Debug, Clone)]
pub(crate) struct Taking {
    pub(crate) trigger: Trigger,
    pub(crate) reason: String,
    pub(crate) agent: AgentName,
    pub(crate) session: SessionId,
    pub(crate) action: Option<ActionId>,
    pub(crate) ignored: bool,
}

/// A snapshot whose row is written, and which is not taken yet.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    pub(crate) id: SnapshotId,
    pub(crate) taking: Taking,
    pub(crate) context: Value,
    pub(crate) now: Timestamp,
}

impl SnapshotPlace {
    /// Folder of the copies of databases.
    pub(crate) fn folder(&self) -> PathBuf {
        self.state_folder.join("snapshots")
    }

    /// The copy of the database a snapshot has.
    pub(crate) fn copy_of(&self, id: &str) -> PathBuf {
        self.folder().join(format!("{id}.db"))
    }

    /// Where it is said why a snapshot lacks a part.
    pub(crate) fn missing_of(&self, id: &str) -> PathBuf {
        self.folder().join(format!("{id}.missing"))
    }

    /// The database, where its file is there.
    pub(crate) fn database(&self) -> Option<&Path> {
        self.database.as_deref().filter(|path| path.is_file())
    }

    /// Opens the repository for somebody who has none open; none where there is none that can be used.
    pub(crate) fn open(&self) -> Option<Branches> {
        tgp_task::open(&self.root).ok().flatten()
    }

    /// Keeps tree and database under numbers that were recorded: all are of one moment. What cannot be kept is said
    /// beside each.
    pub(crate) fn keep_all(
        &self,
        branches: Option<&Branches>,
        all: &[&Recorded],
    ) -> Vec<Result<(), Refusal>> {
        let trees = branches.map(|branches| self.keep_trees(branches, all));
        let mut copy = None;
        let mut kept = Vec::new();
        for (at, one) in all.iter().enumerate() {
            let mut missing = Vec::new();
            if let Some(Err(refusal)) = trees.as_ref().and_then(|trees| trees.get(at)).cloned() {
                missing.push(("working tree", refusal));
            }
            if let Some(database) = self.database()
                && let Err(refusal) = self.keep_database(database, &one.id, &mut copy)
            {
                missing.push(("database", refusal));
            }
            let parts = usize::from(branches.is_some()) + usize::from(self.database().is_some());
            if !missing.is_empty() {
                let lines: Vec<String> =
                    missing.iter().map(|(what, refusal)| format!("{what}\t{}\n", refusal.message)).collect();
                // The reason is a help; without it the snapshot simply lacks the part.
                let _ = fs::create_dir_all(self.folder());
                let _ = fs::write(self.missing_of(&one.id.to_string()), lines.concat());
            }
            kept.push(match missing.into_iter().next() {
                Some((_, refusal)) if parts == 1 => Err(refusal),
                _ => Ok(()),
            });
        }
        kept
    }

    /// The database is copied once; the other snapshots of the moment have the same file under another name. A copy is
    /// never written to.
    fn keep_database(
        &self,
        database: &Path,
        id: &SnapshotId,
        copy: &mut Option<PathBuf>,
    ) -> Result<(), Refusal> {
        let file = self.copy_of(&id.to_string());
        if copy.as_ref().is_some_and(|copy| fs::hard_link(copy, &file).is_ok()) {
            return Ok(());
        }
        let name = format!("{id}.db");
        let copied = tgp_backup::copy_to(database, &self.folder(), &name, LARGEST_DATABASE);
        copied.map_err(|error| from_backup(&error))?;
        *copy = Some(file);
        Ok(())
    }

    fn keep_trees(&self, branches: &Branches, all: &[&Recorded]) -> Vec<Result<(), Refusal>> {
        let project = branches.project();
        let snapshots = Shelf::new(project);
        let mut kept = Vec::new();
        // Those that hold ignored files are of another extent, and looked at by themselves.
        for together in all.chunk_by(|a, b| a.taking.ignored == b.taking.ignored) {
            let ignored = together.first().is_some_and(|one| one.taking.ignored);
            let limits = Limits { ignored, ..Limits::default() };
            let contents = snapshots.contents(limits);
            kept.extend(together.iter().map(|one| match &contents {
                Ok(contents) => self.keep_tree(&snapshots, (contents, limits), one),
                Err(error) => Err(from_create(error)),
            }));
        }
        // Objects and the refs that name them, in one go.
        match project.objects().sync_all() {
            Ok(()) => kept,
            Err(fault) => {
                let refusal = from_fault(&fault.into());
                kept.into_iter().map(|one| one.and(Err(refusal.clone()))).collect()
            }
        }
    }

    fn keep_tree(
        &self,
        snapshots: &Shelf<'_>,
        (contents, limits): (&Contents, Limits),
        one: &Recorded,
    ) -> Result<(), Refusal> {
        let who = Identity { name: "tgp".to_owned(), email: "tgp@localhost".to_owned() };
        let context = one.context.to_string();
        let message = CommitMessage {
            subject: format!("Snapshot: {}", one.taking.reason),
            body: String::new(),
            action: one.taking.action.unwrap_or_else(|| ActionId::from_parts(0, 0)),
            session: one.taking.session,
            agent: one.taking.agent.clone(),
            installation: self.installation.clone(),
            undoes: Vec::new(),
            author: who.clone(),
            committer: who,
            when: one.now,
        };
        let request = Request {
            id: one.id.clone(),
            reason: &one.taking.reason,
            now: one.now,
            context: Some(context.as_bytes()),
            message: &message,
            limits,
        };
        snapshots.create_of(contents, &request).map(drop).map_err(|error| from_create(&error))
    }
}

/// The row of a snapshot, written before it is taken: another process sees that it is on its way.
pub(crate) fn record(
    gate: &Gate,
    branches: Option<&Branches>,
    taking: &Taking,
    context: &Value,
) -> Result<SnapshotId, Refusal> {
    let clock = gate.clock();
    let id = new_action_id(clock).to_string();
    let head = branches.and_then(|branches| branches.project().head().ok());
    let row = NewSnapshot {
        id: id.clone(),
        project: gate.project().to_owned(),
        trigger: taking.trigger.as_str().to_owned(),
        branch: head.as_ref().and_then(|head| head.branch().map(str::to_owned)),
        commit: head.as_ref().and_then(|head| head.commit().map(|commit| commit.to_string())),
        context: context.clone(),
        agent: taking.agent.clone(),
        description: taking.reason.clone(),
        action: taking.action,
        at: clock.now(),
    };
    gate.store().record_snapshot(&row).map_err(|error| from_store(&error))?;
    id.parse().map_err(|error: tgp_snapshots::SnapshotIdProblem| {
        Refusal::new(ErrorCode::Internal, error.to_string())
    })
}

/// Takes one and waits for it. Lets the oldest go of those nobody asked for.
pub(crate) fn take(
    gate: &Gate,
    place: &SnapshotPlace,
    branches: Option<&Branches>,
    taking: &Taking,
) -> Result<String, Refusal> {
    let context = crate::context::context(gate, &place.library_folder)?;
    let id = record(gate, branches, taking, &context)?;
    let recorded = Recorded { id: id.clone(), taking: taking.clone(), context, now: gate.clock().now() };
    if let Some(Err(refusal)) = place.keep_all(branches, &[&recorded]).into_iter().next() {
        let forgotten = gate.store().forget_snapshot(&id.to_string());
        forgotten.map_err(|error| from_store(&error))?;
        return Err(refusal);
    }
    if let Err(refusal) = forget_oldest(gate, place, branches) {
        tracing::warn!(message = refusal.message, "old snapshots could not be let go");
    }
    Ok(id.to_string())
}

/// Takes one before an action that a person had to allow. Gives what the timeline says of it; none where there is nothing to
/// take one of, or where a merge takes its own.
pub fn keep_before(
    gate: &Gate,
    place: &SnapshotPlace,
    call: &tgp_gate::Call,
    action: ActionId,
    what: &str,
) -> Option<String> {
    let branches = place.open();
    if branches.is_none() && place.database().is_none() {
        return None;
    }
    let taking = Taking {
        trigger: Trigger::BeforeAction,
        reason: format!("Before: {what}"),
        agent: call.agent.clone(),
        session: call.session,
        action: Some(action),
        ignored: false,
    };
    match take(gate, place, branches.as_ref(), &taking) {
        Ok(id) => Some(id),
        // What a person allowed is done all the same; the timeline says that it has no snapshot.
        Err(refusal) => Some(format!("none: {}", refusal.message)),
    }
}

/// Snapshots of persons stay; of the others the newest.
fn forget_oldest(gate: &Gate, place: &SnapshotPlace, branches: Option<&Branches>) -> Result<(), Refusal> {
    let rows = gate.store().snapshot_triggers().map_err(|error| from_store(&error))?;
    let automatic = rows.iter().filter(|(_, trigger)| trigger != Trigger::Manual.as_str());
    for (at, (number, _)) in automatic.enumerate().skip(MOST_COPIES) {
        // Of an older one the database goes first: it is the large part.
        let _ = fs::remove_file(place.copy_of(number));
        if at < MOST_AUTOMATIC {
            continue;
        }
        let_go(gate, place, branches, number)?;
    }
    Ok(())
}

/// Lets one go; its row last, so that one that is half gone is still listed. Done again, it changes nothing more.
pub(crate) fn let_go(
    gate: &Gate,
    place: &SnapshotPlace,
    branches: Option<&Branches>,
    number: &str,
) -> Result<(), Refusal> {
    for file in [place.copy_of(number), place.missing_of(number)] {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let message = format!("could not remove `{}`: {error}", file.display());
                return Err(Refusal::new(ErrorCode::FileIo, message));
            }
            _ => {}
        }
    }
    if let (Some(branches), Ok(id)) = (branches, number.parse::<SnapshotId>()) {
        Shelf::new(branches.project()).forget(&id).map_err(|fault| from_fault(&fault))?;
    }
    gate.store().forget_snapshot(number).map(drop).map_err(|error| from_store(&error))
}

/// Why a file is not in a snapshot, for a person.
pub(crate) fn why(why: LeftOutWhy) -> &'static str {
    match why {
        LeftOutWhy::TooLarge => "it is larger than 50 MiB",
        LeftOutWhy::Filtered => "a filter program would change it (as Git LFS does), and none is run",
        LeftOutWhy::Nested => "it is a repository of its own",
        LeftOutWhy::TooMuch => "all files together are larger than 500 MiB",
        LeftOutWhy::Unsteady => "it changed while it was read",
        LeftOutWhy::Reserved => "tgp's own folder and Git's are left alone",
        LeftOutWhy::Submodule => {
            "what is not committed in a submodule stays there, and a restore leaves it alone"
        }
        LeftOutWhy::Begun => {
            "a merge, rebase or the like was going on: the files and the conflicts in the index are kept, that it was going on is not"
        }
    }
}
