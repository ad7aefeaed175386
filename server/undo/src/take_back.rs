//! One undo from its preparation to its note, as an action that can be taken back itself.

use tgp_gate::{Action, Call};
use tgp_model::{ActionId, ActionType};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::undo::{UndoOutput, UndoneAction};

use crate::gather::Gathered;
use crate::prepare::PreparedUndo;
use crate::refusal::from_pre_images;
use crate::rooms::Rooms;
use crate::show::{rows, rows_left};

/// Takes back what was gathered; the caller holds the turn.
pub fn take_back(
    rooms: Rooms<'_>,
    call: &Call,
    gathered: &Gathered,
    dry_run: bool,
) -> Result<UndoOutput, Refusal> {
    let recording = rooms.images.begin().map_err(|error| from_pre_images(&error))?;
    if dry_run {
        let prepared = PreparedUndo::new(rooms, call, gathered, &recording)?;
        return Ok(output(gathered, &prepared, None));
    }
    let mut action = Action::begin(rooms.gate, call, ActionType::Undo, described(gathered));
    let result = take_back_now(rooms, call, &mut action, gathered, &recording);
    action.end(result)
}

fn take_back_now(
    rooms: Rooms<'_>,
    call: &Call,
    action: &mut Action<'_>,
    gathered: &Gathered,
    recording: &tgp_files::Recording<'_>,
) -> Result<UndoOutput, Refusal> {
    let prepared = PreparedUndo::new(rooms, call, gathered, recording)?;
    action.facts.undo_of = gathered.actions.iter().map(|row| row.id).collect();
    action.facts.restored = restored(gathered);
    action.facts.files = prepared.shown.iter().filter_map(|file| file.path.parse().ok()).collect();
    let mut output = output(gathered, &prepared, Some(action.id));
    if !prepared.is_empty() {
        output.commit = prepared.commit(call, action)?;
        action.facts.commit.clone_from(&output.commit);
    } else {
        action.note_intent()?;
    }
    Ok(output)
}

/// Undoing an undo makes what that one had taken back count again.
fn restored(gathered: &Gathered) -> Vec<ActionId> {
    gathered.actions.iter().flat_map(|row| row.undo_of.iter().copied()).collect()
}

fn described(gathered: &Gathered) -> String {
    match gathered.actions.as_slice() {
        [one] if one.kind == ActionType::Undo => {
            format!("Made again what was taken back: {}", one.description)
        }
        [one] => format!("Took back: {}", one.description),
        many => format!("Took back {} actions", many.len()),
    }
}

fn output(gathered: &Gathered, prepared: &PreparedUndo<'_, '_>, action: Option<ActionId>) -> UndoOutput {
    let undone = gathered
        .actions
        .iter()
        .map(|row| UndoneAction { action: row.id.to_string(), description: row.description.clone() })
        .collect();
    UndoOutput {
        action: action.map(|id| id.to_string()),
        dry_run: action.is_none(),
        undone,
        left: gathered.left.clone(),
        files: prepared.shown.clone(),
        rows: rows(&prepared.rows),
        rows_restored: prepared.rows.iter().map(|undone| undone.applied).sum(),
        rows_left: rows_left(&prepared.rows),
        commit: None,
    }
}
