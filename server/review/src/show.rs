//! `tgp branch show`: one branch with its commits and files.

use tgp_branches::BranchCommit;
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{BranchAction, BranchOutput};

use crate::find::{Found, OfProject};
use crate::list::start_of;
use crate::refusal::from_fault;
use crate::review::Review;

/// Commits that are shown of one branch.
pub(crate) const MOST_COMMITS: usize = 1_000;

impl Review<'_> {
    /// A branch with its commits, the newest first.
    pub fn show(&self, name: &str) -> Result<BranchOutput, Refusal> {
        let found = self.find(name)?;
        let (branch, files) = self.shown(&found)?;
        let actions = match &found {
            Found::Project(branch) => self.commits_of(branch)?.iter().map(action).collect(),
            Found::Library(pending) => self.library_actions(pending)?,
        };
        Ok(BranchOutput { branch, actions, files })
    }

    /// The commits a branch has beyond where it began, the newest first; also of one that was put away.
    pub(crate) fn commits_of(&self, branch: &OfProject) -> Result<Vec<BranchCommit>, Refusal> {
        let branches = self.repository()?;
        let start = start_of(branches, branch)?;
        branches.log_between(start, branch.tip, MOST_COMMITS).map_err(|fault| from_fault(&fault))
    }
}

pub(crate) fn action(commit: &BranchCommit) -> BranchAction {
    BranchAction {
        action: commit.action.map(|action| action.to_string()),
        commit: commit.commit.to_string(),
        description: commit.subject.clone(),
        undoes: commit.undoes.iter().map(ToString::to_string).collect(),
        files: Vec::new(),
    }
}
