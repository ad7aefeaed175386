//! A tool ready to run: compiled, its schema known, its module made. Kept until one of its sources changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tgp_capability::DeclaredEffects;
use tgp_compiler::Bundle;
use tgp_model::{Limits, RepoPath};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_sandbox::{Sandbox, ToolModule};

use crate::forge::Forge;

/// Tools kept ready; beyond, the cache starts over. A library of 10,000 tools has far fewer in use at a time.
const KEPT: usize = 2_000;

/// A tool that can run.
pub struct PreparedTool {
    /// How the agent names it.
    pub path: RepoPath,
    /// Its source with everything it imports, compiled to JavaScript.
    pub bundle: Bundle,
    /// Where it runs.
    pub sandbox: Arc<Sandbox>,
    /// Its WASM module.
    pub module: Arc<ToolModule>,
    /// What one run may use.
    pub limits: Limits,
    /// What it declares to do to the world, graded; none where it declares nothing.
    pub effects: Option<DeclaredEffects>,
}

/// One file that was read for a compilation, and what was found.
#[derive(Debug, Clone)]
pub struct SourceRead {
    /// Its path in the library.
    pub path: String,
    /// Its text; none where there was no such file.
    pub found: Option<Arc<str>>,
}

struct Kept {
    version: Option<String>,
    read: Vec<SourceRead>,
    tool: Arc<PreparedTool>,
}

/// The tools that are ready.
#[derive(Default)]
pub(crate) struct ReadyTools {
    kept: Mutex<HashMap<RepoPath, Kept>>,
}

impl PreparedTool {
    /// Holds the arguments against the schema, and names each field that does not fit.
    pub fn check_arguments(&self, args: &Value) -> Result<(), Refusal> {
        let problems = self.bundle.schema.validate(args);
        if problems.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = problems
            .iter()
            .map(|p| format!("`{}` {}", if p.field.is_empty() { "args" } else { &p.field }, p.message))
            .collect();
        let details: Vec<Value> =
            problems.iter().map(|p| json!({ "field": p.field, "message": p.message })).collect();
        let message = format!("the arguments do not fit `{}`: {}", self.path, list.join("; "));
        Err(Refusal::new(ErrorCode::ToolArguments, message)
            .with_details(json!({ "problems": details, "schema": self.bundle.schema.as_json() })))
    }
}

impl Forge {
    /// The tool kept ready for `stored`, where the library has the same version or the same sources as then.
    pub fn ready_tool(
        &self,
        stored: &RepoPath,
        version: Option<&str>,
        is_same: &dyn Fn(&SourceRead) -> bool,
    ) -> Option<Arc<PreparedTool>> {
        let mut kept = self.ready.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.get_mut(stored)?;
        let same = version.is_some() && entry.version.as_deref() == version || entry.read.iter().all(is_same);
        if !same {
            kept.remove(stored);
            return None;
        }
        if entry.version.as_deref() != version {
            entry.version = version.map(str::to_owned);
        }
        Some(Arc::clone(&entry.tool))
    }

    /// Keeps a tool that was made of these sources.
    pub fn keep_ready(
        &self,
        stored: RepoPath,
        version: Option<String>,
        read: Vec<SourceRead>,
        tool: &Arc<PreparedTool>,
    ) {
        let mut kept = self.ready.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(stored, Kept { version, read, tool: Arc::clone(tool) });
    }
}
