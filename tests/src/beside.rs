//! Something that goes on all the time while something else is done.

use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Does `again` over and over in a thread of its own while `work` runs, and gives what that gave with how often it was
/// done. Where `work` panics, the thread ends as well: a test that waits for it would run for ever instead of failing.
pub fn beside<T>(mut again: impl FnMut() + Send, work: impl FnOnce() -> T) -> (T, u64) {
    let done = AtomicBool::new(false);
    let (worked, rounds) = thread::scope(|scope| {
        let beside = scope.spawn(|| {
            let mut rounds = 0;
            while !done.load(Ordering::SeqCst) {
                again();
                rounds += 1;
            }
            rounds
        });
        let worked = panic::catch_unwind(AssertUnwindSafe(work));
        done.store(true, Ordering::SeqCst);
        (worked, beside.join())
    });
    let worked = worked.unwrap_or_else(|failure| panic::resume_unwind(failure));
    (worked, rounds.unwrap_or_else(|failure| panic::resume_unwind(failure)))
}
