//! What agents do on their branches besides reading and writing: tasks, search, outline, deleting and moving.

use tgp_gate::Action;
use tgp_model::mount::Location;
use tgp_model::{ActionType, RepoPath};
use tgp_protocol::client::tasks::{
    ChangeFilesOutput, DeleteFileInput, DiffTaskInput, DiffTaskOutput, FinishTaskInput, FinishTaskOutput,
    ListTasksInput, ListTasksOutput, MoveFileInput, OutlineInput, OutlineOutput, SaveNoteInput,
    SaveNoteOutput, SearchInput, SearchOutput, StartTaskInput, StartTaskOutput,
};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::{Call, Engine};

/// Largest file whose symbols are told.
const LARGEST_OUTLINED: u64 = 1 << 20;

impl Engine {
    /// Opens a task, or goes on with one.
    pub fn start_task(&self, call: &Call, input: StartTaskInput) -> Result<StartTaskOutput, Refusal> {
        self.act(call, ActionType::BranchCreate, "Asked for a task".to_owned(), &mut |action| {
            self.repository_rooms()?.start_task(call, action, &input)
        })
    }

    /// Hands the current task in.
    pub fn finish_task(&self, call: &Call, input: FinishTaskInput) -> Result<FinishTaskOutput, Refusal> {
        self.act(call, ActionType::BranchReady, "Asked to hand a task in".to_owned(), &mut |action| {
            self.repository_rooms()?.finish_task(call, action, &input)
        })
    }

    /// The agent's own tasks.
    pub fn list_tasks(&self, call: &Call, input: ListTasksInput) -> Result<ListTasksOutput, Refusal> {
        self.look(call, "Listed tasks".to_owned(), &mut |action| {
            self.repository_rooms()?.list_tasks(call, action, &input)
        })
    }

    /// What a task changed.
    pub fn diff_task(&self, call: &Call, input: DiffTaskInput) -> Result<DiffTaskOutput, Refusal> {
        self.look(call, "Looked at what a task changed".to_owned(), &mut |action| {
            self.repository_rooms()?.diff_task(call, action, &input)
        })
    }

    /// Keeps a note.
    pub fn save_note(&self, call: &Call, input: SaveNoteInput) -> Result<SaveNoteOutput, Refusal> {
        self.act(call, ActionType::NoteSave, "Saved a note".to_owned(), &mut |action| {
            tgp_task::save_note(self.gate(), call, action, &input)
        })
    }

    /// Deletes a file of the agent's branch.
    pub fn delete_file(&self, call: &Call, input: DeleteFileInput) -> Result<ChangeFilesOutput, Refusal> {
        self.act(call, ActionType::FileDelete, format!("Deleted `{}`", input.path), &mut |action| {
            let path = self.project_path(&input.path)?;
            action.facts.files = vec![path.clone()];
            self.repository_rooms()?.delete_file(call, action, &path)
        })
    }

    /// Moves a file or folder of the agent's branch.
    pub fn move_file(&self, call: &Call, input: MoveFileInput) -> Result<ChangeFilesOutput, Refusal> {
        let described = format!("Moved `{}` to `{}`", input.from, input.to);
        self.act(call, ActionType::FileModify, described, &mut |action| {
            let (from, to) = (self.project_path(&input.from)?, self.project_path(&input.to)?);
            action.facts.files = vec![from.clone(), to.clone()];
            self.repository_rooms()?.move_file(call, action, (&from, &to))
        })
    }

    /// Searches the files the agent may read.
    pub fn search(&self, call: &Call, input: SearchInput) -> Result<SearchOutput, Refusal> {
        self.look(call, format!("Searched for `{}`", input.pattern), &mut |action| {
            let dir = self.project_path(input.dir.as_deref().unwrap_or("."))?;
            action.facts.files = vec![dir.clone()];
            self.repository_rooms()?.search(call, action, &dir, &input)
        })
    }

    /// The symbols of a file.
    pub fn outline(&self, call: &Call, input: OutlineInput) -> Result<OutlineOutput, Refusal> {
        self.look(call, format!("Looked at the symbols of `{}`", input.path), &mut |action| {
            let path = Engine::parse_path(&input.path)?;
            action.facts.files = vec![path.clone()];
            let content = self.read_as(call, action, &path, LARGEST_OUTLINED)?;
            tgp_task::symbols_of(&path, &content)
        })
    }

    /// A path of the project; tools of the library are replaced, and neither deleted nor moved.
    fn project_path(&self, text: &str) -> Result<RepoPath, Refusal> {
        let path = Engine::parse_path(text)?;
        match self.mount().locate(&path) {
            Location::Project(path) => Ok(path),
            Location::Library(_) => {
                let message =
                    format!("`{path}` is in the tool library, and this works on the project's files");
                Err(Refusal::new(ErrorCode::FileReadOnly, message).with_hint(
                    "`find_tool` searches tools, `write_file` replaces one; a person deletes them.",
                ))
            }
        }
    }

    fn look<T>(
        &self,
        call: &Call,
        described: String,
        work: &mut dyn FnMut(&mut Action<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        call.skip_line();
        let mut action = Action::begin(self.gate(), call, ActionType::FileRead, described);
        let result = action.carry_out(&mut |action| work(action));
        action.end(result)
    }

    fn act<T>(
        &self,
        call: &Call,
        kind: ActionType,
        described: String,
        work: &mut dyn FnMut(&mut Action<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut action = Action::begin_in_turn(self.gate(), call, kind, described);
        let result = action.carry_out(&mut |action| work(action));
        action.end(result)
    }
}
