//! One session, from the first byte of the input to a clean end.

use std::sync::Arc;
use std::time::Duration;

use rmcp::ServiceExt;
use rmcp::service::ServerInitializeError;
use tgp_engine::Engine;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::core::Core;
use crate::flight::Flight;
use crate::guard::Guarded;
use crate::handler::Door;
use crate::kernel::Kernel;
use crate::lines::Lines;
use crate::reader::{Opening, Patience, Reader};
use crate::stdio;
use crate::transport::Stream;
use crate::{tools, writer};

/// Messages that wait between the reader and the protocol library; the slots bound what they may add up to.
const BETWEEN: usize = 16;
/// How long the library and the writer get for what is left when all calls have ended or were given up.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a session is served.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Longest message that is read, in bytes. A longer one is answered with an error and skipped.
    pub largest_message: usize,
    /// Requests that may be under way at once. While there are as many, the input is not read.
    pub outstanding: u32,
    /// Tools that may run side by side.
    pub runs: usize,
    /// How long accepted work may take after the input ended.
    pub finish: Duration,
    /// How long it may take again after running tools were told to end.
    pub wind_down: Duration,
}

impl Default for ServeOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self {
            largest_message: 16 << 20,
            outstanding: 64,
            runs: cores.clamp(2, 8),
            finish: Duration::from_secs(5),
            wind_down: Duration::from_secs(3),
        }
    }
}

/// Why a session could not be served to its end.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The operating system gave no reactor for the input and output.
    #[error("the input and output cannot be watched: {source}")]
    Runtime {
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The session ended before it began.
    #[error("the session could not be opened: {reason}")]
    Open {
        /// What the protocol library said.
        reason: String,
    },
}

/// Makes beside the caller what the first answers need of this door; worth a thread while the project is opened.
pub fn warm_up() {
    // Where there is no thread, it is made when it is asked for.
    drop(std::thread::Builder::new().name("tgp-warm-up".to_owned()).spawn(tools::described));
}

/// Serves one client on the process's standard input and output, until the input ends, the client closes the
/// output, or a signal asks to end. Blocks. Standard output carries protocol and nothing else.
pub fn serve(engine: Arc<Engine>, options: ServeOptions) -> Result<(), ServeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| ServeError::Runtime { source })?;
    let result = runtime.block_on(async {
        let stop = CancellationToken::new();
        tokio::spawn(watch_signals(stop.clone()));
        let (input, output) = stdio::open();
        session(engine, input, output, options, stop).await
    });
    // A blocking read of a terminal cannot be called back; the end of the process ends it.
    runtime.shutdown_background();
    result
}

/// Serves one client on any pair of streams, inside the caller's runtime.
pub async fn serve_on<K, R, W>(
    kernel: Arc<K>,
    input: R,
    output: W,
    options: ServeOptions,
) -> Result<(), ServeError>
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
) -> Result<(), ServeError>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let core = Core::new(kernel, options.runs);
    let flight = Flight::new(options.outstanding);
    let (outgoing, writing) = writer::start(output);
    let (incoming, messages) = mpsc::channel(BETWEEN);
    let broken = outgoing.broken().clone();
    let gave_up = CancellationToken::new();
    let reader = Reader {
        lines: Lines::new(input, options.largest_message),
        core: Arc::clone(&core),
        flight: Arc::clone(&flight),
        outgoing: outgoing.clone(),
        incoming,
        stop,
        gave_up: gave_up.clone(),
        opening: Opening::default(),
    };
    let patience = Patience { finish: options.finish, wind_down: options.wind_down };
    let reading = tokio::spawn(reader.run(patience));
    let stream = Stream { incoming: messages, outgoing, flight };
    let result = tokio::select! {
        result = talk(Guarded(Door::new(Arc::clone(&core))), stream) => result,
        () = gave_up.cancelled() => Ok(()),
    };
    // Whatever ended the talk, the reader ends with it: its messages have no taker any more.
    let read = timeout(LAST_WORDS, reading).await;
    let wrote = timeout(LAST_WORDS, writing).await;
    if gave_up.is_cancelled() || read.is_err() {
        core.bench.let_go();
    } else {
        core.bench.close();
    }
    if wrote.is_err() && !broken.is_cancelled() {
        tracing::warn!("the client did not read its last answers");
    }
    match result {
        Err(_) if broken.is_cancelled() => Ok(()),
        result => result,
    }
}

async fn talk(door: Guarded<Door>, stream: Stream) -> Result<(), ServeError> {
    match door.serve(stream).await {
        Ok(running) => {
            if let Err(error) = running.waiting().await {
                tracing::error!(%error, "the session ended by a bug");
            }
            Ok(())
        }
        Err(ServerInitializeError::ConnectionClosed(_) | ServerInitializeError::Cancelled) => Ok(()),
        Err(error) => Err(ServeError::Open { reason: error.to_string() }),
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
