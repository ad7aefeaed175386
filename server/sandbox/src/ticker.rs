//! Moves the engine's epoch on, so that running guests look at the clock; asleep while nothing runs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use wasmtime::EngineWeak;

/// Time between two looks at the clock: a limit is overrun by about this much, a cancel seen within it.
const TICK: Duration = Duration::from_millis(1);
/// Ticks it stays awake after the last run, so that runs in a row do not wake a thread each.
const LINGER: u32 = 100;

/// The thread, and how many runs need it.
#[derive(Debug)]
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    active: AtomicUsize,
    asleep: AtomicBool,
    ended: AtomicBool,
    lock: Mutex<()>,
    wake: Condvar,
}

/// Keeps the ticker awake.
#[derive(Debug)]
pub(crate) struct Ticking<'a>(&'a Shared);

impl Ticker {
    pub(crate) fn start(engine: EngineWeak) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread =
            std::thread::Builder::new().name("tgp-ticker".into()).spawn(move || of_thread.tick(&engine))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    pub(crate) fn keep_awake(&self) -> Ticking<'_> {
        // The order (count, then look whether it sleeps) is the reverse of the thread's, so one of the two sees the other.
        self.shared.active.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.shared.notify();
        }
        Ticking(&self.shared)
    }
}

impl Shared {
    fn notify(&self) {
        let _guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.wake.notify_all();
    }

    fn tick(&self, engine: &EngineWeak) {
        let mut idle = 0;
        let mut guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.ended.load(Ordering::SeqCst) {
            if self.active.load(Ordering::SeqCst) > 0 {
                idle = 0;
            } else {
                idle += 1;
            }
            if idle > LINGER {
                self.asleep.store(true, Ordering::SeqCst);
                while self.active.load(Ordering::SeqCst) == 0 && !self.ended.load(Ordering::SeqCst) {
                    guard = self.wake.wait(guard).unwrap_or_else(PoisonError::into_inner);
                }
                self.asleep.store(false, Ordering::SeqCst);
            }
            guard = self.wake.wait_timeout(guard, TICK).unwrap_or_else(PoisonError::into_inner).0;
            let Some(engine) = engine.upgrade() else { return };
            engine.increment_epoch();
        }
    }
}

impl Drop for Ticking<'_> {
    fn drop(&mut self) {
        self.0.active.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        self.shared.notify();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
