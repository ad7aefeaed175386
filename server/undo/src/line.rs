//! One undo at a time, whichever process does it: the next one has to see what this one took back.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tgp_lock::Passage;
use tgp_protocol::client::{ErrorCode, Refusal};

/// Longest time an undo waits for others.
const LONGEST: Duration = Duration::from_mins(1);

thread_local! {
    /// The states whose line this thread holds: what makes up for an action may take steps back itself, as part of the
    /// undo it runs for.
    static HELD: RefCell<Vec<PathBuf>> = const { RefCell::new(Vec::new()) };
}

/// The line of those who take something back in one project.
pub struct Line {
    gate: tgp_lock::Gate,
    state: PathBuf,
}

/// The right to take something back, until it is dropped.
pub struct Turn<'l> {
    /// None for an undo within an undo.
    passage: Option<(Passage<'l>, &'l Path)>,
}

impl Line {
    /// The line of the project this gate is of.
    pub fn of(gate: &tgp_gate::Gate) -> Self {
        let state = gate.store().path().parent().unwrap_or(Path::new("")).to_owned();
        Self { gate: tgp_lock::Gate::named(&state, "undo.lock", LONGEST), state }
    }

    /// Waits until nobody else takes something back. Held until its outcome is noted.
    pub fn wait(&self) -> Result<Turn<'_>, Refusal> {
        if HELD.with_borrow(|held| held.contains(&self.state)) {
            return Ok(Turn { passage: None });
        }
        let passage = self.gate.pass().map_err(|error| {
            let message = format!("nothing was taken back: another undo is under way ({error})");
            Refusal::new(ErrorCode::DatabaseBusy, message)
        })?;
        HELD.with_borrow_mut(|held| held.push(self.state.clone()));
        Ok(Turn { passage: Some((passage, &self.state)) })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some((_, state)) = &self.passage {
            HELD.with_borrow_mut(|held| held.retain(|one| one != state));
        }
    }
}
