//! `tgp trust`, `tgp policy apply`, `tgp scope set`: a person changes what decides about agents, as an action.

use serde_json::json;
use tgp_gate::{Action, Call, Gate, Place};
use tgp_model::{ActionId, ActionType, RepoPath};
use tgp_protocol::client::Refusal;
use tgp_trust::{How, Trusted};

use crate::in_force::PendingTrust;
use crate::open_error::OpenEngineError;

/// Why it is not taken back like other actions.
const NOT_UNDONE: &str =
    "what decides about agents changes only by a person's own command: apply the earlier content again";

/// What the timeline says about such a change.
#[derive(Debug, Clone)]
pub struct PolicyChange {
    description: String,
    files: Vec<(String, &'static str)>,
    before: Option<String>,
    after: String,
    by: String,
}

impl PolicyChange {
    /// What the timeline will say once `pending` is accepted. `what` is the change in words.
    pub fn of(pending: &PendingTrust, what: &str, by: &str) -> Self {
        let how = |how: How| match how {
            How::Added => "added",
            How::Changed => "changed",
            How::Removed => "removed",
        };
        Self {
            description: what.to_owned(),
            files: pending.differences.iter().map(|one| (one.name.clone(), how(one.how))).collect(),
            before: pending.trusted.as_ref().map(|trusted| trusted.hash.clone()),
            after: pending.hash(),
            by: by.to_owned(),
        }
    }
}

/// Does what a person decided, as the person's action: it is on the disk as an intent before `work` begins.
pub fn change_policy(
    gate: &Gate,
    call: &Call,
    library_folder: &RepoPath,
    change: &PolicyChange,
    work: impl FnOnce() -> Result<Option<Trusted>, OpenEngineError>,
) -> Result<ActionId, Refusal> {
    let turn = call.take_place().map(Place::wait);
    let mut action = Action::begin(gate, call, ActionType::PolicyChange, change.description.clone());
    let in_library = |name: &str| name.starts_with("policy/") || name.starts_with("scopes/");
    let path = |name: &str| {
        if in_library(name) { library_folder.join(name).ok() } else { name.parse().ok() }
    };
    action.facts.files = change.files.iter().filter_map(|(name, _)| path(name)).collect();
    action.facts.details = json!({
        "by": change.by, "door": call.client, "before": change.before, "after": change.after,
        "files": change.files.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(),
    });
    action.facts.irreversible = Some(NOT_UNDONE.to_owned());
    let id = action.id;
    let done = action.note_intent().and_then(|()| work().map_err(|error| error.refusal()));
    let ended = action.end(done.map(|_| id));
    drop(turn);
    ended
}
