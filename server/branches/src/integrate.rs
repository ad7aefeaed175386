//! Bringing an agent's work into a person's branch, in memory: merge, squash, one action, or a merge taken back. Nothing
//! is visible before it is published.

use gix::ObjectId;
use tgp_git::{Checkout, ProjectFault};
use tgp_objects::id::CommitId;

use crate::change::{FileChange, files};
use crate::diff::FileDiff;
use crate::join::{Conflict, Joined, join};
use crate::name::BranchName;
use crate::task::{Branches, TaskError};

/// How a branch is brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A commit with both histories.
    Merge,
    /// One commit with the target's history alone.
    Squash,
    /// One commit of all the branch did since it began, also of what the target holds and took back since.
    Again,
}

/// Something that cannot be brought in. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum IntegrateError {
    /// Both sides changed the same, file by file with both sides.
    #[error("{} cannot be joined with `{target}`", files(conflicts))]
    Conflict {
        /// The target's ref.
        target: String,
        /// What contradicts.
        conflicts: Vec<Conflict>,
    },
    /// The target is no branch of a person's.
    #[error("`{target}` is not a branch work is merged into: {why}")]
    Target {
        /// The ref as it came in.
        target: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing would change.
    #[error("`{target}` has all of it already")]
    Nothing {
        /// The target's ref.
        target: String,
    },
    /// A commit that joins histories is no single action.
    #[error("commit {commit} joins two histories and is no single action")]
    Joins {
        /// The commit.
        commit: CommitId,
    },
    /// The branch cannot be used.
    #[error(transparent)]
    Task(#[from] TaskError),
}

impl From<ProjectFault> for IntegrateError {
    fn from(fault: ProjectFault) -> Self {
        Self::Task(TaskError::Fault(fault))
    }
}

/// Work that was joined and not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// The target's ref, such as `refs/heads/main`.
    pub target: String,
    /// What the target names; none where it has no commit yet.
    pub from: Option<CommitId>,
    /// The other history a merge names; none for a single one.
    pub other: Option<CommitId>,
    /// What the target would change, file by file.
    pub files: Vec<FileChange>,
    /// The worktrees that would follow.
    pub checkouts: Vec<Checkout>,
    pub(crate) tree: ObjectId,
}

impl Branches {
    /// Joins a branch with a target. A branch that began from a person's uncommitted work brings only what the agent
    /// changed, as one commit, so that the uncommitted work stays the person's.
    pub fn prepare_merge(
        &self,
        branch: &BranchName,
        target: &str,
        how: How,
    ) -> Result<Integration, IntegrateError> {
        let task = self.task(branch)?;
        let from = self.target(target)?;
        let base = match (from, task.start) {
            (None, start) => return self.first_commit(target, task.tip, start, how),
            (Some(from), start) => {
                let base = self.merge_base(from.0, task.tip.0)?;
                if let Some(start) = start {
                    // Where both parted is in the target's history; often that is the start itself.
                    let holds_start = base == Some(start.0) || self.holds(from, start)?;
                    if !holds_start || how == How::Again {
                        let base = self.project.commit(start.0)?.tree;
                        return self.joined(target, Some(from), None, base, task.tip);
                    }
                }
                self.project.tree_of(base)?
            }
        };
        let other = (how == How::Merge).then_some(task.tip);
        self.joined(target, from, other, base, task.tip)
    }

    /// What one commit of a branch changed, for a target.
    pub fn prepare_pick(&self, commit: CommitId, target: &str) -> Result<Integration, IntegrateError> {
        self.prepare_picks(&[commit], target)
    }

