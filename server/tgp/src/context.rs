//! What every command has: the streams, the project, and how to end.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tgp_engine::{Call, Engine, OpenProject};
use tgp_model::AgentName;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::cli::Global;
use crate::ending::Ending;
use crate::failure::Failure;
use crate::output::Output;
use crate::page::Style;

/// Name of the file that makes a folder a project.
pub(crate) const CONFIG_FILE: &str = tgp_engine::config::CONFIG_FILE;

/// The surroundings of one command.
pub(crate) struct Context<'a> {
    pub(crate) output: &'a Output,
    pub(crate) ending: Ending,
    root: Option<PathBuf>,
    here: PathBuf,
}

impl<'a> Context<'a> {
    /// Looks where the command stands and begins to listen for signals.
    pub(crate) fn new(global: Global, output: &'a Output) -> Result<Self, Failure> {
        #[allow(
            clippy::disallowed_methods,
            reason = "the terminal door is the one that asks where it stands"
        )]
        let here = std::env::current_dir().map_err(|error| {
            Failure::from(Refusal::new(
                ErrorCode::FileIo,
                format!("the current folder cannot be used: {error}"),
            ))
        })?;
        Ok(Self { output, ending: Ending::listen()?, root: global.root, here })
    }

    /// Where the command stands.
    pub(crate) fn here(&self) -> &Path {
        &self.here
    }

    /// The folder named with `--root`, if one was.
    pub(crate) fn named_root(&self) -> Option<PathBuf> {
        self.root.as_ref().map(|root| self.here.join(root))
    }

    /// The project: the folder named with `--root`, otherwise the nearest one upwards that has a configuration.
    pub(crate) fn root(&self) -> Result<PathBuf, Failure> {
        if let Some(root) = self.named_root() {
            return if root.join(CONFIG_FILE).is_file() { Ok(root) } else { Err(missing(&root, "in")) };
        }
        let found = self.here.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file());
        found.map(Path::to_owned).ok_or_else(|| missing(&self.here, "in or above"))
    }

    /// Opens the project for one command of `agent`.
    pub(crate) fn open(&self, agent: &AgentName) -> Result<Opened<'_>, Failure> {
        self.open_project(OpenProject::new(self.root()?, agent.clone()))
    }

    /// Opens the project to note what the person just decided about what waits; it need not be said again.
    pub(crate) fn open_to_note(&self) -> Result<Opened<'_>, Failure> {
        self.opened(OpenProject::new(self.root()?, AgentName::person()))
    }

    /// Opens a project, and says what in it waits for the person.
    pub(crate) fn open_project(&self, project: OpenProject) -> Result<Opened<'_>, Failure> {
        let opened = self.opened(project)?;
        if let Some(waiting) = opened.waiting_for_trust() {
            self.output.message(|page| page.put(Style::Careful, "note: ").plain(waiting).end());
        }
        Ok(opened)
    }

    fn opened(&self, project: OpenProject) -> Result<Opened<'_>, Failure> {
        self.ending.ends_talks(&project.interrupt);
        let engine = Arc::new(Engine::open(project).map_err(|error| error.refusal())?);
        self.ending.guard(&engine);
        for note in engine.notes() {
            tracing::info!("{note}");
        }
        Ok(Opened { engine, ending: &self.ending })
    }
}

fn missing(folder: &Path, where_: &str) -> Failure {
    let message = format!("there is no `{CONFIG_FILE}` {where_} `{}`", folder.display());
    Refusal::new(ErrorCode::ProjectMissing, message)
        .with_hint("run `tgp init` in the project's folder, or name it with `--root DIR`")
        .into()
}

/// An open project; it is closed cleanly when this goes.
pub(crate) struct Opened<'a> {
    engine: Arc<Engine>,
    ending: &'a Ending,
}

impl Opened<'_> {
    /// Begins a call that a signal cancels.
    pub(crate) fn begin(&self) -> Call {
        let call = self.engine.call(Some("terminal".to_owned()));
        self.ending.cancels(&call.cancel);
        call
    }

    /// The engine, to hand it to a door.
    pub(crate) fn shared(&self) -> Arc<Engine> {
        Arc::clone(&self.engine)
    }
}

impl Deref for Opened<'_> {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for Opened<'_> {
    fn drop(&mut self) {
        self.engine.close();
    }
}
