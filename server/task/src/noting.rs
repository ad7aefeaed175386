//! `save_note`: what an agent wants known later.

use serde_json::json;
use tgp_gate::{Action, Call, Gate, from_store};
use tgp_model::ActionType;
use tgp_protocol::client::tasks::{SaveNoteInput, SaveNoteOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{NewNote, UndoPart, redact_text};

/// What takes a note back.
pub(crate) const FORGET: &str = "note.forget";
/// Longest note, in bytes.
const LONGEST: usize = 16 << 10;

/// Keeps a note. The caller holds the turn.
pub fn save_note(
    gate: &Gate,
    call: &Call,
    action: &mut Action<'_>,
    input: &SaveNoteInput,
) -> Result<SaveNoteOutput, Refusal> {
    let note = input.note.trim();
    if note.is_empty() || note.len() > LONGEST {
        let message = format!("`note` has 1 to {LONGEST} bytes");
        return Err(Refusal::new(ErrorCode::ArgumentsInvalid, message));
    }
    action.kind = ActionType::NoteSave;
    "Saved a note".clone_into(&mut action.facts.description);
    action.judge("note.save", Vec::new())?;
    let branch =
        gate.store().current_branch(&call.agent, call.session).map_err(|error| from_store(&error))?;
    action.facts.branch = branch.map(|row| row.branch);
    action.facts.undo.push(UndoPart::Compensation {
        capability: FORGET.to_owned(),
        arguments: json!({ "note": action.id.to_string() }),
    });
    action.note_intent()?;
    let note = NewNote {
        action: action.id,
        project: gate.project().to_owned(),
        session: call.session,
        agent: call.agent.clone(),
        branch: action.facts.branch.clone(),
        note: redact_text(note),
        at: action.at,
    };
    gate.store().save_note(&note).map_err(|error| from_store(&error))?;
    Ok(SaveNoteOutput { action: action.id.to_string() })
}
