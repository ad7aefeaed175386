//! Branches that are done with: discarded ones can be taken back for a time, merged ones keep what undo needs. Private
//! refs name both, so that no `git gc` takes them.

use tgp_git::{MoveRefError, ProjectFault, RefMove};
use tgp_model::Timestamp;
use tgp_objects::id::CommitId;

use crate::change::fault_of;
use crate::name::BranchName;
use crate::task::{Branches, TaskError};

/// How long a discarded branch can be taken back, in seconds: 30 days.
pub const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Why a branch is done with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// Its work is not wanted.
    Discarded,
    /// Its work was merged.
    Merged,
}

impl Done {
    fn prefix(self) -> &'static str {
        match self {
            Self::Discarded => "refs/tgp/discarded/",
            Self::Merged => "refs/tgp/merged/",
        }
    }
}

/// A branch that is done with and kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its name.
    pub branch: BranchName,
    /// Its last commit.
    pub tip: CommitId,
    /// When it was put away.
    pub when: Timestamp,
    /// Why.
    pub why: Done,
    name: String,
}

/// A branch that was not put away or taken back. It is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DiscardError {
    /// Another process moved it meanwhile.
    #[error("`{branch}` moved meanwhile")]
    Moved {
        /// The branch.
        branch: BranchName,
    },
    /// A branch of this name is there.
    #[error("a branch `{branch}` is there already")]
    Exists {
        /// The branch.
        branch: BranchName,
    },
    /// The branch cannot be used.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl From<ProjectFault> for DiscardError {
    fn from(fault: ProjectFault) -> Self {
        Self::Task(TaskError::Fault(fault))
    }
}

impl Branches {
    /// Puts a branch away. Its commits stay named by a private ref.
    pub fn put_away(&self, branch: &BranchName, why: Done, now: Timestamp) -> Result<Kept, DiscardError> {
        self.put_away_at(branch, self.tip(branch)?, why, now)
    }

    /// The same, if its last commit still is what the caller decided about.
    pub fn put_away_at(
        &self,
        branch: &BranchName,
        tip: CommitId,
        why: Done,
        now: Timestamp,
    ) -> Result<Kept, DiscardError> {
        if self.tip(branch)? != tip {
            return Err(DiscardError::Moved { branch: branch.clone() });
        }
        self.check_not_checked_out(branch)?;
        let seconds = now.0.div_euclid(1000).max(0);
        let name = format!("{}{seconds}/{branch}", why.prefix());
        let moved = |error| match error {
            MoveRefError::Moved { .. } => DiscardError::Moved { branch: branch.clone() },
            other => fault_of(other).into(),
        };
        // First the new name, then the old one goes: a crash between leaves both, and nothing is lost.
        let before = self.project.read_ref(&name)?;
        let keep = RefMove { name: &name, from: before, to: Some(tip.0), log: None };
        self.project.move_ref(&keep).map_err(moved)?;
        let away = RefMove { name: &branch.head_ref(), from: Some(tip.0), to: None, log: None };
        if let Err(error) = self.project.move_ref(&away) {
            let back = RefMove { name: &name, from: Some(tip.0), to: before, log: None };
            // A private ref too many harms nothing; the first error is the one to tell.
            let _ = self.project.move_ref(&back);
            return Err(moved(error));
        }
        Ok(Kept { branch: branch.clone(), tip, when: Timestamp(seconds * 1000), why, name })
    }

    /// Branches that were put away, the newest first. One that is there again is no longer put away.
    pub fn kept(&self, why: Done) -> Result<Vec<Kept>, ProjectFault> {
        let mut kept = Vec::new();
        for (name, tip) in self.project.refs_below(why.prefix())? {
            let rest = name.strip_prefix(why.prefix()).unwrap_or_default();
            let Some((seconds, branch)) = rest.split_once('/') else { continue };
            let (Ok(seconds), Ok(branch)) = (seconds.parse::<i64>(), branch.parse::<BranchName>()) else {
                continue;
            };
            if self.project.read_ref(&branch.head_ref())? == Some(tip) {
                continue;
            }
            kept.push(Kept { branch, tip: CommitId(tip), when: Timestamp(seconds * 1000), why, name });
        }
        kept.sort_by(|a, b| b.when.0.cmp(&a.when.0).then_with(|| a.branch.cmp(&b.branch)));
        Ok(kept)
    }

    /// Takes a branch back that was put away.
    pub fn take_back(&self, kept: &Kept) -> Result<(), DiscardError> {
        let head = RefMove { name: &kept.branch.head_ref(), from: None, to: Some(kept.tip.0), log: None };
        self.project.move_ref(&head).map_err(|error| match error {
            MoveRefError::Moved { .. } => DiscardError::Exists { branch: kept.branch.clone() },
            other => fault_of(other).into(),
        })?;
        self.forget(kept)?;
        Ok(())
    }

    /// Lets go of discarded branches whose time is over, and names them. Git's own `gc` then takes their objects.
    pub fn expire(&self, now: Timestamp) -> Result<Vec<Kept>, ProjectFault> {
        let over = |kept: &Kept| now.0.div_euclid(1000) - kept.when.0.div_euclid(1000) > KEPT_SECONDS;
        let mut gone = Vec::new();
        for kept in self.kept(Done::Discarded)?.into_iter().filter(over) {
            self.forget(&kept)?;
            let start = kept.branch.start_ref();
            if self.project.read_ref(&kept.branch.head_ref())?.is_none()
                && let Some(id) = self.project.read_ref(&start)?
            {
                let change = RefMove { name: &start, from: Some(id), to: None, log: None };
                self.project.move_ref(&change).map_err(fault_of)?;
            }
            gone.push(kept);
        }
        Ok(gone)
    }

    fn forget(&self, kept: &Kept) -> Result<(), ProjectFault> {
        let change = RefMove { name: &kept.name, from: Some(kept.tip.0), to: None, log: None };
        match self.project.move_ref(&change) {
            // Another process was faster.
            Ok(()) | Err(MoveRefError::Moved { .. }) => Ok(()),
            Err(error) => Err(fault_of(error)),
        }
    }
}
