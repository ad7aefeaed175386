//! Taking back what commits of a branch did: three ways against the branch's tip, as a new commit. Undoing an undo brings
//! back what it took.

use std::collections::HashSet;

use gix::ObjectId;
use tgp_git::{CommitMessage, ProjectFault};
use tgp_objects::id::CommitId;

use crate::change::{Applied, ApplyError, FileChange, files};
use crate::join::{Conflict, Joined, join};
use crate::name::BranchName;
use crate::task::{Branches, Task, TaskError};

/// How many commits are looked through for a point.
const FARTHEST: usize = 100_000;

/// Commits that are not undone. The branch is as it was.
#[derive(Debug, thiserror::Error)]
pub enum UndoBranchError {
    /// The commit is not one of the branch's own.
    #[error("commit {commit} is not one `{branch}` made")]
    NotOfBranch {
        /// The branch.
        branch: BranchName,
        /// The commit.
        commit: CommitId,
    },
    /// The commit joins two histories: it is nobody's action, and has no one state before it.
    #[error("commit {commit} joins two histories and cannot be undone by itself")]
    Joins {
        /// The commit.
        commit: CommitId,
    },
    /// Files were changed since in ways that cannot be told apart from what is to be undone.
    #[error("{} changed since commit {commit}", files(conflicts))]
    Conflict {
        /// The commit that stands against it.
        commit: CommitId,
        /// As the commit left them (`base`), as they are (`ours`), as they would become (`theirs`).
        conflicts: Vec<Conflict>,
    },
    /// Nothing would change: it was undone before, or nothing of it is left.
    #[error("nothing of it is left to undo")]
    Nothing,
    /// The branch cannot be used.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

/// An undo that was worked out. Its objects are written; nothing names them yet.
#[derive(Debug, Clone)]
pub struct UndoPlan {
    /// The branch's last commit when it was worked out.
    pub tip: CommitId,
    before: ObjectId,
    tree: ObjectId,
    /// What it changes, file by file.
    pub changes: Vec<FileChange>,
}

impl From<ProjectFault> for UndoBranchError {
    fn from(fault: ProjectFault) -> Self {
        Self::Apply(fault.into())
    }
}

impl From<TaskError> for UndoBranchError {
    fn from(error: TaskError) -> Self {
        Self::Apply(error.into())
    }
}

impl Branches {
    /// Takes back what some commits of a branch did, given the newest first, as one commit. What came after stays, or
    /// the files that stand against it are named. To redo, undo the undo's own commit.
    pub fn undo(
        &self,
        branch: &BranchName,
        commits: &[CommitId],
        message: &CommitMessage,
    ) -> Result<Applied, UndoBranchError> {
        let (_, before, tree) = self.undone_tree(branch, commits)?;
        Ok(self.publish_tree(branch, before, tree, message)?)
    }

    /// Works out what `undo` would change, file by file. Nothing is published.
    pub fn plan_undo(&self, branch: &BranchName, commits: &[CommitId]) -> Result<UndoPlan, UndoBranchError> {
        let (tip, before, tree) = self.undone_tree(branch, commits)?;
        let steps = self.project.difference(before, tree)?;
        Ok(UndoPlan { tip, before, tree, changes: steps.into_iter().map(FileChange::from).collect() })
    }

    /// Does what was worked out. Where the branch moved on since, it is worked out anew.
    pub fn undo_planned(
        &self,
        branch: &BranchName,
        plan: &UndoPlan,
        commits: &[CommitId],
        message: &CommitMessage,
    ) -> Result<Applied, UndoBranchError> {
        if self.tip(branch)? == plan.tip {
            Ok(self.publish_tree(branch, plan.before, plan.tree, message)?)
        } else {
            self.undo(branch, commits, message)
        }
    }

    /// The branch's last commit, its tree as it is, and without what some of its commits did.
    fn undone_tree(
        &self,
        branch: &BranchName,
        commits: &[CommitId],
    ) -> Result<(CommitId, ObjectId, ObjectId), UndoBranchError> {
        let task = self.task(branch)?;
        self.check_own(&task, commits)?;
        let before = self.tree_at(task.tip)?;
        let mut tree = before;
        for commit in commits {
            tree = self.without(tree, *commit)?;
        }
        if tree == before { Err(UndoBranchError::Nothing) } else { Ok((task.tip, before, tree)) }
    }

    /// Takes back everything agents did on a branch after a commit; the branch's start takes back all of it. A person's
    /// own commits on the branch stay.
    pub fn undo_to(
        &self,
        branch: &BranchName,
        point: CommitId,
        message: &CommitMessage,
    ) -> Result<Applied, UndoBranchError> {
        let task = self.task(branch)?;
        let log = self.log_of(&task, FARTHEST)?;
        let known = task.start == Some(point) || log.iter().any(|commit| commit.commit == point);
        if !known {
            return Err(UndoBranchError::NotOfBranch { branch: branch.clone(), commit: point });
        }
        let after = log.iter().take_while(|commit| commit.commit != point);
        let theirs: Vec<CommitId> =
            after.filter(|commit| commit.action.is_some()).map(|commit| commit.commit).collect();
        self.undo(branch, &theirs, message)
    }

    /// Refuses commits the branch did not make. The log is read in growing pieces: what is undone is mostly recent.
    fn check_own(&self, task: &Task, commits: &[CommitId]) -> Result<(), UndoBranchError> {
        let mut missing: HashSet<CommitId> = commits.iter().copied().collect();
        let mut limit = 16;
        while !missing.is_empty() {
            let log = self.log_of(task, limit)?;
            for commit in &log {
                missing.remove(&commit.commit);
            }
            if log.len() < limit || limit > FARTHEST {
                break;
            }
            limit *= 8;
        }
        match commits.iter().find(|commit| missing.contains(commit)) {
            Some(commit) => {
                Err(UndoBranchError::NotOfBranch { branch: task.branch.clone(), commit: *commit })
            }
            None => Ok(()),
        }
    }

    /// A tree without what one commit changed.
    pub(crate) fn without(&self, tree: ObjectId, commit: CommitId) -> Result<ObjectId, UndoBranchError> {
        let parts = self.project.commit(commit.0)?;
        let earlier = match parts.parents.as_slice() {
            [] => self.project.tree_of(None)?,
            [parent] => self.project.commit(*parent)?.tree,
            _ => return Err(UndoBranchError::Joins { commit }),
        };
        match join(&self.project, parts.tree, tree, earlier)? {
            Joined::Tree(tree) => Ok(tree),
            Joined::Conflicts(conflicts) => Err(UndoBranchError::Conflict { commit, conflicts }),
        }
    }
}
