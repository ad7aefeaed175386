//! What happened: the timeline, what recovery needs of it, and what undo needs of it.

use tgp_model::{ActionId, Timestamp};

use super::Store;
use super::notes::{append_one, duplicate};
use crate::action_row::{ActionFilter, ActionRow};
use crate::connection::Durability;
use crate::error::StoreError;
use crate::note::{Intent, Outcome};
use crate::payload;
use crate::tables::undo_data;
use crate::tables::{action_files, action_filter, agent_actions, intent_content};
use tgp_model::UndoPart;

impl Store {
    /// The timeline.
    pub fn actions(&self, filter: &ActionFilter) -> Result<Vec<ActionRow>, StoreError> {
        self.inner.flush_soon()?;
        action_filter::filtered(&self.inner.reader(), filter)
    }

    /// One action.
    pub fn action(&self, id: ActionId) -> Result<Option<ActionRow>, StoreError> {
        self.inner.flush_soon()?;
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

    /// What is needed to take an action back, in the order it was noted; undo goes through it backwards.
    pub fn undo_data(&self, action: ActionId) -> Result<Vec<UndoPart>, StoreError> {
        undo_data::read(&self.inner.reader(), &action.to_string())
    }

    /// Hashes of the files as they were that some action may still need: whatever else is kept of files can go.
    pub fn kept_pre_images(&self) -> Result<Vec<String>, StoreError> {
        Ok(undo_data::kept_content(&self.inner.reader())?)
    }

    /// Forgets what is needed to take these actions back; the timeline says from then on that they cannot be.
    pub fn forget_undo(&self, actions: &[ActionId], why: &str, at: Timestamp) -> Result<(), StoreError> {
        self.inner.write(Durability::Lazy, |connection| {
            for action in actions {
                let id = action.to_string();
                if undo_data::delete(connection, &id)? > 0 {
                    agent_actions::set_irreversible(connection, &id, why)?;
                    append_one(connection, "undo_forgotten", &id, at, &payload::reason_payload(why))?;
                }
            }
            Ok(())
        })
    }

    /// Puts an action into the timeline that was noted before the database was lost, as `source` tells it (such as
    /// `git trailers`). Says whether it was missing; one that is there is left as it is.
    pub fn import_action(
        &self,
        intent: &Intent,
        outcome: &Outcome,
        source: &str,
    ) -> Result<bool, StoreError> {
        let id = intent.action.to_string();
        self.inner.write(Durability::Lazy, |connection| {
            if agent_actions::one(connection, intent.action)?.is_some() {
                return Ok(false);
            }
            let inserted = agent_actions::insert(connection, intent, Some(outcome), Some(source));
            inserted.map_err(|error| duplicate(error, &id))?;
            action_files::insert(connection, &id, &intent.files)?;
            undo_data::insert(connection, &id, &intent.undo)?;
            let payload = payload::rebuilt_payload(intent, outcome, source);
            append_one(connection, "rebuilt", &id, outcome.at, &payload)?;
            Ok(true)
        })
    }
}
