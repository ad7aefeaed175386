//! Getting what the remote has: a clone into a library that has nothing of its own, otherwise a pull.

use super::push::REVIEWED;
use super::sync::{Outcome, SyncRequest, TRACKING};
use super::{Library, Line, Shared};
use crate::id::CommitId;
use crate::library::commit::LeftAlone;
use crate::sync_error::SyncError;
use tgp_remote::{Credentials, RemoteError, RemoteUrl, Talk};

/// What hydration found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hydration {
    /// The remote has nothing new, or nothing at all.
    UpToDate,
    /// The library had nothing of its own and is now what the remote has.
    Cloned {
        /// The last commit.
        head: CommitId,
        /// Files of the working tree that were not touched.
        left_alone: Vec<LeftAlone>,
    },
    /// The remote had moved on, or both had, and they were joined.
    Pulled {
        /// The last commit before.
        from: CommitId,
        /// The last commit now.
        head: CommitId,
        /// Whether both sides had commits of their own.
        joined: bool,
        /// Files of the working tree that were not touched.
        left_alone: Vec<LeftAlone>,
    },
    /// The remote cannot be reached; what is here is used.
    Offline {
        /// Why.
        reason: RemoteError,
    },
}

impl Library {
    /// Brings the library to what the remote has, without pushing. A remote that cannot be reached is a note in the
    /// answer, not an error.
    pub fn hydrate(
        &self,
        remote: &RemoteUrl,
        credentials: &Credentials,
        request: &SyncRequest<'_>,
    ) -> Result<Hydration, SyncError> {
        let before = self.shared.head(&Line::Trunk)?;
        let theirs = match self.shared.fetch(remote, credentials) {
            Ok(Some(theirs)) => theirs,
            Ok(None) => {
                self.shared.take_in_branches(&request.message)?;
                return Ok(Hydration::UpToDate);
            }
            Err(SyncError::Remote(reason)) if reason.is_offline() => {
                return Ok(Hydration::Offline { reason });
            }
            Err(error) => return Err(error),
        };
        let outcome = self.shared.take_in(theirs, None, request)?;
        // What cannot be joined is named by the next sync and by the answer to a write.
        self.shared.take_in_branches(&request.message)?;
        self.follower.wake(&self.shared);
        let Some(head) = self.shared.head(&Line::Trunk)?.map(CommitId) else {
            return Ok(Hydration::UpToDate);
        };
        Ok(match (outcome, before) {
            (Outcome::Unchanged, _) => Hydration::UpToDate,
            (Outcome::Adopted(left_alone), _) | (Outcome::Forwarded(left_alone), None) => {
                Hydration::Cloned { head, left_alone }
            }
            (Outcome::Forwarded(left_alone), Some(from)) => {
                Hydration::Pulled { from: CommitId(from), head, joined: false, left_alone }
            }
            (Outcome::Joined(left_alone), from) => {
                Hydration::Pulled { from: from.map_or(head, CommitId), head, joined: true, left_alone }
            }
        })
    }
}

impl Shared {
    pub(crate) fn talk<'a>(&'a self, url: &'a RemoteUrl, credentials: &'a Credentials) -> Talk<'a> {
        Talk {
            folder: &self.folder,
            git: &self.git,
            url,
            credentials,
            limit: self.settings.remote_limit,
            interrupt: &self.settings.interrupt,
        }
    }

    /// Fetches the remote's branch and its branches for review into refs of ours, which keep their objects from being
    /// collected; none where the remote has no such branch.
    pub(crate) fn fetch(
        &self,
        url: &RemoteUrl,
        credentials: &Credentials,
    ) -> Result<Option<gix::ObjectId>, SyncError> {
        self.set_aside_broken()?;
        let reviews = format!("+refs/heads/feat/*:{REVIEWED}*");
        let found = self.talk(url, credentials).fetch(&self.settings.branch, TRACKING, &[&reviews])?;
        Ok(if found { self.read_ref(TRACKING)? } else { None })
    }
}
