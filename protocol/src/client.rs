//! What agents, editors and the terminal's `--json` see.

pub mod error;
pub mod tools;

pub use error::{ErrorCode, Refusal};
