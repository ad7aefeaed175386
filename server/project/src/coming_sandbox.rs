//! The sandbox while it comes up beside the other rooms: mapping the engine takes about as long as all of them.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

use tgp_forge::prepare::open_sandbox;
use tgp_sandbox::{OpenSandboxError, Sandbox};

/// A sandbox that is there when it is first asked for.
pub(crate) struct ComingSandbox {
    cache: PathBuf,
    thread: Mutex<Option<JoinHandle<Result<Sandbox, OpenSandboxError>>>>,
    here: OnceLock<Sandbox>,
}

impl ComingSandbox {
    /// One that is opened only where it is needed.
    pub(crate) fn later(cache: &Path) -> Self {
        Self { cache: cache.to_owned(), thread: Mutex::default(), here: OnceLock::new() }
    }

    /// One that is being opened from now on. Where there is no thread to be had, it is opened when it is needed.
    pub(crate) fn begin(cache: &Path) -> Self {
        let folder = cache.to_owned();
        let thread = std::thread::Builder::new().name("tgp-open".to_owned()).spawn(move || open(&folder));
        Self { thread: Mutex::new(thread.ok()), ..Self::later(cache) }
    }

    /// The sandbox, to use it; waits until it is open.
    pub(crate) fn get(&self) -> Result<&Sandbox, OpenSandboxError> {
        if let Some(sandbox) = self.here.get() {
            return Ok(sandbox);
        }
        let opened = self.open()?;
        Ok(self.here.get_or_init(|| opened))
    }

    /// The sandbox, to keep it; waits until it is open.
    pub(crate) fn keep(mut self) -> Result<Sandbox, OpenSandboxError> {
        match self.here.take() {
            Some(sandbox) => Ok(sandbox),
            None => self.open(),
        }
    }

    fn open(&self) -> Result<Sandbox, OpenSandboxError> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // A thread that panicked says nothing; opening it here says what is wrong.
        thread.and_then(|thread| thread.join().ok()).unwrap_or_else(|| open(&self.cache))
    }
}

fn open(cache: &Path) -> Result<Sandbox, OpenSandboxError> {
    open_sandbox(cache, &mut |line| tracing::info!("{line}"))
}
