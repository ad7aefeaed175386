//! `tgp trust`, `tgp policy apply`, `tgp scope set`: a person changes what decides about agents, as an action.

use tgp_model::ActionId;
use tgp_project::{OpenEngineError, PolicyChange};
use tgp_protocol::client::Refusal;
use tgp_trust::Trusted;

use crate::{Call, Engine};

impl Engine {
    /// Does what a person decided, as the person's action: it is on the disk as an intent before `work` begins.
    pub fn change_policy(
        &self,
        call: &Call,
        change: &PolicyChange,
        work: impl FnOnce() -> Result<Option<Trusted>, OpenEngineError>,
    ) -> Result<ActionId, Refusal> {
        tgp_project::change_policy(self.gate(), call, self.library_folder(), change, work)
    }
}
