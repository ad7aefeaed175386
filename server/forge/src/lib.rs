//! The forge: from TypeScript to a tool that can run, and the configuration, which is TypeScript too.
//!
//! - Comes in: sources (read by the caller), settings, the user's cache folder.
//! - Goes out: diagnostics and prepared tools; a configuration whose every mistake has its place.
//! - Stays true: what is kept ready is used only while every source it was made from is the same.
//! - Deliberately absent: Git, files, SQL, the judge; what a running tool may do is the engine's to say.

pub mod config;
mod findings;
mod forge;
pub mod prepare;
mod prepared_tool;
mod refusal;
mod type_check;

pub use findings::finding;
pub use forge::Forge;
pub use prepared_tool::{PreparedTool, SourceRead};
pub use refusal::{Given, from_bundle, from_open_sandbox, from_run};
pub use type_check::{TypeCheck, TypedTool};
