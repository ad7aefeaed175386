//! `tgp timeline`: the timeline, for a person.

use tgp_model::Timestamp;
use tgp_protocol::client::project::{ListActionsInput, ListActionsOutput};
use tgp_protocol::client::{ErrorCode, Refusal};
use tgp_store::{ActionFilter, Order};

use crate::Engine;
use tgp_gate::from_store;

/// Actions shown where the caller says nothing.
const USUAL: u32 = 50;

impl Engine {
    /// The newest actions that fit, the newest last. Looking at the timeline is no action itself.
    pub fn list_actions(&self, input: &ListActionsInput) -> Result<ListActionsOutput, Refusal> {
        let limit = input.limit.unwrap_or(USUAL).max(1);
        let mut filter = filter(input)?;
        // One more than is wanted says whether there are more.
        filter.limit = limit.saturating_add(1);
        let mut rows = self.store().actions(&filter).map_err(|error| from_store(&error))?;
        let wanted = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        Ok(ListActionsOutput { actions: rows.into_iter().rev().map(tgp_gate::listed).collect(), more })
    }
}

fn filter(input: &ListActionsInput) -> Result<ActionFilter, Refusal> {
    let invalid =
        |error: &dyn std::error::Error| Refusal::new(ErrorCode::ArgumentsInvalid, error.to_string());
    let kind = input.action_type.as_deref().map(str::parse).transpose();
    let status = input.status.as_deref().map(str::parse).transpose();
    let session = input.session.as_deref().map(str::parse).transpose();
    let path = input.path.as_deref().map(Engine::parse_path).transpose()?;
    let before = input.before.as_deref().map(str::parse).transpose();
    Ok(ActionFilter {
        after: before.map_err(|error: tgp_model::id::IdProblem| invalid(&error))?,
        session: session.map_err(|_| {
            let message = format!("`{}` is no number of a session", input.session.as_deref().unwrap_or(""));
            Refusal::new(ErrorCode::ArgumentsInvalid, message)
        })?,
        branch: input.branch.clone(),
        path: path.map(|path| path.to_string()),
        until: input.until.map(Timestamp),
        agent: input
            .agent
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|error: tgp_model::agent::AgentNameProblem| invalid(&error))?,
        kind: kind.map_err(|error: tgp_model::action::UnknownName| invalid(&error))?,
        status: status.map_err(|error: tgp_model::action::UnknownName| invalid(&error))?,
        since: input.since.map(Timestamp),
        order: Order::NewestFirst,
        ..ActionFilter::default()
    })
}
