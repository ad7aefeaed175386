//! What agents, editors and the terminal's `--json` see.

pub mod actions;
pub mod approvals;
pub mod branches;
pub mod delegate;
pub mod editor;
pub mod error;
pub mod project;
pub mod scopes;
pub mod sequence;
pub mod snapshots;
pub mod tasks;
pub mod tools;
pub mod undo;

pub use error::{ErrorCode, Refusal};
