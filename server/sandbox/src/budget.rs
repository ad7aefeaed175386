//! What one run, with all runs nested in it, may use and has used.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tgp_model::{CancelToken, Limits};

use crate::clock::thread_cpu_time;

/// Shared by a run and the runs nested in it, which all happen on one thread, one inside the other.
/// The time on the wall begins with `new`.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: Limits,
    cancel: CancelToken,
    begun: Instant,
    fuel_left: AtomicU64,
    /// Nanoseconds of finished stretches inside guests.
    cpu_used: AtomicU64,
    /// Reading of the thread's clock when the running stretch began; `NOT_RUNNING` between stretches.
    stretch_begun: AtomicU64,
    host_calls: AtomicU32,
    depth: AtomicU32,
    memory: AtomicU64,
    log_bytes: AtomicU64,
}

const NOT_RUNNING: u64 = u64::MAX;

/// Why a run has to end now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stop {
    #[error("out of CPU time")]
    Cpu,
    #[error("out of time")]
    Wall,
    #[error("cancelled")]
    Cancelled,
    #[error("too many host calls")]
    HostCalls,
}

impl Budget {
    /// A budget of which nothing is used yet.
    pub fn new(limits: &Limits, cancel: CancelToken) -> Self {
        Self(Arc::new(Shared {
            limits: limits.clone(),
            cancel,
            begun: Instant::now(),
            fuel_left: AtomicU64::new(limits.fuel),
            cpu_used: AtomicU64::new(0),
            stretch_begun: AtomicU64::new(NOT_RUNNING),
            host_calls: AtomicU32::new(0),
            depth: AtomicU32::new(0),
            memory: AtomicU64::new(0),
            log_bytes: AtomicU64::new(0),
        }))
    }

    /// The limits it began with.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The token that ends the run early.
    pub fn cancel(&self) -> &CancelToken {
        &self.0.cancel
    }

    /// Time on the wall that is left; a host call should not wait longer.
    pub fn wall_left(&self) -> Duration {
        self.limits().wall().saturating_sub(self.0.begun.elapsed())
    }

    /// CPU time used inside guests so far; the host's own work is not counted.
    pub fn cpu_used(&self) -> Duration {
        let begun = self.0.stretch_begun.load(Ordering::Relaxed);
        let running =
            if begun == NOT_RUNNING { 0 } else { nanoseconds(thread_cpu_time()).saturating_sub(begun) };
        Duration::from_nanos(self.0.cpu_used.load(Ordering::Relaxed) + running)
    }

    /// Tools that run one inside the other at this moment.
    pub fn depth(&self) -> u32 {
        self.0.depth.load(Ordering::Relaxed)
    }

    /// Why the run has to end, if it has to.
    pub(crate) fn stop_reason(&self) -> Option<Stop> {
        if self.0.cancel.is_cancelled() {
            Some(Stop::Cancelled)
        } else if self.0.begun.elapsed() > self.limits().wall() {
            Some(Stop::Wall)
        } else if self.cpu_used() > self.limits().cpu() {
            Some(Stop::Cpu)
        } else {
            None
        }
    }

    pub(crate) fn begin_stretch(&self) {
        self.0.stretch_begun.store(nanoseconds(thread_cpu_time()), Ordering::Relaxed);
    }

    pub(crate) fn end_stretch(&self) {
        let used = nanoseconds(self.cpu_used());
        self.0.stretch_begun.store(NOT_RUNNING, Ordering::Relaxed);
        self.0.cpu_used.store(used, Ordering::Relaxed);
    }

    pub(crate) fn fuel_left(&self) -> u64 {
        self.0.fuel_left.load(Ordering::Relaxed)
    }

    pub(crate) fn set_fuel_left(&self, fuel: u64) {
        self.0.fuel_left.store(fuel, Ordering::Relaxed);
    }

    /// Counts a host call; false where it is one too many.
    pub(crate) fn count_host_call(&self) -> bool {
        self.0.host_calls.fetch_add(1, Ordering::Relaxed) < self.limits().host_calls
    }

    /// Goes one level deeper; false, and no deeper, where that is one too many.
    pub(crate) fn enter(&self) -> bool {
        let deeper = self.depth() < self.limits().depth;
        if deeper {
            self.0.depth.fetch_add(1, Ordering::Relaxed);
        }
        deeper
    }

    pub(crate) fn leave(&self) {
        self.0.depth.fetch_sub(1, Ordering::Relaxed);
    }

    /// Takes memory for one of the guests of this budget; false, and nothing taken, where it would be too much.
    pub(crate) fn take_memory(&self, bytes: u64) -> bool {
        let fits = self.0.memory.load(Ordering::Relaxed).saturating_add(bytes) <= self.limits().memory_bytes;
        if fits {
            self.0.memory.fetch_add(bytes, Ordering::Relaxed);
        }
        fits
    }

    pub(crate) fn give_memory(&self, bytes: u64) {
        self.0.memory.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// How many of `bytes` bytes of log may still be kept.
    pub(crate) fn take_log(&self, bytes: u64) -> u64 {
        let used = self.0.log_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.limits().log_bytes.saturating_sub(used).min(bytes)
    }
}

/// As a whole number; 584 years fit.
fn nanoseconds(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap_or(u64::MAX - 1)
}
