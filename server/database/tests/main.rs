//! The room from outside: real files, real locks, real second processes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "in a test, a broken precondition ends it"
)]
#![allow(clippy::disallowed_methods, reason = "tests start second processes and look at the clock")]

#[path = "main/actions.rs"]
mod actions;
#[path = "main/capture.rs"]
mod capture;
#[path = "main/child.rs"]
mod child;
#[path = "main/fixture.rs"]
mod fixture;
#[path = "main/forbidden.rs"]
mod forbidden;
#[path = "main/limits.rs"]
mod limits;
#[path = "main/look.rs"]
mod look;
#[path = "main/open.rs"]
mod open;
#[path = "main/params.rs"]
mod params;
#[path = "main/rivals.rs"]
mod rivals;
#[path = "main/run.rs"]
mod run;
#[path = "main/undo.rs"]
mod undo;
#[path = "main/undo_conflicts.rs"]
mod undo_conflicts;
#[path = "main/undo_random.rs"]
mod undo_random;
