//! What startup does with what a dead process left: actions that never ended, and writes a power loss took from Git.
//!
//! An intent is synced and carries what is written; Git's objects and refs are synced later. So after a death without
//! a power loss Git is right: a commit that names the action makes it executed, without one nothing of it stayed.
//! The database and the files say the same of theirs; see `tgp_undo::settle`.
//! After a power loss the commit of an answered write may be gone; the intent's content makes it again.

use std::collections::BTreeSet;

use tgp_lock::{ProcessLock, boot_of};
use tgp_model::{ActionId, ActionStatus, ActionType, RepoPath, Timestamp};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{BranchName, Change, CommitMessage, Line};
use tgp_store::{ActionRow, Outcome, StoreError};

use crate::engine::Engine;
use crate::refusal::{from_read, from_write};
use tgp_gate::from_store;
use tgp_undo::settle;

/// Commits looked through for an action; its process wrote it among the last.
const MOST_COMMITS: usize = 10_000;

/// What another start may find better.
const LATER: [ErrorCode; 4] = [
    ErrorCode::DatabaseBusy,
    ErrorCode::RepositoryBusy,
    ErrorCode::RepositoryUnusable,
    ErrorCode::RepositoryMissing,
];

impl Engine {
    /// Brings Git up to what was answered, then closes the intents of processes that are gone. Processes that live
    /// are left alone.
    pub(crate) fn recover(&self) -> Result<(), Refusal> {
        self.write_again()?;
        let open = self.store().open_intents().map_err(|error| from_store(&error))?;
        // A sequence is closed after its steps are.
        let (sequences, others): (Vec<_>, Vec<_>) =
            open.into_iter().partition(|row| row.kind == ActionType::Sequence);
        for row in others.iter().filter(|row| !self.is_alive(row)) {
            self.close_intent(row)?;
        }
        for row in sequences.iter().filter(|row| !self.is_alive(row)) {
            self.close_sequence(row)?;
        }
        Ok(())
    }

    /// When it cannot be told, the action is left to the next start.
    fn is_alive(&self, row: &ActionRow) -> bool {
        ProcessLock::is_alive(self.state_folder(), &row.lock_id).unwrap_or(true)
    }

    /// Makes the commits again that a power loss took, and forgets the content of those that are safe.
    fn write_again(&self) -> Result<(), Refusal> {
        let (mut safe, mut branches) = (Vec::new(), BTreeSet::new());
        for id in self.store().kept_content().map_err(|error| from_store(&error))? {
            let Some(row) = self.store().action(id).map_err(|error| from_store(&error))? else { continue };
            if self.is_alive(&row) {
                continue;
            }
            let lost = boot_of(&row.lock_id) != boot_of(self.lock_id()) && may_be_missing(&row);
            if row.branch.as_deref().is_some_and(tgp_task::is_task_branch) {
                // A repository that cannot be opened now keeps its writes to be made again later.
                match self
                    .task_rooms()
                    .and_then(|rooms| rooms.map_or(Ok(()), |rooms| rooms.make_safe(&row, lost)))
                {
                    Ok(()) => {
                        safe.push(id);
                        branches.extend(row.branch);
                    }
                    Err(refusal) => {
                        tracing::warn!(action = %id, message = refusal.message, "left to the next start");
                    }
                }
                continue;
            }
            if lost {
                self.write_one_again(&row)?;
            }
            safe.push(id);
        }
        if safe.is_empty() {
            return Ok(());
        }
        if !branches.is_empty()
            && let Some(rooms) = self.task_rooms()?
        {
            rooms.sync_all(branches.iter().map(String::as_str))?;
        }
        self.library().library.flush().map_err(|error| from_read(&error))?;
        self.store().forget_content(&safe).map_err(|error| from_store(&error))
    }

    fn write_one_again(&self, row: &ActionRow) -> Result<(), Refusal> {
        let library = &self.library().library;
        if library.find_action(row.id, MOST_COMMITS).map_err(|error| from_read(&error))?.is_some() {
            return Ok(());
        }
        let content = self.store().intent_content(row.id).map_err(|error| from_store(&error))?;
        let changes: Vec<Change> = content
            .into_iter()
            .filter_map(|(path, bytes)| {
                Some(Change { path: path.parse::<RepoPath>().ok()?, content: Some(bytes) })
            })
            .collect();
        let Some(first) = changes.first() else { return Ok(()) };
        let line = match row.branch.as_ref() {
            // Where it was answered to be, whatever the configuration says now.
            Some(branch) => match branch.parse().ok() {
                Some(branch) => Line::Branch(branch),
                None => Line::Branch(BranchName::for_tool(&first.path)),
            },
            None => Line::Trunk,
        };
        let message = CommitMessage {
            subject: row.description.clone(),
            action: row.id,
            session: row.session,
            agent: row.agent.clone(),
            installation: self.installation().to_owned(),
            when: Timestamp(row.clock_ms),
        };
        tracing::warn!(action = %row.id, "a write that a power loss took is made again");
        library.write(&line, &changes, &message, None).map(drop).map_err(|error| from_write(&error))
    }

    /// Each room says what landed; what was half is taken back or completed.
    fn close_intent(&self, row: &ActionRow) -> Result<(), Refusal> {
        let review = self.review();
        let settled = match review.did(row) {
            Ok(true) => review.settle(row),
            Ok(false) => self.with_undo_rooms(&|rooms| settle(rooms, row)),
            Err(refusal) => Err(refusal),
        };
        let settled = match settled {
            Err(refusal) if LATER.contains(&refusal.code) => {
                tracing::warn!(action = %row.id, message = refusal.message, "left to the next start");
                return Ok(());
            }
            settled => settled?,
        };
        let description = settled.note.map(|note| format!("{} ({note})", row.description));
        let outcome = Outcome {
            action: row.id,
            status: settled.status,
            commit_id: settled.commit.map(|commit| commit.to_string()),
            at: self.clock().now(),
            undo: settled.parts,
            undone: settled.undone,
            restored: settled.restored,
            description,
            ..Outcome::default()
        };
        tracing::info!(action = %row.id, status = %settled.status, "closed an action whose process is gone");
        match self.store().note_outcome(&outcome) {
            // Another start was faster.
            Ok(()) | Err(StoreError::NotOpen { .. }) => Ok(()),
            Err(error) => Err(from_store(&error)),
        }
    }

    /// Remembers a write whose commit is not synced yet.
    pub(crate) fn is_not_synced(&self, action: ActionId) {
        self.not_synced().push(action);
    }

    /// Syncs the library, and forgets the content of the writes that are safe now.
    pub(crate) fn sync_writes(&self) {
        let written = std::mem::take(&mut *self.not_synced());
        if written.is_empty() {
            return;
        }
        let synced = self.library().library.flush().map_err(|error| from_read(&error));
        let forgotten =
            synced.and_then(|_| self.store().forget_content(&written).map_err(|error| from_store(&error)));
        if let Err(refusal) = forgotten {
            tracing::error!(
                message = refusal.message,
                "the library could not be synced; the next start does it"
            );
        }
    }
}

/// Whether an answered write may stand behind this row: one that failed or was denied wrote nothing.
fn may_be_missing(row: &ActionRow) -> bool {
    matches!(row.status, ActionStatus::Pending | ActionStatus::Executed)
}
