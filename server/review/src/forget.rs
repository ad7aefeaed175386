//! `tgp snapshot delete`: what only the snapshot holds is gone then.

use tgp_gate::{Action, Call, from_store};
use tgp_model::{ActionStatus, ActionType};
use tgp_protocol::client::Refusal;
use tgp_protocol::client::snapshots::SnapshotDeletedOutput;
use tgp_store::ActionFilter;

use crate::review::Review;
use crate::snapshot::let_go;
use crate::step::Step;

pub(crate) const GONE: &str = "a snapshot that was deleted is gone and cannot be brought back";

/// So many restores are looked at, the newest.
const MOST: u32 = 1000;

impl Review<'_> {
    /// What a deletion would take away; nothing changes.
    pub fn snapshot_to_delete(&self, text: &str) -> Result<SnapshotDeletedOutput, Refusal> {
        let snapshot = self.show_snapshot(text)?.snapshot;
        let restores =
            ActionFilter { kind: Some(ActionType::SnapshotRestore), limit: MOST, ..ActionFilter::default() };
        let rows = self.store().actions(&restores).map_err(|error| from_store(&error))?;
        let needs = |row: &&tgp_store::ActionRow| {
            row.status == ActionStatus::Executed
                && row.details.get("before").and_then(serde_json::Value::as_str) == Some(&snapshot.id)
        };
        let needed_by = rows.iter().filter(needs).map(|row| row.id.to_string()).collect();
        Ok(SnapshotDeletedOutput { action: None, snapshot, needed_by })
    }

    /// Deletes a snapshot because a person says so.
    pub fn delete_snapshot(&self, call: &Call, text: &str) -> Result<SnapshotDeletedOutput, Refusal> {
        let row = self.snapshot_row(text)?;
        let description = format!("Delete snapshot {}: {}", row.id, row.description);
        let mut action = Action::begin_in_turn(self.gate, call, ActionType::SnapshotDelete, description);
        let result = action.carry_out(&mut |action| {
            action.judge("snapshot.delete", Vec::new())?;
            // One that is being taken would be back a moment later.
            self.background.wait_for_all();
            let gone = self.snapshot_to_delete(&row.id)?;
            let step = Step::Forget { snapshot: row.id.clone() };
            action.facts.details["snapshot"] = row.id.clone().into();
            action.facts.irreversible = Some(GONE.to_owned());
            action.facts.undo.push(step.part()?);
            action.note_intent()?;
            self.carry_on(&step)?;
            Ok(SnapshotDeletedOutput { action: Some(action.id.to_string()), ..gone })
        });
        action.end(result)
    }

    /// Also where a part of it is gone already. A repository that cannot be opened now keeps its ref, and the row stays.
    pub(crate) fn forget_snapshot(&self, id: &str) -> Result<(), Refusal> {
        let branches = self.branches.clone()?;
        let_go(self.gate, self.place(), branches, id)
    }
}
