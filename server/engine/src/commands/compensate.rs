//! What makes up for an action in the world outside: its compensating tool, or the end of the token it made.

use serde_json::json;
use tgp_gate::Action;
use tgp_model::{ActionId, ActionType, TokenId};
use tgp_protocol::client::tools::ExecToolInput;
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_undo::Compensation;

use super::run_sequence::SEQUENCE;
use crate::{Call, Engine};

/// What is kept to take a minted token back.
const REVOKE: &str = "token.revoke";

impl Engine {
    /// Makes up for an action, as an action of its own on behalf of the one who takes the first back.
    pub(crate) fn compensate(&self, call: &Call, wanted: &Compensation) -> Result<ActionId, Refusal> {
        // The undo holds the turn; what runs for it does not wait for one.
        let mut own = self.gate().call(call.agent.clone(), call.session, call.client.clone());
        own.cancel = call.cancel.clone();
        own.skip_line();
        let of_task = tgp_task::Wanted {
            action: wanted.action,
            capability: &wanted.capability,
            arguments: &wanted.arguments,
        };
        if tgp_task::is_note(of_task) {
            return tgp_task::forget_note(self.gate(), &own, of_task);
        }
        if of_task.is_of_tasks() {
            return self.repository_rooms()?.compensate(&own, of_task);
        }
        if wanted.capability == REVOKE {
            let token: Option<TokenId> =
                wanted.arguments.get("token").and_then(|token| token.as_str()?.parse().ok());
            let token = token.ok_or_else(|| damaged(wanted))?;
            return self.gate().take_token_back(&own, token, wanted.action);
        }
        if wanted.capability == SEQUENCE {
            return self.take_sequence_back(&own, &wanted.arguments);
        }
        let path =
            wanted.capability.strip_prefix(tgp_policy::EFFECTS_PREFIX).ok_or_else(|| damaged(wanted))?;
        let description = format!("Ran `{path}` to make up for {}", wanted.action);
        let mut action = Action::begin(self.gate(), &own, ActionType::ToolRun, description);
        action.facts.undo_of = vec![wanted.action];
        let id = action.id;
        let input = ExecToolInput { path: path.to_owned(), args: wanted.arguments.clone(), seed: None };
        let result = self.run_tool(&own, &mut action, &input);
        let result = action.end(result);
        self.count_run(path, result.is_ok());
        result.map(|_| id).map_err(|refusal| hinted(refusal, &wanted.arguments))
    }
}

fn hinted(refusal: Refusal, arguments: &serde_json::Value) -> Refusal {
    if refusal.code != ErrorCode::ToolArguments {
        return refusal;
    }
    let names: Vec<&String> = arguments.as_object().into_iter().flat_map(|fields| fields.keys()).collect();
    let hint = if arguments.get("result").is_some_and(serde_json::Value::is_null) {
        "Its result is not known: a tool that makes up for such a call has to take `result: null` and find out itself."
    } else {
        "A tool that makes up for another takes `{ args, result }`: its arguments and its result."
    };
    refusal.with_hint(hint).with_details(json!({ "given": names }))
}

fn damaged(wanted: &Compensation) -> Refusal {
    let message = format!("what was kept to make up for {} cannot be read", wanted.action);
    Refusal::new(ErrorCode::UndoImpossible, message)
}
