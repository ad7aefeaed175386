//! Pushing branches for review: each commit of theirs once, whoever asks first.

use std::sync::Arc;
use std::time::Duration;

use gix::ObjectId;
use tgp_model::RepoPath;

use super::branch::BranchName;
use super::{Library, ReadError, Shared};
use crate::fault::LibraryFault;
use crate::sync_error::SyncError;
use tgp_remote::{Credentials, RemoteError, RemoteUrl, Talk};

/// Where the last pushed commit of each branch for review is kept.
const PUSHED: &str = "refs/tgp/pushed/";
/// Where the remote's branches for review are kept after a fetch.
pub(crate) const REVIEWED: &str = "refs/tgp/feat/";

/// A branch for review and what became of its push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BranchPush {
    /// The branch.
    pub branch: BranchName,
    /// What became of it.
    pub outcome: PushOutcome,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// The remote has it.
    Pushed,
    /// The remote has another history under this name; the next sync joins them.
    Diverged,
    /// The remote has another history under this name, and both changed these files in ways that cannot be joined.
    Conflict(Vec<RepoPath>),
    /// What the remote has cannot be brought into the branch here.
    Blocked(String),
    /// The remote does not take it.
    Refused(RemoteError),
}

/// Pushes branches for review from a thread of its own. What is still to be pushed is read from the repository, so that
/// a push that failed or was killed is made by whoever pushes next.
#[derive(Clone)]
pub struct BranchPusher {
    shared: Arc<Shared>,
    credentials: Credentials,
    limit: Duration,
}

impl BranchPusher {
    /// Pushes every branch the remote does not have yet, and says what became of each.
    pub fn push(&self) -> Result<Vec<BranchPush>, SyncError> {
        let Some(url) = &self.shared.settings.remote else { return Err(SyncError::NoRemote) };
        self.shared.push_branches(url, &self.credentials, self.limit, Vec::new())
    }
}

impl Library {
    /// A pusher whose talks may take `limit` each.
    pub fn pusher(&self, credentials: Credentials, limit: Duration) -> BranchPusher {
        BranchPusher { shared: Arc::clone(&self.shared), credentials, limit }
    }

    /// Branches for review whose last commit was never pushed from here.
    pub fn unpushed(&self) -> Result<Vec<BranchName>, ReadError> {
        Ok(self.shared.unpushed_branches()?.into_iter().map(|(branch, _)| branch).collect())
    }
}

impl Shared {
    fn unpushed_branches(&self) -> Result<Vec<(BranchName, ObjectId)>, LibraryFault> {
        let mut found = Vec::new();
        for (branch, commit) in self.review_branches()? {
            // A broken note says nothing; pushing what the remote has is harmless.
            let has = |name: &str| matches!(self.read_ref(name), Ok(Some(noted)) if noted == commit);
            if !has(&noted(&branch)) && !has(&tracking(&branch)) {
                found.push((branch, commit));
            }
        }
        Ok(found)
    }

    /// All readable branches for review with their last commits.
    pub(crate) fn review_branches(&self) -> Result<Vec<(BranchName, ObjectId)>, LibraryFault> {
        let refs = self.refs_below("refs/heads/feat/")?.into_iter();
        let named = |(name, commit): (String, Result<_, _>)| {
            Some((name.strip_prefix("refs/heads/")?.parse().ok()?, commit.ok()?))
        };
        Ok(refs.filter_map(named).collect())
    }

    /// Pushes what is not pushed; branches whose outcome is known already are left out.
    pub(crate) fn push_branches(
        &self,
        url: &RemoteUrl,
        credentials: &Credentials,
        limit: Duration,
        known: Vec<BranchPush>,
    ) -> Result<Vec<BranchPush>, SyncError> {
        let mut pushes = known;
        for (branch, commit) in self.unpushed_branches()? {
            if pushes.iter().any(|push| push.branch == branch) {
                continue;
            }
            let talk = Talk { limit, ..self.talk(url, credentials) };
            let outcome = match talk.push(&commit.to_string(), branch.as_str()) {
                Ok(()) => {
                    self.note_remote(&noted(&branch), commit)?;
                    PushOutcome::Pushed
                }
                Err(RemoteError::Race { .. }) => PushOutcome::Diverged,
                Err(error @ RemoteError::Refused { .. }) => PushOutcome::Refused(error),
                Err(error) => return Err(error.into()),
            };
            pushes.push(BranchPush { branch, outcome });
        }
        Ok(pushes)
    }

    /// Notes what the remote is known to have; a plain write, since it is only a note.
    pub(crate) fn note_remote(&self, name: &str, commit: ObjectId) -> Result<(), LibraryFault> {
        let path = self.git.join(name);
        let written = path
            .parent()
            .map_or(Ok(()), std::fs::create_dir_all)
            .and_then(|()| std::fs::write(&path, format!("{commit}\n")));
        written.map_err(LibraryFault::io("write", &path))
    }
}

/// Where the commit the remote has for a branch is kept after a fetch.
pub(crate) fn tracking(branch: &BranchName) -> String {
    format!("{REVIEWED}{}", branch.as_str().trim_start_matches("feat/"))
}

pub(crate) fn noted(branch: &BranchName) -> String {
    format!("{PUSHED}{}", branch.as_str().trim_start_matches("feat/"))
}
