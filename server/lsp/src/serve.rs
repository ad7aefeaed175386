//! One session, from the first byte of the input to a clean end.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::check;
use crate::core::Core;
use crate::door;
use crate::frames::Frames;
use crate::kernel::{Kernel, Machine};
use crate::live::Live;
use crate::project::Project;
use crate::talk::{End, Talk};
use crate::writer;

/// How long the writer gets for what is left when everything has ended or was given up.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a session is served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Folder of the project; without it the one the client stands in.
    pub root: Option<PathBuf>,
    /// Longest message that is read, in bytes. A longer one is answered with an error and skipped.
    pub largest_message: usize,
    /// Requests that may be under way at once. While there are as many, the input is not read.
    pub outstanding: usize,
    /// How long accepted work may take after the input ended.
    pub finish: Duration,
    /// How long it may take again after it was told to end.
    pub wind_down: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self {
            root: None,
            largest_message: 64 << 20,
            // Fewer than the runtime has threads, so that a request that waits never keeps another from beginning.
            outstanding: 256,
            finish: Duration::from_secs(5),
            wind_down: Duration::from_secs(3),
        }
    }
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With `shutdown` and `exit`, with the end of the input, or with a signal.
    Clean,
    /// With `exit` alone; the protocol wants another exit code for that.
    Abrupt,
}

/// Why a session could not be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system gave no reactor for the input and output.
    #[error("the input and output cannot be watched: {source}")]
    Runtime {
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Serves one client on the process's standard input and output, until the client says `exit`, the input ends or a
/// signal asks to end. Blocks. Standard output carries protocol and nothing else.
pub fn serve(options: ServeOptions) -> Result<Ended, ServeError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })?;
    let ended = runtime.block_on(async {
        let stop = CancellationToken::new();
        tokio::spawn(watch_signals(stop.clone()));
        session(Arc::new(Machine), tokio::io::stdin(), tokio::io::stdout(), options, stop).await
    });
    // A read of standard input cannot be called back; the end of the process ends it.
    runtime.shutdown_background();
    Ok(ended)
}

/// Serves one client on any pair of streams, inside the caller's runtime.
pub async fn serve_on<K, R, W>(kernel: Arc<K>, input: R, output: W, options: ServeOptions) -> Ended
where
    K: Kernel,
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    session(kernel, input, output, options, CancellationToken::new()).await
}

async fn session<R, W>(
    kernel: Arc<dyn Kernel>,
    input: R,
    output: W,
    options: ServeOptions,
    stop: CancellationToken,
) -> Ended
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let core = Core::new(kernel, Project::new(options.root.clone()));
    let (service, socket) = door::service(&core);
    let (outgoing, writing) = writer::start(output);
    let talk = Talk {
        frames: Frames::new(input, options.largest_message),
        service,
        outgoing,
        room: Arc::new(Semaphore::new(options.outstanding)),
        stop,
    };
    let mut tasks = JoinSet::new();
    let telling = tokio::spawn(tell(Arc::clone(&core)));
    let end = talk.run(socket, &mut tasks).await;
    telling.abort();
    // Nobody reads the answers after `exit`.
    if end == End::Input {
        let _ = timeout(options.finish, landed(&mut tasks)).await;
    }
    core.cancel_all();
    if timeout(options.wind_down, landed(&mut tasks)).await.is_err() {
        tracing::warn!("some work did not end when it was told to");
        tasks.abort_all();
    }
    let _ = timeout(LAST_WORDS, writing).await;
    close(&core, options.wind_down).await;
    if end == End::Exit && !core.shut_down.is_cancelled() { Ended::Abrupt } else { Ended::Clean }
}

/// Tells the client what other processes do, from when it is ready to hear it until this is dropped.
async fn tell(core: Arc<Core>) {
    core.initialized.cancelled().await;
    if let Some(wire) = core.wire.get() {
        let _live = Live::start(&core, wire.clone());
        check::as_typed(Arc::clone(&core), wire.clone()).await;
    }
}

/// Waits until everything accepted was answered.
async fn landed(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

/// Closes the project: what is buffered is noted.
async fn close(core: &Core, patience: Duration) {
    let Some(engine) = core.project.opened() else { return };
    let closing = tokio::task::spawn_blocking(move || engine.close());
    if timeout(patience, closing).await.is_err() {
        tracing::warn!("the project was not closed in time; the next process puts right what is left");
    }
}

#[cfg(unix)]
async fn watch_signals(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (terminate, interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = (terminate, interrupt) else {
        tracing::warn!("signals cannot be watched; the session ends with its input only");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop.cancel();
}

#[cfg(not(unix))]
async fn watch_signals(stop: CancellationToken) {
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.cancel();
    }
}
