//! The registry (`meta.json`): derived from a state of the library and nothing else, so that two machines write the
//! same. Counts of runs are not in it; they are this machine's.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tgp_compiler::ReadSource;
use tgp_model::config::WriteStrategy;
use tgp_model::{ActionType, AgentName};
use tgp_protocol::client::Refusal;
use tgp_repo::Tree;
use tgp_store::ToolEntry;

use crate::refusal::from_read;
use crate::tool_index::is_tool;
use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_gate::from_store;
use tgp_library::ToolSource;

/// Version of the registry's form.
const VERSION: u32 = 1;

impl Engine {
    /// The registry of what is committed now.
    pub fn registry(&self, call: &Call) -> Result<Value, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileRead, "Read the registry".to_owned());
        let result = action.judge("tool.find", Vec::new()).and_then(|()| {
            self.refresh_index()?;
            // The index also knows what waits for review; the registry is what is merged.
            if let (WriteStrategy::Pr, Some(head)) = (self.library().strategy, self.library().head()?) {
                let tree = self.library().library.view_at(head).map_err(|error| from_read(&error))?;
                return Ok(registry(&self.shown_of(&call.agent, self.tools_of(&tree))));
            }
            let tools = self.store().indexed_tools().map_err(|error| from_store(&error))?;
            Ok(registry(&self.shown_of(&call.agent, tools)))
        });
        action.end(result)
    }

    /// What an agent is told of: tools it may read or run.
    fn shown_of(&self, agent: &AgentName, mut tools: Vec<ToolEntry>) -> Vec<ToolEntry> {
        let is_shown = self.is_shown(agent);
        tools.retain(|tool| is_shown(&tool.path));
        for tool in &mut tools {
            tool.imports.retain(|import| is_shown(import));
        }
        tools
    }

    /// `meta.json` of a state of the library.
    pub(crate) fn registry_of(&self, tree: &dyn Tree) -> Vec<u8> {
        format!("{:#}\n", registry(&self.tools_of(tree))).into_bytes()
    }

    /// The tools of a state of the library. What the index knows by its hash is not compiled again.
    fn tools_of(&self, tree: &dyn Tree) -> Vec<ToolEntry> {
        let known = self.store().indexed_tools().unwrap_or_default();
        let known: HashMap<String, ToolEntry> =
            known.into_iter().map(|tool| (tool.path.clone(), tool)).collect();
        let listed = tree.list(self.mount().stored()).unwrap_or_default();
        let files = TreeSource { tree, engine: self };
        listed
            .iter()
            .filter(|(path, _)| is_tool(path))
            .map(|(path, blob)| {
                let hash = blob.to_string();
                let same = known.get(path.as_str()).filter(|tool| tool.hash == hash).cloned();
                same.unwrap_or_else(|| self.describe_tool(path, hash, &files))
            })
            .collect()
    }
}

fn registry(tools: &[ToolEntry]) -> Value {
    let tools: Vec<Value> = tools
        .iter()
        .map(|tool| {
            json!({
                "path": tool.path,
                "description": tool.description,
                "schema": tool.schema,
                "imports": tool.imports,
                "version": tool.version,
                "hash": tool.hash,
            })
        })
        .collect();
    json!({ "version": VERSION, "tools": tools })
}

/// Sources of one state of the library.
struct TreeSource<'a> {
    tree: &'a dyn Tree,
    engine: &'a Engine,
}

impl ReadSource for TreeSource<'_> {
    fn tool(&self, path: &str) -> Option<Arc<str>> {
        let bytes = self.tree.read(&path.parse().ok()?).ok()??;
        String::from_utf8(bytes).ok().map(Arc::from)
    }

    fn package_file(&self, path: &str) -> Option<Arc<str>> {
        ToolSource::new(self.engine.library(), self.engine.files()).package_file(path)
    }
}
