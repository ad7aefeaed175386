//! An undo as a whole, prepared beside everything it will change.

use serde_json::json;
use tgp_database::{RunLimits, UndoRun, Undone};
use tgp_files::{FileConflict, Recording, StagedUndo, UndoStep};
use tgp_gate::{Action, Call};
use tgp_model::RepoPath;
use tgp_model::sql_json::to_json;
use tgp_protocol::client::undo::UndoneFile;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{CommitMessage, Line, Prepared, PublishError, RevertError};
use tgp_store::UndoPart;

use crate::gather::Gathered;
use crate::refusal::{from_fault, from_files, from_pre_images, from_read, from_undo};
use crate::rooms::Rooms;
use crate::show;

/// Rows shown of one changeset.
const MOST_ROWS: usize = 100;
/// How often the library's part is prepared again when somebody wrote meanwhile.
const ATTEMPTS: usize = 8;

/// Everything that will change, held back.
pub(crate) struct PreparedUndo<'a, 'g> {
    rooms: Rooms<'a>,
    gathered: &'g Gathered,
    sql: Option<UndoRun>,
    pub(crate) rows: Vec<Undone>,
    files: Vec<StagedUndo>,
    library: Vec<(Line, String)>,
    pub(crate) shown: Vec<UndoneFile>,
}

impl<'a, 'g> PreparedUndo<'a, 'g> {
    /// Prepares it all; a conflict in files or in the library refuses the whole and names each file.
    pub(crate) fn new(
        rooms: Rooms<'a>,
        call: &Call,
        gathered: &'g Gathered,
        recording: &Recording<'_>,
    ) -> Result<Self, Refusal> {
        let mut prepared = Self {
            rooms,
            gathered,
            sql: None,
            rows: Vec::new(),
            files: Vec::new(),
            library: Vec::new(),
            shown: Vec::new(),
        };
        prepared.prepare_files(recording)?;
        prepared.prepare_library(call)?;
        prepared.prepare_sql(call)?;
        Ok(prepared)
    }

    fn prepare_files(&mut self, recording: &Recording<'_>) -> Result<(), Refusal> {
        let mut conflicts = Vec::new();
        for change in &self.gathered.files {
            let step = self.rooms.files.stage_undo(change, recording);
            match step.map_err(|error| from_pre_images(&error))? {
                UndoStep::Nothing => {}
                UndoStep::Conflict(conflict) => conflicts.push((change.path.clone(), said(&conflict))),
                UndoStep::Ready(staged) => {
                    self.shown.push(show::file(self.rooms, &staged));
                    self.files.push(*staged);
                }
            }
        }
        if conflicts.is_empty() { Ok(()) } else { Err(conflict(&conflicts)) }
    }

    fn prepare_library(&mut self, call: &Call) -> Result<(), Refusal> {
        for branch in self.gathered.commits.keys() {
            let line = line_of(branch)?;
            let message = self
                .message(call, call.action().unwrap_or_else(|| tgp_gate::new_action_id(self.rooms.clock())));
            match self.revert(&line, branch, &message)? {
                Some(prepared) => {
                    self.shown.extend(show::library(self.rooms, &prepared)?);
                    self.library.push((line, branch.clone()));
                }
                None => continue,
            }
        }
        Ok(())
    }

    fn revert(
        &self,
        line: &Line,
        branch: &str,
        message: &CommitMessage,
    ) -> Result<Option<Prepared>, Refusal> {
        let commits = self.gathered.commits.get(branch).map_or(&[][..], Vec::as_slice);
        let library = self.rooms.library;
        match library.prepare_revert(line, commits, message, None) {
            Ok(prepared) => Ok(Some(prepared)),
            Err(RevertError::Nothing) => Ok(None),
            Err(RevertError::Conflict { files, .. }) => {
                let why = "was changed since in the same place";
                let named: Vec<(RepoPath, String)> = files
                    .iter()
                    .map(|file| {
                        (
                            self.rooms.mount.show(&file.path).unwrap_or_else(|| file.path.clone()),
                            why.to_owned(),
                        )
                    })
                    .collect();
                Err(conflict(&named))
            }
            Err(RevertError::Library(fault)) => Err(from_fault(&fault)),
            Err(error) => Err(Refusal::new(ErrorCode::UndoImpossible, error.to_string())),
        }
    }

    fn prepare_sql(&mut self, call: &Call) -> Result<(), Refusal> {
        if self.gathered.changesets.is_empty() {
            return Ok(());
        }
        let run = RunLimits { deadline: None, cancel: Some(call.cancel.clone()) };
        let mut undo =
            self.rooms.database()?.begin_undo(run, MOST_ROWS).map_err(|error| from_undo(&error))?;
        for changeset in &self.gathered.changesets {
            self.rows.push(undo.undo(changeset).map_err(|error| from_undo(&error))?);
        }
        self.sql = Some(undo);
        Ok(())
    }

