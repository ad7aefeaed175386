//! What tools do to the world: judged before they run, held to while they run, kept for the undo after.
//!
//! - Comes in: a tool with what it declares, the action it runs in, the requests it makes.
//! - Goes out: questions, refusals, and what makes up for what was done.
//! - Stays true: nothing that changes something at the other end leaves undeclared.
//! - Deliberately absent: the network, and running anything.

mod declared;

pub use declared::{Done, Running, judge_call, judge_effects, keep_compensations};
