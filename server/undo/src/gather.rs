//! Which actions are meant, and what each of them left that can be taken back.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use tgp_files::FileChange;
use tgp_gate::{RESULT_UNKNOWN, from_store};
use tgp_model::{ActionId, ActionStatus, ActionType, AgentName, Timestamp};
use tgp_protocol::client::undo::{LeftAction, UndoTarget};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_repo::CommitId;
use tgp_store::{ActionFilter, ActionRow, UndoPart};

use crate::branch;
use crate::rooms::Rooms;

/// What is to be taken back, the newest first.
#[derive(Default)]
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
    /// What they did to the world outside and what makes up for it, the newest first.
    pub compensations: Vec<Compensation>,
    /// What made up for another action that is meant as well: in the world the two cancel out already.
    pub(crate) paired: HashSet<ActionId>,
}

/// The parts that count. What was kept before a result was known counts only where no result became known; of an action
/// that failed nothing else stayed.
fn counting(row: &ActionRow, mut parts: Vec<UndoPart>) -> Vec<UndoPart> {
    let unknown = |part: &UndoPart| matches!(part, UndoPart::Compensation { arguments, .. } if arguments.get(RESULT_UNKNOWN).is_some());
    let known = |part: &UndoPart| matches!(part, UndoPart::Compensation { .. }) && !unknown(part);
    if row.status == ActionStatus::Failed {
        parts.retain(unknown);
    } else if parts.iter().any(known) {
        parts.retain(|part| !unknown(part));
    }
    parts
}

/// Before the path of a tool that makes up for another.
const EFFECTS_PREFIX: &str = "tool.effects:";

/// Which tools would make up for what an action sent whose result nobody knows.
fn makes_up(rooms: Rooms<'_>, row: &ActionRow) -> Result<Vec<String>, Refusal> {
    let parts = rooms.store().undo_data(row.id).map_err(|error| from_store(&error))?;
    let name = |part: &UndoPart| part.target().trim_start_matches(EFFECTS_PREFIX).to_owned();
    Ok(counting(row, parts).iter().map(name).collect())
}

/// What makes up for something an action did to the world outside.
#[derive(Debug, Clone, PartialEq)]
pub struct Compensation {
    /// The action.
    pub action: ActionId,
    /// What makes up for it, such as `token.revoke` or `tool.effects:tools/shop/refund.ts`.
    pub capability: String,
    /// With which arguments.
    pub arguments: serde_json::Value,
}

/// Finds the actions and reads what they left.
pub(crate) fn gather(rooms: Rooms<'_>, target: &UndoTarget) -> Result<Gathered, Refusal> {
    rooms.store().flush().map_err(|error| from_store(&error))?;
    let (rows, paired) = match target {
        UndoTarget::Action(id) => return single(rooms, one(rooms, id)?),
        UndoTarget::LastUndo => return single(rooms, last_undo(rooms)?),
        UndoTarget::Session(id) => {
            let session = id.parse().map_err(|_| unknown("session", id))?;
            several(rooms, ActionFilter { session: Some(session), ..ActionFilter::default() })?
        }
        UndoTarget::Agent { name, since } => {
            let agent: AgentName = name.parse().map_err(|_| unknown("agent", name))?;
            let since = since.map(Timestamp);
            several(rooms, ActionFilter { agent: Some(agent), since, ..ActionFilter::default() })?
        }
    };
    let mut gathered = Gathered { paired, ..Gathered::default() };
    for row in rows {
        let is_paired = gathered.paired.contains(&row.id);
        if let Some(why) = by_number(&row) {
            gathered.leave(&row, why.to_owned());
            continue;
        }
        if row.status == ActionStatus::Executed && decides(rooms, &row)? {
            let why = format!("{} is taken back by itself: `tgp undo {}`", row.description, row.id);
            gathered.leave(&row, why);
            continue;
        }
        if let Some(why) = branch::gone(rooms, &row)? {
            gathered.leave(&row, why);
            continue;
        }
        match impossible(&row).filter(|_| row.status != ActionStatus::Undone && !is_paired) {
            Some(mut why) => {
                let tools = makes_up(rooms, &row)?;
                if row.status == ActionStatus::Failed && !tools.is_empty() {
                    let _ = write!(why, " (`tgp undo {}` runs `{}`)", row.id, tools.join("`, `"));
                }
                gathered.leave(&row, why);
            }
            None => drop(gathered.take(rooms, row)?),
        }
    }
    if gathered.actions.is_empty() {
        let message = "there is nothing to take back";
        let details = serde_json::json!({ "left": gathered.left });
        return Err(Refusal::new(ErrorCode::UndoImpossible, message).with_details(details));
    }
    Ok(gathered)
}

