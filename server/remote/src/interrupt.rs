//! Ending talks early: a process that is asked to end does not wait for a remote that hangs.

use std::io;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Pid, Signal, kill_process_group};

/// Ends every talk that was begun with a clone of it, with the git programs and whatever they started.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    ended: bool,
    groups: Vec<Pid>,
}

/// Two are equal when they end the same talks.
impl PartialEq for Interrupt {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Interrupt {}

impl Interrupt {
    /// Ends the talks under way; no further one begins.
    pub fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        for group in &state.groups {
            let _ = kill_process_group(*group, Signal::KILL);
        }
    }

    /// Whether talks are ended.
    pub fn is_ended(&self) -> bool {
        self.state().ended
    }

    /// Starts a program in a process group of its own; none once talks are ended. The group is known before anybody
    /// can end it, because both need the lock.
    pub(crate) fn start(&self, spawn: impl FnOnce() -> io::Result<Child>) -> Option<io::Result<Child>> {
        let mut state = self.state();
        if state.ended {
            return None;
        }
        let child = spawn();
        state.groups.extend(child.as_ref().ok().and_then(group_of));
        Some(child)
    }

    /// Forgets a program that ended.
    pub(crate) fn forget(&self, group: Pid) {
        self.state().groups.retain(|known| *known != group);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The process group of a program that leads its own.
pub(crate) fn group_of(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}
