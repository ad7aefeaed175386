//! What all handlers of one session share: the hall, the project, who the client is, and what is under way.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use tgp_model::CancelToken;
use tokio_util::sync::CancellationToken;
use tower_lsp_server::Client as Wire;

use crate::documents::Documents;
use crate::kernel::Kernel;
use crate::progress::Shown;
use crate::project::Project;

/// Who is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name and version as it says them, such as `Visual Studio Code 1.139.1`.
    pub name: String,
    /// Whether it shows questions itself.
    pub shows_approvals: bool,
    /// Whether it shows the progress of long work.
    pub shows_progress: bool,
    /// What it asks for again when it is told to.
    pub refreshes: Refreshes,
}

/// What a client asks for again when it is told to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Refreshes {
    /// Code lenses.
    pub lenses: bool,
    /// Inlay hints.
    pub hints: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            name: "unknown".to_owned(),
            shows_approvals: false,
            shows_progress: false,
            refreshes: Refreshes::default(),
        }
    }
}

impl Client {
    /// How the timeline names what it does.
    pub fn in_timeline(&self) -> String {
        format!("editor {}", self.name)
    }
}

/// What all handlers share.
pub(crate) struct Core {
    pub(crate) kernel: Arc<dyn Kernel>,
    pub(crate) project: Project,
    pub(crate) client: OnceLock<Client>,
    /// The way to the client.
    pub(crate) wire: OnceLock<Wire>,
    pub(crate) shown: Arc<Shown>,
    /// What the editor has open.
    pub(crate) documents: Documents,
    /// Set when the client is ready to hear of itself what it did not ask for.
    pub(crate) initialized: CancellationToken,
    /// Set when the client asked to shut down; `exit` is a clean end then.
    pub(crate) shut_down: CancellationToken,
    running: Mutex<Vec<Weak<CancelToken>>>,
}

impl Core {
    pub(crate) fn new(kernel: Arc<dyn Kernel>, project: Project) -> Arc<Self> {
        Arc::new(Self {
            kernel,
            project,
            client: OnceLock::new(),
            wire: OnceLock::new(),
            shown: Arc::default(),
            documents: Documents::default(),
            initialized: CancellationToken::new(),
            shut_down: CancellationToken::new(),
            running: Mutex::default(),
        })
    }

    /// Who is served, as far as it is known.
    pub(crate) fn client(&self) -> Client {
        self.client.get().cloned().unwrap_or_default()
    }

    /// Remembers what can be told to end.
    pub(crate) fn began(&self, cancel: &Arc<CancelToken>) {
        let mut running = self.running();
        running.retain(|token| token.strong_count() > 0);
        running.push(Arc::downgrade(cancel));
    }

    /// Tells everything under way to end.
    pub(crate) fn cancel_all(&self) {
        for cancel in self.running().iter().filter_map(Weak::upgrade) {
            cancel.cancel();
        }
    }

    fn running(&self) -> MutexGuard<'_, Vec<Weak<CancelToken>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
