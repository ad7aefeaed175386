//! What an action needs on its way: the judge, the store, the clock and the line.

use std::sync::Arc;
use std::time::Duration;

use tgp_model::{ActionId, AgentName, SessionId};
use tgp_policy::{Judge, JudgeSettings};
use tgp_store::{CommitmentKey, Store};

use crate::call::Call;
use crate::clock::Clock;
use crate::desk::{Desk, Place};
use crate::rules::Rules;
use crate::tokens::Tokens;

/// How a person is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Questions {
    /// How long a call waits for the answer before it returns a ticket.
    pub wait: Duration,
    /// How long a question stays open, and a yes unused.
    pub lasts: Duration,
}

impl Default for Questions {
    fn default() -> Self {
        Self { wait: Duration::from_secs(10), lasts: Duration::from_mins(15) }
    }
}

/// The gate of one open project.
pub struct Gate {
    rules: Rules,
    store: Store,
    clock: Arc<dyn Clock>,
    desk: Desk,
    project: String,
    lock_id: String,
    tokens: Option<Tokens>,
    questions: Questions,
    pub(crate) commitments: Option<CommitmentKey>,
    before_allowed: Option<BeforeAllowed>,
}

/// Called before an action that a person had to allow: keeps how things are, and gives what the timeline says of that.
pub type BeforeAllowed = Box<dyn Fn(&Gate, &Call, ActionId, &str) -> Option<String> + Send + Sync>;

impl Gate {
    /// A gate with an empty line. `project` names the project in the timeline, `lock_id` the lock of this process.
    pub fn new(rules: Rules, store: Store, clock: Arc<dyn Clock>, project: String, lock_id: String) -> Self {
        Self {
            rules,
            store,
            clock,
            desk: Desk::default(),
            project,
            lock_id,
            tokens: None,
            questions: Questions::default(),
            commitments: None,
            before_allowed: None,
        }
    }

    /// The same gate with the tokens of a project; without them nothing stands in for an approval.
    #[must_use]
    pub fn with_tokens(self, tokens: Tokens) -> Self {
        Self { tokens: Some(tokens), ..self }
    }

    pub(crate) fn tokens(&self) -> Option<&Tokens> {
        self.tokens.as_ref()
    }

    /// The same, asking persons in another way.
    #[must_use]
    pub fn asking(mut self, questions: Questions) -> Self {
        self.questions = questions;
        self
    }

    /// The same gate, which has how things are kept before an action that a person had to allow.
    #[must_use]
    pub fn keeping(self, keep: BeforeAllowed) -> Self {
        Self { before_allowed: Some(keep), ..self }
    }

    pub(crate) fn before_allowed(&self) -> Option<&BeforeAllowed> {
        self.before_allowed.as_ref()
    }

    /// How a person is asked.
    pub fn questions(&self) -> Questions {
        self.questions
    }

    /// Takes another place in the line: for a call whose first one was given up while it waited for a person.
    pub(crate) fn hand_in(&self) -> Place {
        self.desk.hand_in()
    }

    /// Begins a call: takes its place in the line.
    pub fn call(&self, agent: AgentName, session: SessionId, client: Option<String>) -> Call {
        Call::new(agent, session, client, self.desk.hand_in())
    }

    /// What rule files are read with.
    pub fn rule_settings(&self) -> &JudgeSettings {
        self.rules.settings()
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

    /// The project, as the timeline names it.
    pub fn project(&self) -> &str {
        &self.project
    }
}
