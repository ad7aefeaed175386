//! Ending cleanly when a signal asks for it: work is cancelled, the engine closed, and only then the process ends.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tgp_engine::{Engine, Interrupt};
use tgp_model::CancelToken;
use tgp_protocol::client::{ErrorCode, Refusal};
use tokio::runtime::{Builder, Runtime};

use tgp_screen::code::Signal;
use tgp_screen::failure::Failure;

/// How long cancelled work may take to end by itself. Hosts wait about five seconds before they kill.
const GRACE: Duration = Duration::from_secs(3);

#[derive(Default)]
struct State {
    signal: Option<Signal>,
    tokens: Vec<CancelToken>,
    talks: Option<Interrupt>,
    engine: Weak<Engine>,
    grace: Option<Duration>,
}

/// Listens for signals on a thread of its own.
#[derive(Clone, Default)]
pub(crate) struct Ending {
    state: Arc<Mutex<State>>,
}

impl Ending {
    /// Begins to listen; from here on a signal no longer kills.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let refused = |error: io::Error| {
            Failure::from(Refusal::new(
                ErrorCode::Internal,
                format!("signals cannot be listened for: {error}"),
            ))
        };
        let ending = Self::default();
        let runtime = Builder::new_current_thread().enable_all().build().map_err(refused)?;
        let signals = Signals::new(&runtime).map_err(refused)?;
        let listener = ending.clone();
        let thread = std::thread::Builder::new().name("signals".to_owned());
        thread.spawn(move || runtime.block_on(listener.wait(signals))).map_err(refused)?;
        Ok(ending)
    }

    /// A signal sets this token.
    pub(crate) fn cancels(&self, token: &CancelToken) {
        let mut state = self.state();
        if state.signal.is_some() {
            token.cancel();
        }
        state.tokens.push(token.clone());
    }

    /// A signal ends talks with the remote at once, so that nobody waits for one that hangs.
    pub(crate) fn ends_talks(&self, talks: &Interrupt) {
        let mut state = self.state();
        if state.signal.is_some() {
            talks.end();
        }
        state.talks = Some(talks.clone());
    }

    /// From here on the engine ends its talks itself, when it is closed.
    pub(crate) fn leaves_talks(&self) {
        self.state().talks = None;
    }

    /// This engine is closed before the process ends, whatever happens.
    pub(crate) fn guard(&self, engine: &Arc<Engine>) {
        self.state().engine = Arc::downgrade(engine);
    }

    /// A door that ends cleanly by itself needs this long for it at most.
    pub(crate) fn wait_for(&self, grace: Duration) {
        self.state().grace = Some(grace);
    }

    /// Whether a signal asked to end.
    pub(crate) fn is_asked(&self) -> bool {
        self.state().signal.is_some()
    }

    /// A failure after a signal is that signal's doing.
    pub(crate) fn or(&self, result: Result<(), Failure>) -> Result<(), Failure> {
        match (self.state().signal, result) {
            (Some(signal), Err(_)) => Err(Failure::Ended(signal)),
            (_, result) => result,
        }
    }

    async fn wait(self, mut signals: Signals) {
        let signal = signals.next().await;
        let grace = {
            let mut state = self.state();
            state.signal = Some(signal);
            state.tokens.iter().for_each(CancelToken::cancel);
            state.talks.iter().for_each(Interrupt::end);
            state.grace.unwrap_or(GRACE)
        };
        // The command ends by itself and takes the process with it; or it does not, and a second signal or the
        // end of the grace comes first.
        let second = tokio::time::timeout(grace, signals.next()).await;
        if second.is_err() {
            let engine = self.state().engine.upgrade();
            if let Some(engine) = engine {
                engine.close();
            }
        }
        std::process::exit(signal.code() as i32);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hangup: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new(runtime: &Runtime) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let _inside = runtime.enter();
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
            _ = self.hangup.recv() => Signal::Terminate,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new(_: &Runtime) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Signal {
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
