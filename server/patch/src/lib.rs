//! Text that changes: hunks between two contents, words within lines, and patches read and applied. A part of
//! `branches`; pure.
//!
//! - Comes in: contents as bytes, patches as an agent writes them.
//! - Goes out: hunks, unified diffs that `git apply` takes, contents after a patch.
//! - Stays true: a patch applies whole or not at all; what stands around a change must be exactly what the patch says.
//! - Deliberately absent: files, trees, guessing (no fuzz).

pub mod apply;
pub mod hunks;
pub mod parse;
pub mod render;
pub mod words;

pub use apply::{ApplyPatchError, apply};
pub use hunks::{FileHunks, Hunk, Line, LineKind, hunks};
pub use parse::{FilePatch, ParsePatchError, parse};
pub use words::{Word, words};
