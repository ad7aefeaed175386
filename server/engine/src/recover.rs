//! What startup does with actions that never ended: their process is gone, and Git says what became of them.

use tgp_model::ActionStatus;
use tgp_protocol::client::Refusal;
use tgp_repo::ProcessLock;
use tgp_store::{ActionRow, Outcome};

use crate::engine::Engine;
use crate::refusal::{from_read, from_store};

/// Commits looked through for an action; its process wrote it among the last.
const MOST_COMMITS: usize = 10_000;

impl Engine {
    /// Closes the intents of processes that are gone: a commit that names the action makes it executed; without one
    /// nothing of it stayed. Processes that live are left alone.
    pub(crate) fn recover(&self) -> Result<(), Refusal> {
        for row in self.store().open_intents().map_err(|error| from_store(&error))? {
            // When it cannot be told, the action is left to the next start.
            let alive = ProcessLock::is_alive(self.state_folder(), &row.lock_id).unwrap_or(true);
            if !alive {
                self.close_intent(&row)?;
            }
        }
        Ok(())
    }

    fn close_intent(&self, row: &ActionRow) -> Result<(), Refusal> {
        let commit =
            self.library().library.find_action(row.id, MOST_COMMITS).map_err(|error| from_read(&error))?;
        // Without a commit, whether SQL or files landed is not known: the next issue puts a mark into the database.
        let status = if commit.is_some() { ActionStatus::Executed } else { ActionStatus::Abandoned };
        let outcome = Outcome {
            action: row.id,
            status,
            error_code: None,
            duration_ms: 0.0,
            fuel: None,
            commit_id: commit.map(|commit| commit.to_string()),
            at: self.clock().now(),
        };
        tracing::info!(action = %row.id, %status, "closed an action whose process is gone");
        self.store().note_outcome(&outcome).map_err(|error| from_store(&error))
    }
}
