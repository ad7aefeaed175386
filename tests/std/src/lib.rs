//! Reads the doc comments of the tools' standard library: their examples, and the reference page made of them.
//!
//! - Comes in: TypeScript of the standard library.
//! - Goes out: every exported item with its comment, signature and examples; the text of `docs/reference/std.md`.
//! - Stays true: what is exported and has no comment is an item without text, so that a test can name it.
//! - Deliberately absent: a parser. The library keeps one form of comment and signature, and a test holds it to that.

mod items;
mod page;

pub use items::{Example, Item, Kind, Outcome, items, topic_text};
pub use page::page;
