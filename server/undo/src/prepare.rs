//! An undo as a whole, prepared beside everything it will change.

use serde_json::json;
use tgp_branches::undo::UndoPlan;
use tgp_database::{RunLimits, UndoRun, Undone};
use tgp_files::{FileConflict, Recording, StagedUndo, UndoStep};
use tgp_model::sql_json::to_json;
use tgp_model::{ActionId, AgentName, CancelToken, RepoPath, SessionId, Timestamp};
use tgp_protocol::client::undo::UndoneFile;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::{CommitId, CommitMessage, Line, Prepared, PublishError, RevertError};
use tgp_store::UndoPart;

use crate::branch;
use crate::gather::Gathered;
use crate::refusal::{from_fault, from_files, from_pre_images, from_read, from_undo};
use crate::rooms::Rooms;
use crate::show;

/// Rows shown of one changeset.
const MOST_ROWS: usize = 100;
/// How often the library's part is prepared again when somebody wrote meanwhile.
const ATTEMPTS: usize = 8;

/// Whose undo it is.
pub(crate) struct Author {
    pub(crate) action: ActionId,
    pub(crate) session: SessionId,
    pub(crate) agent: AgentName,
    pub(crate) at: Timestamp,
    pub(crate) cancel: CancelToken,
    /// What commits say.
    pub(crate) subject: String,
}

/// Everything that will change, held back.
pub(crate) struct PreparedUndo<'a, 'g> {
    rooms: Rooms<'a>,
    author: &'g Author,
    gathered: &'g Gathered,
    sql: Option<UndoRun>,
    pub(crate) rows: Vec<Undone>,
    files: Vec<StagedUndo>,
    library: Vec<(Line, String)>,
    branches: Vec<(String, UndoPlan)>,
    /// Whether the intent keeps what it takes to do the branch's part again.
    kept: bool,
    pub(crate) shown: Vec<UndoneFile>,
}

impl<'a, 'g> PreparedUndo<'a, 'g> {
    /// Prepares it all; a conflict in files or in the library refuses the whole and names each file.
    pub(crate) fn new(
        rooms: Rooms<'a>,
        author: &'g Author,
        gathered: &'g Gathered,
        recording: &Recording<'_>,
    ) -> Result<Self, Refusal> {
        let mut prepared = Self {
            rooms,
            author,
            gathered,
            sql: None,
            rows: Vec::new(),
            files: Vec::new(),
            library: Vec::new(),
            branches: Vec::new(),
            kept: false,
            shown: Vec::new(),
        };
        prepared.prepare_files(recording)?;
        prepared.prepare_library()?;
        prepared.prepare_sql()?;
        Ok(prepared)
    }

    fn prepare_files(&mut self, recording: &Recording<'_>) -> Result<(), Refusal> {
        let mut conflicts = Vec::new();
        for change in &self.gathered.files {
            // Changes that follow each other were joined; where somebody else came between them, they cannot be.
            let same = |staged: &StagedUndo| {
                (&staged.change().root, &staged.change().path) == (&change.root, &change.path)
            };
            if self.files.iter().any(same) {
                let why = "was changed by somebody else in between".to_owned();
                conflicts.push((show::shown_path(change), why));
                continue;
            }
            let step = self.rooms.files.stage_undo(change, recording);
            match step.map_err(|error| from_pre_images(&error))? {
                UndoStep::Nothing => {}
                UndoStep::Conflict(conflict) => conflicts.push((show::shown_path(change), said(&conflict))),
                UndoStep::Ready(staged) => {
                    self.shown.push(show::file(self.rooms, &staged));
                    self.files.push(*staged);
                }
            }
        }
        if conflicts.is_empty() { Ok(()) } else { Err(conflict(&conflicts)) }
    }

