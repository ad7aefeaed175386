//! A tool ready to run: compiled, its schema known, its module made. Kept until one of its sources changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use tgp_compiler::{Bundle, SourceKind};
use tgp_model::config::WriteStrategy;
use tgp_model::{Limits, RepoPath, Severity};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::CommitId;
use tgp_sandbox::{GuestModule, ToolModule};

use crate::engine::Engine;
use crate::refusal::{from_build, from_bundle};
use crate::tool_source::{SourceRead, ToolSource};
use tgp_model::mount::Location;

/// Tools kept ready; beyond, the cache starts over. A library of 10,000 tools has far fewer in use at a time.
const KEPT: usize = 2_000;

/// A tool that can run.
pub(crate) struct PreparedTool {
    /// How the agent names it.
    pub(crate) path: RepoPath,
    /// Its source with everything it imports, compiled to JavaScript.
    pub(crate) bundle: Bundle,
    /// Its WASM module.
    pub(crate) module: Arc<ToolModule>,
    /// What one run may use.
    pub(crate) limits: Limits,
}

struct Kept {
    version: Option<CommitId>,
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
    pub(crate) fn check_arguments(&self, args: &Value) -> Result<(), Refusal> {
        let problems = self.bundle.schema.validate(args);
        if problems.is_empty() {
            return Ok(());
        }
        let list: Vec<String> = problems.iter().map(|p| format!("`{}` {}", p.field, p.message)).collect();
        let details: Vec<Value> =
            problems.iter().map(|p| json!({ "field": p.field, "message": p.message })).collect();
        let message = format!("the arguments do not fit `{}`: {}", self.path, list.join("; "));
        Err(Refusal::new(ErrorCode::ToolArguments, message)
            .with_details(json!({ "problems": details, "schema": self.bundle.schema.as_json() })))
    }
}

impl Engine {
    /// The tool at the agent's path, compiled if need be.
    pub(crate) fn prepare_tool(&self, path: &RepoPath) -> Result<Arc<PreparedTool>, Refusal> {
        let Location::Library(stored) = self.mount().locate(path) else {
            let message = format!("`{path}` is not in the tool library (`{}/...`)", self.mount().seen());
            return Err(Refusal::new(ErrorCode::ToolNotFound, message));
        };
        let version = self.library().version();
        if let Some(tool) = self.ready_tool(&stored, version) {
            return Ok(tool);
        }
        let source = ToolSource::reviewed(self.library(), self.files());
        if tgp_compiler::ReadSource::tool(&source, stored.as_str()).is_none() {
            if self.library().source(stored.as_str()).is_some() {
                let message = format!("`{path}` waits for review on its branch");
                return Err(Refusal::new(ErrorCode::ToolNotValid, message));
            }
            return Err(Refusal::new(ErrorCode::ToolNotFound, format!("there is no tool `{path}`")));
        }
        let bundle =
            tgp_compiler::bundle(stored.as_str(), &source, self.compiler_settings(), SourceKind::Tool)
                .map_err(|error| from_bundle(&error, self.mount()))?;
        let modules: Vec<GuestModule> = guest_modules(&bundle);
        let module = self
            .sandbox()
            .build(&bundle.entry, &modules, &bundle.hash)
            .map_err(|error| from_build(&error, path.as_str()))?;
        let limits = self.limits_of(path)?;
        let tool = Arc::new(PreparedTool { path: path.clone(), bundle, module, limits });
        self.keep_ready(stored, Kept { version, read: source.into_read(), tool: Arc::clone(&tool) });
        Ok(tool)
    }

    /// Refuses a tool that breaks an error-level rule, itself or in what it imports, where the mode is strict about it.
    pub(crate) fn check_valid(&self, tool: &PreparedTool) -> Result<(), Refusal> {
        if !self.config().strict && self.library().strategy == WriteStrategy::Direct {
            return Ok(());
        }
        let files = ToolSource::reviewed(self.library(), self.files());
        let mut findings = Vec::new();
        for name in tool.bundle.modules.iter().map(|module| module.name.as_str()) {
            // Packages and the entry's wrapper are no tools.
            let Some(source) = tgp_compiler::ReadSource::tool(&files, name) else { continue };
            let report = tgp_compiler::check(name, &source, &files, self.compiler_settings());
            let own = report.diagnostics.iter().filter(|d| d.severity == Severity::Error && d.path == name);
            findings.extend(own.map(|found| crate::findings::finding(found, self.mount())));
        }
        if findings.is_empty() {
            return Ok(());
        }
        let message = format!("`{}` breaks {} rule(s) that count as errors here", tool.path, findings.len());
        Err(Refusal::new(ErrorCode::LintError, message).with_details(json!({ "errors": findings })))
    }

    fn ready_tool(&self, stored: &RepoPath, version: Option<CommitId>) -> Option<Arc<PreparedTool>> {
        let mut kept = self.ready_tools().kept.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = kept.get_mut(stored)?;
        let same = version.is_some() && entry.version == version
            || entry.read.iter().all(|read| self.library().reviewed_source(&read.path) == read.found);
        if !same {
            kept.remove(stored);
            return None;
        }
        entry.version = version;
        Some(Arc::clone(&entry.tool))
    }

    fn keep_ready(&self, stored: RepoPath, entry: Kept) {
        let mut kept = self.ready_tools().kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(stored, entry);
    }
}

/// The modules of a bundle as the sandbox takes them.
pub(crate) fn guest_modules(bundle: &Bundle) -> Vec<GuestModule> {
    bundle.modules.iter().map(|m| GuestModule { name: m.name.clone(), code: m.code.clone() }).collect()
}
