//! The one project of a session: found, opened when it can be, and looked for again where it could not.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tgp_engine::Engine;
use tgp_engine::config::CONFIG_FILE;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::kernel::Kernel;

/// How long a failure to open is the answer for everybody, so that many requests do not each wait for the same lock.
const STANDS: Duration = Duration::from_secs(1);

/// The project.
#[derive(Default)]
pub(crate) struct Project {
    /// The folder named when the server was started.
    named: Option<PathBuf>,
    /// Where the client stands; the project is there or above.
    folder: OnceLock<PathBuf>,
    engine: OnceLock<Arc<Engine>>,
    opening: Mutex<Option<(Instant, Refusal)>>,
}

impl Project {
    /// The project of a folder, or the one the client stands in.
    pub(crate) fn new(named: Option<PathBuf>) -> Self {
        Self { named, ..Self::default() }
    }

    /// Takes the client's word for where it stands; the first one counts.
    pub(crate) fn stands_in(&self, folder: PathBuf) {
        let _ = self.folder.set(folder);
    }

    /// The open project; none before it was opened.
    pub(crate) fn opened(&self) -> Option<&Arc<Engine>> {
        self.engine.get()
    }

    /// The project, opened now where it is not. Blocks.
    pub(crate) fn open(&self, kernel: &dyn Kernel) -> Result<Arc<Engine>, Refusal> {
        if let Some(engine) = self.engine.get() {
            return Ok(Arc::clone(engine));
        }
        let mut failed = self.opening();
        if let Some(engine) = self.engine.get() {
            return Ok(Arc::clone(engine));
        }
        if let Some((when, refusal)) = failed.as_ref()
            && when.elapsed() < STANDS
        {
            return Err(refusal.clone());
        }
        match self.root().and_then(|root| kernel.open(&root)) {
            Ok(engine) => {
                *failed = None;
                Ok(Arc::clone(self.engine.get_or_init(|| engine)))
            }
            Err(refusal) => {
                *failed = Some((Instant::now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    /// The folder with the configuration: the one that was named, or the nearest one upwards.
    fn root(&self) -> Result<PathBuf, Refusal> {
        if let Some(root) = &self.named {
            return if root.join(CONFIG_FILE).is_file() {
                Ok(root.clone())
            } else {
                Err(missing(root, "in"))
            };
        }
        let Some(folder) = self.folder.get() else {
            let message = "the editor opened no folder";
            return Err(
                Refusal::new(ErrorCode::ProjectMissing, message).with_hint("Open the folder of the project.")
            );
        };
        let found = folder.ancestors().find(|folder| folder.join(CONFIG_FILE).is_file());
        found.map(Path::to_owned).ok_or_else(|| missing(folder, "in or above"))
    }

    fn opening(&self) -> MutexGuard<'_, Option<(Instant, Refusal)>> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(folder: &Path, place: &str) -> Refusal {
    let message = format!("there is no `{CONFIG_FILE}` {place} `{}`", folder.display());
    Refusal::new(ErrorCode::ProjectMissing, message).with_hint("Run `tgp init` in the project's folder.")
}
