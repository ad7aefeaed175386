//! The room from outside: real files, several threads, real second processes.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "in a test, a broken precondition ends it"
)]
#![allow(clippy::disallowed_methods, reason = "tests start second processes")]

#[path = "main/audit.rs"]
mod audit;
#[path = "main/branches.rs"]
mod branches;
#[path = "main/consent.rs"]
mod consent;
#[path = "main/failing_disk.rs"]
mod failing_disk;
#[path = "main/faults.rs"]
mod faults;
#[path = "main/find.rs"]
mod find;
#[path = "main/fixture.rs"]
mod fixture;
#[path = "main/open.rs"]
mod open;
#[path = "main/redact.rs"]
mod redact;
#[path = "main/start.rs"]
mod start;
#[path = "main/timeline.rs"]
mod timeline;
#[path = "main/trail.rs"]
mod trail;
#[path = "main/undo.rs"]
mod undo;
