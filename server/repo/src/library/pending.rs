//! What waits for review: branches whose changes the trunk does not hold yet.

use std::sync::Arc;

use gix::ObjectId;
use tgp_model::{AgentName, RepoPath};

use super::branch::BranchName;
use super::edit::{self, EditError, Step};
use super::tree::{Leaf, TreeView};
use super::{Library, Line, ReadError, Shared, hold};
use crate::fault::LibraryFault;
use crate::id::{BlobId, CommitId};
use crate::message::trailer;

/// Commits of the trunk looked through for one that took a branch in without merging it.
const MOST_COMMITS: usize = 1_000;

/// Who wrote a content: an agent, and on which installation, so that what was fetched is nobody's here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The agent.
    pub agent: AgentName,
    /// The installation; none where the commit does not say.
    pub installation: Option<String>,
}

/// Where refs that cannot be read are kept, below `.git`.
const ASIDE: &str = "tgp-broken";

/// A file that waits for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFile {
    /// Its path.
    pub path: RepoPath,
    /// The name of its content.
    pub blob: BlobId,
    /// Who wrote it last, people aside; none where only people did, or two contents were joined into it.
    pub author: Option<Author>,
}

/// A branch for review that the trunk does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingBranch {
    /// The branch.
    pub branch: BranchName,
    /// Its last commit.
    pub head: CommitId,
    /// The files it creates or changes, sorted by path. Only files whose branch this is.
    pub files: Vec<PendingFile>,
}

/// A branch for review that cannot be read. It costs only itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenBranch {
    /// Its name, such as `feat/x`.
    pub branch: String,
    /// What is wrong with it.
    pub why: String,
}

impl PendingBranch {
    /// What it has for a file; none where it does not change that file.
    pub fn file(&self, path: &RepoPath) -> Option<&PendingFile> {
        let at = self.files.binary_search_by(|known| known.path.cmp(path)).ok()?;
        self.files.get(at)
    }

    /// The content it has for a file; none where it does not change that file.
    pub fn blob(&self, path: &RepoPath) -> Option<BlobId> {
        self.file(path).map(|file| file.blob)
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
    /// or taken in as one commit of its own (squashed). None also where it cannot be read: `broken_branches` says so.
    pub fn pending_branch(&self, branch: &BranchName) -> Result<Option<Arc<PendingBranch>>, ReadError> {
        Ok(self.shared.readable_branch(branch).unwrap_or_default())
    }

    /// The branch a file waits for review on: its own, or one that an earlier version named and that holds the file.
    pub fn pending_file(&self, path: &RepoPath) -> Result<Option<Arc<PendingBranch>>, ReadError> {
        for branch in [Some(BranchName::for_tool(path)), BranchName::as_before(path)].into_iter().flatten() {
            let pending = self.pending_branch(&branch)?;
            if let Some(pending) = pending.filter(|pending| pending.file(path).is_some()) {
                return Ok(Some(pending));
            }
        }
        Ok(None)
    }

    /// The branch a change of this file goes to.
    pub fn branch_of(&self, path: &RepoPath) -> Result<BranchName, ReadError> {
        let waiting = self.pending_file(path)?;
        Ok(waiting.map_or_else(|| BranchName::for_tool(path), |pending| pending.branch.clone()))
    }

    /// All branches that wait for review, as far as they can be read.
    pub fn pending_branches(&self) -> Result<Vec<Arc<PendingBranch>>, ReadError> {
        Ok(self.shared.pending_branches()?)
    }

    /// Branches for review that cannot be read, and why.
    pub fn broken_branches(&self) -> Result<Vec<BrokenBranch>, ReadError> {
        let mut broken = self.shared.set_aside();
        for (name, head) in self.shared.refs_below("refs/heads/feat/")? {
            let short = name.strip_prefix("refs/heads/").unwrap_or(&name);
            let read = match (head, short.parse()) {
                (Ok(head), Ok(branch)) => self.shared.pending(&branch, head).map(|_| ()),
                (head, _) => head.map(|_| ()),
            };
            broken.extend(
                read.err().map(|fault| BrokenBranch { branch: short.to_owned(), why: fault.to_string() }),
            );
        }
        Ok(broken)
    }

    /// Where a branch parted from the trunk; none where they never met.
    pub fn parted(&self, branch: &BranchName) -> Result<Option<CommitId>, ReadError> {
        let heads = (self.shared.head(&Line::Branch(branch.clone()))?, self.shared.head(&Line::Trunk)?);
        let (Some(head), Some(trunk)) = heads else { return Ok(None) };
        Ok(self.shared.merge_base(head, trunk)?.map(CommitId))
    }

    /// A content by its name.
    pub fn content(&self, blob: BlobId) -> Result<Vec<u8>, ReadError> {
        Ok(self.shared.objects.blob(blob.0)?)
    }
}

impl Shared {
    /// Moves refs that cannot be read out of Git's sight: it refuses every fetch while there is one. Their content is
    /// kept for a person to look at.
    pub(crate) fn set_aside_broken(&self) -> Result<(), LibraryFault> {
        let aside = self.git.join(ASIDE);
        for (name, head) in self.refs_below("refs/heads/feat/")? {
            let path = self.git.join(&name);
            if head.is_err() && path.is_file() {
                let moved = std::fs::create_dir_all(&aside).and_then(|()| {
                    std::fs::rename(&path, aside.join(name.rsplit('/').next().unwrap_or(&name)))
                });
                moved.map_err(LibraryFault::io("set aside", &path))?;
            }
        }
        Ok(())
    }

