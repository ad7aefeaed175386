//! What an editor tells the authors of tools, rules and the configuration. Pure: texts in, places and words out.
//!
//! - Comes in: the text of a document, the library as it stands in the editor (`Tools`), what the rules are read with.
//! - Goes out: findings with edits, hovers, lenses, completions, definitions, references, renames, symbols, folds;
//!   all places as the Language Server Protocol counts them (lines from 0, UTF-16 units).
//! - Stays true: a text nobody can parse is answered with less, never with an error; parsers see bounded texts only.
//! - Deliberately absent: LSP, files, Git, running anything, and what TypeScript's own server says already.

mod complete;
mod diagnose;
mod document;
mod hover;
mod lens;
mod names;
mod outlines;
mod place;
mod rename;
mod tools;
mod yaml;

pub use complete::{Completion, CompletionKind, complete};
pub use diagnose::{Advice, advice, diagnose_rules, diagnose_tool};
pub use document::DocumentKind;
pub use hover::{Hover, hover};
pub use lens::{Hint, Lens, LensDoes, hints, lenses};
pub use names::{definition, references};
pub use outlines::{Fold, Outlined, document_symbols, folds, workspace_symbols};
pub use place::{Edit, Lines, Location, Position, Range};
pub use rename::{Renamed, moved, prepare_rename, rename};
pub use tools::{Describe, LastRun, RuleSettings, Tools};
