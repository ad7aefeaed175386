//! What the caller says about a compilation, and how the compiler asks for more text.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use tgp_model::config::LintLevel;

/// The part of the project's settings that decides what compiles.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Packages a tool may import, such as `zod` or `date-fns/format`; `@tgp/std` needs no entry.
    pub allowed_imports: Vec<String>,
    /// Levels of lint rules that differ from their defaults, by rule id.
    pub lint: BTreeMap<String, LintLevel>,
    /// What is wrong with declared effects of the tool at a path; nothing is asked where nobody grades.
    pub grade_effects: Option<fn(&str, &Value) -> Option<EffectsFault>>,
}

/// What is wrong with declared effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectsFault {
    /// Where in them, as a JSON pointer such as `/0/method`; empty for the whole.
    pub place: String,
    /// In a sentence.
    pub why: String,
}

/// What a source is; it decides which rules apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SourceKind {
    /// A tool an agent wrote: all rules.
    Tool,
    /// A module of the standard library: types are stripped, nothing else.
    Std,
    /// A module of an allowed package: JavaScript as published.
    Package,
    /// `tgp.config.ts`: `process.env.NAME` is allowed and noted.
    Config,
}

/// How the compiler asks for text; the caller does the reading.
pub trait ReadSource {
    /// Text of a tool by its path below the library (`tools/a/b.ts`), none where there is none.
    fn tool(&self, path: &str) -> Option<Arc<str>>;
    /// A file of an allowed package by its path below the project's `node_modules` (`zod/package.json`).
    fn package_file(&self, path: &str) -> Option<Arc<str>>;
}
