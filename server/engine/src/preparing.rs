//! From a path to a tool that can run: which source it has, and whether it may run.

use std::sync::Arc;

use serde_json::json;
use tgp_compiler::ReadSource;
use tgp_forge::PreparedTool;
use tgp_model::config::WriteStrategy;
use tgp_model::mount::Location;
use tgp_model::{AgentName, RepoPath};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::engine::Engine;
use tgp_library::ToolSource;

impl Engine {
    /// The tool at the agent's path, compiled if need be.
    pub(crate) fn prepare_tool(
        &self,
        path: &RepoPath,
        agent: &AgentName,
    ) -> Result<Arc<PreparedTool>, Refusal> {
        let Location::Library(stored) = self.mount().locate(path) else {
            let message = format!("`{path}` is not in the tool library (`{}/...`)", self.mount().seen());
            return Err(Refusal::new(ErrorCode::ToolNotFound, message));
        };
        let version = self.library().version().map(|version| version.to_string());
        let library = self.library();
        let ready = self.forge().ready_tool(&stored, version.as_deref(), &|read| {
            library.source_for(agent, &read.path) == read.found
        });
        if let Some(tool) = ready {
            return Ok(tool);
        }
        let may_read = self.may_read(agent);
        let source = ToolSource::running(library, self.files(), agent).within(&stored, &may_read);
        self.running_source(path, &stored, &source)?;
        let limits = self.limits_of(path)?;
        let made = self.forge().make(path, &stored, &source, limits);
        self.refuse_import(path, &source)?;
        let tool = Arc::new(made?);
        let source = source.into_read();
        self.forge().keep_ready(stored, version, source, &tool);
        Ok(tool)
    }

    /// A tool that would make up for another: none where there is no such tool, or it does not run for the agent.
    pub(crate) fn can_run(&self, path: &str, agent: &AgentName) -> Option<Arc<PreparedTool>> {
        Self::parse_path(path).and_then(|path| self.prepare_tool(&path, agent)).ok()
    }

    /// The text that runs, or why nothing does: there is no such tool, or another agent's waits for review.
    pub(crate) fn running_source(
        &self,
        path: &RepoPath,
        stored: &RepoPath,
        source: &ToolSource<'_>,
    ) -> Result<Arc<str>, Refusal> {
        if let Some(text) = source.tool(stored.as_str()) {
            return Ok(text);
        }
        let Some(waiting) = self.library().review_of(stored) else {
            return Err(Refusal::new(ErrorCode::ToolNotFound, format!("there is no tool `{path}`")));
        };
        let author = waiting.file(stored).and_then(|file| file.author.as_ref());
        let by = author.map_or_else(|| "a person".to_owned(), |author| format!("`{}`", author.agent));
        let message = format!("`{path}` by {by} waits for review on `{}`", waiting.branch);
        let hint = "A person merges that branch first; until then only the agent that wrote it can run it.";
        Err(Refusal::new(ErrorCode::ToolNotValid, message).with_hint(hint))
    }

    /// Refuses a tool that breaks an error-level rule, itself or in what it imports, where the mode is strict about it.
    pub(crate) fn check_valid(&self, tool: &PreparedTool, agent: &AgentName) -> Result<(), Refusal> {
        if !self.config().strict && self.library().strategy == WriteStrategy::Direct {
            return Ok(());
        }
        let files = ToolSource::running(self.library(), self.files(), agent);
        let findings = self.forge().broken_rules(tool, &files);
        if findings.is_empty() {
            return Ok(());
        }
        let message = format!("`{}` breaks {} rule(s) that count as errors here", tool.path, findings.len());
        Err(Refusal::new(ErrorCode::LintError, message).with_details(json!({ "errors": findings })))
    }
}