/// The one action a target means; none where it may mean several.
pub fn single_action(rooms: Rooms<'_>, target: &UndoTarget) -> Result<Option<ActionRow>, Refusal> {
    rooms.store().flush().map_err(|error| from_store(&error))?;
    match target {
        UndoTarget::Action(id) => one(rooms, id).map(Some),
        UndoTarget::LastUndo => last_undo(rooms).map(Some),
        UndoTarget::Session(_) | UndoTarget::Agent { .. } => Ok(None),
    }
}

/// Refuses what cannot be taken back, and says why.
pub fn may_be_taken_back(row: &ActionRow) -> Result<(), Refusal> {
    impossible(row).map_or(Ok(()), |why| Err(Refusal::new(ErrorCode::UndoImpossible, why)))
}

/// Whether an action decided over a branch or a snapshot as a whole.
fn decides(rooms: Rooms<'_>, row: &ActionRow) -> Result<bool, Refusal> {
    let parts = rooms.store().undo_data(row.id).map_err(|error| from_store(&error))?;
    Ok(parts.iter().any(|part| matches!(part, UndoPart::Review { .. })))
}

/// What these actions left, whatever became of them since; the newest first.
pub(crate) fn left_by(rooms: Rooms<'_>, actions: &[ActionId]) -> Result<Gathered, Refusal> {
    let mut gathered = Gathered::default();
    for id in actions {
        if let Some(row) = rooms.store().action(*id).map_err(|error| from_store(&error))? {
            gathered.take(rooms, row)?;
        }
    }
    Ok(gathered)
}

fn single(rooms: Rooms<'_>, row: ActionRow) -> Result<Gathered, Refusal> {
    // A person who names it knows what came of it, or lets the tool find out.
    let can_make_up = row.status == ActionStatus::Failed && !makes_up(rooms, &row)?.is_empty();
    if let Some(why) = impossible(&row).filter(|_| !can_make_up) {
        return Err(Refusal::new(ErrorCode::UndoImpossible, why));
    }
    let mut gathered = Gathered::default();
    let message = format!("{} ({}) changed nothing that could be taken back", row.id, row.description);
    if !gathered.take(rooms, row)? {
        let details = serde_json::json!({ "nothing": true });
        return Err(Refusal::new(ErrorCode::UndoImpossible, message).with_details(details));
    }
    Ok(gathered)
}

impl Gathered {
    fn leave(&mut self, row: &ActionRow, why: String) {
        let (action, description) = (row.id.to_string(), row.description.clone());
        self.left.push(LeftAction { action, description, why });
    }

    /// Adds what one action left. Says whether that is anything.
    fn take(&mut self, rooms: Rooms<'_>, row: ActionRow) -> Result<bool, Refusal> {
        let parts = rooms.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        if parts.is_empty() {
            return Ok(false);
        }
        let parts = counting(&row, parts);
        if parts.is_empty() {
            return Ok(false);
        }
        self.add(&row, parts)?;
        self.actions.push(row);
        Ok(true)
    }

