//! A word to the person when something takes longer than a moment.

use std::io::Write as _;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// How long nobody wonders.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Does `work`; where it takes longer than a second, `text` is said on stderr, so that nobody takes it for stuck.
pub fn saying<T>(text: &str, work: impl FnOnce() -> T) -> T {
    let (done, waits) = channel::<()>();
    let text = text.to_owned();
    let teller = std::thread::Builder::new().name("tgp-waiting".to_owned()).spawn(move || {
        if waits.recv_timeout(A_MOMENT) == Err(RecvTimeoutError::Timeout) {
            // Where stderr is gone there is nobody to tell.
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    });
    let result = work();
    drop(done);
    if let Ok(teller) = teller {
        let _ = teller.join();
    }
    result
}
