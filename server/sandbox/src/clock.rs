//! CPU time of the calling thread, so that a busy machine kills nobody's tool.

use std::time::Duration;

/// Time this thread has spent computing, from an arbitrary beginning.
#[cfg(unix)]
pub(crate) fn thread_cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or_default(), time.tv_nsec.try_into().unwrap_or_default())
}

/// Where threads have no such clock, time on the wall takes its place: stricter, never laxer.
#[cfg(not(unix))]
pub(crate) fn thread_cpu_time() -> Duration {
    static BEGINNING: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGINNING.get_or_init(std::time::Instant::now).elapsed()
}
