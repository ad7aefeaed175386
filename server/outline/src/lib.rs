//! The symbols of a file, and which of them two versions of it change. Pure: bytes in, names and lines out.
//!
//! - Comes in: a file's name and content.
//! - Goes out: symbols with kind, lines and parent; changes such as "function `login` changed, `hash` added".
//! - Stays true: input is bounded before it is parsed, and so is the work on it; a file with errors in it still gives
//!   the symbols around them.
//! - Deliberately absent: files, meaning (what a name refers to), formatting.

pub mod changes;
pub mod language;
mod names;
mod nesting;
pub mod outline;
mod rules;
pub mod symbol;

pub use changes::{ChangeKind, SymbolChange, changes};
pub use language::Language;
pub use outline::{Outline, OutlineError, outline};
pub use symbol::{Symbol, SymbolKind};