    fn prepare_library(&mut self) -> Result<(), Refusal> {
        for (branch, commits) in &self.gathered.commits {
            if branch::is_task(branch) {
                if let Some((plan, files)) = branch::plan(self.rooms, branch, commits)? {
                    self.shown.extend(files);
                    self.branches.push((branch.clone(), plan));
                }
                continue;
            }
            let line = line_of(branch)?;
            if let Some(prepared) = self.revert(&line, branch)? {
                self.shown.extend(show::library(self.rooms, &prepared)?);
                self.library.push((line, branch.clone()));
            }
        }
        Ok(())
    }

    fn revert(&self, line: &Line, branch: &str) -> Result<Option<Prepared>, Refusal> {
        let message = self.message();
        let commits = self.gathered.commits.get(branch).map_or(&[][..], Vec::as_slice);
        let library = self.rooms.library;
        match library.prepare_revert(line, commits, &message, None) {
            Ok(prepared) => Ok(Some(prepared)),
            Err(RevertError::Nothing) => Ok(None),
            Err(RevertError::Conflict { files, .. }) => {
                let why = "was changed since in the same place";
                let shown = |path: &RepoPath| self.rooms.mount.show(path).unwrap_or_else(|| path.clone());
                let named: Vec<(String, String)> =
                    files.iter().map(|file| (shown(&file.path).to_string(), why.to_owned())).collect();
                Err(conflict(&named))
            }
            Err(RevertError::Library(fault)) => Err(from_fault(&fault)),
            Err(error) => Err(Refusal::new(ErrorCode::UndoImpossible, error.to_string())),
        }
    }

    fn prepare_sql(&mut self) -> Result<(), Refusal> {
        if self.gathered.changesets.is_empty() {
            return Ok(());
        }
        let run = RunLimits { deadline: None, cancel: Some(self.author.cancel.clone()) };
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
        rows == 0 && self.files.is_empty() && self.library.is_empty() && self.branches.is_empty()
    }

    /// Refuses where a row was changed since.
    pub(crate) fn refuse_left(&self) -> Result<(), Refusal> {
        let left = show::rows_left(&self.rows);
        let Some(first) = left.first() else { return Ok(()) };
        let message = format!("a row of `{}` ({}) stays: {}", first.table, first.key, first.why);
        Err(Refusal::new(ErrorCode::UndoConflict, message).with_details(json!({ "rows": left })))
    }

    /// Refuses where all there is to take back are rows that were changed since.
    pub(crate) fn refuse_nothing(&self) -> Result<(), Refusal> {
        if !self.is_empty() {
            return Ok(());
        }
        self.refuse_left().map_err(|refusal| {
            let message = format!("nothing was taken back: {}", refusal.message);
            Refusal { message, ..refusal }
        })
    }

    /// What it will have changed in the database and in files: kept, so that it can be taken back itself.
    pub(crate) fn own_parts(&mut self) -> Result<Vec<UndoPart>, Refusal> {
        let mut parts = Vec::new();
        if let Some(sql) = &mut self.sql {
            let captured = sql.capture().map_err(|error| from_undo(&error))?;
            if !captured.changeset.is_empty() {
                let database = self.rooms.database()?.path().display().to_string();
                parts.push(UndoPart::Changeset { database, bytes: captured.changeset });
            }
        }
        for staged in &self.files {
            parts.push(part(staged.change())?);
        }
        Ok(parts)
    }

