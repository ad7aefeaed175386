//! What commits tell about the actions that made them, for a timeline that was lost.

use std::collections::{HashSet, VecDeque};

use gix::ObjectId;
use tgp_model::{ActionId, AgentName, RepoPath, SessionId};

use super::{Library, Line, ReadError, Shared, edit};
use crate::id::CommitId;
use crate::message::trailer;
use tgp_objects::objects::CommitParts;

/// What one commit tells about its action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAction {
    /// The commit.
    pub commit: CommitId,
    /// The branch for review it is on; none for the library's own.
    pub branch: Option<String>,
    /// The action.
    pub action: ActionId,
    /// The session.
    pub session: SessionId,
    /// The agent.
    pub agent: AgentName,
    /// The installation that ran it.
    pub installation: String,
    /// What it did, in words.
    pub subject: String,
    /// The files it changed: whether each was there before, and is there since.
    pub files: Vec<(RepoPath, bool, bool)>,
    /// Whether it joins two histories.
    pub joins: bool,
}

impl Library {
    /// What the commits of the library's own branch and of all branches for review tell, the newest first, of at most
    /// `most` commits. Commits without an action are a person's. Says also whether that was all of them.
    pub fn told_actions(&self, most: usize) -> Result<(Vec<ToldAction>, bool), ReadError> {
        let shared = &self.shared;
        let trunk = shared.head(&Line::Trunk)?;
        let mut queue: VecDeque<(ObjectId, Option<String>)> =
            trunk.into_iter().map(|id| (id, None)).collect();
        queue.extend(shared.review_branches()?.into_iter().map(|(name, id)| (id, Some(name.to_string()))));
        let (mut known, mut told) = (HashSet::new(), Vec::new());
        while let Some((id, branch)) = queue.pop_front() {
            if known.len() >= most {
                return Ok((told, false));
            }
            if !known.insert(id) {
                continue;
            }
            // What a broken branch lacks says nothing about the others.
            let Ok(commit) = shared.objects.commit(id) else { continue };
            told.extend(shared.told(id, &commit, branch.clone()));
            queue.extend(commit.parents.into_iter().map(|id| (id, branch.clone())));
        }
        Ok((told, true))
    }
}

impl Shared {
    fn told(&self, id: ObjectId, commit: &CommitParts, branch: Option<String>) -> Option<ToldAction> {
        let named = |name: &str| trailer(&commit.message, name);
        let before = commit.parents.first().and_then(|parent| self.objects.commit(*parent).ok());
        let steps =
            edit::difference(&self.objects, before.map(|parts| parts.tree), Some(commit.tree)).ok()?;
        Some(ToldAction {
            commit: CommitId(id),
            branch,
            action: named("Tgp-Action")?.parse().ok()?,
            session: named("Tgp-Session")?.parse().ok()?,
            agent: named("Tgp-Agent")?.parse().ok()?,
            installation: named("Tgp-Installation").unwrap_or_default().to_owned(),
            subject: commit.message.lines().next().unwrap_or_default().to_owned(),
            files: steps
                .into_iter()
                .map(|step| (step.path, step.old.is_some(), step.new.is_some()))
                .collect(),
            joins: commit.parents.len() > 1,
        })
    }
}
