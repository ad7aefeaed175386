//! `tgp tool list`: the tools of the library, for a person.

use std::collections::BTreeSet;

use tgp_compiler::ReadSource;
use tgp_model::{ActionType, RepoPath};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::project::{ListToolsOutput, ListedTool};

use crate::refusal::from_read;
use crate::tool_index::is_tool;
use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_gate::from_store;
use tgp_library::ToolSource;

impl Engine {
    /// Lists the committed tools, each with whether it is valid and how often it ran.
    pub fn list_tools(&self, call: &Call) -> Result<ListToolsOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileList, "Listed the tools".to_owned());
        let result = self.list_all_tools(&mut action);
        action.end(result)
    }

    fn list_all_tools(&self, action: &mut Action<'_>) -> Result<ListToolsOutput, Refusal> {
        action.judge("tool.find", Vec::new())?;
        let listed = self.library().library.list(self.mount().stored()).map_err(|error| from_read(&error))?;
        let files = ToolSource::new(self.library(), self.files());
        let waiting = self.library().in_review()?;
        let all: BTreeSet<&RepoPath> = listed.iter().chain(waiting.keys()).collect();
        let is_shown = self.is_shown(action.agent());
        let tools = all.into_iter().filter(|path| is_tool(path) && is_shown(path.as_str()));
        let tools = tools.map(|path| self.list_tool(path, &files)).collect::<Result<Vec<_>, _>>()?;
        Ok(ListToolsOutput { tools: tools.into_iter().flatten().collect() })
    }

    fn list_tool(&self, stored: &RepoPath, files: &ToolSource<'_>) -> Result<Option<ListedTool>, Refusal> {
        let Some(seen) = self.mount().show(stored) else { return Ok(None) };
        let source = files.tool(stored.as_str()).unwrap_or_default();
        let report = self.forge().check(stored.as_str(), &source, files);
        Ok(Some(ListedTool {
            path: seen.to_string(),
            valid: report.is_valid(),
            description: report.description,
            runs: self.store().usage(stored.as_str()).map_err(|error| from_store(&error))?.runs,
            edited: self.edit_of(stored)?.is_some(),
            pending: self.library().review_of(stored).map(|waiting| waiting.branch.to_string()),
        }))
    }
}
