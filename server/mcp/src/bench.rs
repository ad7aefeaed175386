//! The workers that run calls, begun in the order the calls came in.
//!
//! The protocol library runs one task a request, in no order. So the reader takes a seat here for each call as it
//! reads it, and the handler fills the seat later. The engine's desk has the last word about who changes
//! something. A worker may wait there for a call that came earlier; since calls that take a place at the desk
//! begin in order, that call has a worker of its own, and nobody waits for ever. The order here also lets a client
//! that sends a write and then a read without waiting see its own write.
//!
//! A call that waits for a person stands aside: nobody waits for it any more, and its worker is not counted, so that a
//! question nobody answers holds up nothing. When it goes on, it takes its turn at the desk behind the others.

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
}

struct Shared {
    state: Mutex<State>,
    hired: Mutex<Vec<JoinHandle<()>>>,
    changed: Condvar,
    /// For tools that stood aside and go on: one of those that run has ended.
    room: Condvar,
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
    /// Workers whose call stands aside, or did. Never counted again: those before them at the desk need workers too.
    aside: usize,
    /// Tools that stood aside and run now.
    back: usize,
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
        if let Stage::Aside { .. } = earlier.stage {
            return false;
        }
        self.kind.waits_for(earlier.kind) || (in_order && not_begun)
    }
}

enum Stage {
    Reserved,
    Ready(Job),
    Running,
    Aside { works: bool },
}

/// A place in the line, not filled yet. Dropping it leaves the line.
pub(crate) struct Seat {
    shared: Arc<Shared>,
    number: u64,
    filled: bool,
}

/// One call's way to stand aside while it waits for a person.
pub(crate) struct Aside {
    shared: Arc<Shared>,
    number: u64,
}

impl Seat {
    /// The way of the call in this seat to stand aside.
    pub(crate) fn aside(&self) -> Aside {
        Aside { shared: Arc::clone(&self.shared), number: self.number }
    }
}

impl Aside {
    /// The call waits for a person. Called by its job.
    pub(crate) fn step(&self) {
        let mut state = self.shared.lock();
        let before = state.replace_stage(self.number, Stage::Aside { works: false });
        let Some(before) = before else { return };
        match before {
            (Kind::Run, Stage::Aside { works: true }) => {
                state.back -= 1;
                self.shared.room.notify_all();
            }
            (_, Stage::Aside { .. }) => {}
            (kind, _) => {
                state.aside += 1;
                state.runs -= usize::from(kind == Kind::Run);
            }
        }
        drop(state);
        self.shared.changed.notify_all();
        self.shared.hire_for_ready();
    }

    /// The call goes on. A tool waits until few enough of those that stood aside run; it has no place at the desk
    /// meanwhile, and those that run need nothing that waits here.
    pub(crate) fn step_back(&self) {
        let mut state = self.shared.lock();
        let is_run = state.line.iter().any(|entry| entry.number == self.number && entry.kind == Kind::Run);
        while is_run && state.back >= self.shared.most_runs && !state.closed {
            state = self.shared.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some((Kind::Run, _)) = state.replace_stage(self.number, Stage::Aside { works: true }) {
            state.back += 1;
        }
    }
}

impl State {
    /// Takes an ended call out of the line. Says whether it had stood aside.
    fn end(&mut self, number: u64, kind: Kind) -> bool {
        let is_run = usize::from(kind == Kind::Run);
        let found = self.line.iter().position(|entry| entry.number == number);
        let stage = found.and_then(|at| self.line.remove(at)).map(|entry| entry.stage);
        if let Some(Stage::Aside { works }) = stage {
            self.aside -= 1;
            self.back -= if works { is_run } else { 0 };
            return true;
        }
        // The line is emptied when the bench closes; then nobody counts any more.
        self.runs = self.runs.saturating_sub(is_run);
        false
    }

