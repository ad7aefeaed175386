//! `undo`: takes actions back, as an action that can be taken back itself.

use tgp_gate::{Action, Call};
use tgp_model::{ActionId, ActionType};
use tgp_protocol::client::undo::{UndoActionInput, UndoInput, UndoOutput, UndoTarget, UndoneAction};
use tgp_protocol::client::{ErrorCode, Refusal};

use crate::Engine;
use crate::undo::{Gathered, PreparedUndo, from_pre_images, gather, rows, rows_left};

impl Engine {
    /// Takes back what a person names.
    pub fn undo(&self, call: &Call, input: &UndoInput) -> Result<UndoOutput, Refusal> {
        let turn = call.take_place().map(tgp_gate::Place::wait);
        let gathered = gather(self, &input.target)?;
        let done = self.take_back(call, &gathered, input.dry_run);
        drop(turn);
        done
    }

    /// Takes back one of the agent's own actions.
    pub fn undo_own(&self, call: &Call, input: UndoActionInput) -> Result<UndoOutput, Refusal> {
        let turn = call.take_place().map(tgp_gate::Place::wait);
        let gathered = gather(self, &UndoTarget::Action(input.action.clone()))?;
        if gathered.actions.iter().any(|row| row.agent != call.agent) {
            let message = format!("`{}` is not one of your own actions", input.action);
            return Err(Refusal::new(ErrorCode::PolicyDenied, message));
        }
        let done = self.take_back(call, &gathered, input.dry_run);
        drop(turn);
        done
    }

    fn take_back(&self, call: &Call, gathered: &Gathered, dry_run: bool) -> Result<UndoOutput, Refusal> {
        let images = self.pre_images()?;
        let recording = images.begin().map_err(|error| from_pre_images(&error))?;
        if dry_run {
            let prepared = PreparedUndo::new(self, call, gathered, &recording)?;
            return Ok(output(gathered, &prepared, None));
        }
        let mut action = Action::begin(self.gate(), call, ActionType::Undo, described(gathered));
        let result = self.take_back_now(call, &mut action, gathered, &recording);
        action.end(result)
    }

    fn take_back_now(
        &self,
        call: &Call,
        action: &mut Action<'_>,
        gathered: &Gathered,
        recording: &tgp_files::Recording<'_>,
    ) -> Result<UndoOutput, Refusal> {
        let prepared = PreparedUndo::new(self, call, gathered, recording)?;
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

fn output(gathered: &Gathered, prepared: &PreparedUndo<'_>, action: Option<ActionId>) -> UndoOutput {
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
