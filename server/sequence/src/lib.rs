//! A list of capability calls as one unit: all of it, or what was done is taken back in reverse order.
//!
//! - Comes in: the steps of a file, and a hall that does one command and takes one action back.
//! - Goes out: what became of each step.
//! - Stays true: nothing runs after a step that failed; every step before it is taken back, or named with the reason
//!   why it stays.
//! - Deliberately absent: judging. Each step is a kernel command and is judged as one.

mod command;
mod run;

pub use command::{Command, of_step};
pub use run::{Hall, StepDone, run};
