//! What became of an action on a branch whose process died: the branch's commits say it.

use tgp_branches::{BranchName, CommitId, TaskError};
use tgp_gate::from_store;
use tgp_model::{ActionStatus, ActionType, BranchStatus};
use tgp_protocol::client::Refusal;
use tgp_store::{ActionRow, BranchChange, NewBranch, UndoPart};

use crate::durable::MOST_COMMITS;
use crate::opening::CLOSE;
use crate::refusal::from_task;
use crate::rooms::Rooms;

impl Rooms<'_> {
    /// The commit an action left on its branch; none where nothing landed.
    pub fn landed(&self, row: &ActionRow) -> Result<Option<CommitId>, Refusal> {
        let Some(branch) = branch_of(row) else { return Ok(None) };
        match self.branches.log(&branch, MOST_COMMITS) {
            Ok(log) => {
                let own = log.iter().find(|commit| commit.action == Some(row.id));
                Ok(own.map(|commit| commit.commit))
            }
            Err(TaskError::NoBranch { .. }) => Ok(None),
            Err(error) => Err(from_task(&error)),
        }
    }

    /// What became of the opening of a task, or of another action about a branch as a whole; none for actions that are
    /// about files. Done twice, it changes nothing more.
    pub fn settle(&self, row: &ActionRow) -> Result<Option<(ActionStatus, Vec<UndoPart>)>, Refusal> {
        let Some(branch) = branch_of(row) else { return Ok(None) };
        let known = self.store().branch(branch.as_str()).map_err(|error| from_store(&error))?;
        match row.kind {
            ActionType::BranchCreate if known.as_ref().is_none_or(|known| known.id == row.id) => {
                let Some(start) = self.opened(&branch)? else {
                    return Ok(Some((ActionStatus::Abandoned, Vec::new())));
                };
                let description = row
                    .details
                    .get("task")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default()
                    .to_owned();
                let new = NewBranch {
                    action: row.id,
                    project: row.project.clone(),
                    agent: row.agent.clone(),
                    session: row.session,
                    branch: branch.to_string(),
                    description,
                    start: start.to_string(),
                    at: tgp_model::Timestamp(row.clock_ms),
                };
                self.store().record_branch(&new).map_err(|error| from_store(&error))?;
                let close = UndoPart::Compensation {
                    capability: CLOSE.to_owned(),
                    arguments: serde_json::json!({ "branch": branch.as_str() }),
                };
                Ok(Some((ActionStatus::Executed, vec![close])))
            }
            // It only took the task up, or the name went to another one.
            ActionType::BranchCreate => Ok(Some((ActionStatus::Abandoned, Vec::new()))),
            ActionType::BranchReady => {
                let done = known.is_some_and(|known| known.status != BranchStatus::Active);
                let status = if done { ActionStatus::Executed } else { ActionStatus::Abandoned };
                Ok(Some((status, Vec::new())))
            }
            ActionType::BranchDiscard => {
                let gone = matches!(self.branches.tip(&branch), Err(TaskError::NoBranch { .. }));
                if gone && known.is_some_and(|known| known.status == BranchStatus::Active) {
                    let change =
                        BranchChange { status: Some(BranchStatus::Discarded), ..BranchChange::default() };
                    let now = self.gate.clock().now();
                    let changed = self.store().change_branch(branch.as_str(), &change, now);
                    changed.map_err(|error| from_store(&error))?;
                }
                let status = if gone { ActionStatus::Executed } else { ActionStatus::Abandoned };
                Ok(Some((status, Vec::new())))
            }
            _ => Ok(None),
        }
    }

    /// Where an opened branch began; none where it was not opened whole.
    fn opened(&self, branch: &BranchName) -> Result<Option<CommitId>, Refusal> {
        match self.branches.task(branch) {
            Ok(task) => Ok(task.start),
            // The private ref alone harms nothing, and says nothing.
            Err(TaskError::NoBranch { .. }) => Ok(None),
            Err(error) => Err(from_task(&error)),
        }
    }
}

fn branch_of(row: &ActionRow) -> Option<BranchName> {
    row.branch.as_deref().and_then(|branch| branch.parse().ok())
}
