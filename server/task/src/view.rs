//! What an agent sees: its task's branch, or what a task would start from.

use tgp_branches::{BranchName, CommitId, GitPath};
use tgp_gate::{Call, from_store};
use tgp_model::RepoPath;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::BranchRow;

use crate::refusal::{from_branch_name, from_fault, from_task};
use crate::rooms::Rooms;

/// The state of the project as an agent sees it.
#[derive(Debug, Clone)]
pub struct View {
    /// The task and its branch; none where the agent has opened none in this session.
    pub task: Option<(BranchRow, BranchName)>,
    /// The commit; none in a repository without one.
    pub at: Option<CommitId>,
}

impl Rooms<'_> {
    /// What the caller sees.
    pub fn view(&self, call: &Call) -> Result<View, Refusal> {
        let task = self.store().current_branch(&call.agent, call.session);
        let Some(row) = task.map_err(|error| from_store(&error))? else {
            let head = self.branches.project().head().map_err(|fault| from_fault(&fault))?;
            return Ok(View { task: None, at: head.commit().map(CommitId) });
        };
        let branch: BranchName = row.branch.parse().map_err(|problem| from_branch_name(&problem))?;
        let tip = self.branches.tip(&branch).map_err(|error| {
            let refusal = from_task(&error);
            if refusal.code != ErrorCode::BranchMissing {
                return refusal;
            }
            Refusal { message: format!("the branch of your task is gone: {}", refusal.message), ..refusal }.with_hint(
                "Somebody removed it by hand. `start_task` opens a new one; `git reflog` or the person may bring the \
                 commits back.",
            )
        })?;
        Ok(View { task: Some((row, branch)), at: Some(tip) })
    }

    /// Whether a path of the tree is one agents see: the library has its own view, and what is no text has no name.
    pub(crate) fn seen(&self, path: &GitPath) -> Option<RepoPath> {
        let path: RepoPath = std::str::from_utf8(path.as_bytes()).ok()?.parse().ok()?;
        let hidden = path.is_within(self.mount.seen()) || path.is_within(self.library_folder);
        (!hidden).then_some(path)
    }

    /// What to say about a path that is not in the tree: a person may have it uncommitted.
    pub(crate) fn not_found(&self, path: &RepoPath, view: &View) -> Refusal {
        let place = match &view.task {
            Some((_, branch)) => format!("in `{branch}`"),
            None => "in the last commit".to_owned(),
        };
        let refusal = Refusal::new(ErrorCode::FileNotFound, format!("there is no file `{path}` {place}"));
        if self.was_there(path, view) {
            return refusal.with_hint(
                "It was there when the task began, and was moved or deleted on this branch: `diff_task` shows where to.",
            );
        }
        if self.branches.project().root().join(path.as_str()).symlink_metadata().is_err() {
            return refusal;
        }
        refusal.with_hint(
            "The person has it and has not committed it. `start_task` with `uncommitted: tracked` or `all` begins with \
             such work.",
        )
    }

    /// Whether a file was there when the task began.
    fn was_there(&self, path: &RepoPath, view: &View) -> bool {
        let start = view.task.as_ref().and_then(|(_, branch)| self.branches.task(branch).ok()?.start);
        let leaf = start.and_then(|start| self.branches.leaf(start, &GitPath::from(path)).ok()?);
        leaf.is_some()
    }
}
