//! What the compiler has to say about a source, at a place in it.

use serde::{Deserialize, Serialize};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Warning,
    /// The tool is not valid.
    Error,
}

/// One finding at one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// Stable code: `compile.syntax`, `lint.no-hardcoded-values`, ...
    pub code: String,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence with the facts; no advice.
    pub message: String,
    /// The file, as the caller named it.
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in UTF-16 units, from 1.
    pub column: u32,
    /// Line of the end, from 1.
    pub end_line: u32,
    /// Column just after the end, in UTF-16 units, from 1.
    pub end_column: u32,
    /// The lines around the place, with a marker under it.
    pub frame: String,
    /// What to do, in a sentence, where there is something to say.
    pub hint: Option<String>,
    /// A change that would mend it, where one is possible.
    pub edit: Option<SuggestedEdit>,
}

/// A change to one source that would mend a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestedEdit {
    /// What it does, for a menu.
    pub title: String,
    /// The replacements, none of them overlapping, in order.
    pub replacements: Vec<Replacement>,
}

/// Puts `text` where `start..end` (bytes of the UTF-8 source) was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replacement {
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
    /// What stands there afterwards.
    pub text: String,
}
