//! Publishing what was joined: the target moves by compare-and-swap and its checkouts with it, or all is as it was.

use gix::objs::Kind;
use tgp_git::{CommitMessage, MoveRefError, ProjectFault, RefMove};
use tgp_model::Timestamp;
use tgp_objects::id::CommitId;

use crate::change::fault_of;
use crate::follow::{FollowError, check_there};
use crate::integrate::Integration;
use crate::moving::HeldCheckout;
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
    /// The disk, the repository or a lock.
    #[error(transparent)]
    Fault(#[from] ProjectFault),
}

/// Published work. Until it is dropped nobody stages or commits in the checkouts that followed: a git program that read the
/// index right before it was another one finds it locked, and does not write the old one over it.
#[derive(Debug)]
pub struct Published {
    /// The commit the target names now.
    pub commit: CommitId,
    /// The checkouts that followed, by their folders.
    pub followed: Vec<std::path::PathBuf>,
    _held: Vec<HeldCheckout>,
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

    /// Publishes an integration. From the look at a checkout to the move of the target nobody stages or commits there:
    /// a commit made on the new target with the old index would take the work back without a word. Who reads the target
    /// as it is then finds the index that belongs to it.
    pub fn publish(
        &self,
        integration: &Integration,
        message: &CommitMessage,
        now: Timestamp,
    ) -> Result<Published, PublishError> {
        let commit = self.integration_commit(integration, message)?;
        let from = integration.from;
        // Who has it checked out is asked again: a person may have switched since it was joined.
        self.project.checkouts(&integration.target).iter().try_for_each(check_there)?;
        let held = self.hold_checkouts(&integration.target)?;
        for held in &held {
            self.check_held(&held.checkout, from, commit)?;
        }
        let why = format!("tgp: {}", message.subject);
        let change = RefMove {
            name: &integration.target,
            from: from.map(|from| from.0),
            to: Some(commit.0),
            log: Some((now, &why)),
        };
        let reference = self.project.hold_ref(&change).map_err(|error| match error {
            MoveRefError::Moved { now, .. } => {
                PublishError::Moved { target: integration.target.clone(), now: now.map(CommitId) }
            }
            error => fault_of(error).into(),
        })?;
        self.move_all(&held, from, commit)?;
        if let Err(error) = reference.carry_out() {
            if self.project.read_ref(&integration.target)? != Some(commit.0) {
                self.move_back(&held, from, commit);
            }
            return Err(fault_of(error).into());
        }
        let followed = held.iter().filter_map(|held| held.checkout.work_dir.clone()).collect();
        Ok(Published { commit, followed, _held: held })
    }
}
