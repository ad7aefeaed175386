//! What a tool imports, judged: it runs only for agents who may read all of it, and only they are told of it.

use std::sync::Arc;

use serde_json::json;
use tgp_forge::PreparedTool;
use tgp_gate::Action;
use tgp_library::ToolSource;
use tgp_model::{AgentName, Decision, RepoPath};
use tgp_policy::{Request, Target};
use tgp_protocol::client::tools::CheckToolOutput;
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::engine::Engine;
use crate::tool_index::is_tool;

/// What the compiler says of an import it does not find.
const NOT_FOUND: &str = "compile.forbidden_import";

impl Engine {
    /// Whether an agent may read a file of the library, by its path there. What asks a person is asked when it runs.
    pub(crate) fn may_read(&self, agent: &AgentName) -> impl Fn(&str) -> bool + use<'_> {
        let (judge, agent) = (self.gate().judge(), agent.clone());
        move |stored| {
            let Some(seen) = self.seen_as(stored) else { return true };
            let request = Request::new(agent.clone(), "fs.read", vec![Target::path(&seen)]);
            judge.judge(&request).decision != Decision::Deny
        }
    }

    /// Whether an agent is told of a tool, by its path in the library: it may read it or run it.
    pub(crate) fn is_shown(&self, agent: &AgentName) -> impl Fn(&str) -> bool + use<'_> {
        let (judge, may_read, agent) = (self.gate().judge(), self.may_read(agent), agent.clone());
        move |stored| {
            let Some(seen) = self.seen_as(stored) else { return true };
            let run = Request::new(agent.clone(), "tool.run", vec![Target::tool(&seen)]);
            may_read(stored) || judge.judge(&run).decision != Decision::Deny
        }
    }

    fn seen_as(&self, stored: &str) -> Option<RepoPath> {
        self.mount().show(&stored.parse().ok()?)
    }

    /// The tool ready to run in this action, everything it imports judged.
    pub(crate) fn prepare_judged(
        &self,
        action: &mut Action<'_>,
        path: &RepoPath,
    ) -> Result<Arc<PreparedTool>, Refusal> {
        let prepared = self.prepare_tool(path, action.agent());
        let imports: Vec<RepoPath> = match &prepared {
            Ok(tool) => {
                let modules = tool.bundle.modules.iter().map(|module| module.name.as_str());
                let tools = modules.filter_map(|name| self.seen_as(name)).filter(is_tool);
                tools.filter(|import| import != path).collect()
            }
            Err(refusal) => refused_import(refusal).into_iter().collect(),
        };
        if !imports.is_empty() {
            let targets = imports.iter().map(Target::path).collect();
            action.judge("fs.read", targets).map_err(|refusal| {
                let message = format!("`{path}` imports what is judged for itself: {}", refusal.message);
                Refusal { message, ..refusal }
            })?;
        }
        prepared
    }

    /// The refusal of a tool that imports what its agent may not read.
    pub(crate) fn refuse_import(&self, path: &RepoPath, source: &ToolSource<'_>) -> Result<(), Refusal> {
        let Some(import) = source.refused().iter().find_map(|stored| self.seen_as(stored)) else {
            return Ok(());
        };
        let message = format!("`{path}` imports `{import}`, which you may not read");
        Err(Refusal::new(ErrorCode::PolicyDenied, message).with_details(json!({ "import": import })))
    }

    /// What to say of a tool that was written: imports its writer may not read keep it from running.
    pub(crate) fn import_notes(&self, agent: &AgentName, stored: &RepoPath, content: &str) -> Vec<String> {
        // Without one of these words nothing is imported, and nothing has to be compiled.
        if !is_tool(stored) || !(content.contains("import") || content.contains("from")) {
            return Vec::new();
        }
        let may_read = self.may_read(agent);
        let files = ToolSource::running(self.library(), self.files(), agent).within(stored, &may_read);
        self.forge().check(stored.as_str(), content, &files);
        let imports = files.refused().into_iter().filter_map(|import| self.seen_as(&import));
        imports
            .map(|import| format!("it will not run for you: it imports `{import}`, which you may not read"))
            .collect()
    }

    /// Names the imports an agent may not read, where the compiler says only that it does not find them.
    pub(crate) fn name_refused(&self, files: &ToolSource<'_>, checked: &mut CheckToolOutput) {
        for stored in files.refused() {
            let Some(import) = self.seen_as(&stored) else { continue };
            let about = format!("`{stored}`");
            let found = checked.errors.iter_mut();
            for finding in found.filter(|one| one.code == NOT_FOUND && one.message.contains(&about)) {
                ErrorCode::PolicyDenied.as_str().clone_into(&mut finding.code);
                finding.message =
                    format!("`{import}` is imported, and you may not read it: it does not run for you");
                finding.hint =
                    Some("Do without it, or ask the person; `tgp policy explain` names the rule.".to_owned());
            }
        }
    }
}

/// The import a tool was not made ready for.
fn refused_import(refusal: &Refusal) -> Option<RepoPath> {
    let details = refusal.details.as_ref().filter(|_| refusal.code == ErrorCode::PolicyDenied)?;
    details.get("import")?.as_str()?.parse().ok()
}
