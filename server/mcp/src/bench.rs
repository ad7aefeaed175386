//! The workers that run calls, begun in the order the calls came in.
//!
//! The protocol library runs one task a request, in no order. So the reader takes a seat here for each call as it
//! reads it, and the handler fills the seat later. The engine's desk has the last word about who changes
//! something. A worker may wait there for a call that came earlier; since calls that take a place at the desk
//! begin in order, that call has a worker of its own, and nobody waits for ever. The order here also lets a client
//! that sends a write and then a read without waiting see its own write.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Stack of a worker. Only what is used of it becomes memory.
const STACK: usize = 16 << 20;
/// Workers that are left to short calls when all tools that may run are running.
const SPARE: usize = 2;

/// What a call does, as far as the order goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Reads files, the registry or a tool's findings.
    Look,
    /// Changes a file.
    Change,
    /// Asks or changes the database.
    Query,
    /// Runs a tool, which may take long.
    Run,
}

impl Kind {
    /// Whether a call of this kind begins only after an `earlier` one has ended. Files change one at a time,
    /// statements run one at a time, and what comes after them sees what they did. Nobody waits for a running
    /// tool or for a reader.
    fn waits_for(self, earlier: Kind) -> bool {
        match earlier {
            Kind::Change => true,
            Kind::Query => matches!(self, Kind::Query | Kind::Run),
            Kind::Look | Kind::Run => false,
        }
    }

    /// Whether a call of this kind has a place at the engine's desk. Those begin in the order they came.
    pub(crate) fn takes_a_place(self) -> bool {
        self != Kind::Look
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// The workers and the line before them.
pub(crate) struct Bench {
    shared: Arc<Shared>,
    workers: Mutex<Vec<JoinHandle<()>>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    most_runs: usize,
    most_workers: usize,
}

#[derive(Default)]
struct State {
    next_number: u64,
    line: VecDeque<Entry>,
    idle: usize,
    workers: usize,
    runs: usize,
    closed: bool,
}

struct Entry {
    number: u64,
    kind: Kind,
    stage: Stage,
}

impl Entry {
    fn must_let_pass(&self, earlier: &Entry) -> bool {
        let not_begun = !matches!(earlier.stage, Stage::Running);
        let in_order = self.kind.takes_a_place() && earlier.kind.takes_a_place();
        self.kind.waits_for(earlier.kind) || (in_order && not_begun)
    }
}

enum Stage {
    Reserved,
    Ready(Job),
    Running,
}

/// A place in the line, not filled yet. Dropping it leaves the line.
pub(crate) struct Seat {
    shared: Arc<Shared>,
    number: u64,
    filled: bool,
}

impl Bench {
    /// A bench on which at most `runs` tools run side by side.
    pub(crate) fn new(runs: usize) -> Self {
        let most_runs = runs.max(1);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
            most_runs,
            most_workers: most_runs + SPARE,
        });
        Self { shared, workers: Mutex::default() }
    }

    /// Takes the next place; never waits.
    pub(crate) fn reserve(&self, kind: Kind) -> Seat {
        let mut state = self.shared.lock();
        let number = state.next_number;
        state.next_number += 1;
        state.line.push_back(Entry { number, kind, stage: Stage::Reserved });
        Seat { shared: Arc::clone(&self.shared), number, filled: false }
    }

    /// Puts the job into its place. It begins as soon as the order allows. A job must not panic: it answers.
    pub(crate) fn fill(&self, mut seat: Seat, job: Job) {
        seat.filled = true;
        let mut state = self.shared.lock();
        if let Some(entry) = state.line.iter_mut().find(|entry| entry.number == seat.number) {
            entry.stage = Stage::Ready(job);
        }
        // A worker that was called and has not come yet still counts as idle; so count the jobs it may be for.
        let ready = state.line.iter().filter(|entry| matches!(entry.stage, Stage::Ready(_))).count();
        let hire = ready > state.idle && state.workers < self.shared.most_workers;
        if hire {
            state.workers += 1;
        }
        drop(state);
        if hire { self.hire() } else { self.shared.changed.notify_one() }
    }

