//! What the features need to know of the library, as it stands in the editor.

use std::sync::Arc;

use serde_json::Value;
use tgp_compiler::{CheckReport, Mentions, ReadSource};
use tgp_policy::{Registry, ScopeSettings};

/// The library: open documents first, then edits on the disk, then what is committed. Paths are the library's.
pub trait Tools: ReadSource {
    /// Compiles a tool and holds it against the standards.
    fn check(&self, path: &str, text: &str) -> CheckReport;
    /// All tools, sorted by path.
    fn paths(&self) -> Vec<String>;
    /// What a tool of the library says of others; kept by those who can, because it is asked for every tool.
    fn mentions(&self, path: &str) -> Option<Arc<Mentions>>;
    /// How agents know a tool, such as `tools/math/fib.ts`.
    fn shown(&self, path: &str) -> String;
    /// The tool a path as agents know it means.
    fn stored(&self, shown: &str) -> Option<String>;
    /// What the index says of a tool.
    fn describe(&self, path: &str) -> Option<Describe>;
    /// How a tool ran here.
    fn last_run(&self, path: &str) -> LastRun;
}

/// What is known of a tool without compiling it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Describe {
    /// What it does.
    pub description: String,
    /// JSON Schema of its arguments.
    pub schema: Value,
}

/// How a tool ran on this machine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastRun {
    /// Runs, failed ones included.
    pub runs: u64,
    /// Runs that failed.
    pub failures: u64,
    /// The last one, ISO 8601.
    pub at: Option<String>,
    /// How long it took, in milliseconds.
    pub duration_ms: Option<f64>,
    /// The fuel it used.
    pub fuel: Option<u64>,
    /// Its arguments, where they are kept.
    pub args: Option<Value>,
    /// The code of what went wrong.
    pub error_code: Option<String>,
}

/// What rules are read with.
#[derive(Clone, Copy)]
pub struct RuleSettings<'a> {
    /// The capabilities there are.
    pub registry: &'a Registry,
    /// Names of the configuration that may stand in a scope.
    pub scopes: &'a ScopeSettings,
}
