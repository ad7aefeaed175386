//! What the caller says about a compilation, and how the compiler asks for more text.

use std::collections::BTreeMap;
use std::sync::Arc;

use tgp_model::config::LintLevel;

/// The part of the project's settings that decides what compiles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// Packages a tool may import, such as `zod` or `date-fns/format`; `@tgp/std` needs no entry.
    pub allowed_imports: Vec<String>,
    /// Levels of lint rules that differ from their defaults, by rule id.
    pub lint: BTreeMap<String, LintLevel>,
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
