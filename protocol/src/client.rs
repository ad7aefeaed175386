//! What agents, editors and the terminal's `--json` see.

pub mod error;
pub mod project;
pub mod tools;

pub use error::{ErrorCode, Refusal};
