//! The hall: the one place that knows more than one room, and the order of the steps.
//!
//! - Comes in: commands of a door, each with its caller and its place in the line.
//! - Goes out: receipts and refusals (`tgp_protocol::client`).
//! - Stays true: every action is looked at, judged and noted before it works, and its outcome is noted after;
//!   a refused, failed or crashed action leaves the old state or the new state.
//! - Deliberately absent: MCP, LSP, tokio, and the rooms' own work.

pub mod call;
pub mod clock;
pub mod commands;
pub mod desk;
pub mod engine;

pub use call::Call;
pub use clock::Clock;
pub use engine::{Engine, OpenEngineError, OpenProject};
pub use tgp_model::CancelToken;
