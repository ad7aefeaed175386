//! Reads are noted in groups: at most a hundred, at most half a second old, by a thread in the background.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::note::{Intent, Outcome};
use crate::store::Inner;

/// A group this large is written at once.
const LARGEST_GROUP: usize = 100;
/// A read older than this is written.
const OLDEST_READ: Duration = Duration::from_millis(500);
/// When the thread does not keep up (another process holds the lock), the caller writes the group itself.
const FULL: usize = 1_000;

/// The reads that are not noted yet.
#[derive(Default)]
pub(crate) struct Group {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    reads: Vec<(Intent, Outcome)>,
    since: Option<Instant>,
    checkpoint: bool,
    stop: bool,
}

/// What the thread has to do.
enum Work {
    Write,
    Checkpoint,
    Stop,
}

impl Group {
    /// Adds a read. Says whether the group is overfull, so that the caller has to write it.
    pub(crate) fn add(&self, read: (Intent, Outcome)) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.reads.push(read);
        let first = state.since.is_none();
        state.since.get_or_insert_with(Instant::now);
        let count = state.reads.len();
        drop(state);
        if first || count == LARGEST_GROUP {
            self.changed.notify_one();
        }
        count >= FULL
    }

    /// Takes all reads that wait.
    pub(crate) fn take(&self) -> Vec<(Intent, Outcome)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.since = None;
        std::mem::take(&mut state.reads)
    }

    /// Gives back reads that could not be written; they go first the next time.
    pub(crate) fn give_back(&self, mut reads: Vec<(Intent, Outcome)>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        reads.append(&mut state.reads);
        state.reads = reads;
        state.since = Some(Instant::now());
    }

    /// Asks the thread to move the write-ahead log into the database.
    pub(crate) fn ask_for_checkpoint(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).checkpoint = true;
        self.changed.notify_one();
    }

    fn stop(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.changed.notify_one();
    }

    fn wait(&self) -> Work {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if state.stop {
                return Work::Stop;
            }
            if std::mem::take(&mut state.checkpoint) {
                return Work::Checkpoint;
            }
            let left = state.since.map(|since| OLDEST_READ.saturating_sub(since.elapsed()));
            state = match left {
                Some(left) if left.is_zero() || state.reads.len() >= LARGEST_GROUP => return Work::Write,
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}

/// The thread; stopping it waits for it.
pub(crate) struct Flusher(Option<JoinHandle<()>>);

impl Flusher {
    /// Starts the thread. Without one, everything is written by the callers.
    pub(crate) fn start(inner: &Arc<Inner>) -> Self {
        let inner = Arc::clone(inner);
        let thread = std::thread::Builder::new().name("tgp-store".to_owned()).spawn(move || run(&inner));
        Self(thread.inspect_err(|error| tracing::warn!(%error, "no thread for the state database")).ok())
    }

    /// Whether the thread runs.
    pub(crate) fn runs(&self) -> bool {
        self.0.is_some()
    }

    /// Ends the thread.
    pub(crate) fn stop(&mut self, group: &Group) {
        group.stop();
        if let Some(thread) = self.0.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the state database panicked");
        }
    }
}

fn run(inner: &Inner) {
    loop {
        match inner.group.wait() {
            Work::Stop => return,
            Work::Checkpoint => inner.checkpoint(),
            Work::Write => {
                if let Err(error) = inner.flush() {
                    tracing::warn!(%error, "reads could not be noted yet");
                }
            }
        }
    }
}
