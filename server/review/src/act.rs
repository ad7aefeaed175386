//! Steps as they are done: each can be done again after a crash and changes nothing more then.

use tgp_branches::discard::{DiscardError, Done};
use tgp_branches::{BranchName, Branches};
use tgp_gate::from_store;
use tgp_model::BranchStatus;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::BranchChange;

use crate::refusal::{from_discard, from_fault};
use crate::review::{Review, branch_of, commit_of};
use crate::step::{Away, Step};

fn done(why: Away) -> Done {
    match why {
        Away::Discarded => Done::Discarded,
        Away::Merged => Done::Merged,
    }
}

impl Review<'_> {
    /// Does a step that moves no branch of a person's: those are published where they are prepared.
    pub(crate) fn carry_on(&self, step: &Step) -> Result<(), Refusal> {
        match step {
            Step::PutAway { branch, tip, why, commit, .. } => {
                let branches = self.repository()?;
                let (name, tip) = (branch_of(branch)?, commit_of(tip)?);
                if head_of(branches, &name)?.is_some() {
                    match branches.put_away_at(&name, tip, done(*why), self.now()) {
                        Ok(_) => {}
                        // What the agent did since was not merged, and stays open.
                        Err(DiscardError::Moved { .. }) if *why == Away::Merged => return Ok(()),
                        Err(error) => return Err(from_discard(&error)),
                    }
                }
                let status = match why {
                    Away::Discarded => BranchStatus::Discarded,
                    Away::Merged => BranchStatus::Merged,
                };
                let change = BranchChange {
                    status: Some(status),
                    merge_commit: commit.clone(),
                    ..BranchChange::default()
                };
                self.note(branch, &change)
            }
            Step::TakeBack { branch, tip, why, status } => {
                self.take_branch_back(branch, tip, *why)?;
                let change = BranchChange {
                    status: status.parse().ok(),
                    merge_commit: (*why == Away::Merged).then(String::new),
                    ..BranchChange::default()
                };
                self.note(branch, &change)
            }
            Step::Status { branch, to, note, .. } => {
                let change = BranchChange {
                    status: to.parse().ok(),
                    note: Some(note.clone().unwrap_or_default()),
                    ..BranchChange::default()
                };
                self.note(branch, &change)
            }
            Step::Forget { snapshot } => self.forget_snapshot(snapshot),
            Step::Move { .. } | Step::Restore { .. } => Ok(()),
        }
    }

    fn take_branch_back(&self, branch: &str, tip: &str, why: Away) -> Result<(), Refusal> {
        let branches = self.repository()?;
        let (name, tip) = (branch_of(branch)?, commit_of(tip)?);
        if head_of(branches, &name)?.is_some_and(|head| head == tip) {
            return Ok(());
        }
        let kept = branches.kept(done(why)).map_err(|fault| from_fault(&fault))?;
        let Some(kept) = kept.iter().find(|kept| kept.branch == name && kept.tip == tip) else {
            let message = format!("`{branch}` is not kept any more");
            return Err(Refusal::new(ErrorCode::BranchMissing, message)
                .with_hint("Discarded branches are kept for 30 days."));
        };
        branches.take_back(kept).map_err(|error| from_discard(&error))
    }

    fn note(&self, branch: &str, change: &BranchChange) -> Result<(), Refusal> {
        // A branch nobody remembers is told by its refs alone.
        self.store().change_branch(branch, change, self.now()).map(drop).map_err(|error| from_store(&error))
    }
}

/// The commit a branch names; none where it is not there.
pub(crate) fn head_of(
    branches: &Branches,
    name: &BranchName,
) -> Result<Option<tgp_branches::CommitId>, Refusal> {
    let found = branches.project().read_ref(&name.head_ref()).map_err(|fault| from_fault(&fault))?;
    Ok(found.map(tgp_branches::CommitId))
}