    /// What the intent keeps of it. A part of an undo is not done again by itself: only one that is about one branch and
    /// nothing else keeps something.
    pub(crate) fn content(&mut self) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
        let alone = self.sql.is_none() && self.files.is_empty() && self.gathered.commits.len() == 1;
        let content = match self.branches.as_slice() {
            [(_, plan)] if alone => branch::content(self.rooms, plan)?,
            _ => Vec::new(),
        };
        self.kept = !content.is_empty();
        Ok(content)
    }

    /// Puts it in place; the intent is noted. With `mark`, the database says that this action was committed. Gives the
    /// commits by their branches. What fails after something else came back says so: doing it again does the rest.
    pub(crate) fn put_in_place(mut self, mark: bool) -> Result<Vec<(String, CommitId)>, Refusal> {
        let mut placed = false;
        if let Some(mut sql) = self.sql.take() {
            if mark {
                let noted = sql.note_action(&self.author.action.to_string(), self.author.at.0);
                noted.map_err(|error| from_undo(&error))?;
            }
            sql.commit().map_err(|error| from_undo(&error))?;
            placed = self.rows.iter().any(|undone| undone.applied > 0);
        }
        let mut failed = Vec::new();
        for staged in std::mem::take(&mut self.files) {
            let path = staged.change().path.clone();
            match self.rooms.files.commit_undo(staged) {
                Ok(_) => placed = true,
                Err(error) => failed.push((path, from_files(&error))),
            }
        }
        if let Some((_, first)) = failed.first() {
            let list: Vec<String> =
                failed.iter().map(|(path, refusal)| format!("`{path}`: {}", refusal.message)).collect();
            let refusal = Refusal::new(first.code, list.join("; "));
            return Err(if placed { in_part(refusal) } else { refusal });
        }
        let mut commits = Vec::new();
        for (line, branch) in std::mem::take(&mut self.library) {
            let commit = self.publish(&line, &branch);
            let commit = commit.map_err(|refusal| if placed { in_part(refusal) } else { refusal })?;
            placed |= commit.is_some();
            commits.extend(commit.map(|commit| (branch, commit)));
        }
        for (branch, plan) in std::mem::take(&mut self.branches) {
            let commit = branch::publish(self.rooms, self.author, self.gathered, (&branch, &plan, self.kept));
            let commit = commit.map_err(|refusal| if placed { in_part(refusal) } else { refusal })?;
            placed |= commit.is_some();
            commits.extend(commit.map(|commit| (branch, commit)));
        }
        Ok(commits)
    }

    fn publish(&self, line: &Line, branch: &str) -> Result<Option<CommitId>, Refusal> {
        let library = self.rooms.library;
        for _ in 0..ATTEMPTS {
            let Some(prepared) = self.revert(line, branch)? else { return Ok(None) };
            match library.publish(prepared) {
                Ok(written) => {
                    // An undo may delete, which the intent's content cannot say; so it is synced at once.
                    library.flush().map_err(|error| from_read(&error))?;
                    return Ok(Some(written.commit));
                }
                Err(PublishError::Moved { .. }) => {}
                Err(PublishError::Library(fault)) => return Err(from_fault(&fault)),
            }
        }
        Err(Refusal::new(ErrorCode::BranchMoved, "others wrote to the library all the time"))
    }

    fn message(&self) -> CommitMessage {
        CommitMessage {
            subject: self.author.subject.clone(),
            action: self.author.action,
            session: self.author.session,
            agent: self.author.agent.clone(),
            installation: self.rooms.installation.to_owned(),
            when: self.author.at,
        }
    }
}

/// A refusal of a part, where another part came back already.
pub(crate) fn in_part(refusal: Refusal) -> Refusal {
    let message = format!("only a part came back: {}", refusal.message);
    Refusal { message, ..refusal }
        .with_hint("Undo the same again: what came back stays, and the rest follows.")
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
        FileConflict::Changed { found: None } => "is gone since".to_owned(),
        FileConflict::Changed { found: Some(_) } => "was changed since".to_owned(),
        FileConflict::Kind { .. } => "is no file any more".to_owned(),
    }
}

fn conflict(files: &[(String, String)]) -> Refusal {
    let list: Vec<String> = files.iter().map(|(path, why)| format!("`{path}` {why}")).collect();
    let details: Vec<_> = files.iter().map(|(path, why)| json!({ "path": path, "why": why })).collect();
    let message = format!("nothing was taken back: {}", list.join("; "));
    Refusal::new(ErrorCode::UndoConflict, message).with_details(json!({ "files": details }))
}

/// The values of a row as JSON.
pub(crate) fn values(row: Option<&Vec<tgp_model::SqlValue>>) -> Option<Vec<serde_json::Value>> {
    row.map(|row| row.iter().cloned().map(to_json).collect())
}