    fn set_aside(&self) -> Vec<BrokenBranch> {
        let items = std::fs::read_dir(self.git.join(ASIDE)).into_iter().flatten().flatten();
        let broken = |item: std::fs::DirEntry| BrokenBranch {
            branch: format!("feat/{}", item.file_name().to_string_lossy()),
            why: format!(
                "it names no commit; Git cannot fetch with it, so it was moved to `{}`; delete that file if nobody needs it",
                item.path().display()
            ),
        };
        items.map(broken).collect()
    }

    fn readable_branch(&self, branch: &BranchName) -> Result<Option<Arc<PendingBranch>>, LibraryFault> {
        match self.head(&Line::Branch(branch.clone()))? {
            Some(head) => self.pending(branch, head),
            None => Ok(None),
        }
    }

    pub(crate) fn pending_branches(&self) -> Result<Vec<Arc<PendingBranch>>, LibraryFault> {
        let branches = self.review_branches()?.into_iter();
        Ok(branches.filter_map(|(branch, head)| self.pending(&branch, head).unwrap_or_default()).collect())
    }

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
                files: self.files(branch, head, trunk)?,
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

    fn files(
        &self,
        branch: &BranchName,
        head: ObjectId,
        trunk: Option<ObjectId>,
    ) -> Result<Vec<PendingFile>, LibraryFault> {
        let own = |path: &RepoPath| {
            BranchName::for_tool(path) == *branch || BranchName::as_before(path).as_ref() == Some(branch)
        };
        let base = match trunk {
            Some(trunk) => self.merge_base(head, trunk)?,
            None => None,
        };
        let mut files = Vec::new();
        for step in self.own_changes(trunk, head)?.into_iter().filter(|step| own(&step.path)) {
            let Some(leaf) = step.new.filter(Leaf::is_file) else { continue };
            let author = self.author(&step.path, head, base)?;
            files.push(PendingFile { path: step.path, blob: BlobId(leaf.id), author });
        }
        Ok(files)
    }

    /// The agent that wrote a file last; a person's commit on top changes nothing about it. Through a join the side is
    /// followed whose content it is.
    fn author(
        &self,
        path: &RepoPath,
        head: ObjectId,
        base: Option<ObjectId>,
    ) -> Result<Option<Author>, LibraryFault> {
        let leaf = |commit: ObjectId| {
            let tree = self.objects.commit(commit)?.tree;
            TreeView { objects: &self.objects, tree }.leaf(path)
        };
        let mut next = Some(head);
        for _ in 0..MOST_COMMITS {
            let Some(id) = next.filter(|commit| Some(*commit) != base) else { return Ok(None) };
            let commit = self.objects.commit(id)?;
            let here = leaf(id)?;
            next = None;
            for parent in &commit.parents {
                if leaf(*parent)? == here {
                    next = Some(*parent);
                    break;
                }
            }
            if next.is_some() {
                continue;
            }
            if commit.parents.len() > 1 {
                return Ok(None);
            }
            let agent = trailer(&commit.message, "Tgp-Agent");
            // What a person brought back is still its author's.
            if let Some(agent) = agent.filter(|agent| *agent != AgentName::person().as_str()) {
                let installation = trailer(&commit.message, "Tgp-Installation").map(str::to_owned);
                return Ok(agent.parse().ok().map(|agent| Author { agent, installation }));
            }
            next = commit.parents.first().copied();
        }
        Ok(None)
    }

    /// What waits for review and keeps a file from being written, as it would if it were merged: a file where a folder
    /// is needed, a folder where the file is to be, a name that differs by case only.
    pub(crate) fn waits_in_the_way(&self, path: &RepoPath) -> Result<Option<EditError>, LibraryFault> {
        for pending in self.pending_branches()? {
            for file in &pending.files {
                let (known, new) = (file.path.as_str(), path.as_str());
                let below = |inner: &str, outer: &str| {
                    inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('/'))
                };
                if below(known, new) || below(new, known) {
                    let other = format!("{known}, which waits for review on {}", pending.branch);
                    return Ok(Some(EditError::InTheWay { path: path.clone(), other }));
                }
                if known != new && known.eq_ignore_ascii_case(new) {
                    let other = format!("{known}, which waits for review on {}", pending.branch);
                    return Ok(Some(EditError::CaseClash { path: path.clone(), other }));
                }
            }
        }
        Ok(None)
    }
}