    /// Whether there is anything to put in place.
    pub(crate) fn is_empty(&self) -> bool {
        let rows: u64 = self.rows.iter().map(|undone| undone.applied).sum();
        rows == 0 && self.files.is_empty() && self.library.is_empty()
    }

    /// Puts it in place, noted before. Gives the last commit that was made.
    pub(crate) fn commit(mut self, call: &Call, action: &mut Action<'_>) -> Result<Option<String>, Refusal> {
        if let Some(sql) = &mut self.sql {
            let captured = sql.capture().map_err(|error| from_undo(&error))?;
            if !captured.changeset.is_empty() {
                let database = self.rooms.database()?.path().display().to_string();
                action.facts.undo.push(UndoPart::Changeset { database, bytes: captured.changeset });
            }
            sql.note_action(&action.id.to_string(), action.at.0).map_err(|error| from_undo(&error))?;
        }
        for staged in &self.files {
            action.facts.undo.push(part(staged.change())?);
        }
        action.note_intent()?;
        if let Some(sql) = self.sql.take() {
            sql.commit().map_err(|error| from_undo(&error))?;
        }
        for staged in std::mem::take(&mut self.files) {
            self.rooms.files.commit_undo(staged).map_err(|error| from_files(&error))?;
        }
        let mut last = None;
        for (line, branch) in std::mem::take(&mut self.library) {
            let commit = self.publish(call, action, &line, &branch)?;
            if let Some(commit) = commit {
                action.facts.undo.push(UndoPart::Commit { branch, id: commit.clone() });
                last = Some(commit);
            }
        }
        Ok(last)
    }

    fn publish(
        &self,
        call: &Call,
        action: &Action<'_>,
        line: &Line,
        branch: &str,
    ) -> Result<Option<String>, Refusal> {
        let library = self.rooms.library;
        let message = self.message(call, action.id);
        for _ in 0..ATTEMPTS {
            let Some(prepared) = self.revert(line, branch, &message)? else { return Ok(None) };
            match library.publish(prepared) {
                Ok(written) => {
                    // An undo may delete, which the intent's content cannot say; so it is synced at once.
                    library.flush().map_err(|error| from_read(&error))?;
                    return Ok(Some(written.commit.to_string()));
                }
                Err(PublishError::Moved { .. }) => {}
                Err(PublishError::Library(fault)) => return Err(from_fault(&fault)),
            }
        }
        Err(Refusal::new(ErrorCode::BranchMoved, "others wrote to the library all the time"))
    }

    fn message(&self, call: &Call, action: tgp_model::ActionId) -> CommitMessage {
        let subject = match self.gathered.actions.as_slice() {
            [one] => format!("Undo: {}", one.description),
            many => format!("Undo {} actions", many.len()),
        };
        CommitMessage {
            subject,
            action,
            session: call.session,
            agent: call.agent.clone(),
            installation: self.rooms.installation.to_owned(),
            when: self.rooms.clock().now(),
        }
    }
}

/// A change of a file as it is kept with its action.
pub fn part(change: &tgp_files::FileChange) -> Result<UndoPart, Refusal> {
    let text = serde_json::to_string(change)
        .map_err(|error| Refusal::new(ErrorCode::Internal, format!("a change cannot be kept: {error}")))?;
    let content = change.before.as_ref().filter(|image| image.kept).map(|image| image.hash.clone());
    Ok(UndoPart::PreImage { path: change.path.to_string(), content, change: text })
}

fn line_of(branch: &str) -> Result<Line, Refusal> {
    if branch.is_empty() {
        return Ok(Line::Trunk);
    }
    let name = branch.parse();
    name.map(Line::Branch).map_err(|error: tgp_repo::BranchNameProblem| {
        Refusal::new(ErrorCode::UndoImpossible, error.to_string())
    })
}

fn said(conflict: &FileConflict) -> String {
    match conflict {
        FileConflict::WayChanged => "a folder on the way to it was exchanged".to_owned(),
        FileConflict::NotAllowed => "it lies in no folder that may be written now".to_owned(),
        FileConflict::NotKept => "what was there is not kept".to_owned(),
        other => format!("was changed since ({other:?})"),
    }
}

fn conflict(files: &[(RepoPath, String)]) -> Refusal {
    let list: Vec<String> = files.iter().map(|(path, why)| format!("`{path}` {why}")).collect();
    let details: Vec<_> =
        files.iter().map(|(path, why)| json!({ "path": path.to_string(), "why": why })).collect();
    let message = format!("nothing was taken back: {}", list.join("; "));
    Refusal::new(ErrorCode::UndoConflict, message).with_details(json!({ "files": details }))
}

/// The values of a row as JSON.
pub(crate) fn values(row: Option<&Vec<tgp_model::SqlValue>>) -> Option<Vec<serde_json::Value>> {
    row.map(|row| row.iter().cloned().map(to_json).collect())
}
