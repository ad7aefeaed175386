//! The one project of a session: found, opened when it can be, and looked for again where it could not, or where its
//! state is no longer that of the opening.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tgp_engine::Engine;
use tgp_engine::config::CONFIG_FILE;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::kernel::Kernel;
use crate::opened::Opened;

/// How long a failure to open is the answer for everybody, so that many requests do not each wait for the same lock.
const STANDS: Duration = Duration::from_secs(1);

/// The project.
#[derive(Default)]
pub(crate) struct Project {
    /// The folder named when the server was started.
    named: Option<PathBuf>,
    /// Where the client stands; the project is there or above.
    folder: OnceLock<PathBuf>,
    opened: RwLock<Option<Opened>>,
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

    /// The open project; none before it was opened, and none where its state is gone or another one by now: what is
    /// written into a deleted database succeeds, and nobody ever sees it.
    pub(crate) fn opened(&self) -> Option<Arc<Engine>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.as_ref().filter(|opened| opened.stands()).map(|opened| Arc::clone(&opened.engine))
    }

    /// The project, opened now where it is not. Blocks.
    pub(crate) fn open(&self, kernel: &dyn Kernel) -> Result<Arc<Engine>, Refusal> {
        if let Some(engine) = self.opened() {
            return Ok(engine);
        }
        let mut failed = self.opening();
        if let Some(engine) = self.opened() {
            return Ok(engine);
        }
        self.let_go()?;
        if let Some((when, refusal)) = failed.as_ref()
            && when.elapsed() < STANDS
        {
            return Err(refusal.clone());
        }
        match self.root().and_then(|root| kernel.open(&root)) {
            Ok(engine) => {
                *failed = None;
                let opened = Opened::new(Arc::clone(&engine));
                *self.opened.write().unwrap_or_else(PoisonError::into_inner) = Some(opened);
                Ok(engine)
            }
            Err(refusal) => {
                *failed = Some((Instant::now(), refusal.clone()));
                Err(refusal)
            }
        }
    }

    /// Closes what was open. Where its state is gone it is not made anew: somebody may be taking the folder away, and
    /// what this door writes there would come back.
    fn let_go(&self) -> Result<(), Refusal> {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(state) = opened.as_ref().and_then(Opened::missing) {
            let message = format!("the project was removed while it was open: `{}` is gone", state.display());
            let hint =
                "Run `tgp init` in the project's folder. Where the library was moved, start the editor anew.";
            return Err(Refusal::new(ErrorCode::ProjectMissing, message).with_hint(hint));
        }
        let before = opened.take();
        // Closing takes its time; who asks for the project meanwhile does not wait for it.
        drop(opened);
        drop(before);
        Ok(())
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