    fn hire(&self) {
        let shared = Arc::clone(&self.shared);
        let worker = std::thread::Builder::new().name("tgp-call".to_owned()).stack_size(STACK);
        match worker.spawn(move || shared.work()) {
            Ok(handle) => self.workers.lock().unwrap_or_else(PoisonError::into_inner).push(handle),
            Err(error) => {
                tracing::error!(%error, "a worker could not be started");
                self.shared.lock().workers -= 1;
            }
        }
    }

    /// Waits until the workers are done with what they have and ends them. What has not begun is dropped.
    pub(crate) fn close(&self) {
        self.let_go();
        let workers = std::mem::take(&mut *self.workers.lock().unwrap_or_else(PoisonError::into_inner));
        for worker in workers {
            drop(worker.join());
        }
    }

    /// Lets the workers end when they are done, without waiting for them.
    pub(crate) fn let_go(&self) {
        let mut state = self.shared.lock();
        state.closed = true;
        let dropped = std::mem::take(&mut state.line);
        drop(state);
        self.shared.changed.notify_all();
        drop(dropped);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self) {
        let mut state = self.lock();
        while !state.closed {
            let Some((number, kind, job)) = self.next(&mut state) else {
                state.idle += 1;
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                state.idle -= 1;
                continue;
            };
            drop(state);
            job();
            state = self.lock();
            if kind == Kind::Run {
                state.runs -= 1;
            }
            state.line.retain(|entry| entry.number != number);
            if state.line.len() > 1 {
                self.changed.notify_all();
            }
        }
        state.workers -= 1;
    }

    /// The first job of the line that may begin.
    fn next(&self, state: &mut State) -> Option<(u64, Kind, Job)> {
        let runs_full = state.runs >= self.most_runs;
        let position = (0..state.line.len()).find(|&at| {
            let Some(entry) = state.line.get(at) else { return false };
            matches!(entry.stage, Stage::Ready(_))
                && !(entry.kind == Kind::Run && runs_full)
                && !state.line.iter().take(at).any(|earlier| entry.must_let_pass(earlier))
        })?;
        let entry = state.line.get_mut(position)?;
        let Stage::Ready(job) = std::mem::replace(&mut entry.stage, Stage::Running) else { return None };
        let (number, kind) = (entry.number, entry.kind);
        if kind == Kind::Run {
            state.runs += 1;
        }
        Some((number, kind, job))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if !self.filled {
            let mut state = self.shared.lock();
            state.line.retain(|entry| entry.number != self.number);
            drop(state);
            self.shared.changed.notify_all();
        }
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.let_go();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn note(done: &mpsc::Sender<u32>, number: u32) -> Job {
        let done = done.clone();
        Box::new(move || done.send(number).unwrap())
    }

    #[test]
    fn changes_run_in_the_order_of_their_seats_whoever_fills_first() {
        let bench = Bench::new(4);
        let (done, order) = mpsc::channel();
        let seats: Vec<_> = (0..32).map(|n| (n, bench.reserve(Kind::Change))).collect();
        for (n, seat) in seats.into_iter().rev() {
            if n % 5 == 4 { drop(seat) } else { bench.fill(seat, note(&done, n)) }
        }
        let expected: Vec<u32> = (0..32).filter(|n| n % 5 != 4).collect();
        assert_eq!(order.iter().take(expected.len()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_read_waits_for_the_write_before_it_and_not_for_a_running_tool() {
        let bench = Bench::new(1);
        let (done, order) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let run = bench.reserve(Kind::Run);
        let change = bench.reserve(Kind::Change);
        let look = bench.reserve(Kind::Look);
        let second_run = bench.reserve(Kind::Run);
        let told = done.clone();
        bench.fill(
            run,
            Box::new(move || {
                told.send(0).unwrap();
                wait.recv().unwrap();
                told.send(1).unwrap();
            }),
        );
        assert_eq!(order.recv().unwrap(), 0, "the tool runs");
        bench.fill(look, note(&done, 4));
        bench.fill(second_run, note(&done, 2));
        bench.fill(change, note(&done, 3));
        assert_eq!(order.iter().take(2).collect::<Vec<_>>(), [3, 4]);
        go.send(()).unwrap();
        assert_eq!(order.iter().take(2).collect::<Vec<_>>(), [1, 2], "one tool runs at a time");
        bench.close();
    }
}
