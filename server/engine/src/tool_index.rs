//! The index `find_tool` searches, kept up with the library.

use std::collections::{BTreeMap, BTreeSet};

use tgp_compiler::ReadSource;
use tgp_model::RepoPath;
use tgp_protocol::client::Refusal;
use tgp_repo::BlobId;
use tgp_store::ToolEntry;

use crate::engine::Engine;
use crate::refusal::from_read;
use tgp_gate::from_store;
use tgp_library::ToolSource;

/// Files of the library that are tools.
const TOOL_SUFFIX: &str = ".ts";

impl Engine {
    /// Brings the index up to the library's last commit and what waits for review; only what changed is compiled.
    pub(crate) fn refresh_index(&self) -> Result<(), Refusal> {
        let library = &self.library().library;
        let mut head =
            library.head().map_err(|error| from_read(&error))?.map_or_else(String::new, |id| id.to_string());
        let waiting = self.library().in_review()?;
        // What waits for review is found too, so that nobody forges it again: its branches belong to the state.
        let branches: BTreeSet<String> =
            waiting.values().map(|(branch, _)| branch.head.to_string()).collect();
        for branch in &branches {
            head.extend(["+", branch]);
        }
        let indexed = self.store().indexed_head().map_err(|error| from_store(&error))?;
        if indexed.as_deref() == Some(head.as_str()) {
            return Ok(());
        }
        let known = self.store().indexed_hashes().map_err(|error| from_store(&error))?;
        let listed = library.entries(self.mount().stored()).map_err(|error| from_read(&error))?;
        let mut listed: BTreeMap<RepoPath, BlobId> = listed.into_iter().collect();
        listed.extend(waiting.into_iter().map(|(path, (_, blob))| (path, blob)));
        let files = ToolSource::new(self.library(), self.files());
        let mut entries = Vec::new();
        for (path, blob) in listed.into_iter().filter(|(path, _)| is_tool(path)) {
            let hash = blob.to_string();
            // The store looks at the hash first; what it knows needs no description.
            entries.push(match known.get(path.as_str()) {
                Some(same) if *same == hash => entry(&path, hash, "", serde_json::Value::Null, Vec::new()),
                _ => self.describe_tool(&path, hash, &files),
            });
        }
        self.store().index_tools(&entries, &head).map_err(|error| from_store(&error))?;
        Ok(())
    }

    /// What the index says about one tool; a tool that does not compile is found by its name.
    pub(crate) fn describe_tool(&self, path: &RepoPath, hash: String, files: &dyn ReadSource) -> ToolEntry {
        let source = files.tool(path.as_str()).unwrap_or_default();
        let report = self.forge().check(path.as_str(), &source, files);
        let schema = report.schema.unwrap_or_else(|| serde_json::json!({ "type": "object" }));
        entry(path, hash, &report.description, schema, report.imports)
    }
}

/// One row of the registry. The version is the beginning of the hash: a changed source is another version.
fn entry(
    path: &RepoPath,
    hash: String,
    description: &str,
    schema: serde_json::Value,
    imports: Vec<String>,
) -> ToolEntry {
    let version = hash.get(..12).unwrap_or(&hash).to_owned();
    ToolEntry { path: path.to_string(), description: description.to_owned(), schema, imports, version, hash }
}

/// Whether a file of the library is a tool.
pub(crate) fn is_tool(path: &RepoPath) -> bool {
    path.as_str().ends_with(TOOL_SUFFIX) && !path.as_str().ends_with(".d.ts")
}
