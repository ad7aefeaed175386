//! What an action needs on its way: the judge, the store, the clock and the line.

use std::sync::Arc;

use tgp_model::{AgentName, SessionId};
use tgp_policy::Judge;
use tgp_store::Store;

use crate::call::Call;
use crate::clock::Clock;
use crate::desk::Desk;
use crate::rules::Rules;

/// The gate of one open project.
pub struct Gate {
    rules: Rules,
    store: Store,
    clock: Arc<dyn Clock>,
    desk: Desk,
    project: String,
    lock_id: String,
}

impl Gate {
    /// A gate with an empty line. `project` names the project in the timeline, `lock_id` the lock of this process.
    pub fn new(rules: Rules, store: Store, clock: Arc<dyn Clock>, project: String, lock_id: String) -> Self {
        Self { rules, store, clock, desk: Desk::default(), project, lock_id }
    }

    /// Begins a call: takes its place in the line.
    pub fn call(&self, agent: AgentName, session: SessionId, client: Option<String>) -> Call {
        Call::new(agent, session, client, self.desk.hand_in())
    }

    /// Who decides.
    pub fn judge(&self) -> Arc<Judge> {
        self.rules.judge()
    }

    /// What tgp remembers.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Time and randomness.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The lock of this process, as its intents name it.
    pub fn lock_id(&self) -> &str {
        &self.lock_id
    }

    pub(crate) fn project(&self) -> &str {
        &self.project
    }
}
