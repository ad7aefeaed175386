//! The sandbox while it comes up beside the other rooms: mapping the engine takes about as long as all of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tgp_forge::prepare::open_sandbox;
use tgp_sandbox::{OpenSandboxError, Sandbox};

/// A sandbox that is there when it is first asked for.
pub(crate) struct ComingSandbox {
    cache: PathBuf,
    thread: Mutex<Option<JoinHandle<Result<Sandbox, OpenSandboxError>>>>,
    here: OnceLock<Arc<Sandbox>>,
    begun: bool,
}

impl ComingSandbox {
    /// One that is opened only where it is needed.
    pub(crate) fn later(cache: &Path) -> Self {
        Self { cache: cache.to_owned(), thread: Mutex::default(), here: OnceLock::new(), begun: false }
    }

    /// One that is being opened from now on. Where there is no thread to be had, it is opened when it is needed.
    pub(crate) fn begin(cache: &Path) -> Self {
        let folder = cache.to_owned();
        let thread = std::thread::Builder::new().name("tgp-open".to_owned()).spawn(move || open(&folder));
        Self { thread: Mutex::new(thread.ok()), begun: true, ..Self::later(cache) }
    }

    /// Waits for one that is being opened, so that whoever is about to use it learns now what is wrong with it.
    pub(crate) fn wait_if_begun(&self) -> Result<(), OpenSandboxError> {
        if self.begun { self.get().map(drop) } else { Ok(()) }
    }

    /// The sandbox; waits until it is open.
    pub(crate) fn get(&self) -> Result<Arc<Sandbox>, OpenSandboxError> {
        // Held while it opens: whoever comes meanwhile waits for that one, and opens none of their own.
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sandbox) = self.here.get() {
            return Ok(Arc::clone(sandbox));
        }
        // A thread that panicked says nothing; opening it here says what is wrong.
        let opened =
            thread.take().and_then(|thread| thread.join().ok()).unwrap_or_else(|| open(&self.cache))?;
        Ok(Arc::clone(self.here.get_or_init(|| Arc::new(opened))))
    }
}

fn open(cache: &Path) -> Result<Sandbox, OpenSandboxError> {
    open_sandbox(cache, &mut |line| tracing::info!("{line}"))
}
