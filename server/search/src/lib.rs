//! The library's tools as they are searched: an index of what they say, how often they ran, and which fit a query.
//!
//! - Comes in: a connection to the state database, the library's tools, queries in ordinary words.
//! - Goes out: the tools that fit, the best first.
//! - Stays true: the same question has the same answer; nothing here calls out of the process.
//! - Deliberately absent: where the tools lie, what they do. The store is the only user of this crate.

mod find;
mod score;
mod stem;
mod terms;
mod tool_usage;
mod tools;

pub use find::find;
pub use tool_usage::{CREATE as CREATE_USAGE, Usage, count, read as usage};
pub use tools::{CREATE as CREATE_TOOLS, ToolEntry, ToolHit, all, hashes, one, replace};
