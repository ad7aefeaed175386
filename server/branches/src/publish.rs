//! Publishing what was joined: the target moves by compare-and-swap, and checkouts follow, or all is as it was.

use gix::objs::Kind;
use tgp_git::{CommitMessage, MoveRefError, ProjectFault, RefMove};
use tgp_model::Timestamp;
use tgp_objects::id::CommitId;

use crate::change::fault_of;
use crate::follow::FollowError;
use crate::integrate::Integration;
use crate::task::Branches;

/// Joined work that was not published. The target is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The target moved since the work was joined.
    #[error("`{target}` moved meanwhile; join again")]
    Moved {
        /// The target's ref.
        target: String,
        /// What it names now.
        now: Option<CommitId>,
    },
    /// A checkout cannot follow.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// A checkout did not follow, and the target, which had moved, was moved back.
    #[error("the checkout could not follow, and `{target}` was moved back: {source}")]
    Back {
        /// The target's ref.
        target: String,
        /// What went wrong.
        source: FollowError,
    },
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// Published work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The commit the target names now.
    pub commit: CommitId,
    /// The checkouts that followed, by their folders.
    pub followed: Vec<std::path::PathBuf>,
}

impl Branches {
    /// Writes the commit of an integration. Nothing names it yet.
    pub fn integration_commit(
        &self,
        integration: &Integration,
        message: &CommitMessage,
    ) -> Result<CommitId, ProjectFault> {
        let parents: Vec<_> =
            integration.from.iter().chain(&integration.other).map(|commit| commit.0).collect();
        let bytes = message.commit_bytes(integration.tree, &parents);
        // It is asked for once before the snapshot is taken, and again when it is published.
        let written = self.project.objects().write_once(Kind::Commit, &bytes);
        self.project.told(written).map(CommitId)
    }

    /// Publishes an integration: checks every checkout, moves the target, lets them follow.
    pub fn publish(
        &self,
        integration: &Integration,
        message: &CommitMessage,
        now: Timestamp,
    ) -> Result<Published, PublishError> {
        let commit = self.integration_commit(integration, message)?;
        // Who has it checked out is asked again: a person may have switched since it was joined.
        let checkouts = self.project.checkouts(&integration.target);
        for checkout in &checkouts {
            self.check_follow(checkout, integration.from, commit)?;
        }
        let why = format!("tgp: {}", message.subject);
        let change = RefMove {
            name: &integration.target,
            from: integration.from.map(|from| from.0),
            to: Some(commit.0),
            log: Some((now, &why)),
        };
        match self.project.move_ref(&change) {
            Ok(()) => {}
            Err(MoveRefError::Moved { now, .. }) => {
                return Err(PublishError::Moved {
                    target: integration.target.clone(),
                    now: now.map(CommitId),
                });
            }
            Err(error) => return Err(fault_of(error).into()),
        }
        let mut followed = Vec::new();
        for checkout in &checkouts {
            if let Err(source) = self.read_tree(checkout, integration.from, commit) {
                return Err(self.back(integration, commit, now, source));
            }
            followed.extend(checkout.work_dir.clone());
        }
        Ok(Published { commit, followed })
    }

    fn back(
        &self,
        integration: &Integration,
        commit: CommitId,
        now: Timestamp,
        source: FollowError,
    ) -> PublishError {
        let change = RefMove {
            name: &integration.target,
            from: Some(commit.0),
            to: integration.from.map(|from| from.0),
            log: Some((now, "tgp: the checkout could not follow")),
        };
        match self.project.move_ref(&change) {
            Ok(()) => PublishError::Back { target: integration.target.clone(), source },
            Err(error) => fault_of(error).into(),
        }
    }
}
