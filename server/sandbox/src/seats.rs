//! Seats of the pool: a run waits until there is room for it and all it may nest.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::Budget;
use crate::budget::Stop;

/// How long a waiting run sleeps before it looks whether it was cancelled.
const LOOK: Duration = Duration::from_millis(5);

/// Free seats.
#[derive(Debug)]
pub(crate) struct Seats {
    free: Mutex<u32>,
    freed: Condvar,
}

/// Seats taken; given back when dropped.
#[derive(Debug)]
pub(crate) struct Taken<'a> {
    seats: &'a Seats,
    count: u32,
}

impl Seats {
    pub(crate) fn new(count: u32) -> Self {
        Self { free: Mutex::new(count), freed: Condvar::new() }
    }

    /// Waits for `count` seats at once, so that two runs that nest cannot each hold what the other waits for.
    pub(crate) fn take(&self, count: u32, budget: &Budget) -> Result<Taken<'_>, Stop> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        while *free < count {
            if let Some(stop) = budget.stop_reason() {
                return Err(stop);
            }
            free = self.freed.wait_timeout(free, LOOK).unwrap_or_else(PoisonError::into_inner).0;
        }
        *free -= count;
        Ok(Taken { seats: self, count })
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.seats.free.lock().unwrap_or_else(PoisonError::into_inner) += self.count;
        self.seats.freed.notify_all();
    }
}
