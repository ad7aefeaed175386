//! What takes back the opening of a task, its handing in, and a note: each as an action of its own.

use serde_json::Value;
use tgp_branches::discard::Done;
use tgp_gate::{Action, Call, Gate, from_store};
use tgp_model::{ActionId, ActionStatus, ActionType, BranchStatus};
use tgp_policy::Target;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, BranchChange};

use crate::finishing::REOPEN;
use crate::noting::FORGET;
use crate::opening::CLOSE;
use crate::refusal::{from_branch_name, from_discard, from_fault, from_task};
use crate::rooms::Rooms;

/// What is to be taken back.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The action.
    pub action: ActionId,
    /// What was kept to take it back.
    pub capability: &'a str,
    /// With what.
    pub arguments: &'a Value,
}

impl Wanted<'_> {
    /// Whether it is for this place to take back.
    pub fn is_of_tasks(&self) -> bool {
        [CLOSE, REOPEN, FORGET].contains(&self.capability)
    }

    fn text(&self, name: &str) -> Result<&str, Refusal> {
        let damaged = || {
            let message = format!("what was kept to take {} back cannot be read", self.action);
            Refusal::new(ErrorCode::UndoImpossible, message)
        };
        self.arguments.get(name).and_then(Value::as_str).ok_or_else(damaged)
    }
}

/// Takes a note back. Needs no repository.
pub fn forget_note(gate: &Gate, call: &Call, wanted: Wanted<'_>) -> Result<ActionId, Refusal> {
    let mut action = begin(gate, call, ActionType::NoteSave, "Forgot a note".to_owned(), wanted);
    let id = action.id;
    let result = note_of(wanted).and_then(|note| {
        action.facts.irreversible = Some("the note's text is gone".to_owned());
        action.note_intent()?;
        gate.store().delete_note(note).map_err(|error| from_store(&error))
    });
    action.end(result).map(|_| id)
}

/// Whether it is a note that is to be taken back.
pub fn is_note(wanted: Wanted<'_>) -> bool {
    wanted.capability == FORGET
}

fn note_of(wanted: Wanted<'_>) -> Result<ActionId, Refusal> {
    wanted
        .text("note")?
        .parse()
        .map_err(|_| Refusal::new(ErrorCode::UndoImpossible, "the number of the note cannot be read"))
}

fn begin<'g>(
    gate: &'g Gate,
    call: &'g Call,
    kind: ActionType,
    description: String,
    wanted: Wanted<'_>,
) -> Action<'g> {
    let mut action = Action::begin(gate, call, kind, description);
    action.facts.undo_of = vec![wanted.action];
    action
}

impl Rooms<'_> {
    /// Takes back the opening of a task or its handing in.
    pub fn compensate(&self, call: &Call, wanted: Wanted<'_>) -> Result<ActionId, Refusal> {
        let name = wanted.text("branch")?.to_owned();
        if wanted.capability == REOPEN {
            return self.reopen(call, wanted, &name);
        }
        let description = format!("Put `{name}` away");
        let mut action = begin(self.gate, call, ActionType::BranchDiscard, description, wanted);
        let id = action.id;
        let result = self.put_away(&mut action, wanted, &name);
        action.end(result).map(|()| id)
    }

    fn put_away(&self, action: &mut Action<'_>, wanted: Wanted<'_>, name: &str) -> Result<(), Refusal> {
        let branch = name.parse().map_err(|problem| from_branch_name(&problem))?;
        let others = self.done_on(name, wanted.action)?;
        if others > 0 {
            let message = format!("{others} other action(s) on `{name}` are in force");
            return Err(Refusal::new(ErrorCode::UndoConflict, message)
                .with_hint("Undo those first, or let a person discard the branch."));
        }
        action.judge("task.open", vec![Target::branch(name)])?;
        action.facts.branch = Some(name.to_owned());
        action.facts.irreversible = Some("`tgp branch restore` brings the branch back".to_owned());
        action.note_intent()?;
        let now = self.gate.clock().now();
        self.branches.put_away(&branch, Done::Discarded, now).map_err(|error| from_discard(&error))?;
        let change = BranchChange { status: Some(BranchStatus::Discarded), ..BranchChange::default() };
        self.store().change_branch(name, &change, now).map_err(|error| from_store(&error))?;
        Ok(())
    }

    fn reopen(&self, call: &Call, wanted: Wanted<'_>, name: &str) -> Result<ActionId, Refusal> {
        let description = format!("Took `{name}` up again");
        let mut action = begin(self.gate, call, ActionType::BranchReopen, description, wanted);
        let id = action.id;
        let result = self.active_again(&mut action, name);
        action.end(result).map(|()| id)
    }

    fn active_again(&self, action: &mut Action<'_>, name: &str) -> Result<(), Refusal> {
        action.judge("task.finish", vec![Target::branch(name)])?;
        let row = self.store().branch(name).map_err(|error| from_store(&error))?;
        if let Some(row) = row.filter(|row| row.status != BranchStatus::Ready) {
            return Err(Refusal::new(
                ErrorCode::UndoConflict,
                format!("`{name}` is {} by now: a person decided about it", row.status),
            ));
        }
        action.facts.branch = Some(name.to_owned());
        action.facts.irreversible = Some("`finish_task` hands it in again".to_owned());
        action.note_intent()?;
        let change = BranchChange { status: Some(BranchStatus::Active), ..BranchChange::default() };
        let now = self.gate.clock().now();
        self.store().change_branch(name, &change, now).map_err(|error| from_store(&error)).map(drop)
    }

    /// How many changes of the branch's files are in force, besides its opening.
    fn done_on(&self, branch: &str, opening: ActionId) -> Result<usize, Refusal> {
        let filter = ActionFilter {
            branch: Some(branch.to_owned()),
            status: Some(ActionStatus::Executed),
            ..ActionFilter::default()
        };
        let rows = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let name = branch.parse().map_err(|problem| from_branch_name(&problem))?;
        let task = self.branches.task(&name).map_err(|error| from_task(&error))?;
        let is_as_it_began = match task.start {
            Some(start) => {
                let project = self.branches.project();
                let tree = |commit: tgp_branches::CommitId| {
                    project.tree_of(Some(commit.0)).map_err(|fault| from_fault(&fault))
                };
                tree(start)? == tree(task.tip)?
            }
            None => false,
        };
        if is_as_it_began {
            return Ok(0);
        }
        let files = [ActionType::FileCreate, ActionType::FileModify, ActionType::FileDelete];
        let changes = rows.iter().filter(|row| row.id != opening && files.contains(&row.kind)).count();
        Ok(changes.max(1)) // A person's commits count as well.
    }
}
