//! `tgp tool show` and `tgp tool check`: one tool for a person, with the edit of it that is not committed yet.

use std::path::Path;
use std::sync::Arc;

use tgp_compiler::ReadSource as _;
use tgp_model::{ActionType, RepoPath};
use tgp_policy::Target;
use tgp_protocol::client::project::ShowToolOutput;
use tgp_protocol::client::tools::CheckToolOutput;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::WorkingCopy;

use crate::refusal::from_read;
use crate::{Call, Engine};
use tgp_gate::Action;
use tgp_gate::from_store;
use tgp_library::{Documents, Saved, ToolSource, Workspace};

impl Engine {
    /// What a tool does, its arguments, its committed source.
    pub fn show_tool(&self, call: &Call, path: &str) -> Result<ShowToolOutput, Refusal> {
        call.skip_line();
        let mut action = Action::begin(self.gate(), call, ActionType::FileRead, format!("Showed `{path}`"));
        let result = self.show(&mut action, path);
        action.end(result)
    }

    fn show(&self, action: &mut Action<'_>, path: &str) -> Result<ShowToolOutput, Refusal> {
        let path = Engine::parse_path(path)?;
        action.facts.files = vec![path.clone()];
        action.judge("fs.read", vec![Target::path(&path)])?;
        let stored = self.stored_tool(&path)?;
        let files = ToolSource::new(self.library(), self.files());
        let source = files.tool(stored.as_str()).ok_or_else(|| missing(&path))?;
        let report = self.forge().check(stored.as_str(), &source, &files);
        Ok(ShowToolOutput {
            path: path.to_string(),
            valid: report.is_valid(),
            description: report.description,
            source: source.to_string(),
            schema: report.schema,
            imports: report.imports,
            runs: self.store().usage(stored.as_str()).map_err(|error| from_store(&error))?.runs,
            edited: self.edit_of(&stored)?.is_some(),
        })
    }

    /// Checks a tool as it lies in the library's folder: a person's edits that are not committed come first, of the
    /// tool itself and of the tools it imports.
    pub fn check_edited(&self, call: &Call, path: &str) -> Result<CheckToolOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::ToolCheck, format!("Checked `{path}` as edited"));
        let result = self.check_on_disk(call, &mut action, path);
        action.end(result)
    }

    fn check_on_disk(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        path: &str,
    ) -> Result<CheckToolOutput, Refusal> {
        let path = Engine::parse_path(path)?;
        action.facts.files = vec![path.clone()];
        action.judge("tool.check", vec![Target::path(&path)])?;
        let stored = self.stored_tool(&path)?;
        let committed = ToolSource::new(self.library(), self.files());
        let files = self.workspace(&Saved);
        let source =
            match self.edit_of(&stored)? {
                Some(bytes) => Arc::from(String::from_utf8(bytes).map_err(|_| {
                    Refusal::new(ErrorCode::FileEncoding, format!("`{path}` is not UTF-8 text"))
                })?),
                None => committed.tool(stored.as_str()).ok_or_else(|| missing(&path))?,
            };
        self.check_source(call, &stored, &source, &files)
    }

    /// What a person wrote into the library's folder and did not commit, where it differs from what is committed.
    pub(crate) fn edit_of(&self, stored: &RepoPath) -> Result<Option<Vec<u8>>, Refusal> {
        match self.library().library.working_copy(stored).map_err(|error| from_read(&error))? {
            WorkingCopy::Edited(content) => Ok(Some(content)),
            WorkingCopy::Same | WorkingCopy::Deleted | WorkingCopy::NotAFile => Ok(None),
        }
    }

    /// The library as it stands in a person's editor.
    pub fn workspace<'a>(&'a self, documents: &'a dyn Documents) -> Workspace<'a> {
        Workspace {
            library: self.library(),
            files: self.files(),
            forge: self.forge(),
            store: self.store(),
            mount: self.mount(),
            rules: self.gate().rule_settings(),
            documents,
            now: self.now(),
            known: &self.known_tools,
        }
    }

    /// How agents name a file that lies in the library's folder; none for a file elsewhere.
    pub fn tool_at(&self, file: &Path) -> Option<String> {
        let file = file.canonicalize().ok()?;
        let folder = self.root().join(self.library_folder().as_str()).canonicalize().ok()?;
        let stored: RepoPath = file.strip_prefix(folder).ok()?.to_str()?.parse().ok()?;
        self.mount().show(&stored).map(|seen| seen.to_string())
    }
}

fn missing(path: &RepoPath) -> Refusal {
    Refusal::new(ErrorCode::ToolNotFound, format!("there is no tool `{path}`"))
}
