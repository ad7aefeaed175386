//! What became of an action of a review whose process died: refs and files say which steps were done. A half is made
//! whole where nobody touched it since; nothing is an action that never was.

use tgp_branches::CommitId;
use tgp_branches::follow::FollowError;
use tgp_gate::from_store;
use tgp_git::ProjectFault;
use tgp_model::{ActionStatus, ActionType};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_snapshots::Shelf;
use tgp_snapshots::create::Limits;
use tgp_store::ActionRow;
use tgp_undo::Settled;

use crate::act::head_of;
use crate::refusal::{from_backup, from_create, from_fault};
use crate::restore::Wanted;
use crate::review::{Review, branch_of, commit_of};
use crate::step::Step;

const DIED: &str = "its process died in the middle; the next start completed it";

/// How far a step came.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Came {
    Nowhere,
    /// Done, now or before; a note where something is to be said.
    Done(Option<String>),
}

/// What somebody holds just now is asked at the next start.
fn is_busy(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::DatabaseBusy | ErrorCode::RepositoryBusy)
}

impl Review<'_> {
    /// Finds out what became of an action, and makes a half whole.
    pub fn settle(&self, row: &ActionRow) -> Result<Settled, Refusal> {
        let parts = self.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        let steps = Step::all_of(&parts)?;
        let mut settled = Settled {
            status: ActionStatus::Abandoned,
            note: None,
            commit: None,
            parts: Vec::new(),
            undone: Vec::new(),
            restored: Vec::new(),
        };
        let Some((first, rest)) = steps.split_first() else { return Ok(settled) };
        let came = match self.finish(first) {
            Err(refusal) if is_busy(refusal.code) => return Err(refusal),
            // What cannot be looked at must not keep the project from starting.
            Err(refusal) => Came::Done(Some(format!(
                "its process died, and how far it came cannot be told: {}",
                refusal.message
            ))),
            Ok(came) => came,
        };
        let Came::Done(note) = came else { return Ok(settled) };
        settled.note = note;
        for step in rest {
            match self.carry_on(step) {
                Ok(()) => {}
                Err(refusal) if refusal.code == ErrorCode::BranchMissing => {}
                Err(refusal) => settled.note = Some(format!("{DIED}, except: {}", refusal.message)),
            }
        }
        settled.status = ActionStatus::Executed;
        if let Step::Move { to, .. } = first {
            settled.commit = Some(commit_of(to)?);
        }
        if row.kind == ActionType::Undo {
            settled.undone.clone_from(&row.undo_of);
            for id in &row.undo_of {
                if let Some(taken) = self.store().action(*id).map_err(|error| from_store(&error))? {
                    settled.restored.extend(self.restored(&taken)?);
                }
            }
        }
        Ok(settled)
    }

    fn finish(&self, step: &Step) -> Result<Came, Refusal> {
        match step {
            Step::Move { target, from, to } => {
                let from = from.as_deref().map(commit_of).transpose()?;
                self.finish_move(target, from, commit_of(to)?)
            }
            Step::PutAway { branch, tip, .. } => {
                let there = head_of(self.repository()?, &branch_of(branch)?)?;
                if there == Some(commit_of(tip)?) {
                    return Ok(Came::Nowhere);
                }
                self.carry_on(step).map(|()| Came::Done(None))
            }
            Step::TakeBack { branch, .. } => {
                if head_of(self.repository()?, &branch_of(branch)?)?.is_none() {
                    return Ok(Came::Nowhere);
                }
                self.carry_on(step).map(|()| Came::Done(None))
            }
            // The row is written after the intent, so doing it again is what was wanted.
            Step::Status { .. } | Step::Forget { .. } => self.carry_on(step).map(|()| Came::Done(None)),
            Step::Restore { snapshot, before, tree, database, delete, remove, only, folders } => {
                let wanted = Wanted {
                    snapshot: snapshot.clone(),
                    tree: *tree,
                    database: *database,
                    delete: *delete,
                    remove: remove.clone(),
                    only: only.clone(),
                    folders: folders.clone(),
                };
                self.finish_restore(&wanted, before)
            }
        }
    }

    /// A branch that moved has its checkouts follow; where one cannot, the branch moves back.
    fn finish_move(&self, target: &str, from: Option<CommitId>, to: CommitId) -> Result<Came, Refusal> {
        let branches = self.repository()?;
        let project = branches.project();
        let now = project.read_ref(target).map_err(|fault| from_fault(&fault))?.map(CommitId);
        if now != Some(to) {
            // A person may have gone on from it.
            let went_on = match now {
                Some(now) if Some(now) != from => {
                    branches.holds(now, to).map_err(|fault| from_fault(&fault))?
                }
                _ => false,
            };
            if went_on {
                return Ok(Came::Done(None));
            }
            return match branches.go_back_after_crash(target, from, to) {
                Ok(_) => Ok(Came::Nowhere),
                Err(
                    error @ (FollowError::IndexLocked { .. }
                    | FollowError::Fault(ProjectFault::Locked { .. })),
                ) => Err(Refusal::new(ErrorCode::RepositoryBusy, error.to_string())),
                Err(error) => {
                    tracing::warn!(%target, %error, "a checkout did not go back; `git status` shows what is left");
                    Ok(Came::Nowhere)
                }
            };
        }
        let mut note = None;
        for checkout in project.checkouts(target) {
            match branches.follow_after_crash(&checkout, from, to) {
                Ok(true) => note = Some(DIED.to_owned()),
                Ok(false) => {}
                Err(error @ FollowError::IndexLocked { .. }) => {
                    // It may be there for a moment, or until a person removes it: the next start asks again.
                    return Err(Refusal::new(ErrorCode::RepositoryBusy, error.to_string()));
                }
                Err(error) => {
                    let message = format!(
                        "its process died before the checkout followed, and it cannot now: {error}; \
                         `git status` shows what is left to do there"
                    );
                    tracing::warn!(%target, "{message}");
                    note = Some(message);
                }
            }
        }
        Ok(Came::Done(note))
    }

    /// A restore that began is made whole if every file is as it was before or as it is wanted.
    fn finish_restore(&self, wanted: &Wanted, before: &str) -> Result<Came, Refusal> {
        let database = if wanted.database { self.database_came(wanted, before)? } else { None };
        let (mut began, mut left) = (database == Some(true), database == Some(false));
        let mut foreign = Vec::new();
        if wanted.tree {
            let (branches, earlier) = self.there(before)?;
            let (_, then) = self.there(&wanted.snapshot)?;
            let kept = Shelf::new(branches.project());
            let since_before =
                kept.diff_now(&earlier, Limits::default()).map_err(|error| from_create(&error))?;
            let since_then = kept.diff_now(&then, Limits::default()).map_err(|error| from_create(&error))?;
            foreign.extend(
                since_before
                    .iter()
                    .filter(|one| since_then.iter().any(|other| other.path == one.path))
                    .map(|one| one.path.to_string()),
            );
            began |= !since_before.is_empty();
            let plan = self.plan(wanted)?;
            left |= !plan.writes.is_empty() || !plan.removes.is_empty() || plan.branch.is_some();
        }
        if !began {
            return Ok(Came::Nowhere);
        }
        if !left {
            return Ok(Came::Done(None));
        }
        if !foreign.is_empty() {
            let list = foreign.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", ");
            let note = format!(
                "its process died in the middle, and {list} changed since, so the rest stays; \
                 `tgp snapshot restore {before}` brings back what was there before"
            );
            return Ok(Came::Done(Some(note)));
        }
        match self.do_restore(wanted, before, true) {
            Ok(_) => Ok(Came::Done(Some(DIED.to_owned()))),
            Err(refusal) if refusal.code == ErrorCode::DatabaseBusy => Err(refusal),
            Err(refusal) => Ok(Came::Done(Some(format!(
                "its process died in the middle, and the rest stays: {}",
                refusal.message
            )))),
        }
    }

    /// Whether the database is as wanted already; none where it is neither that nor as it was before.
    fn database_came(&self, wanted: &Wanted, before: &str) -> Result<Option<bool>, Refusal> {
        let Some(live) = self.place().database() else { return Ok(None) };
        let same = |id: &str| {
            let copy = self.place().copy_of(id);
            if !copy.is_file() {
                return Ok(false);
            }
            tgp_backup::same(&copy, live).map_err(|error| from_backup(&error))
        };
        if same(&wanted.snapshot)? {
            return Ok(Some(true));
        }
        Ok(same(before)?.then_some(false))
    }
}
