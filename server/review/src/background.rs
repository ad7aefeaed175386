//! Snapshots that are taken while nobody waits: a task opens at once, and whoever needs its snapshot waits for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tgp_branches::Branches;
use tgp_gate::{Call, Gate};
use tgp_lock::ProcessLock;
use tgp_model::ActionId;
use tgp_protocol::client::Refusal;
use tgp_task::KeepStart;

use crate::gathered::Gathered;
use crate::snapshot::{Recorded, SnapshotPlace, Taking, Trigger, record};

/// How long a snapshot of another process is waited for.
const LONGEST: Duration = Duration::from_mins(2);
/// Pause between two looks at it.
const PAUSE: Duration = Duration::from_millis(10);
/// What files end in that say a snapshot is being taken.
const TAKING: &str = "taking";

/// Snapshots this process is just taking. Tasks that begin while one is being taken share the next look at the working
/// tree, so that many of them at once cost two looks and not one each. Dropping it waits for them.
#[derive(Debug)]
pub struct Background {
    place: SnapshotPlace,
    gathered: Gathered<Marked>,
    /// The repository of the last look: what a `git gc` took of it is written again once all are taken.
    looked: Arc<Mutex<Option<Branches>>>,
}

/// A snapshot that is to be taken, and the file that tells others so.
#[derive(Debug)]
struct Marked {
    recorded: Recorded,
    mark: PathBuf,
}

impl KeepStart for Background {
    fn task_opened(&self, gate: &Gate, branches: &Branches, call: &Call, action: ActionId, task: &str) {
        if let Err(refusal) = self.begin(gate, branches, call, action, task) {
            tracing::warn!(message = refusal.message, "the snapshot of a task could not be taken");
        }
    }
}

impl Background {
    /// Nothing is being taken.
    pub fn new(place: SnapshotPlace) -> Self {
        Self { place, gathered: Gathered::default(), looked: Arc::default() }
    }

    /// Of what they are taken.
    pub fn place(&self) -> &SnapshotPlace {
        &self.place
    }

    /// Begins one because a task begins: it is remembered now, and taken while nobody waits.
    fn begin(
        &self,
        gate: &Gate,
        branches: &Branches,
        call: &Call,
        action: ActionId,
        task: &str,
    ) -> Result<(), Refusal> {
        let taking = Taking {
            trigger: Trigger::AgentStart,
            reason: format!("Task: {task}"),
            agent: call.agent.clone(),
            session: call.session,
            action: Some(action),
            ignored: false,
        };
        let context = crate::context::context(gate, &self.place.library_folder)?;
        let id = record(gate, Some(branches), &taking, &context)?;
        let mark = self.place.folder().join(format!("{id}.{TAKING}"));
        let marked = fs::create_dir_all(self.place.folder())
            .and_then(|()| fs::write(&mark, self.place.lock_id.as_bytes()));
        if let Err(error) = marked {
            tracing::warn!(%error, "others cannot be told that a snapshot is being taken");
        }
        let recorded = Recorded { id, taking, context, now: gate.clock().now() };
        let (place, looked) = (self.place.clone(), Arc::clone(&self.looked));
        let waiting = Marked { recorded, mark: mark.clone() };
        if let Err(error) = self.gathered.add(waiting, move |all| take_together(&place, &all, &looked)) {
            let _ = fs::remove_file(&mark);
            tracing::warn!(%error, "the snapshot of a task could not be taken");
        }
        Ok(())
    }

    /// Waits for those of this process.
    pub fn wait(&self) {
        self.gathered.wait();
        let looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(branches) = looked.as_ref()
            && let Err(fault) = branches.project().objects().keep_recent()
        {
            tracing::warn!(%fault, "what a garbage collection took of a snapshot could not be written again");
        }
    }

    /// Waits for those of this process and of others that live.
    pub(crate) fn wait_for_all(&self) {
        self.wait();
        let begun = Instant::now();
        while any_is_taken(&self.place) && begun.elapsed() < LONGEST {
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.wait();
    }
}

/// One look at the working tree for all of them: it is later than the beginning of each.
fn take_together(place: &SnapshotPlace, all: &[Marked], looked: &Mutex<Option<Branches>>) {
    let branches = place.open();
    let recorded: Vec<&Recorded> = all.iter().map(|one| &one.recorded).collect();
    for kept in place.keep_all(branches.as_ref(), &recorded) {
        if let Err(refusal) = kept {
            tracing::warn!(message = refusal.message, "the snapshot of a task could not be taken");
        }
    }
    for one in all {
        let _ = fs::remove_file(&one.mark);
    }
    *looked.lock().unwrap_or_else(PoisonError::into_inner) = branches;
}

/// Whether another process is taking one. The mark of one that died is cleared away.
fn any_is_taken(place: &SnapshotPlace) -> bool {
    let items = fs::read_dir(place.folder()).into_iter().flatten().flatten();
    let marks: Vec<PathBuf> = items.map(|item| item.path()).filter(|path| is_mark(path)).collect();
    marks.iter().any(|mark| {
        let Ok(lock) = fs::read_to_string(mark) else { return false };
        let lives = ProcessLock::is_alive(&place.state_folder, &lock).unwrap_or(false);
        if !lives {
            let _ = fs::remove_file(mark);
        }
        lives
    })
}

fn is_mark(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == TAKING)
}
