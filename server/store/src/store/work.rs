//! Agents' branches and notes. What is done to them is an action each; these rows say how far they are now.

use tgp_model::{ActionId, AgentName, SessionId, Timestamp};
use tgp_work::{
    BranchChange, BranchFilter, BranchRow, NewBranch, NewNote, NewSnapshot, NoteRow, SnapshotRow, branches,
    notes as session_notes, snapshots,
};

use super::Store;
use crate::connection::Durability;
use crate::error::StoreError;
use crate::tables::agent_actions;

impl Store {
    /// Notes a branch that was opened, and that the action which opened it belongs to it. Doing it again changes nothing.
    pub fn record_branch(&self, branch: &NewBranch) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| {
            branches::insert(connection, branch)?;
            Ok(agent_actions::set_branch(connection, &branch.action.to_string(), &branch.branch)?)
        })
    }

    /// Notes what becomes of a branch. Says whether there is one of this name.
    pub fn change_branch(
        &self,
        branch: &str,
        change: &BranchChange,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(branches::change(connection, branch, change, at)?))
    }

    /// One branch, by its name.
    pub fn branch(&self, branch: &str) -> Result<Option<BranchRow>, StoreError> {
        Ok(branches::one(&self.inner.reader(), branch)?)
    }

    /// The branches a filter wants, the newest first.
    pub fn branches(&self, filter: &BranchFilter) -> Result<Vec<BranchRow>, StoreError> {
        Ok(branches::filtered(&self.inner.reader(), filter)?)
    }

    /// The task an agent works on in a session: the active one it took up last.
    pub fn current_branch(
        &self,
        agent: &AgentName,
        session: SessionId,
    ) -> Result<Option<BranchRow>, StoreError> {
        Ok(branches::current(&self.inner.reader(), agent, session)?)
    }

    /// Remembers a snapshot that is about to be taken.
    pub fn record_snapshot(&self, snapshot: &NewSnapshot) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(snapshots::insert(connection, snapshot)?))
    }

    /// Number and reason of all snapshots, the newest first.
    pub fn snapshot_triggers(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(snapshots::triggers(&self.inner.reader())?)
    }

    /// All snapshots that are remembered, the newest first.
    pub fn snapshots(&self) -> Result<Vec<SnapshotRow>, StoreError> {
        Ok(snapshots::all(&self.inner.reader())?)
    }

    /// Forgets a snapshot. Says whether there was one.
    pub fn forget_snapshot(&self, id: &str) -> Result<bool, StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(snapshots::delete(connection, id)?))
    }

    /// Keeps a note of an agent.
    pub fn save_note(&self, note: &NewNote) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(session_notes::insert(connection, note)?))
    }

    /// Takes a note away. Says whether there was one.
    pub fn delete_note(&self, id: ActionId) -> Result<bool, StoreError> {
        self.inner.write(Durability::Lazy, |connection| Ok(session_notes::delete(connection, id)?))
    }

    /// The newest notes, of one agent or of all, the newest first.
    pub fn session_notes(&self, agent: Option<&AgentName>, limit: u32) -> Result<Vec<NoteRow>, StoreError> {
        Ok(session_notes::newest(&self.inner.reader(), agent, limit)?)
    }
}
