//! `list_tasks`: an agent's own tasks, as they stand.

use tgp_branches::{BranchName, TaskError};
use tgp_gate::{Action, Call, from_store};
use tgp_model::BranchStatus;
use tgp_protocol::client::tasks::{ListTasksInput, ListTasksOutput, TaskCheck, TaskShown};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{BranchFilter, BranchRow};

use crate::refusal::from_task;
use crate::rooms::Rooms;

/// Tasks shown where the caller says nothing.
const USUAL: u32 = 50;

impl Rooms<'_> {
    /// The agent's own tasks, the newest first.
    pub fn list_tasks(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        input: &ListTasksInput,
    ) -> Result<ListTasksOutput, Refusal> {
        action.judge("task.list", Vec::new())?;
        let status = input.status.as_deref().map(str::parse).transpose();
        let status = status.map_err(|error: tgp_model::action::UnknownName| {
            Refusal::new(ErrorCode::ArgumentsInvalid, format!("`status`: {error}"))
        })?;
        let limit = input.limit.unwrap_or(USUAL).max(1);
        let filter =
            BranchFilter { agent: Some(call.agent.clone()), status, limit, ..BranchFilter::default() };
        let rows = self.store().branches(&filter).map_err(|error| from_store(&error))?;
        let current = self.store().current_branch(&call.agent, call.session);
        let current = current.map_err(|error| from_store(&error))?.map(|row| row.branch);
        let tasks = rows.into_iter().map(|row| {
            let is_current = Some(&row.branch) == current.as_ref();
            self.shown_task(row, is_current)
        });
        Ok(ListTasksOutput { tasks: tasks.collect::<Result<_, _>>()? })
    }

    /// A task as it stands.
    pub fn shown_task(&self, row: BranchRow, current: bool) -> Result<TaskShown, Refusal> {
        let open = matches!(row.status, BranchStatus::Active | BranchStatus::Ready);
        let changed = if open { self.files_changed(&row.branch)? } else { Some(0) };
        Ok(TaskShown {
            branch: row.branch,
            description: row.description,
            status: row.status.to_string(),
            current,
            missing: changed.is_none(),
            opened: row.created_at,
            files_changed: changed.unwrap_or_default(),
            summary: row.summary,
            checks: row
                .checks
                .into_iter()
                .map(|check| TaskCheck { name: check.name, passed: check.passed })
                .collect(),
            risk: row.risk,
            note: row.note,
            merge_commit: row.merge_commit,
        })
    }

    /// How many files a branch changes; none where its ref is gone.
    fn files_changed(&self, branch: &str) -> Result<Option<u32>, Refusal> {
        let Ok(branch) = branch.parse::<BranchName>() else { return Ok(None) };
        match self.branches.branch_diff(&branch) {
            Ok(files) => Ok(Some(u32::try_from(files.len()).unwrap_or(u32::MAX))),
            Err(TaskError::NoBranch { .. }) => Ok(None),
            Err(error) => Err(from_task(&error)),
        }
    }
}
