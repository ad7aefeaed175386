//! One writer at a time, in the order the jobs were handed in.

use std::collections::BTreeSet;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// The line of changing actions of this process.
#[derive(Debug, Default)]
pub struct Desk {
    line: Arc<Line>,
}

#[derive(Debug, Default)]
struct Line {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    next_ticket: u64,
    serving: u64,
    left: BTreeSet<u64>,
}

/// A place in the line. Dropping it leaves the line.
#[derive(Debug)]
pub struct Place {
    line: Arc<Line>,
    ticket: u64,
    used: bool,
}

/// The turn: while it lives, nobody else changes anything.
#[derive(Debug)]
pub struct Turn {
    line: Arc<Line>,
}

impl Desk {
    /// Takes the next place; never waits.
    pub fn hand_in(&self) -> Place {
        let mut state = self.line.lock();
        let ticket = state.next_ticket;
        state.next_ticket += 1;
        Place { line: Arc::clone(&self.line), ticket, used: false }
    }
}

impl Place {
    /// Waits until all earlier places were served or left.
    pub fn wait(mut self) -> Turn {
        let mut state = self.line.lock();
        while state.serving != self.ticket {
            state = self.line.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.used = true;
        Turn { line: Arc::clone(&self.line) }
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, ticket: u64) {
        let mut state = self.lock();
        state.left.insert(ticket);
        Self::advance(&mut state);
        drop(state);
        self.moved.notify_all();
    }

    fn advance(state: &mut State) {
        while state.left.remove(&state.serving) {
            state.serving += 1;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.used {
            self.line.leave(self.ticket);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut state = self.line.lock();
        state.serving += 1;
        Line::advance(&mut state);
        drop(state);
        self.line.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_run_in_the_order_they_were_handed_in() {
        let desk = Desk::default();
        let done = Arc::new(Mutex::new(Vec::new()));
        let places: Vec<_> = (0..64).map(|n| (n, desk.hand_in())).collect();
        let mut threads = Vec::new();
        for (n, place) in places.into_iter().rev() {
            let done = Arc::clone(&done);
            threads.push(std::thread::spawn(move || {
                if n % 3 == 0 {
                    return drop(place);
                }
                let _turn = place.wait();
                done.lock().unwrap().push(n);
            }));
        }
        for thread in threads {
            thread.join().unwrap();
        }
        let expected: Vec<_> = (0..64).filter(|n| n % 3 != 0).collect();
        assert_eq!(*done.lock().unwrap(), expected);
    }
}
