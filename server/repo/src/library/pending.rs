//! What waits for review: branches whose changes the trunk does not hold yet.

use std::sync::Arc;

use gix::ObjectId;
use tgp_model::{AgentName, RepoPath};

use super::branch::BranchName;
use super::edit::{self, Step};
use super::tree::{Leaf, TreeView};
use super::{Library, Line, ReadError, Shared, hold};
use crate::fault::LibraryFault;
use crate::id::{BlobId, CommitId};
use crate::message::trailer;

/// Commits of the trunk looked through for one that took a branch in without merging it.
const MOST_COMMITS: usize = 1_000;

/// A branch for review that the trunk does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBranch {
    /// The branch.
    pub branch: BranchName,
    /// Its last commit.
    pub head: CommitId,
    /// The agent that committed last; none where only people did.
    pub agent: Option<AgentName>,
    /// The files it creates or changes, sorted, with the names of their contents. Only files whose branch this is.
    pub files: Vec<(RepoPath, BlobId)>,
}

impl PendingBranch {
    /// The content it has for a file; none where it does not change that file.
    pub fn blob(&self, path: &RepoPath) -> Option<BlobId> {
        let at = self.files.binary_search_by(|(known, _)| known.cmp(path)).ok()?;
        self.files.get(at).map(|(_, blob)| *blob)
    }
}

/// What was found out about one branch, and for which commits that holds.
pub(crate) struct KnownBranch {
    head: ObjectId,
    trunk: Option<ObjectId>,
    pending: Option<Arc<PendingBranch>>,
}

impl Library {
    /// What a branch holds that waits for review; none where it does not exist, or the trunk holds all of it: merged,
    /// or taken in as one commit of its own (squashed).
    pub fn pending_branch(&self, branch: &BranchName) -> Result<Option<Arc<PendingBranch>>, ReadError> {
        match self.shared.head(&Line::Branch(branch.clone()))? {
            Some(head) => Ok(self.shared.pending(branch, head)?),
            None => Ok(None),
        }
    }

    /// All branches that wait for review.
    pub fn pending_branches(&self) -> Result<Vec<Arc<PendingBranch>>, ReadError> {
        let mut found = Vec::new();
        for (branch, head) in self.shared.review_branches()? {
            found.extend(self.shared.pending(&branch, head)?);
        }
        Ok(found)
    }

    /// A content by its name.
    pub fn content(&self, blob: BlobId) -> Result<Vec<u8>, ReadError> {
        Ok(self.shared.objects.blob(blob.0)?)
    }
}

impl Shared {
    fn pending(
        &self,
        branch: &BranchName,
        head: ObjectId,
    ) -> Result<Option<Arc<PendingBranch>>, LibraryFault> {
        let trunk = self.head(&Line::Trunk)?;
        if let Some(known) = hold(&self.reviews).get(branch)
            && (known.head, known.trunk) == (head, trunk)
        {
            return Ok(known.pending.clone());
        }
        let pending = match trunk {
            Some(trunk) if self.holds(trunk, head)? => None,
            _ => Some(Arc::new(PendingBranch {
                branch: branch.clone(),
                head: CommitId(head),
                agent: self.last_agent(head, trunk)?,
                files: files(branch, self.own_changes(trunk, head)?),
            })),
        };
        let pending = pending.filter(|pending| !pending.files.is_empty());
        let known = KnownBranch { head, trunk, pending: pending.clone() };
        hold(&self.reviews).insert(branch.clone(), known);
        Ok(pending)
    }

    /// Whether the trunk holds what a branch changed: its commits, or at some commit since they parted the same files.
    pub(crate) fn holds(&self, trunk: ObjectId, head: ObjectId) -> Result<bool, LibraryFault> {
        let base = self.merge_base(head, trunk)?;
        if base == Some(head) {
            return Ok(true);
        }
        let changes = self.own_changes(Some(trunk), head)?;
        if changes.is_empty() {
            return Ok(false);
        }
        let mut next = Some(trunk);
        for _ in 0..MOST_COMMITS {
            let Some(commit) = next.filter(|commit| Some(*commit) != base) else { return Ok(false) };
            let view = TreeView { objects: &self.objects, tree: self.tree_of(commit)? };
            let mut same = true;
            for step in &changes {
                same = same && view.leaf(&step.path)? == step.new;
            }
            if same {
                return Ok(true);
            }
            next = self.objects.commit(commit)?.parents.first().copied();
        }
        Ok(false)
    }

    /// What a branch changed since it left the trunk.
    fn own_changes(&self, trunk: Option<ObjectId>, head: ObjectId) -> Result<Vec<Step>, LibraryFault> {
        let base = match trunk {
            Some(trunk) => self.merge_base(head, trunk)?,
            None => None,
        };
        let base = base.map(|base| self.tree_of(base)).transpose()?;
        edit::difference(&self.objects, base, Some(self.tree_of(head)?))
    }

    /// The agent of the branch's last commit that an agent made; a person's commit on top changes nothing about it.
    fn last_agent(&self, head: ObjectId, trunk: Option<ObjectId>) -> Result<Option<AgentName>, LibraryFault> {
        let base = match trunk {
            Some(trunk) => self.merge_base(head, trunk)?,
            None => None,
        };
        let mut next = Some(head);
        for _ in 0..MOST_COMMITS {
            let Some(id) = next.filter(|commit| Some(*commit) != base) else { return Ok(None) };
            let commit = self.objects.commit(id)?;
            if let Some(agent) = trailer(&commit.message, "Tgp-Agent") {
                return Ok(agent.parse().ok());
            }
            next = commit.parents.first().copied();
        }
        Ok(None)
    }
}

fn files(branch: &BranchName, changes: Vec<Step>) -> Vec<(RepoPath, BlobId)> {
    let own = |path: &RepoPath| BranchName::for_tool(path).is_ok_and(|name| name == *branch);
    changes
        .into_iter()
        .filter_map(|step| Some((step.path, step.new.filter(Leaf::is_file)?)))
        .filter(|(path, _)| own(path))
        .map(|(path, leaf)| (path, BlobId(leaf.id)))
        .collect()
}
