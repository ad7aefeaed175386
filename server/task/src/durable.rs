//! Writes survive a power loss: the synced intent carries them until Git has them on the disk.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use tgp_branches::{BranchName, Change, CommitId, CommitMessage, Identity};
use tgp_gate::from_store;
use tgp_model::{ActionId, ActionType, BranchStatus, Timestamp};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, ActionRow};

use crate::content::{Again, again_of};
use crate::refusal::{from_apply, from_fault, from_open_task, from_task};
use crate::rooms::Rooms;

/// Commits of a branch that are looked through for an action.
pub(crate) const MOST_COMMITS: usize = 10_000;

/// Writes of this process whose commits are not synced yet, by branch.
#[derive(Debug, Default)]
pub struct NotSynced(Mutex<BTreeMap<BranchName, Vec<ActionId>>>);

impl NotSynced {
    /// Remembers a write whose intent keeps its content.
    pub fn add(&self, branch: &BranchName, action: ActionId) {
        let mut writes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writes.entry(branch.clone()).or_default().push(action);
    }

    fn take(&self) -> BTreeMap<BranchName, Vec<ActionId>> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an action's branch is an agent's, and so lies in the user's repository and not in the library.
pub fn is_task_branch(branch: &str) -> bool {
    branch.parse::<BranchName>().is_ok()
}

impl Rooms<'_> {
    /// Syncs the branches that were written to, and forgets the content of the writes that are safe now.
    pub fn sync_writes(&self) {
        for (branch, actions) in self.not_synced.take() {
            let synced = self.branches.sync(&branch).map_err(|fault| from_fault(&fault));
            let forgotten = synced
                .and_then(|()| self.store().forget_content(&actions).map_err(|error| from_store(&error)));
            if let Err(refusal) = forgotten {
                tracing::error!(%branch, message = refusal.message, "a branch could not be synced; the next start does it");
            }
        }
    }

    /// Brings the branch of a dead process's write to the disk; a write that a power loss may have taken is made again.
    pub fn make_safe(&self, row: &ActionRow, lost: bool) -> Result<(), Refusal> {
        if lost {
            return self.write_again(row);
        }
        match row.branch.as_deref().and_then(|branch| branch.parse().ok()) {
            Some(branch) => self.make_whole(row, &branch),
            None => Ok(()),
        }
    }

    /// Writes the objects of a write again where a `git gc --prune=now` took them before its ref stood, and its process
    /// died before it could.
    fn make_whole(&self, row: &ActionRow, branch: &BranchName) -> Result<(), Refusal> {
        let Ok(task) = self.branches.task(branch) else { return Ok(()) };
        let own = row.commit_id.as_deref().and_then(|commit| commit.parse::<CommitId>().ok());
        let own = own.unwrap_or(task.tip);
        if self.branches.damage(&task).is_none() && self.branches.project().objects().exists(own.0) {
            return Ok(());
        }
        let content = self.store().intent_content(row.id).map_err(|error| from_store(&error))?;
        let Again::Changes(changes) = again_of(content) else { return Ok(()) };
        let Some(parent) = self.commit_before(row)?.or(task.start) else { return Ok(()) };
        tracing::warn!(action = %row.id, %branch, "what a garbage collection took is written again");
        let made = self.branches.objects_again(parent, &changes, &self.message_of(row));
        if made.map_err(|error| from_apply(&error))? == own {
            return Ok(());
        }
        let message = format!("commit {own} of `{branch}` is damaged and cannot be made again");
        Err(Refusal::new(ErrorCode::RepositoryUnusable, message))
    }

    /// The commit an action of a branch was built on, as far as the timeline says.
    fn commit_before(&self, row: &ActionRow) -> Result<Option<CommitId>, Refusal> {
        let filter = ActionFilter { branch: row.branch.clone(), ..ActionFilter::default() };
        let rows = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let mut earlier =
            rows.into_iter().filter(|one| one.id < row.id && one.kind != ActionType::BranchMerge);
        Ok(earlier.find_map(|one| one.commit_id?.parse().ok()))
    }

