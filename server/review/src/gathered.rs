//! What comes in while one piece of work is going on is gathered, and done together next.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// One worker, and what waits for it. Each item is worked on after it came in, with all others that waited then.
#[derive(Debug)]
pub(crate) struct Gathered<T> {
    queue: Arc<Mutex<Queue<T>>>,
    thread: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Queue<T> {
    waiting: Vec<T>,
    working: bool,
}

impl<T> Default for Gathered<T> {
    fn default() -> Self {
        let queue = Queue { waiting: Vec::new(), working: false };
        Self { queue: Arc::new(Mutex::new(queue)), thread: Mutex::default() }
    }
}

impl<T: Send + 'static> Gathered<T> {
    /// Adds an item. Where nobody works, `work` begins on a thread of its own; it goes on until nothing waits.
    pub(crate) fn add(&self, item: T, work: impl Fn(Vec<T>) + Send + 'static) -> std::io::Result<()> {
        let mut queue = hold(&self.queue);
        queue.waiting.push(item);
        if queue.working {
            return Ok(());
        }
        let shared = Arc::clone(&self.queue);
        let begun =
            std::thread::Builder::new().name("snapshot".to_owned()).spawn(move || go_on(&shared, &work));
        match begun {
            Ok(thread) => {
                queue.working = true;
                let mut threads = hold(&self.thread);
                threads.retain(|thread| !thread.is_finished());
                threads.push(thread);
                Ok(())
            }
            Err(error) => {
                queue.waiting.pop();
                Err(error)
            }
        }
    }

    /// Waits until nothing that was added before is left to do.
    pub(crate) fn wait(&self) {
        let threads = std::mem::take(&mut *hold(&self.thread));
        for thread in threads {
            // One that panicked said so; what it did not come to is not there.
            let _ = thread.join();
        }
    }
}

fn go_on<T>(queue: &Mutex<Queue<T>>, work: &impl Fn(Vec<T>)) {
    let _guard = Free(queue);
    loop {
        let all = {
            let mut queue = hold(queue);
            // Told under the same lock under which it is looked: nobody adds something in between that nobody does.
            queue.working = !queue.waiting.is_empty();
            std::mem::take(&mut queue.waiting)
        };
        if all.is_empty() {
            return;
        }
        work(all);
    }
}

/// A worker that panics leaves the place to the next one.
struct Free<'a, T>(&'a Mutex<Queue<T>>);

impl<T> Drop for Free<'_, T> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            hold(self.0).working = false;
        }
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Work that says with what it began, and goes on when it is told to.
    fn stepwise(said: Sender<Vec<u32>>, go: Receiver<()>) -> impl Fn(Vec<u32>) + Send + 'static {
        move |all| {
            said.send(all).unwrap();
            go.recv().unwrap();
        }
    }

    #[test]
    fn what_comes_in_while_one_is_worked_on_is_done_together_after_it_came_in() {
        let gathered = Gathered::default();
        let ((said, hear), (go, wait)) = (channel(), channel());
        gathered.add(0, stepwise(said, wait)).unwrap();
        assert_eq!(hear.recv().unwrap(), [0]);
        for number in 1..10 {
            gathered.add(number, |_| panic!("a second worker began")).unwrap();
        }
        go.send(()).unwrap();
        assert_eq!(hear.recv().unwrap(), (1..10).collect::<Vec<u32>>());
        go.send(()).unwrap();
        gathered.wait();
        assert!(hear.recv().is_err(), "nothing is done twice");
    }

    #[test]
    fn after_all_is_done_the_next_begins_anew() {
        let gathered = Gathered::default();
        let (said, hear) = channel();
        for number in 0..3 {
            let said = said.clone();
            gathered.add(number, move |all| said.send(all).unwrap()).unwrap();
            gathered.wait();
            assert_eq!(hear.recv().unwrap(), [number]);
        }
    }

    #[test]
    fn a_worker_that_panics_leaves_the_place_to_the_next() {
        let gathered = Gathered::default();
        gathered.add(1, |_| panic!("as a snapshot would on a bug")).unwrap();
        gathered.wait();
        let (said, hear) = channel();
        gathered.add(2, move |all: Vec<u32>| said.send(all).unwrap()).unwrap();
        gathered.wait();
        assert_eq!(hear.recv().unwrap(), [2]);
    }
}
