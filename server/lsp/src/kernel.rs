//! What this door asks of the hall, and how the hall's engine answers.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use tgp_engine::{Call, Engine, OpenProject, SettingsInForce, settings_in_force};
use tgp_model::AgentName;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::core::Client;
use crate::fault::Fault;
use crate::method::Method;

/// The hall as this door sees it. [`Machine`] is the real one; a test wraps it to see what the door does when it fails.
pub trait Kernel: Send + Sync + 'static {
    /// Opens the project at a folder, for the person.
    fn open(&self, root: &Path) -> Result<Arc<Engine>, Refusal> {
        let project = OpenProject::new(root, AgentName::person());
        Engine::open(project).map(Arc::new).map_err(|error| error.refusal())
    }

    /// Does what a request wants. Blocks; the door calls it on a worker.
    fn perform(&self, method: &Method, asked: &Asked<'_>, params: Value) -> Result<Value, Fault> {
        method.perform(asked, params)
    }
}

/// The hall on this machine.
#[derive(Debug, Clone, Copy)]
pub struct Machine;

impl Kernel for Machine {}

/// A request as its method sees it.
pub struct Asked<'a> {
    /// The project; a refusal where there is none, or it cannot be opened.
    pub project: Result<&'a Engine, Refusal>,
    /// The call with its place in the line; there is one where there is a project.
    pub call: Option<&'a Call>,
    /// Who asks.
    pub client: &'a Client,
}

impl Asked<'_> {
    /// The project, where there has to be one.
    pub fn engine(&self) -> Result<&Engine, Refusal> {
        self.project.clone()
    }

    /// The project with the call.
    pub fn engine_and_call(&self) -> Result<(&Engine, &Call), Refusal> {
        let engine = self.engine()?;
        let missing = || Refusal::new(ErrorCode::Internal, "the call has no place in the line");
        Ok((engine, self.call.ok_or_else(missing)?))
    }

    /// Refuses where the trusted configuration keeps editors from deciding.
    pub fn may_decide(&self, hint: &str) -> Result<(), Refusal> {
        may_decide(self.engine()?, hint)
    }

    /// The project, as its rules are read beside the running engine.
    pub fn project_files(&self) -> Result<OpenProject, Refusal> {
        Ok(files_of(self.engine()?))
    }
}

/// The settings a person trusts now: the engine keeps those of its opening, and a switch counts at once.
pub(crate) fn in_force(engine: &Engine) -> Result<SettingsInForce, Refusal> {
    settings_in_force(&files_of(engine)).map_err(|error| error.refusal())
}

/// Refuses where the trusted configuration keeps editors from deciding, or cannot be read.
pub(crate) fn may_decide(engine: &Engine, hint: &str) -> Result<(), Refusal> {
    if in_force(engine)?.config.approvals.editor {
        return Ok(());
    }
    let message = "editors only show here: `approvals.editor` is `false`";
    Err(Refusal::new(ErrorCode::TerminalRequired, message).with_hint(hint))
}

fn files_of(engine: &Engine) -> OpenProject {
    OpenProject::new(PathBuf::from(engine.root()), AgentName::person())
}