    pub(crate) fn add(&mut self, row: &ActionRow, parts: Vec<UndoPart>) -> Result<(), Refusal> {
        for part in parts.into_iter().rev() {
            match part {
                UndoPart::Changeset { bytes, .. } => self.changesets.push(bytes),
                UndoPart::PreImage { path, change, .. } => {
                    let change = serde_json::from_str(&change)
                        .map_err(|error| damaged(row, &format!("`{path}`: {error}")))?;
                    self.add_file(change);
                }
                UndoPart::Commit { branch, id } => {
                    let commit = id.parse().map_err(|_| damaged(row, &format!("commit `{id}`")))?;
                    self.commits.entry(branch).or_default().push(commit);
                }
                // What was made up for once is not made up for again.
                UndoPart::Compensation { .. }
                    if row.status == ActionStatus::Undone || self.paired.contains(&row.id) => {}
                UndoPart::Review { target, .. } => {
                    let message = format!(
                        "{} ({}) decided over `{target}` as a whole: `tgp undo {}` takes it back by itself",
                        row.id, row.description, row.id
                    );
                    return Err(Refusal::new(ErrorCode::UndoImpossible, message));
                }
                UndoPart::Compensation { capability, mut arguments } => {
                    // The tool that makes up takes arguments and result; that there is none it sees by itself.
                    arguments.as_object_mut().map(|fields| fields.remove(RESULT_UNKNOWN));
                    self.compensations.push(Compensation { action: row.id, capability, arguments });
                }
            }
        }
        Ok(())
    }

    /// Several changes of one file, the newest first, are one change from the oldest state to the newest, as long as
    /// nobody else came between them.
    fn add_file(&mut self, older: FileChange) {
        let same_file = |known: &FileChange| known.root == older.root && known.path == older.path;
        let newer = self.files.iter().rposition(same_file);
        let follows = |at: &usize| {
            self.files.get(*at).is_some_and(|newer| same(newer.before.as_ref(), older.after.as_ref()))
        };
        let Some(at) = newer.filter(follows) else {
            self.files.push(older);
            return;
        };
        // It takes the place of the oldest change: folders are removed by the change that made them, when what came
        // later is out of them.
        let newer = self.files.remove(at);
        let mut made = older.made;
        made.extend(newer.made);
        made.dedup();
        self.files.push(FileChange { after: newer.after, made, ..older });
    }
}

fn same(one: Option<&tgp_files::Image>, other: Option<&tgp_files::Image>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.same(other),
        _ => false,
    }
}

/// Actions that made up for others among them, or that are made of others.
fn paired(rows: &[ActionRow]) -> HashSet<ActionId> {
    let meant: HashSet<ActionId> = rows.iter().map(|row| row.id).collect();
    let makes_up = |row: &&ActionRow| {
        let of_meant = !row.undo_of.is_empty() && row.undo_of.iter().all(|one| meant.contains(one));
        // The steps of a sequence are actions of the same session, and come back one by one.
        let is_of_steps = row.kind == ActionType::Sequence;
        row.status == ActionStatus::Executed && row.kind != ActionType::Undo && (of_meant || is_of_steps)
    };
    rows.iter().filter(makes_up).map(|row| row.id).collect()
}

/// Why an action about a task as a whole stays where many are taken back: their files come back, and a person or the agent
/// decides about the branch by itself.
fn by_number(row: &ActionRow) -> Option<&'static str> {
    match row.kind {
        ActionType::BranchCreate => Some("its branch stays; undo it by its number to put the branch away"),
        ActionType::BranchReady => {
            Some("the branch stays handed in; undo it by its number to take it up again")
        }
        ActionType::NoteSave => Some("the note stays; undo it by its number to forget it"),
        _ => None,
    }
}

