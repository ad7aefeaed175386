//! Globs for rules and grants: one at a time, and thousands at once.
//!
//! - Comes in: globs as text, and what kind of text they are about.
//! - Goes out: whether a text matches; for an index, whose patterns match.
//! - Stays true: a glob is anchored; what restricts can be compared in any spelling of the same file.
//! - Deliberately absent: files, rules, decisions.

mod glob;
mod index;
mod segment;
mod spelling;

pub use glob::{GlobProblem, Pattern, Spelling, TextKind, cut};
pub use index::PatternIndex;
pub use spelling::{fold, fold_path, has_short_name, is_short_for};
