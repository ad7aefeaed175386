//! Which actions are meant, and what each of them left that can be taken back.

use std::collections::BTreeMap;

use tgp_files::FileChange;
use tgp_gate::from_store;
use tgp_model::{ActionId, ActionStatus, AgentName, Timestamp};
use tgp_protocol::client::undo::{LeftAction, UndoTarget};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::CommitId;
use tgp_store::{ActionFilter, ActionRow, Order, UndoPart};

use crate::rooms::Rooms;

/// What is to be taken back, the newest first.
pub struct Gathered {
    /// The actions.
    pub actions: Vec<ActionRow>,
    /// Actions that stay.
    pub left: Vec<LeftAction>,
    /// What they changed in the database.
    pub changesets: Vec<Vec<u8>>,
    /// What they changed in the project.
    pub files: Vec<FileChange>,
    /// Commits by the branch they went to; the empty name is the library's own branch.
    pub commits: BTreeMap<String, Vec<CommitId>>,
}

/// Finds the actions and reads what they left.
pub fn gather(rooms: Rooms<'_>, target: &UndoTarget) -> Result<Gathered, Refusal> {
    let store = rooms.store();
    store.flush().map_err(|error| from_store(&error))?;
    let rows = match target {
        UndoTarget::Action(id) => vec![one(rooms, id)?],
        UndoTarget::LastUndo => vec![last_undo(rooms)?],
        UndoTarget::Session(id) => {
            let session = id.parse().map_err(|_| unknown("session", id))?;
            several(rooms, ActionFilter { session: Some(session), ..done() })?
        }
        UndoTarget::Agent { name, since } => {
            let agent: AgentName = name.parse().map_err(|_| unknown("agent", name))?;
            several(rooms, ActionFilter { agent: Some(agent), since: since.map(Timestamp), ..done() })?
        }
    };
    let single = matches!(target, UndoTarget::Action(_) | UndoTarget::LastUndo);
    let mut gathered = Gathered {
        actions: Vec::new(),
        left: Vec::new(),
        changesets: Vec::new(),
        files: Vec::new(),
        commits: BTreeMap::new(),
    };
    for row in rows {
        match impossible(&row) {
            Some(why) if single => return Err(Refusal::new(ErrorCode::UndoImpossible, why)),
            Some(why) => gathered.leave(&row, why),
            None => gathered.take(rooms, row, single)?,
        }
    }
    if gathered.actions.is_empty() {
        let message = "there is nothing to take back";
        let details = serde_json::json!({ "left": gathered.left });
        return Err(Refusal::new(ErrorCode::UndoImpossible, message).with_details(details));
    }
    Ok(gathered)
}

impl Gathered {
    fn leave(&mut self, row: &ActionRow, why: String) {
        let (action, description) = (row.id.to_string(), row.description.clone());
        self.left.push(LeftAction { action, description, why });
    }

    fn take(&mut self, rooms: Rooms<'_>, row: ActionRow, single: bool) -> Result<(), Refusal> {
        let parts = rooms.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        if parts.is_empty() {
            if single {
                let message =
                    format!("{} ({}) changed nothing that could be taken back", row.id, row.description);
                return Err(Refusal::new(ErrorCode::UndoImpossible, message));
            }
            return Ok(());
        }
        for part in parts.into_iter().rev() {
            match part {
                UndoPart::Changeset { bytes, .. } => self.changesets.push(bytes),
                UndoPart::PreImage { path, change, .. } => {
                    let change = serde_json::from_str(&change)
                        .map_err(|error| damaged(&row, &format!("`{path}`: {error}")))?;
                    self.add_file(change);
                }
                UndoPart::Commit { branch, id } => {
                    let commit = id.parse().map_err(|_| damaged(&row, &format!("commit `{id}`")))?;
                    self.commits.entry(branch).or_default().push(commit);
                }
                UndoPart::Compensation { capability, .. } => {
                    let why = format!("it is made up for by `{capability}`; run that");
                    self.leave(&row, why);
                }
            }
        }
        self.actions.push(row);
        Ok(())
    }

    /// Several changes of one file, the newest first, are one change from the oldest state to the newest, as long as
    /// nobody else came between them.
    fn add_file(&mut self, older: FileChange) {
        let same_file = |known: &&mut FileChange| known.root == older.root && known.path == older.path;
        if let Some(newer) = self.files.iter_mut().rev().find(same_file)
            && same(newer.before.as_ref(), older.after.as_ref())
        {
            newer.before = older.before;
            newer.made = older.made.into_iter().chain(newer.made.drain(..)).collect();
            newer.made.dedup();
            return;
        }
        self.files.push(older);
    }
}

fn same(one: Option<&tgp_files::Image>, other: Option<&tgp_files::Image>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same(other),
        _ => false,
    }
}

fn done() -> ActionFilter {
    ActionFilter {
        status: Some(ActionStatus::Executed),
        order: Order::NewestFirst,
        ..ActionFilter::default()
    }
}

fn several(rooms: Rooms<'_>, filter: ActionFilter) -> Result<Vec<ActionRow>, Refusal> {
    rooms.store().actions(&filter).map_err(|error| from_store(&error))
}

fn one(rooms: Rooms<'_>, id: &str) -> Result<ActionRow, Refusal> {
    let action: ActionId = id.parse().map_err(|_| unknown("action", id))?;
    let row = rooms.store().action(action).map_err(|error| from_store(&error))?;
    row.ok_or_else(|| unknown("action", id))
}

fn last_undo(rooms: Rooms<'_>) -> Result<ActionRow, Refusal> {
    let filter = ActionFilter { kind: Some(tgp_model::ActionType::Undo), limit: 1, ..done() };
    let none = || Refusal::new(ErrorCode::UndoImpossible, "nothing was taken back that could be made again");
    several(rooms, filter)?.pop().ok_or_else(none)
}

/// Why an action stays, in a sentence; none where it may be taken back.
fn impossible(row: &ActionRow) -> Option<String> {
    let what = format!("{} ({})", row.id, row.description);
    match row.status {
        ActionStatus::Executed => {
            row.irreversible_why.as_ref().map(|why| format!("{what} cannot be taken back: {why}"))
        }
        ActionStatus::Undone => Some(format!("{what} was taken back before")),
        ActionStatus::Pending => Some(format!("{what} is still under way")),
        status => Some(format!("{what} is {status}; nothing of it stayed")),
    }
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::new(ErrorCode::ArgumentsInvalid, format!("there is no {what} `{id}`"))
}

fn damaged(row: &ActionRow, what: &str) -> Refusal {
    let message = format!("what was kept to take {} back cannot be read: {what}", row.id);
    Refusal::new(ErrorCode::UndoImpossible, message)
}