    /// What some commits of a branch changed, given the oldest first, for a target: one commit.
    pub fn prepare_picks(&self, commits: &[CommitId], target: &str) -> Result<Integration, IntegrateError> {
        let from = self.target(target)?;
        let ours = self.project.tree_of(from.map(|from| from.0))?;
        let mut tree = ours;
        for commit in commits {
            let parts = self.project.commit(commit.0)?;
            let base = match parts.parents.as_slice() {
                [] => self.project.tree_of(None)?,
                [parent] => self.project.commit(*parent)?.tree,
                _ => return Err(IntegrateError::Joins { commit: *commit }),
            };
            match join(&self.project, base, tree, parts.tree)? {
                Joined::Tree(joined) => tree = joined,
                conflicts @ Joined::Conflicts(_) => {
                    return self.integration(target, from, None, ours, conflicts);
                }
            }
        }
        self.integration(target, from, None, ours, Joined::Tree(tree))
    }

    /// What an integration would change in its target, with renames.
    pub fn integration_diff(&self, integration: &Integration) -> Result<Vec<FileDiff>, ProjectFault> {
        let old = self.project.tree_of(integration.from.map(|from| from.0))?;
        self.diff_trees(old, integration.tree)
    }

    /// A target without what one of its commits brought in; of a merge, all that the merge brought.
    pub fn prepare_revert(&self, commit: CommitId, target: &str) -> Result<Integration, IntegrateError> {
        let from = self.target(target)?;
        let parts = self.project.commit(commit.0)?;
        let theirs = self.project.tree_of(parts.parents.first().copied())?;
        let ours = self.project.tree_of(from.map(|from| from.0))?;
        let joined = join(&self.project, parts.tree, ours, theirs)?;
        self.integration(target, from, None, ours, joined)
    }

    /// A target that has no commit yet.
    fn first_commit(
        &self,
        target: &str,
        tip: CommitId,
        start: Option<CommitId>,
        how: How,
    ) -> Result<Integration, IntegrateError> {
        let empty = self.project.tree_of(None)?;
        // A start with files in it is captured work, which stays the person's.
        let base = self.project.tree_of(start.map(|start| start.0))?;
        let theirs = self.project.commit(tip.0)?.tree;
        let joined = join(&self.project, base, empty, theirs)?;
        let other = (how == How::Merge && base == empty).then_some(tip);
        self.integration(target, None, other, empty, joined)
    }

    fn joined(
        &self,
        target: &str,
        from: Option<CommitId>,
        other: Option<CommitId>,
        base: ObjectId,
        theirs: CommitId,
    ) -> Result<Integration, IntegrateError> {
        let ours = self.project.tree_of(from.map(|from| from.0))?;
        let theirs = self.project.commit(theirs.0)?.tree;
        let joined = join(&self.project, base, ours, theirs)?;
        self.integration(target, from, other, ours, joined)
    }

    fn integration(
        &self,
        target: &str,
        from: Option<CommitId>,
        other: Option<CommitId>,
        ours: ObjectId,
        joined: Joined,
    ) -> Result<Integration, IntegrateError> {
        let tree = match joined {
            Joined::Tree(tree) if tree == ours => {
                return Err(IntegrateError::Nothing { target: target.to_owned() });
            }
            Joined::Tree(tree) => tree,
            Joined::Conflicts(conflicts) => {
                return Err(IntegrateError::Conflict { target: target.to_owned(), conflicts });
            }
        };
        let files = self.project.difference(ours, tree)?.into_iter().map(FileChange::from).collect();
        let checkouts = self.project.checkouts(target);
        Ok(Integration { target: target.to_owned(), from, other, files, checkouts, tree })
    }

    /// The commit a target names. Targets are branches of people.
    fn target(&self, target: &str) -> Result<Option<CommitId>, IntegrateError> {
        let refused = |why: &str| IntegrateError::Target { target: target.to_owned(), why: why.to_owned() };
        if !target.starts_with("refs/heads/") {
            return Err(refused("its name does not begin with `refs/heads/`"));
        }
        if target.parse::<BranchName>().is_ok() {
            return Err(refused("it is an agent's"));
        }
        let found = self.project.read_ref(target)?.map(CommitId);
        if found.is_none() && self.project.head()?.branch() != Some(target) {
            return Err(refused("there is no such branch"));
        }
        Ok(found)
    }
}
