//! Single actions of branches that were merged: what one of them brought is taken out of the branch it was merged into.

use tgp_branches::discard::Done;
use tgp_branches::{BranchName, CommitId};
use tgp_gate::from_store;
use tgp_model::{ActionStatus, ActionType};
use tgp_protocol::client::Refusal;
use tgp_store::{ActionFilter, ActionRow};

use crate::refusal::from_fault;
use crate::review::{Review, commit_of};
use crate::step::Step;

/// Merges of one branch that are looked through for the last one; more than a person makes.
const MOST_MERGES: u32 = 100;

/// What an action left in a branch that was merged.
pub(crate) struct Merged {
    /// Its commit.
    pub(crate) commit: CommitId,
    /// The person's branch it went into.
    pub(crate) target: String,
}

impl Review<'_> {
    /// Where the commit of an action went; none where its branch was not merged as a whole.
    pub(crate) fn merged(&self, row: &ActionRow) -> Result<Option<Merged>, Refusal> {
        let (Some(branch), Some(commit)) = (&row.branch, &row.commit_id) else { return Ok(None) };
        let (Ok(name), Ok(Some(branches))) = (branch.parse::<BranchName>(), &self.branches) else {
            return Ok(None);
        };
        let kept = branches.kept(Done::Merged).map_err(|fault| from_fault(&fault))?;
        if !kept.iter().any(|kept| kept.branch == name) {
            return Ok(None);
        }
        let Some(target) = self.last_target(branch)? else { return Ok(None) };
        Ok(Some(Merged { commit: commit_of(commit)?, target }))
    }

    /// The branch the last merge in force of an agent's branch went into.
    fn last_target(&self, branch: &str) -> Result<Option<String>, Refusal> {
        let filter = ActionFilter {
            branch: Some(branch.to_owned()),
            kind: Some(ActionType::BranchMerge),
            status: Some(ActionStatus::Executed),
            limit: MOST_MERGES,
            ..ActionFilter::default()
        };
        for merge in self.store().actions(&filter).map_err(|error| from_store(&error))? {
            let parts = self.store().undo_data(merge.id).map_err(|error| from_store(&error))?;
            let steps = Step::all_of(&parts)?;
            let target = |step| match step {
                Step::Move { target, .. } => Some(target),
                _ => None,
            };
            if let Some(target) = steps.into_iter().find_map(target) {
                return Ok(Some(target));
            }
        }
        Ok(None)
    }
}
