//! The commits of a branch, with the actions that made them.

use gix::ObjectId;
use tgp_git::ProjectFault;
use tgp_git::message::{trailer, trailers};
use tgp_model::{ActionId, AgentName, SessionId};
use tgp_objects::id::CommitId;
use tgp_objects::objects::hold;

use crate::name::BranchName;
use crate::task::{Branches, Task, TaskError};

/// Common ancestors that are remembered at the most.
const MOST_BASES: usize = 1_000;
/// Commits that are remembered at the most.
const MOST_COMMITS: usize = 2_000;
/// Commits with a longer subject, or of undos of more actions, are not remembered.
const LONGEST_SUBJECT: usize = 1_024;
const MOST_UNDOES: usize = 64;

/// A commit of a branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchCommit {
    /// Its name.
    pub commit: CommitId,
    /// What it was made from; two where it joins histories.
    pub parents: Vec<CommitId>,
    /// First line of its message.
    pub subject: String,
    /// The action that made it; none for a person's.
    pub action: Option<ActionId>,
    /// The session it was made in.
    pub session: Option<SessionId>,
    /// The agent it was made for.
    pub agent: Option<AgentName>,
    /// The actions it takes back.
    pub undoes: Vec<ActionId>,
}

impl Branches {
    /// The commits a branch has beyond where it began, the newest first, along first parents. At most `limit`.
    pub fn log(&self, branch: &BranchName, limit: usize) -> Result<Vec<BranchCommit>, TaskError> {
        let task = self.task(branch)?;
        Ok(self.log_of(&task, limit)?)
    }

    pub(crate) fn log_of(&self, task: &Task, limit: usize) -> Result<Vec<BranchCommit>, ProjectFault> {
        let start = match task.start {
            Some(start) => Some(start),
            None => self.parted_from_head(task.tip)?,
        };
        self.log_between(start, task.tip, limit)
    }

    /// Where a commit's history parted from HEAD's; none where they never met, or HEAD names no commit.
    pub fn parted_from_head(&self, tip: CommitId) -> Result<Option<CommitId>, ProjectFault> {
        match self.project.head()?.commit() {
            Some(head) => Ok(self.merge_base(head, tip.0)?.map(CommitId)),
            None => Ok(None),
        }
    }

    /// Where a commit's history parted from that of a branch of a person's.
    pub fn parted(&self, target: &str, tip: CommitId) -> Result<Option<CommitId>, ProjectFault> {
        match self.project.read_ref(target)? {
            Some(head) => Ok(self.merge_base(head, tip.0)?.map(CommitId)),
            None => Ok(None),
        }
    }

    /// Whether a commit's history holds another commit.
    pub fn holds(&self, commit: CommitId, other: CommitId) -> Result<bool, ProjectFault> {
        Ok(self.merge_base(commit.0, other.0)? == Some(other.0))
    }

    /// The commits from one back to where a branch began, the newest first, along first parents. At most `limit`.
    pub fn log_between(
        &self,
        start: Option<CommitId>,
        tip: CommitId,
        limit: usize,
    ) -> Result<Vec<BranchCommit>, ProjectFault> {
        let end = start.map(|start| start.0);
        let mut commits = Vec::new();
        let mut here = Some(tip.0).filter(|tip| Some(*tip) != end);
        while let Some(id) = here.filter(|_| commits.len() < limit) {
            let commit = self.commit(CommitId(id))?;
            here = commit.parents.first().map(|parent| parent.0).filter(|parent| Some(*parent) != end);
            commits.push(commit);
        }
        Ok(commits)
    }

    /// One commit. Those read last are kept: each undo looks through its branch's again.
    pub fn commit(&self, commit: CommitId) -> Result<BranchCommit, ProjectFault> {
        if let Some(known) = hold(&self.commits).get(&commit) {
            return Ok(known.clone());
        }
        let read = self.read_commit(commit)?;
        if read.subject.len() <= LONGEST_SUBJECT && read.undoes.len() <= MOST_UNDOES {
            let mut commits = hold(&self.commits);
            if commits.len() >= MOST_COMMITS {
                commits.clear();
            }
            commits.insert(commit, read.clone());
        }
        Ok(read)
    }

    fn read_commit(&self, commit: CommitId) -> Result<BranchCommit, ProjectFault> {
        let parts = self.project.commit(commit.0)?;
        let text = parts.message.as_str();
        Ok(BranchCommit {
            commit,
            parents: parts.parents.iter().copied().map(CommitId).collect(),
            subject: text.lines().next().unwrap_or_default().to_owned(),
            action: trailer(text, "Tgp-Action").and_then(|text| text.parse().ok()),
            session: trailer(text, "Tgp-Session").and_then(|text| text.parse().ok()),
            agent: trailer(text, "Tgp-Agent").and_then(|text| text.parse().ok()),
            undoes: trailers(text, "Tgp-Undoes").filter_map(|text| text.parse().ok()).collect(),
        })
    }

    /// The best common ancestor of two commits. One merge asks several times, and each answer reads all commits since.
    pub(crate) fn merge_base(&self, one: ObjectId, two: ObjectId) -> Result<Option<ObjectId>, ProjectFault> {
        if let Some(known) = hold(&self.bases).get(&(one, two)) {
            return Ok(Some(*known));
        }
        let found = self.look_for_base(one, two)?;
        // Commits never change; but histories that do not meet may do so once a shallow one is deepened.
        if let Some(base) = found {
            let mut bases = hold(&self.bases);
            if bases.len() >= MOST_BASES {
                bases.clear();
            }
            bases.insert((one, two), base);
        }
        Ok(found)
    }

    fn look_for_base(&self, one: ObjectId, two: ObjectId) -> Result<Option<ObjectId>, ProjectFault> {
        self.project.objects().with(|handle| {
            let graph =
                handle.commit_graph_if_enabled().map_err(ProjectFault::git("read the commit graph"))?;
            let mut graph = handle.revision_graph(graph.as_ref());
            let found = handle
                .merge_base_with_graph(one, two, &mut graph)
                .map_err(ProjectFault::git("find where two branches parted"))?;
            Ok(found.map(gix::Id::detach))
        })
    }
}
