//! Reads and counts of runs are noted in groups: at most a hundred, at most a tenth of a second old, by a thread in the
//! background.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tgp_model::Timestamp;

use crate::note::{Intent, Outcome};
use crate::store::Inner;

/// A group this large is written at once.
const LARGEST_GROUP: usize = 100;
/// A note older than this is written.
const OLDEST_NOTE: Duration = Duration::from_millis(100);
/// How long after a synced note the audit chain's head is anchored.
const ANCHOR_AFTER: Duration = Duration::from_secs(1);
/// When the thread does not keep up (another process holds the lock), the caller writes the group itself.
const FULL: usize = 1_000;

/// What is noted with others of its kind.
#[derive(Debug)]
pub(crate) enum Note {
    /// An action that is over and changed nothing.
    Read(Box<(Intent, Outcome)>),
    /// A tool ran.
    Run { path: String, ok: bool, at: Timestamp },
}

/// What is not noted yet.
#[derive(Default)]
pub(crate) struct Group {
    state: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Default)]
struct Waiting {
    notes: Vec<Note>,
    since: Option<Instant>,
    checkpoint: bool,
    anchor: Option<Instant>,
    stop: bool,
}

/// What the thread has to do.
enum Work {
    Write,
    Checkpoint,
    Anchor,
    Stop,
}

impl Group {
    /// Adds a note. Says whether the group is overfull, so that the caller has to write it.
    pub(crate) fn add(&self, note: Note) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.notes.push(note);
        let first = state.since.is_none();
        state.since.get_or_insert_with(Instant::now);
        let count = state.notes.len();
        drop(state);
        if first || count == LARGEST_GROUP {
            self.changed.notify_one();
        }
        count >= FULL
    }

    /// Takes all notes that wait.
    pub(crate) fn take(&self) -> Vec<Note> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.since = None;
        std::mem::take(&mut state.notes)
    }

    /// Gives back notes that could not be written; they go first the next time.
    pub(crate) fn give_back(&self, mut notes: Vec<Note>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        notes.append(&mut state.notes);
        state.since = (!notes.is_empty()).then(Instant::now);
        state.notes = notes;
    }

    /// Asks the thread to move the write-ahead log into the database.
    pub(crate) fn ask_for_checkpoint(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).checkpoint = true;
        self.changed.notify_one();
    }

    /// Asks the thread to anchor the head of the audit chain before long.
    pub(crate) fn ask_for_anchor(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.anchor.is_none() {
            state.anchor = Some(Instant::now());
            drop(state);
            self.changed.notify_one();
        }
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
            let notes_in = state.since.map(|since| OLDEST_NOTE.saturating_sub(since.elapsed()));
            if notes_in.is_some_and(|left| left.is_zero() || state.notes.len() >= LARGEST_GROUP) {
                return Work::Write;
            }
            let anchor_in = state.anchor.map(|since| ANCHOR_AFTER.saturating_sub(since.elapsed()));
            if anchor_in.is_some_and(|left| left.is_zero()) {
                state.anchor = None;
                return Work::Anchor;
            }
            let left = [notes_in, anchor_in].into_iter().flatten().min();
            state = match left {
                Some(left) => {
                    self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
                }
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
            Work::Anchor => {
                if let Err(error) = inner.anchor() {
                    tracing::warn!(%error, "the head of the audit chain could not be anchored");
                }
            }
            Work::Write => {
                if let Err(error) = inner.flush() {
                    tracing::warn!(%error, "notes could not be written yet");
                }
            }
        }
    }
}
