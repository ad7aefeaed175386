//! The tool library as agents see it: what runs for whom, and where a write of a file goes.
//!
//! - Comes in: the open library, how writes go into it, the agent.
//! - Goes out: committed files, what waits for review, sources for the compiler, and pushes of what waits.
//! - Stays true: what another agent wrote runs for nobody else before its review.
//! - Deliberately absent: writing, judging, and everything that is not the library.

mod pushes;
mod tool_library;
mod tool_source;
mod workspace;

pub use pushes::{Pushes, conflict};
pub use tool_library::ToolLibrary;
pub use tool_source::{MayRead, ToolSource};
pub use workspace::{Documents, Known, Saved, Workspace};
