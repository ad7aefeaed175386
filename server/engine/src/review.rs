//! What persons decide over branches, and snapshots: the rooms lent to the part that does it.

use tgp_gate::{BeforeAllowed, Call, Gate};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::branches::{MergeBranchInput, MergeOutput};
use tgp_review::{Review, SnapshotPlace};

use crate::Engine;

impl Engine {
    /// Branches and snapshots, as a person decides over them. Doors of agents reach none of it but `merge_branch`.
    pub fn review(&self) -> Review<'_> {
        Review {
            gate: self.gate(),
            branches: self.branches(),
            library: &self.library().library,
            background: &self.snapshots,
            installation: self.installation(),
            person: self.person(),
        }
    }

    /// Merges an agent's own branch once a person said yes.
    pub fn merge_branch(&self, call: &Call, input: MergeBranchInput) -> Result<MergeOutput, Refusal> {
        self.review().merge_branch(call, &input)
    }
}

/// Keeps how things are before an action that a person had to allow.
pub(crate) fn keep_before(place: SnapshotPlace) -> BeforeAllowed {
    Box::new(move |gate: &Gate, call, action, what| tgp_review::keep_before(gate, &place, call, action, what))
}
