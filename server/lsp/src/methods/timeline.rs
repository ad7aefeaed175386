//! `tgp/timeline/...`.

use tgp_protocol::client::Refusal;
use tgp_protocol::client::editor::{ActionInput, ActionOutput, RedoInput};
use tgp_protocol::client::project::{ListActionsInput, ListActionsOutput};
use tgp_protocol::client::undo::{UndoInput, UndoOutput, UndoTarget};

use crate::kernel::Asked;

/// Actions of one page at most; an editor asks for the next one.
const LARGEST_PAGE: u32 = 1_000;

pub(super) fn list(asked: &Asked<'_>, mut input: ListActionsInput) -> Result<ListActionsOutput, Refusal> {
    input.limit = input.limit.map(|limit| limit.min(LARGEST_PAGE));
    asked.engine()?.list_actions(&input)
}

pub(super) fn show(asked: &Asked<'_>, input: ActionInput) -> Result<ActionOutput, Refusal> {
    asked.engine()?.review().show_action(&input.action)
}

pub(super) fn undo(asked: &Asked<'_>, input: UndoInput) -> Result<UndoOutput, Refusal> {
    let (engine, call) = asked.engine_and_call()?;
    engine.undo(call, &input)
}

pub(super) fn redo(asked: &Asked<'_>, input: RedoInput) -> Result<UndoOutput, Refusal> {
    undo(asked, UndoInput { target: UndoTarget::LastUndo, dry_run: input.dry_run })
}
