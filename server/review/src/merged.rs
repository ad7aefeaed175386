//! Single actions of branches that were merged: what one of them brought is taken out of the branch it was merged into.

use serde_json::Value;
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

    /// The merge in force that brought an action of a branch that is still open into a person's branch: as a single
    /// action, or with all of a branch that somebody has checked out. Taken back on the agent's branch alone, it would
    /// stay in the person's.
    pub(crate) fn brought(&self, row: &ActionRow) -> Result<Option<ActionRow>, Refusal> {
        let (Some(branch), Some(_)) = (&row.branch, &row.commit_id) else { return Ok(None) };
        let has = |merge: &ActionRow| match merge.details.get("actions").and_then(Value::as_array) {
            Some(picked) => {
                picked.iter().any(|one| one.as_str().is_some_and(|one| one == row.id.to_string()))
            }
            None => merge.id > row.id,
        };
        Ok(self.merges_in_force(branch)?.into_iter().find(has))
    }

    fn merges_in_force(&self, branch: &str) -> Result<Vec<ActionRow>, Refusal> {
        let filter = ActionFilter {
            branch: Some(branch.to_owned()),
            kind: Some(ActionType::BranchMerge),
            status: Some(ActionStatus::Executed),
            limit: MOST_MERGES,
            ..ActionFilter::default()
        };
        self.store().actions(&filter).map_err(|error| from_store(&error))
    }

    /// The branch the last merge in force of an agent's branch went into.
    fn last_target(&self, branch: &str) -> Result<Option<String>, Refusal> {
        for merge in self.merges_in_force(branch)? {
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
