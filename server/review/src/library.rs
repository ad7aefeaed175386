//! Tools that wait for review: branches of the library, under the same commands as agents' branches.

use tgp_gate::{Action, Call};
use tgp_model::RepoPath;
use tgp_patch::FileHunks;
use tgp_protocol::client::branches::{
    BranchAction, BranchChangedOutput, BranchDiffOutput, BranchShown, ChangedFile, DiffBy, MergeInput,
    MergeOutput,
};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{Change, CommitMessage, Line, PendingBranch, WriteError};
use tgp_store::{ActionFilter, UndoPart};
use tgp_undo::refusal::{from_read, from_write};

use crate::changed;
use crate::merge::check_tip;
use crate::review::Review;

/// Lines around each change.
const AROUND: u32 = 3;
/// Actions that are looked through for those of a branch.
const MOST_ACTIONS: u32 = 200;

impl Review<'_> {
    pub(crate) fn shown_library(
        &self,
        pending: &PendingBranch,
    ) -> Result<(BranchShown, Vec<ChangedFile>), Refusal> {
        let files = self.library_files(pending, 0)?;
        let agent = pending.files.iter().find_map(|file| file.author.as_ref());
        let mut shown = BranchShown {
            name: pending.branch.to_string(),
            repository: "library".to_owned(),
            agent: agent.map(|author| author.agent.to_string()).unwrap_or_default(),
            // What is written to the library in `pr` mode waits for a person from the first write on.
            status: "ready".to_owned(),
            tip: pending.head.to_string(),
            ..BranchShown::default()
        };
        let actions = self.library_actions(pending)?;
        shown.task = actions.first().map(|action| action.description.clone()).unwrap_or_default();
        changed::count_into(&mut shown, &files);
        Ok((shown, files))
    }

    /// The files a branch would bring, each with its lines.
    fn library_files(&self, pending: &PendingBranch, around: u32) -> Result<Vec<ChangedFile>, Refusal> {
        let mut files = Vec::new();
        for file in &pending.files {
            let before = self.library.read(&file.path).map_err(|error| from_read(&error))?;
            let after = self.library.content(file.blob).map_err(|error| from_read(&error))?;
            let hunks = tgp_patch::hunks(before.as_deref().unwrap_or_default(), &after, around);
            let (added, removed) = hunks.counts();
            let lines = match &hunks {
                FileHunks::Text(hunks) if around > 0 => hunks.iter().map(changed::hunk).collect(),
                _ => Vec::new(),
            };
            files.push(ChangedFile {
                path: file.path.to_string(),
                how: if before.is_some() { "changed" } else { "added" }.to_owned(),
                added,
                removed,
                binary: hunks == FileHunks::Binary,
                hunks: lines,
                ..ChangedFile::default()
            });
        }
        Ok(files)
    }

    /// The actions of this installation that went to the branch, the newest first.
    pub(crate) fn library_actions(&self, pending: &PendingBranch) -> Result<Vec<BranchAction>, Refusal> {
        let branch = Some(pending.branch.to_string());
        let filter = ActionFilter { branch, limit: MOST_ACTIONS, ..ActionFilter::default() };
        let rows = self.store().actions(&filter).map_err(|error| tgp_gate::from_store(&error))?;
        let shown = rows.into_iter().filter_map(|row| {
            Some(BranchAction {
                action: Some(row.id.to_string()),
                commit: row.commit_id?,
                description: row.description,
                undoes: row.undo_of.iter().map(ToString::to_string).collect(),
                files: Vec::new(),
            })
        });
        Ok(shown.collect())
    }

    pub(crate) fn diff_library(
        &self,
        pending: &PendingBranch,
        by: DiffBy,
    ) -> Result<BranchDiffOutput, Refusal> {
        let around = if by == DiffBy::File { AROUND } else { 0 };
        let mut files = self.library_files(pending, around)?;
        if by == DiffBy::Symbol {
            for (file, known) in files.iter_mut().zip(&pending.files) {
                let before = self.library.read(&known.path).map_err(|error| from_read(&error))?;
                let after = self.library.content(known.blob).map_err(|error| from_read(&error))?;
                let before = before.unwrap_or_default();
                let found = tgp_outline::changes(&file.path, &before, &after).unwrap_or_default();
                file.symbols = found.iter().map(tgp_task::shown_symbol).collect();
            }
        }
        Ok(BranchDiffOutput {
            branch: pending.branch.to_string(),
            by,
            from: self.library.head().map_err(|error| from_read(&error))?.map(|head| head.to_string()),
            to: pending.head.to_string(),
            files,
            actions: if by == DiffBy::Action { self.library_actions(pending)? } else { Vec::new() },
            cut: false,
        })
    }

    /// Brings a tool into the trunk, so that everybody may run it.
    pub(crate) fn merge_library(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        pending: &PendingBranch,
        input: &MergeInput,
    ) -> Result<MergeOutput, Refusal> {
        if !input.actions.is_empty() || input.into.is_some() {
            let message =
                format!("`{}` is a branch of the library: it goes into the trunk as a whole", pending.branch);
            return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
        }
        check_tip(input, pending.branch.as_str(), &pending.head.to_string())?;
        let files = self.library_files(pending, 0)?;
        let contents = pending.files.iter().map(|file| {
            let content = self.library.content(file.blob).map_err(|error| from_read(&error))?;
            Ok((file.path.clone(), Some(content)))
        });
        let changes: Vec<(RepoPath, Option<Vec<u8>>)> = contents.collect::<Result<_, Refusal>>()?;
        let mut output = MergeOutput {
            branch: pending.branch.to_string(),
            tip: pending.head.to_string(),
            into: self.library.settings().branch.clone(),
            how: "squash".to_owned(),
            files,
            ..MergeOutput::default()
        };
        if input.dry_run {
            return Ok(output);
        }
        let commit = self.write_library(call, action, &Line::Trunk, changes, pending)?;
        output.commit = Some(commit);
        output.action = Some(action.id.to_string());
        Ok(output)
    }

    /// Takes what waits back to what the trunk has: nothing waits any more, and the branch's history stays.
    pub(crate) fn discard_library(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        pending: &PendingBranch,
    ) -> Result<BranchChangedOutput, Refusal> {
        let mut shown = self.shown_library(pending)?.0;
        let contents = pending.files.iter().map(|file| {
            Ok((file.path.clone(), self.library.read(&file.path).map_err(|error| from_read(&error))?))
        });
        let changes: Vec<(RepoPath, Option<Vec<u8>>)> = contents.collect::<Result<_, Refusal>>()?;
        let line = Line::Branch(pending.branch.clone());
        action.facts.branch = Some(pending.branch.to_string());
        shown.tip = self.write_library(call, action, &line, changes, pending)?;
        "discarded".clone_into(&mut shown.status);
        Ok(BranchChangedOutput { action: action.id.to_string(), branch: shown })
    }

    fn write_library(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        line: &Line,
        changes: Vec<(RepoPath, Option<Vec<u8>>)>,
        pending: &PendingBranch,
    ) -> Result<String, Refusal> {
        let parted = self.library.parted(&pending.branch).map_err(|error| from_read(&error))?;
        let changes: Vec<Change> =
            changes.into_iter().map(|(path, content)| Change { path, content }).collect();
        action.facts.files = changes.iter().map(|change| change.path.clone()).collect();
        let message = CommitMessage {
            subject: action.facts.description.clone(),
            action: action.id,
            session: call.session,
            agent: call.agent.clone(),
            installation: self.installation.to_owned(),
            when: action.at,
        };
        action.note_intent()?;
        // In the trunk a file that changed since the branch began is not overwritten.
        let seen = if *line == Line::Trunk { parted } else { None };
        let written = self.library.write(line, &changes, &message, seen).map_err(|error| conflict(&error))?;
        self.library.flush().map_err(|error| from_read(&error))?;
        let commit = written.commit.to_string();
        let branch = if *line == Line::Trunk { String::new() } else { pending.branch.to_string() };
        action.facts.undo.push(UndoPart::Commit { branch, id: commit.clone() });
        action.facts.commit = Some(commit.clone());
        Ok(commit)
    }
}

fn conflict(error: &WriteError) -> Refusal {
    match error {
        WriteError::Moved { path, .. } => {
            let message =
                format!("nothing was changed: `{path}` changed in the trunk since the branch began");
            Refusal::new(ErrorCode::BranchConflict, message)
                .with_hint(
                    "Let the agent write it anew on top of what the trunk has, or join the two by hand.",
                )
                .with_details(serde_json::json!({ "files": [{ "path": path }] }))
        }
        other => from_write(other),
    }
}
