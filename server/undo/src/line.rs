//! One undo at a time, whichever process does it: the next one has to see what this one took back.

use std::path::Path;
use std::time::Duration;

use tgp_lock::Passage;
use tgp_protocol::client::{ErrorCode, Refusal};

/// Longest time an undo waits for others.
const LONGEST: Duration = Duration::from_mins(1);

/// The line of those who take something back in one project.
pub struct Line {
    gate: tgp_lock::Gate,
}

impl Line {
    /// The line of the project this gate is of.
    pub fn of(gate: &tgp_gate::Gate) -> Self {
        let state = gate.store().path().parent().unwrap_or(Path::new(""));
        Self { gate: tgp_lock::Gate::named(state, "undo.lock", LONGEST) }
    }

    /// Waits until nobody else takes something back. Held until its outcome is noted.
    pub fn wait(&self) -> Result<Passage<'_>, Refusal> {
        self.gate.pass().map_err(|error| {
            let message = format!("nothing was taken back: another undo is under way ({error})");
            Refusal::new(ErrorCode::DatabaseBusy, message)
        })
    }
}