    /// What the commit of an action says.
    fn message_of(&self, row: &ActionRow) -> CommitMessage {
        CommitMessage {
            subject: row.description.clone(),
            body: String::new(),
            action: row.id,
            session: row.session,
            agent: row.agent.clone(),
            installation: self.installation.to_owned(),
            undoes: row.undo_of.clone(),
            author: Identity::agent(&row.agent),
            committer: Identity::agent(&row.agent),
            when: Timestamp(row.clock_ms),
        }
    }

    /// Makes a write again where its commit is not on its branch, and syncs it.
    fn write_again(&self, row: &ActionRow) -> Result<(), Refusal> {
        let Some(branch) = row.branch.as_deref().and_then(|branch| branch.parse::<BranchName>().ok()) else {
            return Ok(());
        };
        let content = self.store().intent_content(row.id).map_err(|error| from_store(&error))?;
        let changes = match again_of(content) {
            Again::Opened(start) => return self.open_again(&branch, start),
            Again::Changes(changes) if changes.is_empty() => return Ok(()),
            Again::Changes(changes) => changes,
        };
        self.objects_again(row, &branch, &changes)?;
        let log = match self.branches.log(&branch, MOST_COMMITS).map_err(|error| from_task(&error)) {
            // A branch that was put away or removed is not made again.
            Err(refusal) if refusal.code == ErrorCode::BranchMissing => return Ok(()),
            other => other?,
        };
        if log.iter().any(|commit| commit.action == Some(row.id)) {
            return self.branches.sync(&branch).map_err(|fault| from_fault(&fault));
        }
        tracing::warn!(action = %row.id, %branch, "what a power loss took is made again");
        let tip = self.branches.tip(&branch).map_err(|error| from_task(&error))?;
        let changes = if row.kind == ActionType::Undo { self.still_to_do(tip, changes)? } else { changes };
        self.branches
            .apply(&branch, tip, &changes, &self.message_of(row))
            .map_err(|error| from_apply(&error))?;
        self.branches.sync(&branch).map_err(|fault| from_fault(&fault))
    }

    /// Writes the objects of a write again: a power loss may take them and keep the ref that names them. Where the commit
    /// was built on something else, what is written names nothing and Git takes it.
    fn objects_again(&self, row: &ActionRow, branch: &BranchName, changes: &[Change]) -> Result<(), Refusal> {
        let start =
            self.branches.project().read_ref(&branch.start_ref()).map_err(|fault| from_fault(&fault))?;
        let Some(parent) = self.commit_before(row)?.or(start.map(CommitId)) else { return Ok(()) };
        if let Err(error) = self.branches.objects_again(parent, changes, &self.message_of(row)) {
            tracing::warn!(action = %row.id, %branch, %error, "its objects are not written again");
        }
        Ok(())
    }

    /// Brings the objects of all processes and these branches to the disk.
    pub fn sync_all<'b>(&self, branches: impl Iterator<Item = &'b str>) -> Result<(), Refusal> {
        let synced = self.branches.project().objects().sync_all().map_err(|fault| from_fault(&fault.into()));
        let mut branches = branches.filter_map(|branch| branch.parse::<BranchName>().ok());
        synced.and_then(|()| {
            branches.try_for_each(|branch| self.branches.sync(&branch).map_err(|fault| from_fault(&fault)))
        })
    }

    /// What an undo has to do again. A write that was taken back is not made again, so the file it made is not there.
    fn still_to_do(&self, tip: CommitId, changes: Vec<Change>) -> Result<Vec<Change>, Refusal> {
        let mut left = Vec::new();
        for change in changes {
            if let Change::Delete { path } = &change
                && self.branches.leaf(tip, path).map_err(|fault| from_fault(&fault))?.is_none()
            {
                continue;
            }
            left.push(change);
        }
        Ok(left)
    }

    /// A branch that a person discarded or merged meanwhile is not opened again.
    fn open_again(&self, branch: &BranchName, start: CommitId) -> Result<(), Refusal> {
        let known = self.store().branch(branch.as_str()).map_err(|error| from_store(&error))?;
        if known.is_none_or(|known| known.status == BranchStatus::Active) {
            self.branches.open_again(branch, start).map_err(|error| from_open_task(&error))?;
            self.branches.sync(branch).map_err(|fault| from_fault(&fault))?;
        }
        Ok(())
    }
}