/// The newest first, without those that changed nothing. What was taken back before is among them where the undo is,
/// too: then the undo goes first, and what it had taken back after it.
fn several(rooms: Rooms<'_>, filter: ActionFilter) -> Result<(Vec<ActionRow>, HashSet<ActionId>), Refusal> {
    let rows = rooms.store().actions(&filter).map_err(|error| from_store(&error))?;
    let paired = paired(&rows);
    let mut undos: HashSet<ActionId> = HashSet::new();
    let keep = |row: &ActionRow| {
        let is = match row.status {
            ActionStatus::Executed | ActionStatus::Pending => true,
            ActionStatus::Undone => row.undone_by.is_some_and(|undo| undos.contains(&undo)),
            // What it sent may have come about: it is named among what stays.
            ActionStatus::Failed => !sent(row).is_empty(),
            ActionStatus::Denied | ActionStatus::Abandoned => false,
        };
        // What ran to make up for an action is no undo: what it did in the world stays done.
        if is && row.kind == ActionType::Undo && row.irreversible_why.is_none() {
            undos.insert(row.id);
        }
        is
    };
    Ok((rows.into_iter().filter(keep).collect(), paired))
}

fn one(rooms: Rooms<'_>, id: &str) -> Result<ActionRow, Refusal> {
    let action: ActionId = id.parse().map_err(|_| unknown("action", id))?;
    let row = rooms.store().action(action).map_err(|error| from_store(&error))?;
    row.ok_or_else(|| unknown("action", id))
}

/// The newest undo in force that is no redo itself.
fn last_undo(rooms: Rooms<'_>) -> Result<ActionRow, Refusal> {
    let filter = ActionFilter {
        kind: Some(ActionType::Undo),
        status: Some(ActionStatus::Executed),
        ..ActionFilter::default()
    };
    for row in rooms.store().actions(&filter).map_err(|error| from_store(&error))? {
        if row.undo_of.is_empty() || is_redo(rooms, &row)? {
            continue;
        }
        // One that found everything as it should be left nothing to make again, and hides none before it.
        let parts = rooms.store().undo_data(row.id).map_err(|error| from_store(&error))?;
        if !parts.is_empty() || row.irreversible_why.is_some() {
            return Ok(row);
        }
    }
    Err(Refusal::new(ErrorCode::UndoImpossible, "nothing was taken back that could be made again"))
}

/// Whether an undo took back nothing but another undo, and so made something again.
pub(crate) fn is_redo(rooms: Rooms<'_>, row: &ActionRow) -> Result<bool, Refusal> {
    let [one] = row.undo_of.as_slice() else { return Ok(false) };
    match rooms.store().action(*one).map_err(|error| from_store(&error))? {
        Some(one) if one.kind == ActionType::Undo => Ok(!is_redo(rooms, &one)?),
        _ => Ok(false),
    }
}

/// Why an action stays, in a sentence; none where it may be taken back.
pub(crate) fn impossible(row: &ActionRow) -> Option<String> {
    let what = format!("{} ({})", row.id, row.description);
    match row.status {
        ActionStatus::Executed => {
            row.irreversible_why.as_ref().map(|why| format!("{what} cannot be taken back: {why}"))
        }
        ActionStatus::Undone => Some(format!("{what} was taken back before")),
        ActionStatus::Pending => Some(format!("{what} is still under way")),
        status if status == ActionStatus::Failed && !sent(row).is_empty() => Some(format!(
            "{what} failed, but it had sent {}; tgp cannot know what came of it: look there, and run what makes up for it",
            sent(row).join(", ")
        )),
        status => Some(format!("{what} is {status}; nothing of it stayed")),
    }
}

/// Requests that may have changed something at the other end.
pub(crate) fn sent(row: &ActionRow) -> Vec<String> {
    let fetched = row.details.get("fetched").and_then(serde_json::Value::as_array);
    let safe = |line: &str| ["GET ", "HEAD ", "OPTIONS "].iter().any(|method| line.starts_with(method));
    let lines = fetched.into_iter().flatten().filter_map(serde_json::Value::as_str);
    lines.filter(|line| !safe(line)).map(str::to_owned).collect()
}

fn unknown(what: &str, id: &str) -> Refusal {
    Refusal::new(ErrorCode::ArgumentsInvalid, format!("there is no {what} `{id}`"))
}

fn damaged(row: &ActionRow, what: &str) -> Refusal {
    let message = format!("what was kept to take {} back cannot be read: {what}", row.id);
    Refusal::new(ErrorCode::UndoImpossible, message)
}
