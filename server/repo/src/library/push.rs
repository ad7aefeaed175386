//! Pushing branches for review: each commit of theirs once, whoever asks first.

use std::sync::Arc;
use std::time::Duration;

use gix::ObjectId;

use super::branch::BranchName;
use super::{Library, ReadError, Shared};
use crate::fault::LibraryFault;
use crate::sync_error::SyncError;
use tgp_remote::{Credentials, RemoteError, RemoteUrl, Talk};

/// Where the last pushed commit of each branch for review is kept.
const PUSHED: &str = "refs/tgp/pushed/";

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
    /// The remote has another history under this name.
    Diverged,
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
        self.shared.push_branches(url, &self.credentials, self.limit)
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
            if self.read_ref(&noted(&branch))? != Some(commit) {
                found.push((branch, commit));
            }
        }
        Ok(found)
    }

    /// All branches for review with their last commits.
    pub(crate) fn review_branches(&self) -> Result<Vec<(BranchName, ObjectId)>, LibraryFault> {
        let refs = self.refs_below("refs/heads/feat/")?.into_iter();
        Ok(refs
            .filter_map(|(name, commit)| Some((name.strip_prefix("refs/heads/")?.parse().ok()?, commit)))
            .collect())
    }

    pub(crate) fn push_branches(
        &self,
        url: &RemoteUrl,
        credentials: &Credentials,
        limit: Duration,
    ) -> Result<Vec<BranchPush>, SyncError> {
        let mut pushes = Vec::new();
        for (branch, commit) in self.unpushed_branches()? {
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

fn noted(branch: &BranchName) -> String {
    format!("{PUSHED}{}", branch.as_str().trim_start_matches("feat/"))
}
