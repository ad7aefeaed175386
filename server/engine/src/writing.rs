//! Changing files: in the library one commit a change, in the project only in allowed folders.

use std::cell::Cell;

use serde_json::json;
use tgp_files::Staged;
use tgp_model::{ActionType, RepoPath};
use tgp_policy::Target;
use tgp_protocol::client::tools::WriteFileOutput;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{Change, CommitId, CommitMessage, LeftAlone, LeftAloneWhy, Line};
use tgp_store::UndoPart;

use crate::Call;
use crate::engine::Engine;
use crate::refusal::{from_files, from_pre_images, from_write};
use tgp_gate::{Action, Wish};
use tgp_model::mount::Location;
use tgp_undo::part;

/// Largest file an agent writes in one call. Sources are bounded further by the compiler.
const LARGEST: usize = 4 << 20;

/// A file of the library under both its names.
struct ToolPath<'a> {
    seen_as: &'a RepoPath,
    stored: RepoPath,
}

impl Engine {
    /// Pushes the branch a write went to. The answer says where that did not happen yet.
    pub(crate) fn push_for_review(&self, mut output: WriteFileOutput) -> WriteFileOutput {
        if let Some(branch) = output.branch.as_ref().filter(|branch| !tgp_task::is_task_branch(branch)) {
            let note = self.pushes.push(self.library(), tgp_project::credentials(self.config()), branch);
            output.notes.extend(note);
        }
        output
    }

