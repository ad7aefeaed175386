//! `list_actions`: the timeline, for an agent. Of others it sees what they did, not how.

use tgp_gate::{Action, from_store};
use tgp_model::{ActionType, AgentName, Decision};
use tgp_policy::{Request, Target};
use tgp_protocol::client::actions::{SeeActionsInput, SeeActionsOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, Order};

use crate::{Call, Engine};

/// Actions shown where the caller says nothing.
const USUAL: u32 = 20;
/// Actions shown at most.
const MOST: u32 = 200;

impl Engine {
    /// The newest actions that fit, the newest first.
    pub fn see_actions(&self, call: &Call, input: SeeActionsInput) -> Result<SeeActionsOutput, Refusal> {
        call.skip_line();
        let mut action =
            Action::begin(self.gate(), call, ActionType::FileRead, "Looked at the timeline".into());
        let result = action.judge("action.list", Vec::new()).and_then(|()| self.seen(&call.agent, &input));
        action.end(result)
    }

    fn seen(&self, own: &AgentName, input: &SeeActionsInput) -> Result<SeeActionsOutput, Refusal> {
        let limit = input.limit.unwrap_or(USUAL).clamp(1, MOST);
        // One more than is wanted says whether there are more.
        let filter = ActionFilter { limit: limit + 1, order: Order::NewestFirst, ..filter(input)? };
        let rows = self.store().actions(&filter);
        let mut rows = rows.map_err(|error| from_store(&error))?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let judge = self.gate().judge();
        let may_read = |file: &str| {
            let target = file.parse().map(|path| vec![Target::path(&path)]).unwrap_or_default();
            judge.judge(&Request::new(own.clone(), "fs.read", target)).decision != Decision::Deny
        };
        // A path nobody may read is no way to learn what others did there.
        rows.retain(|row| row.agent == *own || input.path.as_deref().is_none_or(may_read));
        let actions = rows.into_iter().map(|row| tgp_gate::seen(row, own, &may_read)).collect();
        Ok(SeeActionsOutput { actions, more })
    }
}

fn filter(input: &SeeActionsInput) -> Result<ActionFilter, Refusal> {
    let invalid = |error: String| Refusal::new(ErrorCode::ArgumentsInvalid, error);
    let agent = input.agent.as_deref().map(str::parse::<AgentName>).transpose();
    let kind = input.action_type.as_deref().map(str::parse).transpose();
    let status = input.status.as_deref().map(str::parse).transpose();
    let path = input.path.as_deref().map(Engine::parse_path).transpose()?;
    Ok(ActionFilter {
        agent: agent.map_err(|error| invalid(error.to_string()))?,
        kind: kind.map_err(|error: tgp_model::action::UnknownName| invalid(error.to_string()))?,
        status: status.map_err(|error: tgp_model::action::UnknownName| invalid(error.to_string()))?,
        path: path.map(|path| path.to_string()),
        ..ActionFilter::default()
    })
}
