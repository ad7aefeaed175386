//! The thread the parser runs on: a stack of its own, and a way to ask the caller for text.
//!
//! A parser that recurses ends the whole process when its stack ends; no `catch_unwind` helps. The scan in `bounds`
//! keeps nesting far below what this stack holds. The stack is address space until it is touched, so it costs nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::settings::ReadSource;

/// Stack of the front end, in bytes.
const STACK: usize = 256 * 1024 * 1024;

enum Ask {
    Tool(String),
    PackageFile(String),
}

/// Asks the thread that called the compiler; it owns the caller's `ReadSource`, which need not be shareable.
struct AskCaller {
    ask: Sender<Ask>,
    answer: Receiver<Option<Arc<str>>>,
}

impl AskCaller {
    fn ask(&self, what: Ask) -> Option<Arc<str>> {
        self.ask.send(what).ok()?;
        self.answer.recv().ok().flatten()
    }
}

impl ReadSource for AskCaller {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        self.ask(Ask::Tool(path.to_owned()))
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        self.ask(Ask::PackageFile(path.to_owned()))
    }
}

/// Runs `job` on a large stack; none when the thread could not be started or the job panicked (a bug of ours).
pub(crate) fn on_large_stack<T: Send>(
    files: &dyn ReadSource,
    job: impl FnOnce(&dyn ReadSource) -> T + Send,
) -> Option<T> {
    let (ask, asked) = channel();
    let (reply, answer) = channel();
    thread::scope(|scope| {
        let caller = AskCaller { ask, answer };
        let worker = thread::Builder::new()
            .name("tgp-compiler".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, move || job(&caller))
            .ok()?;
        while let Ok(what) = asked.recv() {
            let text = match what {
                Ask::Tool(path) => files.tool(&path),
                Ask::PackageFile(path) => files.package_file(&path),
            };
            if reply.send(text).is_err() {
                break;
            }
        }
        worker.join().ok()
    })
}