    fn replace_stage(&mut self, number: u64, stage: Stage) -> Option<(Kind, Stage)> {
        let entry = self.line.iter_mut().find(|entry| entry.number == number)?;
        Some((entry.kind, std::mem::replace(&mut entry.stage, stage)))
    }
}

impl Bench {
    /// A bench on which at most `runs` tools run side by side.
    pub(crate) fn new(runs: usize) -> Self {
        let most_runs = runs.max(1);
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            hired: Mutex::default(),
            changed: Condvar::new(),
            room: Condvar::new(),
            most_runs,
            most_workers: most_runs + SPARE,
        });
        Self { shared }
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
        drop(state);
        if !self.shared.hire_for_ready() {
            self.shared.changed.notify_one();
        }
    }

    /// Waits until the workers are done with what they have and ends them. What has not begun is dropped.
    pub(crate) fn close(&self) {
        self.let_go();
        let workers = std::mem::take(&mut *self.shared.hired.lock().unwrap_or_else(PoisonError::into_inner));
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
        self.shared.room.notify_all();
        drop(dropped);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Calls one more worker where there is more ready than idle hands. Says whether it did.
    fn hire_for_ready(self: &Arc<Self>) -> bool {
        let mut state = self.lock();
        // A worker that was called and has not come yet still counts as idle; so count the jobs it may be for.
        let ready = state.line.iter().filter(|entry| matches!(entry.stage, Stage::Ready(_))).count();
        if ready <= state.idle || state.workers >= self.most_workers + state.aside || state.closed {
            return false;
        }
        state.workers += 1;
        drop(state);
        let shared = Arc::clone(self);
        let worker = std::thread::Builder::new().name("tgp-call".to_owned()).stack_size(STACK);
        match worker.spawn(move || shared.work()) {
            Ok(handle) => self.hired.lock().unwrap_or_else(PoisonError::into_inner).push(handle),
            Err(error) => {
                tracing::error!(%error, "a worker could not be started");
                self.lock().workers -= 1;
                return false;
            }
        }
        true
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
            let stood_aside = state.end(number, kind);
            if stood_aside {
                self.room.notify_all();
            }
            if stood_aside || state.line.len() > 1 {
                self.changed.notify_all();
            }
            // One worker more came for a call that stood aside; one goes with it.
            if stood_aside && state.workers > self.most_workers + state.aside {
                break;
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

    /// A job that stands aside until it is let go, steps back, and is let go again; it tells each time.
    fn asking(bench: &Bench, kind: Kind, done: &mpsc::Sender<u32>, number: u32) -> [mpsc::Sender<()>; 2] {
        let seat = bench.reserve(kind);
        let aside = seat.aside();
        let ((answer, answered), (end, ended)) = (mpsc::channel::<()>(), mpsc::channel::<()>());
        let done = done.clone();
        bench.fill(
            seat,
            Box::new(move || {
                aside.step();
                done.send(number).unwrap();
                answered.recv().unwrap();
                aside.step_back();
                done.send(100 + number).unwrap();
                ended.recv().unwrap();
            }),
        );
        [answer, end]
    }

    #[test]
    fn calls_that_wait_for_a_person_hold_up_nothing_however_many_they_are() {
        let bench = Bench::new(1);
        let (done, order) = mpsc::channel();
        let kinds = [Kind::Change, Kind::Query, Kind::Run, Kind::Look, Kind::Change, Kind::Run, Kind::Query];
        let held: Vec<_> =
            (0..).zip(kinds).map(|(number, kind)| asking(&bench, kind, &done, number)).collect();
        let mut asked: Vec<u32> = order.iter().take(kinds.len()).collect();
        asked.sort_unstable();
        assert_eq!(asked, [0, 1, 2, 3, 4, 5, 6], "each of them got as far as its question");
        for (number, kind) in (20..).zip([Kind::Look, Kind::Change, Kind::Query, Kind::Run]) {
            bench.fill(bench.reserve(kind), note(&done, number));
            assert_eq!(order.recv().unwrap(), number);
        }
        for [answer, end] in &held {
            answer.send(()).unwrap();
            end.send(()).unwrap();
        }
        let mut back: Vec<u32> = order.iter().take(kinds.len()).collect();
        back.sort_unstable();
        assert_eq!(back, [100, 101, 102, 103, 104, 105, 106]);
        bench.fill(bench.reserve(Kind::Run), note(&done, 30));
        assert_eq!(order.recv().unwrap(), 30, "the places are free again");
        bench.close();
    }

    #[test]
    fn tools_that_were_answered_together_go_on_one_by_one_and_hold_up_no_other() {
        let bench = Bench::new(1);
        let (done, order) = mpsc::channel();
        let held: Vec<_> = (0..3).map(|number| asking(&bench, Kind::Run, &done, number)).collect();
        assert_eq!(order.iter().take(3).sum::<u32>(), 3);
        for [answer, _] in &held {
            answer.send(()).unwrap();
        }
        for _ in 0..3 {
            let number = order.recv().unwrap() - 100;
            bench.fill(bench.reserve(Kind::Run), note(&done, 40));
            assert_eq!(order.recv().unwrap(), 40, "one goes on, and another tool runs beside it");
            held[number as usize][1].send(()).unwrap();
        }
        bench.close();
    }

    #[test]
    fn a_bench_that_closes_lets_go_of_tools_that_wait_for_their_turn() {
        let bench = Bench::new(1);
        let (done, order) = mpsc::channel();
        let held: Vec<_> = (0..2).map(|number| asking(&bench, Kind::Run, &done, number)).collect();
        assert_eq!(order.iter().take(2).sum::<u32>(), 1);
        for [answer, end] in &held {
            answer.send(()).unwrap();
            end.send(()).unwrap();
        }
        bench.close();
        assert_eq!(order.iter().take(2).sum::<u32>(), 201);
    }
}
