//! One undo from its preparation to its note, as an action that can be taken back itself.

use tgp_gate::{Action, Call};
use tgp_model::{ActionId, ActionStatus, ActionType};
use tgp_protocol::client::undo::{CompensatedAction, UndoOutput, UndoTarget, UndoneAction};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionRow, UndoPart};

use crate::gather::{Compensation, Gathered, gather, impossible, is_redo};
use crate::line::Line;
use crate::prepare::{Author, PreparedUndo, in_part};
use crate::refusal::from_pre_images;
use crate::rooms::Rooms;
use crate::show::{rows, rows_left};

/// How the descriptions of undos begin, and of what makes again what they took back.
const BACK: &str = "Took back: ";
const AGAIN: &str = "Made again: ";

/// Decides whether an undo may be, from the actions and from what would come back.
pub type Judge<'j> = &'j dyn Fn(&mut Action<'_>, &Gathered, &UndoOutput) -> Result<(), Refusal>;

/// Makes up for something an action did to the world outside, as an action of its own that takes the other one back.
pub type Compensate<'c> = &'c dyn Fn(&Compensation) -> Result<ActionId, Refusal>;

/// Takes actions back, in the call's turn. A person's dry run leaves no trace; with a judge it is an action.
pub fn take_back(
    rooms: Rooms<'_>,
    call: &Call,
    target: &UndoTarget,
    dry_run: bool,
    judge: Option<Judge<'_>>,
    compensate: Compensate<'_>,
) -> Result<UndoOutput, Refusal> {
    if dry_run && judge.is_none() {
        let gathered = gather(rooms, target)?;
        let recording = rooms.images.begin().map_err(|error| from_pre_images(&error))?;
        let author = author(call, tgp_gate::new_action_id(rooms.clock()), rooms, String::new());
        let prepared = PreparedUndo::new(rooms, &author, &gathered, &recording)?;
        let again = described(rooms, &gathered)?.starts_with(AGAIN);
        return Ok(UndoOutput { again, ..output(&gathered, &prepared, None) });
    }
    let mut action = Action::begin_in_turn(rooms.gate, call, ActionType::Undo, "Undo".to_owned());
    let (line, mut held) = (Line::of(rooms.gate), None);
    let result = action.carry_out(&mut |action| {
        held = Some(line.wait()?);
        let result = take_back_as(rooms, call, action, target, dry_run, judge, compensate);
        if result.is_err() {
            // A person may be asked now: nobody waits for that.
            held = None;
        }
        result
    });
    let ended = action.end(result);
    drop(held);
    ended
}

fn take_back_as(
    rooms: Rooms<'_>,
    call: &Call,
    action: &mut Action<'_>,
    target: &UndoTarget,
    dry_run: bool,
    judge: Option<Judge<'_>>,
    compensate: Compensate<'_>,
) -> Result<UndoOutput, Refusal> {
    action.facts.details = serde_json::json!({ "target": target, "dry_run": dry_run });
    let gathered = gather(rooms, target)?;
    // Before anything of it is named: an agent learns nothing of what is not its own.
    if let Some(row) = gathered.actions.iter().find(|row| judge.is_some() && row.agent != call.agent) {
        let message = format!("`{}` is not one of your own actions", row.id);
        return Err(Refusal::new(ErrorCode::PolicyDenied, message));
    }
    let subject = described(rooms, &gathered)?;
    let again = subject.starts_with(AGAIN);
    action.facts.description =
        if dry_run { format!("Looked at an undo: {subject}") } else { subject.clone() };
    let recording = rooms.images.begin().map_err(|error| from_pre_images(&error))?;
    // As the intent says it, so that a start can make the very same commit again.
    let author = Author { at: action.at, ..author(call, action.id, rooms, subject) };
    let mut prepared = PreparedUndo::new(rooms, &author, &gathered, &recording)?;
    let mut output = output(&gathered, &prepared, (!dry_run).then_some(action.id));
    output.again = again;
    action.facts.files = prepared.shown.iter().filter_map(|file| file.path.parse().ok()).collect();
    if let Some(judge) = judge {
        judge(action, &gathered, &output)?;
    }
    if dry_run {
        return Ok(output);
    }
    if gathered.compensations.is_empty() {
        prepared.refuse_nothing()?;
    } else {
        // What is held back holds the database's lock, and what makes up for an action may want to write as well.
        drop(prepared);
        output.compensated = make_up(action, &gathered, compensate)?;
        prepared = PreparedUndo::new(rooms, &author, &gathered, &recording)?;
    }
    action.facts.branch = gathered.commits.keys().find(|branch| crate::branch::is_task(branch)).cloned();
    action.facts.undo_of = gathered.actions.iter().map(|row| row.id).collect();
    action.facts.restored = restored(rooms, &gathered.actions)?;
    action.facts.undo = prepared.own_parts()?;
    action.facts.content = prepared.content()?;
    action.note_intent()?;
    for (branch, commit) in prepared.put_in_place(true)? {
        output.commit = Some(commit.to_string());
        action.facts.undo.push(UndoPart::Commit { branch, id: commit.to_string() });
    }
    action.facts.commit.clone_from(&output.commit);
    Ok(output)
}

/// Runs what makes up for the actions; the newest first. Where one fails, the others before it stand.
fn make_up(
    action: &mut Action<'_>,
    gathered: &Gathered,
    compensate: Compensate<'_>,
) -> Result<Vec<CompensatedAction>, Refusal> {
    let mut done: Vec<CompensatedAction> = Vec::new();
    for one in &gathered.compensations {
        let by = one.capability.clone();
        match compensate(one) {
            Ok(run) => {
                let run = Some(run.to_string());
                done.push(CompensatedAction { action: one.action.to_string(), by, run });
            }
            Err(refusal) => {
                let refusal = not_made_up(gathered, one, refusal);
                return Err(if done.is_empty() { refusal } else { in_part(refusal) });
            }
        }
    }
    let runs: Vec<String> =
        done.iter().map(|one| format!("`{}` ({})", one.by, one.run.as_deref().unwrap_or_default())).collect();
    action.facts.details["compensated"] = serde_json::json!(done);
    action.facts.irreversible = Some(format!("it ran {}, which are actions of their own", runs.join(", ")));
    Ok(done)
}

/// Why an action was not made up for. Of one that failed itself nobody knows what came about, nor its result.
fn not_made_up(gathered: &Gathered, one: &Compensation, refusal: Refusal) -> Refusal {
    let message =
        format!("`{}`, which makes up for {}, failed: {}", one.capability, one.action, refusal.message);
    let failed = gathered.actions.iter().find(|row| row.id == one.action);
    match failed.filter(|row| row.status == ActionStatus::Failed).and_then(impossible) {
        // Arguments that do not fit: it needs a result, and there is none.
        Some(why) if refusal.code == ErrorCode::ToolArguments => {
            let message = format!("{why}; {message}");
            Refusal { message, code: ErrorCode::UndoImpossible, ..refusal }
        }
        Some(why) => Refusal { message: format!("{why}; {message}"), ..refusal },
        None => Refusal { message, ..refusal },
    }
}

fn author(call: &Call, action: ActionId, rooms: Rooms<'_>, subject: String) -> Author {
    Author {
        action,
        session: call.session,
        agent: call.agent.clone(),
        at: rooms.clock().now(),
        cancel: call.cancel.clone(),
        subject,
    }
}

/// Undoing an undo makes what that one had taken back count again, unless it is taken back now as well.
pub(crate) fn restored(rooms: Rooms<'_>, actions: &[ActionRow]) -> Result<Vec<ActionId>, Refusal> {
    let mut restored = Vec::new();
    for undo in actions {
        for id in &undo.undo_of {
            let row = rooms.store().action(*id).map_err(|error| tgp_gate::from_store(&error))?;
            let by_this = row.is_some_and(|row| row.undone_by == Some(undo.id));
            if by_this && !actions.iter().any(|other| other.id == *id) {
                restored.push(*id);
            }
        }
    }
    Ok(restored)
}

/// In words; what is taken back and made again in turns does not grow longer.
fn described(rooms: Rooms<'_>, gathered: &Gathered) -> Result<String, Refusal> {
    Ok(match gathered.actions.as_slice() {
        [one] if one.kind == ActionType::Undo => {
            let (from, to) = if is_redo(rooms, one)? { (AGAIN, BACK) } else { (BACK, AGAIN) };
            format!("{to}{}", one.description.strip_prefix(from).unwrap_or(&one.description))
        }
        [one] => format!("{BACK}{}", one.description),
        many => format!("{BACK}{} actions", many.len()),
    })
}

/// What would run to make up for the actions.
fn planned(gathered: &Gathered) -> Vec<CompensatedAction> {
    let plan = |one: &Compensation| CompensatedAction {
        action: one.action.to_string(),
        by: one.capability.clone(),
        run: None,
    };
    gathered.compensations.iter().map(plan).collect()
}

fn output(gathered: &Gathered, prepared: &PreparedUndo<'_, '_>, action: Option<ActionId>) -> UndoOutput {
    let undone = gathered
        .actions
        .iter()
        .map(|row| UndoneAction { action: row.id.to_string(), description: row.description.clone() })
        .collect();
    UndoOutput {
        again: false,
        action: action.map(|id| id.to_string()),
        dry_run: action.is_none(),
        undone,
        left: gathered.left.clone(),
        compensated: planned(gathered),
        files: prepared.shown.clone(),
        rows: rows(&prepared.rows),
        rows_restored: prepared.rows.iter().map(|undone| undone.applied).sum(),
        rows_left: rows_left(&prepared.rows),
        commit: None,
    }
}
