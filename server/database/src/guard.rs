//! What stops a statement: its time limit, the run's deadline, a cancelled call, a lock that does not come free.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tgp_model::CancelToken;

/// Why the statement was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The statement's or the run's time was over.
    Time {
        /// The limit that was reached.
        limit: Duration,
    },
    /// Someone cancelled the run.
    Cancelled,
}

/// Shared by a session and its progress and busy handlers.
#[derive(Debug, Default)]
pub(crate) struct Guard(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    armed: bool,
    started: Option<Instant>,
    deadline: Option<Instant>,
    cancel: Option<CancelToken>,
    lock_wait: Duration,
    waiting_since: Option<Instant>,
    stopped: Option<Stop>,
}

impl Guard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the time of one statement.
    pub(crate) fn arm(
        &self,
        limit: Duration,
        lock_wait: Duration,
        run_end: Option<Instant>,
        cancel: Option<&CancelToken>,
    ) {
        let now = Instant::now();
        let end = now + limit;
        let mut state = self.state();
        *state = State {
            armed: true,
            started: Some(now),
            deadline: Some(run_end.map_or(end, |run_end| run_end.min(end))),
            cancel: cancel.cloned(),
            lock_wait,
            waiting_since: None,
            stopped: None,
        };
    }

    /// Lets our own statements (`ROLLBACK`) run to their end, whatever the run's limits say.
    pub(crate) fn disarm(&self, lock_wait: Duration) {
        *self.state() = State { lock_wait, ..State::default() };
    }

    /// Why the last statement was stopped, if it was.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.state().stopped
    }

    /// Whether the statement has to stop now; called by `SQLite` every thousand steps of its machine.
    pub(crate) fn must_stop(&self) -> bool {
        self.state().check(Instant::now())
    }

    /// Whether to wait a little more for a lock; sleeps before it says yes.
    pub(crate) fn wait_for_lock(&self, attempt: i32) -> bool {
        let pause = {
            let mut state = self.state();
            let now = Instant::now();
            if state.check(now) {
                return false;
            }
            if attempt == 0 {
                state.waiting_since = Some(now);
            }
            let since = *state.waiting_since.get_or_insert(now);
            let left = state.lock_wait.saturating_sub(now.duration_since(since));
            if left.is_zero() {
                return false;
            }
            let step = Duration::from_micros(match attempt {
                0..=3 => 250,
                4..=9 => 1_000,
                10..=19 => 3_000,
                _ => 10_000,
            });
            step.min(left)
        };
        std::thread::sleep(pause);
        true
    }
}

impl State {
    fn check(&mut self, now: Instant) -> bool {
        if !self.armed {
            return false;
        }
        if self.stopped.is_some() {
            return true;
        }
        if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) {
            self.stopped = Some(Stop::Cancelled);
        } else if let (Some(started), Some(deadline)) = (self.started, self.deadline)
            && now >= deadline
        {
            self.stopped = Some(Stop::Time { limit: deadline.saturating_duration_since(started) });
        }
        self.stopped.is_some()
    }
}