    /// Writes one file and answers what became of it, judged as `fs.write` or `fs.patch`. The caller holds the turn. `seen` is the commit the content was
    /// made from: where the file changed since, nothing is written.
    pub(crate) fn write(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        (capability, path): (&'static str, &RepoPath),
        content: &str,
        seen: Option<CommitId>,
    ) -> Result<WriteFileOutput, Refusal> {
        if content.len() > LARGEST {
            let message = format!("the content has {} bytes; a file may have {LARGEST}", content.len());
            return Err(Refusal::new(ErrorCode::FileTooLarge, message));
        }
        action.facts.files = vec![path.clone()];
        action.facts.used.bytes = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let location = self.mount().locate(path);
        // What a person was shown was made from this commit: where the file changed since, nothing is written.
        let shown_from = Cell::new(None);
        let show = || {
            shown_from.set(self.library().seen(&location)?);
            self.shown_write(path, content)
        };
        let arguments = json!({ "content": content });
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        let wish =
            Wish { capability, targets: vec![Target::path(path).of_bytes(size)], arguments, show: &show };
        action.judge_wish(&wish)?;
        let seen = seen.or(shown_from.get());
        match location.clone() {
            Location::Library(stored) => {
                self.write_tool(call, action, &ToolPath { seen_as: path, stored }, content, seen)
            }
            Location::Project(path) => self.write_project_file(action, &wish, &path, content),
        }
    }

    fn write_tool(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        tool: &ToolPath<'_>,
        content: &str,
        seen: Option<CommitId>,
    ) -> Result<WriteFileOutput, Refusal> {
        let (path, stored) = (tool.seen_as, &tool.stored);
        let line = self.library().line(stored)?;
        let created = self.library().read(stored)?.is_none();
        action.kind = if created { ActionType::FileCreate } else { ActionType::FileModify };
        action.facts.description = format!("{} `{path}`", if created { "Created" } else { "Changed" });
        let bytes = content.as_bytes().to_vec();
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        action.facts.content = vec![(stored.to_string(), bytes.clone())];
        action.facts.branch = match &line {
            Line::Trunk => None,
            Line::Branch(name) => Some(name.to_string()),
        };
        action.note_intent()?;
        let message = CommitMessage {
            subject: action.facts.description.clone(),
            action: action.id,
            session: call.session,
            agent: call.agent.clone(),
            installation: self.installation().to_owned(),
            when: action.at,
        };
        let change = Change { path: stored.clone(), content: Some(bytes) };
        let written = self
            .library()
            .library
            .write(&line, &[change], &message, seen)
            .map_err(|error| from_write(&error))?;
        self.is_not_synced(action.id);
        action.facts.commit = Some(written.commit.to_string());
        action.facts.undo.push(UndoPart::Commit {
            branch: action.facts.branch.clone().unwrap_or_default(),
            id: written.commit.to_string(),
        });
        Ok(WriteFileOutput {
            path: path.to_string(),
            created,
            bytes: size,
            commit: Some(written.commit.to_string()),
            branch: action.facts.branch.clone(),
            files: Vec::new(),
            notes: written
                .left_alone
                .iter()
                .map(note)
                .chain(self.broken_branches())
                .chain(self.import_notes(&call.agent, stored, content))
                .collect(),
            action: action.id.to_string(),
        })
    }

    /// Keeps what files were before, so that their change can be taken back.
    pub(crate) fn record_files(&self, action: &mut Action<'_>, staged: &[Staged]) -> Result<(), Refusal> {
        let recording = self.pre_images()?.begin().map_err(|error| from_pre_images(&error))?;
        for file in staged {
            let change = recording.replaced(self.files(), file).map_err(|error| from_pre_images(&error))?;
            if !change.is_reversible() {
                let why = format!("what was in `{}` before is too large to be kept", change.path);
                action.facts.irreversible = Some(why);
            }
            action.facts.undo.push(part(&change)?);
        }
        Ok(())
    }

    /// What to say about branches for review that cannot be read; they keep nothing else from working.
    fn broken_branches(&self) -> Vec<String> {
        if self.library().strategy != tgp_model::config::WriteStrategy::Pr {
            return Vec::new();
        }
        let broken = self.library().library.broken_branches().unwrap_or_default();
        let say = |broken: tgp_repo::BrokenBranch| {
            format!(
                "`{}` cannot be read and is left out: {}; `tgp doctor` says more",
                broken.branch, broken.why
            )
        };
        broken.into_iter().map(say).collect()
    }

    fn write_project_file(
        &self,
        action: &mut Action<'_>,
        asked: &Wish<'_>,
        path: &RepoPath,
        content: &str,
    ) -> Result<WriteFileOutput, Refusal> {
        let looked = self.files().look(path).map_err(|error| from_files(&error))?;
        if looked.leads_to.is_in_project() && looked.leads_to.path() != path {
            action.judge_wish(&Wish {
                capability: asked.capability,
                targets: vec![Target::path(path), Target::path(looked.leads_to.path())],
                arguments: json!({ "content": content }),
                show: &|| self.shown_write(path, content),
            })?;
        }
        self.refuse_database(&looked.leads_to)?;
        let created = !looked.exists();
        action.kind = if created { ActionType::FileCreate } else { ActionType::FileModify };
        action.facts.description = format!("{} `{path}`", if created { "Created" } else { "Changed" });
        let staged = self.files().stage(path, content.as_bytes()).map_err(|error| from_files(&error))?;
        self.record_files(action, std::slice::from_ref(&staged))?;
        if let Some(why) = action.facts.irreversible.clone() {
            action.ask_irreversible(asked, &why)?;
        }
        action.note_intent()?;
        self.files().commit(staged).map_err(|error| from_files(&error))?;
        Ok(WriteFileOutput {
            path: path.to_string(),
            created,
            bytes: u64::try_from(content.len()).unwrap_or(u64::MAX),
            commit: None,
            branch: None,
            files: Vec::new(),
            notes: Vec::new(),
            action: action.id.to_string(),
        })
    }
}

/// What to say about a file that was committed and not brought into the working tree.
fn note(left: &LeftAlone) -> String {
    let path = &left.path;
    match &left.why {
        LeftAloneWhy::Edited => format!("`{path}` has uncommitted edits by a person, which were left alone"),
        LeftAloneWhy::Deleted => format!("a person deleted `{path}` without committing that; it was left so"),
        LeftAloneWhy::Untracked => format!("an untracked file stands at `{path}`; it was left alone"),
        LeftAloneWhy::NotAFile => format!("something that is no file stands at `{path}`; it was left alone"),
        LeftAloneWhy::Unsupported | LeftAloneWhy::Reserved => {
            format!("`{path}` was not brought into the working tree")
        }
        LeftAloneWhy::Failed { reason } => {
            format!("`{path}` is committed but could not be brought into the working tree: {reason}")
        }
    }
}
